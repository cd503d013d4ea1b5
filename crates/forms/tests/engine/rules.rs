use std::collections::BTreeMap;

use cartotek_domain::finding::Severity;
use cartotek_domain::milestone::MilestoneValue;
use cartotek_forms::MilestoneView;
use serde_json::{Value, json};

use crate::set::{brief, check, day, episode, forms, rule, set_with, sound};

fn view(course: &[(&str, &[&str])], patient: &[(&str, &[&str])]) -> MilestoneView {
    let side = |values: &[(&str, &[&str])]| {
        let dates =
            |texts: &[&str]| texts.iter().map(|text| MilestoneValue::Date(text.parse().unwrap())).collect();
        values.iter().map(|(name, texts)| ((*name).to_owned(), dates(texts))).collect::<BTreeMap<_, _>>()
    };
    MilestoneView { patient: side(patient), course: side(course) }
}

fn with_milestones(content: &Value, view: &MilestoneView) -> Vec<(String, Severity, String)> {
    let forms = forms();
    brief(&forms.form("episode", None).unwrap().check_milestones(content, view, day("2026-03-01")))
}

#[test]
fn a_partial_date_gives_an_error_only_when_every_day_fails() {
    let resolved = |date: &str, onset: &str| {
        let content = sound(|content| {
            content["detail"]["resolution_date"] = json!(date);
            content["detail"]["onset_date"] = json!(onset);
        });
        brief(&check(&content).findings)
    };
    let at = |severity| vec![("R-EP-01".to_owned(), severity, "/detail/resolution_date".to_owned())];
    assert_eq!(resolved("2026-01-31", "2026-01"), []);
    assert_eq!(resolved("2026-01-20", "2026-01"), at(Severity::Notice));
    assert_eq!(resolved("2025-12-31", "2026-01"), at(Severity::Error));
}

#[test]
fn a_rule_without_its_needs_says_nothing() {
    let content = sound(|content| {
        drop(content["detail"].as_object_mut().unwrap().remove("resolution_date"));
    });
    assert_eq!(check(&content).findings, []);
}

#[test]
fn a_clinical_function_contradicts_the_reported_grade() {
    let content = sound(|content| content["detail"]["max_grade"] = json!(1));
    assert_eq!(
        brief(&check(&content).findings),
        [("R-EP-02".to_owned(), Severity::Error, "/detail/max_grade".to_owned())]
    );
}

#[test]
fn each_gives_the_index_of_the_element() {
    let content =
        sound(|content| content["infections"] = json!([{"date": "2026-02-01"}, {"date": "2026-03-02"}, {}]));
    assert_eq!(
        brief(&check(&content).findings),
        [("R-EP-03".to_owned(), Severity::Warning, "/infections/1/date".to_owned())]
    );
}

#[test]
fn milestone_rules_run_apart() {
    let content = sound(|_| ());
    assert_eq!(with_milestones(&content, &MilestoneView::default()), []);
    let early = view(&[("infusion_date", &["2026-01-10", "2026-01-25"])], &[]);
    assert_eq!(with_milestones(&content, &early), []);
    let late = view(&[("infusion_date", &["2026-01-25"])], &[]);
    assert_eq!(
        with_milestones(&content, &late),
        [("R-EP-04".to_owned(), Severity::Error, "/detail/onset_date".to_owned())]
    );
    // Course milestones of another course are not seen as `m`, only as `p`.
    assert_eq!(with_milestones(&content, &view(&[], &[("infusion_date", &["2026-01-25"])])), []);
    let dead = view(&[], &[("death_date", &["2026-02"])]);
    assert_eq!(
        with_milestones(&content, &dead),
        [("R-EP-06".to_owned(), Severity::Notice, "/contact_date".to_owned())]
    );
    let dead = view(&[], &[("death_date", &["2026-01"])]);
    assert_eq!(
        with_milestones(&content, &dead),
        [("R-EP-06".to_owned(), Severity::Error, "/contact_date".to_owned())]
    );
}

