//! Every example of every published form gets exactly the findings it names.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say at once what is wrong")]

use std::collections::BTreeSet;
use std::path::Path;

use cartotek_domain::finding::Finding;
use cartotek_forms::{CheckTime, Example, ExpectedFinding, Form, Forms, SchemaSet, check_shape};

fn published() -> Forms {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let set = SchemaSet::read_folder(&folder).unwrap();
    Forms::compile(&set).unwrap_or_else(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{} mistakes:\n{}", lines.len(), lines.join("\n"))
    })
}

fn findings(form: &Form, example: &Example) -> Vec<ExpectedFinding> {
    check_shape(&example.content).unwrap();
    let at = CheckTime { today: example.today, first_submitted: example.first_submitted };
    let checked = form.check_content(&example.content, &at);
    let milestones = form.check_milestones(&example.content, &example.milestones, example.today);
    let due = checked.unanswered.iter().map(|pointer| form.unanswered_finding(pointer));
    let brief = |finding: Finding| ExpectedFinding {
        rule: finding.rule,
        severity: finding.severity,
        pointer: finding.pointer,
    };
    let mut all: Vec<_> = checked.findings.into_iter().chain(milestones).chain(due).map(brief).collect();
    all.sort();
    all
}

#[test]
fn examples_get_the_findings_they_name() {
    let forms = published();
    let mut wrong = Vec::new();
    for form in forms.latest() {
        for example in form.examples() {
            let found = findings(form, example);
            let mut expected = example.findings.clone();
            expected.sort();
            let right = if example.valid {
                found == expected
                    && found
                        .iter()
                        .all(|finding| finding.severity < cartotek_domain::finding::Severity::Error)
            } else {
                expected.iter().all(|finding| found.contains(finding))
            };
            if !right {
                let kind = if example.valid { "valid" } else { "invalid" };
                wrong.push(format!(
                    "{}/{kind}/{}: expected {expected:#?}, found {found:#?}",
                    form.code(),
                    example.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
}

/// A submission reads no other milestones of the patient.
#[test]
fn rules_look_at_no_milestone_beside_those_they_name() {
    let forms = published();
    let mut left_out = 0;
    for form in forms.latest() {
        let looked_at: BTreeSet<&str> = form.milestones_looked_at().collect();
        for example in form.examples() {
            let find = |view| form.check_milestones(&example.content, view, example.today);
            let mut seen = example.milestones.clone();
            let told = seen.patient.len() + seen.course.len();
            seen.patient.retain(|name, _| looked_at.contains(name.as_str()));
            seen.course.retain(|name, _| looked_at.contains(name.as_str()));
            left_out += told - seen.patient.len() - seen.course.len();
            assert_eq!(find(&seen), find(&example.milestones), "{} {}", form.code(), example.name);
        }
    }
    assert!(left_out > 0, "no example tells of more");
}

#[test]
fn every_form_has_enough_examples() {
    let forms = published();
    assert!(forms.latest().next().is_some(), "no form is published");
    for form in forms.latest() {
        let valid = form.examples().iter().filter(|example| example.valid).count();
        let invalid = form.examples().len() - valid;
        assert!(valid >= 3 && invalid >= 8, "{}: {valid} valid and {invalid} invalid examples", form.code());
        assert!(form.example().is_some());
    }
}

/// A rule that no example is found by could say anything, or never speak.
#[test]
fn every_rule_is_found_in_an_example() {
    let forms = published();
    let (mut rules, mut unseen) = (0, Vec::new());
    for form in forms.latest() {
        let findings = form.examples().iter().flat_map(|example| &example.findings);
        let found: BTreeSet<&str> = findings.map(|finding| finding.rule.as_str()).collect();
        for rule in form.document()["x-rules"].as_array().unwrap() {
            let id = rule["id"].as_str().unwrap();
            rules += 1;
            if !found.contains(id) {
                unseen.push(format!("{} {id}", form.code()));
            }
        }
    }
    assert!(rules > 500, "only {rules} rules");
    assert!(unseen.is_empty(), "no example is found by {}", unseen.join(", "));
}

/// Rules look for what stands beside a date or number, so that none may be without it.
#[test]
fn what_stands_beside_a_milestone_is_told_once_for_each() {
    let forms = published();
    for (form, name, beside) in [
        ("follow_up", "contact_date", "contact_status"),
        ("response_assessment", "response_date", "response"),
        ("product", "receipt_date", "received_batch_id"),
        ("product", "total_viable_car_e6", "counted_batch_id"),
        ("infusion", "dose_car_total_e6", "dosed_batch_id"),
    ] {
        let form = forms.form(form, None).unwrap();
        let mut total = 0;
        for example in form.examples().iter().filter(|example| example.valid) {
            let milestones = form.contribution(&example.content).milestones;
            let told = |name: &str| milestones.iter().filter(|(one, _)| one == name).count();
            assert_eq!(told(name), told(beside), "{beside} of {} {}", form.code(), example.name);
            total += told(name);
        }
        assert!(total > 0, "no example tells {name}");
    }
}

#[test]
fn a_stored_content_contributes_what_its_check_found() {
    let forms = published();
    for form in forms.latest() {
        for example in form.examples().iter().filter(|example| example.valid) {
            let at = CheckTime { today: example.today, first_submitted: example.first_submitted };
            let checked = form.check_content(&example.content, &at);
            let contribution = form.contribution(&example.content);
            assert_eq!(contribution.variables, checked.variables, "{} {}", form.code(), example.name);
            assert_eq!(contribution.milestones, checked.milestones, "{} {}", form.code(), example.name);
            assert_eq!(contribution.clinical_date, checked.clinical_date, "{} {}", form.code(), example.name);
        }
    }
}
