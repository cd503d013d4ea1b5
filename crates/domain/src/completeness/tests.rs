use super::*;
use crate::schedule::fixture::{day, infused_on, patient, schedule};
use crate::schedule::{Loss, PatientFacts, expected_items, state};

const TODAY: &str = "2026-07-01";

fn submitted(dated: &str, first_submitted: &str) -> Submitted {
    Submitted { dated: Some(dated.parse().unwrap()), first_submitted: day(first_submitted) }
}

/// The items today, all of them answered by `submitted` or none.
fn judge<'i>(items: &'i [ExpectedItem], submitted: Option<&'i Submitted>, infused: bool) -> Vec<Judged<'i>> {
    let judge_one = |item: &'i ExpectedItem| {
        let state = state(item, submitted, false, day(TODAY));
        Judged { item, submitted, state, infused }
    };
    items.iter().map(judge_one).collect()
}

fn total(judged: &[Judged<'_>]) -> FormCompleteness {
    let all = form_completeness(judged.iter().copied(), day(TODAY), |_| ());
    all.get(&()).copied().unwrap_or_default()
}

/// The items of a form in a course whose day 0 is 2026-01-15.
fn of_form(facts: &PatientFacts, code: &str) -> Vec<ExpectedItem> {
    let mut items = expected_items(&schedule(), &infused_on("2026-01-15"), facts);
    items.retain(|item| matches!(&item.what, Expected::Form { form, .. } if form == code));
    items
}

#[test]
fn only_forms_whose_grace_has_passed_count() {
    // D28 until 2026-03-21 and D100 until 2026-06-09 have passed; M6 and M12 have not.
    let items = of_form(&patient(), "response_assessment");
    let none = judge(&items, None, true);
    assert_eq!(total(&none).completed, Share { part: 0, whole: 2 });
    assert_eq!(total(&none).timely, Share::default());
    let missing: Vec<_> = none.iter().filter(|judged| judged.is_missing(day(TODAY))).collect();
    let closed: Vec<_> = missing.iter().map(|judged| judged.item.last).collect();
    assert_eq!(closed, ["2026-02-19", "2026-05-10"].map(day));
    assert_eq!(total(&judge(&items, None, false)).completed, Share::default(), "not infused");
}

#[test]
fn a_form_out_of_its_window_is_complete_and_timely_within_its_grace() {
    let items = of_form(&patient(), "acute_toxicity");
    for (dated, first_submitted, timely) in
        [("2026-02-10", "2026-03-21", 1), ("2026-02-10", "2026-03-22", 0), ("2026-03-10", "2026-03-21", 1)]
    {
        let answer = submitted(dated, first_submitted);
        let figures = total(&judge(&items, Some(&answer), true));
        assert_eq!(figures.completed, Share { part: 1, whole: 1 }, "{dated}");
        assert_eq!(figures.timely, Share { part: timely, whole: 1 }, "{dated} {first_submitted}");
    }
}

#[test]
fn losses_count_and_deaths_do_not() {
    let loss = Loss { last_contact: day("2026-01-20"), declared: day("2026-02-01"), returned: None };
    let items = of_form(&PatientFacts { losses: vec![loss], ..patient() }, "response_assessment");
    assert_eq!(total(&judge(&items, None, true)).completed, Share { part: 0, whole: 2 });
    for (death, whole) in [("2026-01-20", 0), ("2026-03", 1), ("2026", 0)] {
        let death = Some(death.parse().unwrap());
        let items = of_form(&PatientFacts { death, ..patient() }, "response_assessment");
        assert_eq!(total(&judge(&items, None, true)).completed, Share { part: 0, whole }, "{death:?}");
    }
}

#[test]
fn optional_forms_do_not_count() {
    let items = of_form(&patient(), "bridging");
    assert_eq!(total(&judge(&items, None, true)), FormCompleteness::default());
    let answer = submitted("2026-01-02", "2026-01-20");
    assert_eq!(total(&judge(&items, Some(&answer), true)), FormCompleteness::default());
}

#[test]
fn figures_are_grouped_by_what_the_caller_says() {
    let items = of_form(&patient(), "response_assessment");
    let judged = judge(&items, None, true);
    let by_point = form_completeness(judged, day(TODAY), |judged| judged.item.time_point);
    assert_eq!(by_point.len(), 4);
    assert_eq!(by_point.values().filter(|figures| figures.completed.whole == 1).count(), 2);
}

#[test]
fn a_reason_is_an_answer_but_no_knowledge() {
    use FieldStanding::{Absent, Reason, Value};
    let of_ecog = [Value, Reason, Absent, Value].map(|standing| ("/ecog", standing));
    let figures = field_completeness(of_ecog.into_iter().chain([("/weight", Reason)]));
    assert_eq!(figures["/ecog"].answered, Share { part: 3, whole: 4 });
    assert_eq!(figures["/ecog"].known, Share { part: 2, whole: 4 });
    assert_eq!(figures["/weight"].known.fraction(), Some(0.0));
    assert_eq!(Share::default().fraction(), None);
}

fn followed(last_contact: u64, death: Option<u64>) -> Followed {
    let after = |days| day("2020-01-01") + chrono::Days::new(days);
    Followed { day0: after(0), last_contact: after(last_contact), death: death.map(after) }
}

#[test]
fn the_worked_example_of_clark() {
    let courses = [followed(900, None), followed(250, Some(300)), followed(400, None)];
    let today = day("2020-01-01") + chrono::Days::new(1000);
    let time = person_time(courses, today, None);
    assert_eq!(time, PersonTime { observed: 1600, potential: 2300 });
    assert!((time.completeness().unwrap() - 0.696).abs() < 0.0005);

    let within = person_time(courses, today, Some(Target::Days(500)));
    assert_eq!(within, PersonTime { observed: 1200, potential: 1300 });
    let earlier = person_time(courses, today, Some(Target::Days(200)));
    assert_eq!(earlier, PersonTime { observed: 600, potential: 600 });
    assert_eq!(person_time([], today, None).completeness(), None);
    let of_today = Followed { day0: today, last_contact: day("2020-01-01"), death: None };
    assert_eq!(person_time([of_today], today, None), PersonTime::default());
}

#[test]
fn the_load_of_findings() {
    assert_eq!(findings_per_100_forms(3, 200), Some(1.5));
    assert_eq!(findings_per_100_forms(3, 0), None);
    assert_eq!(median_days(&[]), None);
    assert_eq!(median_days(&[9, 1, 4]), Some(4.0));
    assert_eq!(median_days(&[9, 1, 4, 5]), Some(4.5));
}
