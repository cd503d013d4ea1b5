use super::*;
use crate::partial_date::PartialDate;
use ResponseClass::{Complete, NotEvaluable, Partial, Progressive, Stable};

/// The days that a date, known or partial, may stand for.
fn days(text: &str) -> DayRange {
    let date: PartialDate = text.parse().unwrap();
    DayRange { first: date.first(), last: date.last() }
}

/// From `(date, class, code, rank)`.
fn assessments(given: &[(&str, ResponseClass, &str, u32)]) -> Vec<Assessment> {
    given
        .iter()
        .map(|&(date, class, code, rank)| Assessment { date: days(date), class, code: code.to_owned(), rank })
        .collect()
}

fn best_of(
    given: &[(&str, ResponseClass, &str, u32)],
    progression: Option<&str>,
    new_therapy: Option<&str>,
) -> Option<(ResponseClass, String, String)> {
    let limits = Limits { progression: progression.map(days), new_therapy: new_therapy.map(days) };
    best(&assessments(given), limits).map(|best| {
        let best = best.unwrap();
        (best.class, best.code.unwrap(), best.date.unwrap().to_string())
    })
}

fn found(class: ResponseClass, code: &str, date: &str) -> (ResponseClass, String, String) {
    (class, code.to_owned(), date.to_owned())
}

#[test]
fn classes_are_ordered_and_only_the_best_two_are_objective() {
    assert!(Complete > Partial && Partial > Stable && Stable > Progressive && Progressive > NotEvaluable);
    for class in ResponseClass::ALL {
        assert_eq!(class.is_objective(), ["CR", "PR"].contains(&class.name()), "{class:?}");
        assert_eq!(ResponseClass::from_name(class.name()), Some(*class));
    }
}

#[test]
fn the_best_is_the_greatest_and_of_equals_the_earliest() {
    let later_complete = [
        ("2026-08-12", Complete, "CR", 1),
        ("2026-03-12", Partial, "PR", 2),
        ("2026-05-22", Complete, "CR", 1),
    ];
    assert_eq!(best_of(&later_complete, None, None), Some(found(Complete, "CR", "2026-05-22")));
    let deeper = [
        ("2026-03-12", Complete, "CR", 2),
        ("2026-05-22", Complete, "sCR", 1),
        ("2026-08-12", Complete, "CR", 2),
    ];
    assert_eq!(best_of(&deeper, None, None), Some(found(Complete, "sCR", "2026-05-22")));
}

#[test]
fn nothing_from_the_progression_on_is_better_than_progression() {
    let given = [
        ("2026-03-12", Partial, "PR", 2),
        ("2026-05-22", Progressive, "PD", 4),
        ("2026-08-12", Complete, "CR", 1),
    ];
    assert_eq!(
        best_of(&given, None, None),
        Some(found(Partial, "PR", "2026-03-12")),
        "progression as assessed"
    );
    assert_eq!(best_of(&given[..1], Some("2026-03-13"), None), Some(found(Partial, "PR", "2026-03-12")));
    assert_eq!(best_of(&given[..1], Some("2026-03-12"), None), None, "on the day itself");
    assert_eq!(best_of(&given[1..], None, None), Some(found(Progressive, "PD", "2026-05-22")));
    let known_before = best_of(&given[1..2], Some("2026-05-10"), None);
    assert_eq!(known_before, Some(found(Progressive, "PD", "2026-05-22")), "registered before");
}

#[test]
fn assessments_after_new_therapy_do_not_count() {
    let given = [("2026-03-12", Stable, "SD", 3), ("2026-05-22", Complete, "CR", 1)];
    assert_eq!(best_of(&given, None, Some("2026-04-01")), Some(found(Stable, "SD", "2026-03-12")));
    assert_eq!(
        best_of(&given, None, Some("2026-05-22")),
        Some(found(Complete, "CR", "2026-05-22")),
        "first day"
    );
    assert_eq!(best_of(&given[1..], None, Some("2026-04-01")), None);
}

#[test]
fn not_evaluable_is_the_least_and_nothing_gives_nothing() {
    let given = [("2026-03-12", NotEvaluable, "NE", 5), ("2026-05-22", Progressive, "PD", 4)];
    assert_eq!(best_of(&given, None, None), Some(found(Progressive, "PD", "2026-05-22")));
    assert_eq!(best_of(&given[..1], None, None), Some(found(NotEvaluable, "NE", "2026-03-12")));
    assert_eq!(best_of(&[], Some("2026-03-12"), None), None);
}

#[test]
fn the_explanation_names_the_response_and_what_was_left_out() {
    let given = [
        ("2026-03-12", Partial, "VGPR", 3),
        ("2026-05-22", Progressive, "PD", 7),
        ("2026-08-12", Complete, "CR", 2),
    ];
    let best = best(&assessments(&given), Limits::default()).unwrap().unwrap();
    let lines: Vec<&str> = best.explanation.iter().map(|text| text.en.as_str()).collect();
    assert_eq!(
        lines,
        [
            "PR (VGPR), first on 2026-03-12",
            "2 of 3 assessments count",
            "from the progression on 2026-05-22 no better response counts",
        ]
    );
    assert_eq!(best.warnings.len(), 1);
    assert_eq!(best.definition_version, "BEST-RESPONSE/2");
}

