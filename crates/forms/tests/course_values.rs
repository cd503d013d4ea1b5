//! Values of a course by the published definitions.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say at once what is wrong")]

use std::path::Path;

use cartotek_domain::milestone::MilestoneValue;
use cartotek_forms::{DerivedValue, Forms, MilestoneView, SchemaSet};
use serde_json::json;

const DATES: [&str; 14] = [
    "infusion_date",
    "assessment_date",
    "response_date",
    "relapse_date",
    "subsequent_therapy_start",
    "death_date",
    "second_malignancy_date",
    "neutrophil_recovery_date",
    "platelet_recovery_date",
    "loss_of_bca_date",
    "contact_date",
    "lost_to_follow_up_date",
    "last_contact_date",
    "returned_to_follow_up_date",
];

/// Names of milestones with their values.
type Milestones<'m> = &'m [(&'m str, &'m [&'m str])];

fn published() -> Forms {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let set = SchemaSet::read_folder(&folder).unwrap();
    Forms::compile(&set).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// A course infused on 12 February 2026, with a partial response after four weeks, a complete one after half a year, and
/// the milestones given.
fn course(milestones: Milestones<'_>) -> MilestoneView {
    let common: [(&str, &[&str]); 3] = [
        ("infusion_date", &["2026-02-12"]),
        ("response_date", &["2026-03-12", "2026-08-12"]),
        ("response", &["PR|PR", "CR|CR"]),
    ];
    let mut view = MilestoneView::default();
    view.course.extend(common.iter().chain(milestones).map(|(name, texts)| told(name, texts)));
    view
}

/// A milestone with its values, as a view has them.
fn told(name: &str, texts: &[&str]) -> (String, Vec<MilestoneValue>) {
    let value = |text: &&str| {
        if DATES.contains(&name) {
            MilestoneValue::Date(text.parse().unwrap())
        } else {
            MilestoneValue::Code((*text).to_owned())
        }
    };
    (name.to_owned(), texts.iter().map(value).collect())
}

fn value(forms: &Forms, id: &str, milestones: Milestones<'_>) -> DerivedValue {
    forms.course_values(&course(milestones)).into_iter().find(|value| value.id == id).unwrap()
}

#[test]
fn the_best_response_is_the_greatest_before_progression_and_new_therapy() {
    let forms = published();
    let (starts, intents) = ("subsequent_therapy_start", "subsequent_therapy_intent");
    let cases: [(&str, Milestones<'_>, &str, f64); 9] = [
        ("nothing in between", &[], "CR", 181.0),
        ("progression", &[("relapse_date", &["2026-05-01"])], "PR", 28.0),
        ("a relapse treated", &[(starts, &["2026-05-01"]), (intents, &["treatment_of_relapse"])], "PR", 28.0),
        ("maintenance", &[(starts, &["2026-05-01"]), (intents, &["maintenance"])], "CR", 181.0),
        ("toxicity treated", &[(starts, &["2026-05-01"]), (intents, &["toxicity"])], "CR", 181.0),
        (
            "consolidated",
            &[(starts, &["2026-05-01"]), (intents, &["consolidation_in_remission"])],
            "CR",
            181.0,
        ),
        ("an intent that is not known", &[(starts, &["2026-05"]), (intents, &["unknown"])], "PR", 28.0),
        (
            "one that does not count before one that does",
            &[(starts, &["2026-03-01", "2026-08-01"]), (intents, &["maintenance", "treatment_of_relapse"])],
            "PR",
            28.0,
        ),
        (
            "one that counts only after the better response",
            &[(starts, &["2026-03-01", "2026-08-20"]), (intents, &["toxicity", "treatment_of_relapse"])],
            "CR",
            181.0,
        ),
    ];
    for (what, milestones, class, days) in cases {
        assert_eq!(value(&forms, "best_response", milestones).value, json!(class), "{what}");
        assert_eq!(value(&forms, "days_to_best_response", milestones).value, json!(days), "{what}");
    }
}

#[test]
fn the_best_response_says_which_therapy_ended_its_time() {
    let forms = published();
    let therapies: [(&str, &[&str]); 2] = [
        ("subsequent_therapy_start", &["2026-03-01", "2026-08-01"]),
        ("subsequent_therapy_intent", &["maintenance", "treatment_of_relapse"]),
    ];
    let best = value(&forms, "best_response", &therapies);
    assert_eq!(best.version, 2);
    assert_eq!(best.reasoning.definition_version.as_deref(), Some("BEST-RESPONSE/2"));
    let because: Vec<&str> = best.reasoning.because.iter().map(|text| text.en.as_str()).collect();
    assert_eq!(
        because,
        [
            "PR, first on 2026-03-12",
            "1 of 2 assessments count",
            "assessments after new therapy on 2026-08-01 do not count",
        ]
    );
    assert_eq!(best.reasoning.warnings.len(), 1, "the better response that does not count");
    let intents = ("subsequent_therapy_intent".to_owned(), json!(["maintenance", "treatment_of_relapse"]));
    assert!(best.inputs.contains(&intents), "{:?}", best.inputs);
}

/// Of a date known to the month or the year no day is invented.
#[test]
fn a_partial_limit_of_the_best_response_decides_only_where_its_day_makes_no_difference() {
    let forms = published();
    let (relapse, starts, intents) =
        ("relapse_date", "subsequent_therapy_start", "subsequent_therapy_intent");
    let complete: Milestones<'_> =
        &[("response_date", &["2026-03-12", "2026-05-22"]), ("response", &["CR|CR", "CR|CR"])];
    let new: (&str, &[&str]) = (intents, &["treatment_of_relapse"]);
    let cases: [(&str, Milestones<'_>, Option<f64>); 7] = [
        ("relapsed in that year", &[(relapse, &["2026"])], None),
        ("in the month of the first", &[(relapse, &["2026-03"])], None),
        ("in the month of the second", &[(relapse, &["2026-05"])], Some(28.0)),
        ("in the next year", &[(relapse, &["2027"])], Some(28.0)),
        ("treated in that year", &[(starts, &["2026"]), new], None),
        ("treated in a month between", &[(starts, &["2026-04"]), new], Some(28.0)),
        ("maintained in that year", &[(starts, &["2026"]), (intents, &["maintenance"])], Some(28.0)),
    ];
    for (what, limits, days) in cases {
        let milestones = [complete, limits].concat();
        let best = value(&forms, "best_response", &milestones);
        assert_eq!(best.value, days.map_or(json!(null), |_| json!("CR")), "{what}");
        let reason = &best.reasoning.because[0];
        assert_eq!(reason.en.ends_with("must be made more precise"), days.is_none(), "{what}: {}", reason.en);
        let view = course(&milestones);
        let values = forms.course_values(&view);
        let offset = values.iter().find(|value| value.id == "days_to_best_response");
        assert_eq!(offset.map(|value| &value.value), days.map(|days| json!(days)).as_ref(), "{what}");
        let variables = forms.course_variables(&view);
        assert_eq!(variables.iter().any(|(id, _)| id == "best_response"), days.is_some(), "{what}");
    }
}

/// A value of a course infused on 12 February 2026 with what the course and the whole patient tell.
fn infused(
    forms: &Forms,
    id: &str,
    of_course: Milestones<'_>,
    of_patient: Milestones<'_>,
) -> Option<DerivedValue> {
    let mut view = MilestoneView::default();
    view.course.extend([told("infusion_date", &["2026-02-12"])]);
    view.course.extend(of_course.iter().map(|(name, texts)| told(name, texts)));
    view.patient.clone_from(&view.course);
    view.patient.extend(of_patient.iter().map(|(name, texts)| told(name, texts)));
    forms.course_values(&view).into_iter().find(|value| value.id == id)
}

/// Its value `nrm`.
fn nrm(forms: &Forms, of_course: Milestones<'_>, of_patient: Milestones<'_>) -> Option<DerivedValue> {
    infused(forms, "nrm", of_course, of_patient)
}

#[test]
fn a_death_is_non_relapse_mortality_unless_relapse_or_progression_preceded_it() {
    let forms = published();
    let dead: (&str, &[&str]) = ("death_date", &["2026-09-30"]);
    let cases: [(&str, Milestones<'_>, Milestones<'_>, &str); 9] = [
        ("nothing else", &[], &[], "yes"),
        ("remission", &[("response", &["PR|VGPR", "CR|CR"]), ("disease_status", &["CR"])], &[], "yes"),
        ("a relapse", &[("relapse_date", &["2026-06-01"])], &[], "no"),
        ("a relapse in the month of the death", &[("relapse_date", &["2026-09"])], &[], "no"),
        ("a relapse on the day of the death", &[("relapse_date", &["2026-09-30"])], &[], "no"),
        ("assessed progression", &[("response", &["PR|PR", "PD|PMD"])], &[], "no"),
        ("progression at a follow-up", &[("disease_status", &["CR", "PD"])], &[], "no"),
        ("a relapse of an earlier course", &[], &[("relapse_date", &["2025-11-01"])], "yes"),
        ("a relapse of a later course", &[], &[("relapse_date", &["2025-11-01", "2026-06-01"])], "no"),
    ];
    for (what, of_course, of_patient, expected) in cases {
        assert_eq!(nrm(&forms, of_course, of_patient), None, "{what}, alive");
        let found = nrm(&forms, of_course, &[of_patient, &[dead]].concat()).unwrap();
        assert_eq!(found.value, json!(expected), "{what}");
        assert_eq!(found.reasoning.definition_version.as_deref(), Some("NRM/1"), "{what}");
        let says_none = found.reasoning.because[0].en.starts_with("no relapse or progression");
        assert_eq!(says_none, expected == "yes", "{what}");
        assert!(found.reasoning.warnings.is_empty(), "{what}");
    }
}

#[test]
fn the_cause_of_death_does_not_decide_non_relapse_mortality_but_is_doubted() {
    let forms = published();
    let dead: [(&str, &[&str]); 2] =
        [("death_date", &["2026-09-30"]), ("death_cause", &["relapse_progression"])];
    let unrecorded = nrm(&forms, &[], &dead).unwrap();
    assert_eq!(unrecorded.value, json!("yes"));
    assert_eq!(unrecorded.reasoning.warnings.len(), 1);
    let recorded = nrm(&forms, &[("relapse_date", &["2026-06-01"])], &dead).unwrap();
    assert_eq!((recorded.value, recorded.reasoning.warnings), (json!("no"), Vec::new()));
    let infection: [(&str, &[&str]); 2] = [("death_date", &["2026-09-30"]), ("death_cause", &["infection"])];
    let relapsed = nrm(&forms, &[("relapse_date", &["2026-06-01"])], &infection).unwrap();
    assert_eq!(relapsed.value, json!("no"), "whatever the cause");
}

#[test]
fn offsets_are_days_from_day_zero_to_the_first_of_their_dates() {
    let forms = published();
    let (malignancy, therapy) = ("days_to_second_malignancy", "days_to_new_therapy");
    let (starts, intents) = ("subsequent_therapy_start", "subsequent_therapy_intent");
    let twice = ["2028-02-12", "2027-02-12"];
    let treated: Milestones<'_> =
        &[(starts, &["2026-05-01", "2026-08-01"]), (intents, &["maintenance", "treatment_of_relapse"])];
    let maintained: Milestones<'_> = &[(starts, &["2026-05-01"]), (intents, &["maintenance"])];
    let cases: [(&str, Milestones<'_>, Option<f64>); 13] = [
        ("days_to_death", &[("death_date", &["2026-02-12"])], Some(0.0)),
        ("days_to_death", &[("death_date", &["2026-09-30"])], Some(230.0)),
        ("days_to_death", &[("death_date", &["2026-09"])], None),
        ("days_to_death", &[], None),
        (malignancy, &[("second_malignancy_date", &twice)], Some(365.0)),
        (malignancy, &[("second_malignancy_date", &["2025-06-01", "2026-02-13"])], Some(1.0)),
        (malignancy, &[("second_malignancy_date", &["2025-06-01"])], None),
        ("days_to_neutrophil_recovery", &[("neutrophil_recovery_date", &["2026-03-01"])], Some(17.0)),
        ("days_to_platelet_recovery", &[("platelet_recovery_date", &["2026-03-15"])], Some(31.0)),
        ("days_to_loss_of_bca", &[("loss_of_bca_date", &["2026-08-12", "2026-08-11"])], Some(180.0)),
        (therapy, treated, Some(170.0)),
        (therapy, maintained, None),
        ("days_to_loss_of_bca", &[], None),
    ];
    for (id, milestones, days) in cases {
        let found = infused(&forms, id, milestones, &[]).map(|value| value.value);
        assert_eq!(found, days.map(|days| json!(days)), "{id} {milestones:?}");
    }
}

#[test]
fn the_vital_status_is_that_of_the_latest_fact_and_a_death_is_final() {
    let forms = published();
    let (lost, contact, back) = ("lost_to_follow_up_date", "contact_date", "returned_to_follow_up_date");
    let cases: [(&str, Milestones<'_>, &str); 11] = [
        ("infused", &[], "alive"),
        ("seen", &[(contact, &["2026-05-22"])], "alive"),
        ("a death", &[("death_date", &["2026-09"])], "dead"),
        (
            "a death, whatever a follow-up says",
            &[("death_date", &["2026-09-30"]), (contact, &["2027-02-12"])],
            "dead",
        ),
        ("found dead", &[("found_dead", &["dead"]), (contact, &["2027-02-12"])], "dead"),
        ("lost", &[(lost, &["2027-06-01"]), ("last_contact_date", &["2026-05-22"])], "unknown"),
        (
            "lost on the day of the last contact",
            &[(lost, &["2027-06-01"]), ("last_contact_date", &["2027-06-01"])],
            "unknown",
        ),
        ("lost, then assessed", &[(lost, &["2027-06-01"]), ("assessment_date", &["2029-01-10"])], "alive"),
        (
            "lost and seen again",
            &[(lost, &["2027-06-01"]), (contact, &["2026-05-22", "2027-09-01"])],
            "alive",
        ),
        ("lost and found again", &[(lost, &["2027-06-01"]), (back, &["2027-09-01"])], "alive"),
        ("lost once more", &[(lost, &["2027-06-01", "2029-06-01"]), (back, &["2027-09-01"])], "unknown"),
    ];
    for (what, of_patient, status) in cases {
        let found = infused(&forms, "vital_status", &[], of_patient).unwrap_or_else(|| panic!("{what}"));
        assert_eq!(found.value, json!(status), "{what}");
    }
    assert_eq!(forms.course_values(&MilestoneView::default()), [], "nothing is known");
}