#[test]
fn every_value_of_the_patient_is_seen_as_p() {
    let mut form = episode();
    form["x-rules"] = json!([rule(
        "R-EP-07",
        "/contact_date",
        &[],
        "p.infusion_date.all(day, before(day, f.contact_date)) && not_after(latest(p.death_date), f.contact_date)"
    )]);
    let forms = cartotek_forms::Forms::compile(&set_with(&form)).unwrap();
    let found = |patient: &[(&str, &[&str])]| {
        let findings = forms.form("episode", None).unwrap().check_milestones(
            &sound(|_| ()),
            &view(&[], patient),
            day("2026-03-01"),
        );
        brief(&findings)
    };
    assert_eq!(found(&[]), []);
    assert_eq!(found(&[("infusion_date", &["2026-01-10", "2026-01-25"])]), []);
    let late: &[(&str, &[&str])] = &[("infusion_date", &["2026-01-10", "2026-02-25"])];
    assert_eq!(found(late), [("R-EP-07".to_owned(), Severity::Error, "/contact_date".to_owned())]);
    let form = forms.form("episode", None).unwrap();
    assert!(
        form.looks_at("R-EP-07", "infusion_date", true),
        "of another course, though it is one of a course"
    );
}

#[test]
fn answers_that_the_schema_refuses_are_not_judged_again() {
    let content = sound(|content| {
        content["detail"]["onset_date"] = json!("soon");
        content["detail"]["max_grade"] = json!("three");
        content["infections"] = json!([{"count": "many", "date": "2026-01-15"}]);
    });
    let rules: Vec<_> = check(&content).findings.into_iter().map(|finding| finding.rule).collect();
    assert!(rules.iter().all(|rule| rule.starts_with("SCHEMA-")), "{rules:?}");
}

#[test]
fn a_rule_that_fails_in_service_is_a_defect_and_never_a_pass() {
    // Samples have one element, so that this index is only out of bounds in service.
    let mut form = episode();
    form["x-rules"] = json!([rule(
        "R-EP-09",
        "/infections",
        &["/infections"],
        "size(f.infections) < 2 || f.infections[7].count == null"
    )]);
    let forms = cartotek_forms::Forms::compile(&set_with(&form)).unwrap();
    let content =
        sound(|content| content["infections"] = json!([{"date": "2026-01-15"}, {"date": "2026-01-16"}]));
    let at = cartotek_forms::CheckTime { today: day("2026-03-01"), first_submitted: None };
    let findings = forms.form("episode", None).unwrap().check_content(&content, &at).findings;
    assert_eq!(brief(&findings), [("RULE-DEFECT".to_owned(), Severity::Error, "/infections".to_owned())]);
    assert!(findings[0].message.en.contains("R-EP-09"));
}

#[test]
fn a_form_tells_what_it_has_and_what_its_rules_say() {
    let forms = forms();
    let form = forms.form("episode", None).unwrap();
    for place in ["", "/detail", "/detail/max_grade", "/infections", "/infections/7", "/infections/0/date"] {
        assert!(form.has_place(place), "{place}");
    }
    for nowhere in
        ["detail", "/", "/nothing", "/detail/", "/infections/first", "/weight_kg/0", "/infections/*"]
    {
        assert!(!form.has_place(nowhere), "{nowhere}");
    }
    assert_eq!(form.rule_text("R-EP-03").unwrap().en, "Wrong.");
    assert_eq!(form.rule_text("R-EP-99"), None);
    let looks = ["R-EP-01", "R-EP-04", "R-EP-06", "R-EP-99"].map(|rule| form.looks_at_others(rule));
    assert_eq!(looks, [Some(false), Some(true), Some(true), None], "by `needs`, or by the check alone");
    let looks_at = |names: &[&str]| form.looks_at_any(|name| names.contains(&name));
    assert!(looks_at(&["infusion_date"]) && looks_at(&["batch_id", "death_date"]));
    assert!(!looks_at(&["batch_id"]) && !looks_at(&[]));
    let by = |rule, milestone, elsewhere| form.looks_at(rule, milestone, elsewhere);
    assert!(by("R-EP-04", "infusion_date", false) && !by("R-EP-04", "infusion_date", true), "of the course");
    assert!(by("R-EP-06", "death_date", false) && by("R-EP-06", "death_date", true), "of the patient");
    assert!(!by("R-EP-04", "death_date", false) && !by("R-EP-01", "infusion_date", false));
}