/// A course with complete responses in March and May, and another one in November.
static RESPONSES: [(&str, ResponseClass, &str, u32); 3] = [
    ("2026-03-12", Complete, "CR", 2),
    ("2026-05-22", Complete, "CR", 2),
    ("2026-11-20", Complete, "sCR", 1),
];

fn why_not(
    given: &[(&str, ResponseClass, &str, u32)],
    progression: Option<&str>,
    new_therapy: Option<&str>,
) -> Text {
    let limits = Limits { progression: progression.map(days), new_therapy: new_therapy.map(days) };
    best(&assessments(given), limits).unwrap().unwrap_err()
}

#[test]
fn a_limit_known_to_month_or_year_decides_where_its_day_makes_no_difference() {
    let (may, march) = (&RESPONSES[1..2], &RESPONSES[..2]);
    let first_in_march = Some(found(Complete, "CR", "2026-03-12"));
    assert_eq!(best_of(march, Some("2027"), None), first_in_march, "the year after");
    assert_eq!(best_of(march, Some("2026-05"), None), first_in_march, "the second may count or not");
    assert_eq!(best_of(march, None, Some("2026-04")), first_in_march);
    assert_eq!(best_of(may, Some("2025"), None), None, "the year before");
    assert_eq!(best_of(may, None, Some("2026-04")), None);
    let progressed = [RESPONSES[0], ("2026-05-22", Progressive, "PD", 9)];
    assert_eq!(best_of(&progressed, Some("2026-05"), None), first_in_march);
}

#[test]
fn a_limit_known_to_month_or_year_gives_no_response_where_its_day_decides() {
    let march = &RESPONSES[..2];
    let reason = why_not(march, Some("2026"), None);
    assert_eq!(
        reason.sv,
        "kan inte avgöras: en bedömning kan ligga före eller efter progressionen någon dag mellan 2026-01-01 och \
         2026-12-31; ett datum är bara känt som månad eller år och måste preciseras"
    );
    assert_eq!(
        reason.en,
        "cannot be decided: an assessment may lie before or after the progression on a day between 2026-01-01 and \
         2026-12-31; a date is known only by month or year and must be made more precise"
    );
    let therapy = "the new therapy on a day between 2026-03-01 and 2026-03-31";
    assert!(why_not(march, None, Some("2026-03")).en.contains(therapy));
    let named = why_not(march, Some("2026-08-01"), Some("2026-03")).en;
    assert!(named.contains(therapy) && !named.contains("progression"), "that day decides nothing: {named}");
    let both = why_not(march, Some("2026"), Some("2026-03")).en;
    assert!(both.contains("the progression") && both.contains(therapy), "{both}");
    let progressed = [RESPONSES[0], ("2026-05-22", Progressive, "PD", 9)];
    let named = why_not(&progressed, Some("2026"), None).en;
    assert!(named.contains("between 2026-01-01 and 2026-05-22"), "not after what was assessed: {named}");
}

#[test]
fn a_response_whose_day_is_open_is_told_without_it() {
    // With a deeper response that counts or not, the class is the same and the day another.
    let limits = Limits { progression: Some(days("2026-11")), new_therapy: None };
    let deeper = best(&assessments(&RESPONSES), limits).unwrap().unwrap();
    assert_eq!((deeper.class, deeper.code, deeper.date), (Complete, None, None));
    let lines: Vec<&str> = deeper.explanation.iter().map(|text| text.en.as_str()).collect();
    assert_eq!(
        lines,
        [
            "CR",
            "2 to 3 of 3 assessments count",
            "from the progression on a day between 2026-11-01 and 2026-11-30 no better response counts",
        ]
    );
    assert!(deeper.warnings[0].en.starts_with("the response is certain but not its day"));
    assert_eq!(deeper.warnings.len(), 1);
}

#[test]
fn an_assessment_known_to_the_month_counts_where_its_day_makes_no_difference() {
    let march = [("2026-03", Complete, "CR", 2)];
    let certain = best(&assessments(&march), Limits::default()).unwrap().unwrap();
    assert_eq!((certain.class, certain.code.as_deref(), certain.date), (Complete, Some("CR"), None));
    assert_eq!(certain.explanation[0].en, "CR, first on a day between 2026-03-01 and 2026-03-31");
    assert_eq!(certain.warnings.len(), 1);
    let with_a_day = [("2026-02-20", Complete, "CR", 2), march[0]];
    assert_eq!(best_of(&with_a_day, None, None), Some(found(Complete, "CR", "2026-02-20")));

    assert_eq!(best_of(&march, Some("2026-03-01"), None), None);
    let open = why_not(&march, Some("2026-03-20"), None).en;
    assert!(open.contains("the progression on 2026-03-20; a date is known only by month or year"), "{open}");
    // The day of an assessed progression is open too: another assessment may precede it or not.
    let progressed = [("2026-03-12", Partial, "PR", 5), ("2026-03", Progressive, "PD", 9)];
    let open = why_not(&progressed, None, None).en;
    assert!(open.contains("the progression on a day between 2026-03-01 and 2026-03-31"), "{open}");
}
