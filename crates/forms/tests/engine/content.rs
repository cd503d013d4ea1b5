use cartotek_domain::finding::Severity;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::variable::VariableValue;
use cartotek_forms::CheckTime;
use serde_json::{Value, json};

use crate::set::{brief, check, compile, day, episode, forms, found, sound};

fn one(rule: &str, pointer: &str) -> Vec<(String, String)> {
    vec![(rule.to_owned(), pointer.to_owned())]
}

#[test]
fn a_sound_content_contributes_what_it_is_marked_with() {
    let checked = check(&sound(|_| ()));
    assert_eq!(checked.findings, []);
    assert_eq!(checked.unanswered, Vec::<String>::new());
    assert_eq!(checked.natural_key, "[1]");
    assert_eq!(checked.clinical_date.unwrap().to_string(), "2026-02-20");
    let onset = MilestoneValue::Date("2026-01-20".parse().unwrap());
    assert_eq!(checked.milestones, [("episode_onset".to_owned(), onset)]);
    assert_eq!(
        checked.variables,
        [
            ("episode_onset".to_owned(), VariableValue::Date(day("2026-01-20"))),
            ("weight_kg".to_owned(), VariableValue::Number(71.5)),
            ("episode_grade".to_owned(), VariableValue::Number(2.0)),
        ]
    );
    let derived = &checked.derived[0];
    assert_eq!((derived.id.as_str(), derived.version, &derived.value), ("episode_grade", 1, &json!(2.0)));
    assert_eq!(
        derived.inputs,
        [("/detail/hypotension".to_owned(), json!("fluids")), ("/detail/hypoxia".to_owned(), json!("none"))]
    );
    assert!(derived.definition.starts_with("crs_grade("));
}

#[test]
fn a_key_names_its_answers_when_all_are_there() {
    let mut form = episode();
    form["x-key"] = json!(["/episode_no", "/detail/hypoxia"]);
    let forms = compile(&form).unwrap();
    let form = forms.form("episode", None).unwrap();
    let answers = |content: &Value| json!(form.key_answers(&form.natural_key(content)));
    let whole = sound(|_| ());
    assert_eq!(answers(&whole), json!({ "episode_no": 1, "detail.hypoxia": "none" }));
    let without = sound(|content| drop(content["detail"].as_object_mut().unwrap().remove("hypoxia")));
    for (key, why) in [
        (form.natural_key(&without), "an answer is not there"),
        ("[1]".to_owned(), "another version of the form has another key"),
        ("draft 0190".to_owned(), "no key at all"),
    ] {
        assert_eq!(json!(form.key_answers(&key)), json!({}), "{why}");
    }
}

#[test]
fn the_first_answered_of_several_dates_is_the_clinical_date() {
    let mut form = episode();
    form["x-date"] = json!(["/detail/onset_date", "/at_time", "/contact_date"]);
    let forms = compile(&form).unwrap();
    let date = |change: &dyn Fn(&mut Value)| {
        let at = CheckTime { today: day("2026-03-01"), first_submitted: None };
        let checked =
            forms.form("episode", None).unwrap().check_content(&sound(|content| change(content)), &at);
        checked.clinical_date.map(|date| date.to_string())
    };
    let without_onset =
        |content: &mut Value| drop(content["detail"].as_object_mut().unwrap().remove("onset_date"));
    assert_eq!(date(&|_| ()).as_deref(), Some("2026-01-20"));
    assert_eq!(date(&without_onset).as_deref(), Some("2026-02-20"));
    let at_night = |content: &mut Value| {
        without_onset(content);
        content["at_time"] = json!("2026-02-18T23:30:00Z");
    };
    assert_eq!(date(&at_night).as_deref(), Some("2026-02-19"));
}

#[test]
fn a_derived_value_can_be_a_milestone_and_says_how_it_came_about() {
    let mut form = episode();
    let derived = &mut form["x-derived"][0];
    derived["explain"] =
        json!("crs_explanation('unknown', f.detail.hypotension, f.detail.hypoxia, 'no', 'no')");
    let mut organisms = derived.clone();
    organisms["id"] = json!("dated_organisms");
    organisms["needs"] = json!([]);
    organisms["value"] =
        json!("f.infections.filter(i, i.date != null && i.organism != null).map(i, i.organism)");
    let parts = organisms.as_object_mut().unwrap();
    parts.remove("x-variable");
    parts.remove("explain");
    parts.insert("x-milestone".to_owned(), json!({"name": "organism", "pick": "all", "scope": "course"}));
    form["x-derived"].as_array_mut().unwrap().push(organisms);
    let content = sound(|content| {
        content["infections"] = json!([{"date": "2026-01-15", "organism": "bacterial"}, {"date": "2026-01-16", "organism": "bacterial"}]);
    });
    let forms = compile(&form).unwrap();
    let form = forms.form("episode", None).unwrap();
    let checked =
        form.check_content(&content, &CheckTime { today: day("2026-03-01"), first_submitted: None });
    let bacterial = ("organism".to_owned(), MilestoneValue::Code("bacterial".to_owned()));
    assert_eq!(checked.milestones[1..], [bacterial.clone(), bacterial]);
    assert_eq!(form.contribution(&content).milestones, checked.milestones);
    let reasoning = &checked.derived[0].reasoning;
    assert_eq!(reasoning.definition_version.as_deref(), Some("ASTCT2019/1"));
    assert_eq!((reasoning.because.len(), reasoning.warnings.len()), (1, 1));
    assert!(reasoning.because[0].sv.contains("hypotension"));
    assert_eq!(form.derived(&content), checked.derived);
}

#[test]
fn a_partial_date_stays_partial_and_is_no_invented_day() {
    let checked = check(&sound(|content| {
        content["detail"]["onset_date"] = json!("2026-01");
    }));
    assert_eq!(checked.milestones[0].1, MilestoneValue::Date("2026-01".parse().unwrap()));
    let onset = VariableValue::Partial("2026-01".parse().unwrap());
    assert_eq!(checked.variables[0], ("episode_onset".to_owned(), onset));
}

#[test]
fn a_number_reported_as_below_another_compares_below_it() {
    let weight = |comparator: Option<&str>| {
        let checked = check(&sound(|content| {
            if let Some(comparator) = comparator {
                content["weight_kg_comparator"] = json!(comparator);
            }
        }));
        match checked.variables.into_iter().find(|(id, _)| id == "weight_kg") {
            Some((_, VariableValue::Number(number))) => number,
            other => panic!("{other:?}"),
        }
    };
    assert!(weight(Some("<")) < 71.5 && weight(Some("<")) > 71.499);
    assert!(weight(Some(">")) > 71.5 && weight(Some(">")) < 71.501);
    assert_eq!(weight(None).total_cmp(&71.5), std::cmp::Ordering::Equal);
}

#[test]
fn each_keyword_has_its_rule_id() {
    let with = |pointer: &str, value: Value| {
        found(&sound(|content| {
            let (object, name) = pointer.rsplit_once('/').unwrap();
            content.pointer_mut(object).unwrap()[name] = value;
        }))
    };
    assert_eq!(with("/weight_kg", json!("71")), one("SCHEMA-TYPE", "/weight_kg"));
    assert_eq!(with("/weight_kg", json!(1)), one("SCHEMA-RANGE", "/weight_kg"));
    assert_eq!(with("/occurred", json!("maybe")), one("SCHEMA-ENUM", "/occurred"));
    assert_eq!(with("/bag_id", json!("bag 1")), one("SCHEMA-PATTERN", "/bag_id"));
    for date in ["2026-02-30", "2026- 1-15", "+2026-1-15", "2026-01", "2026"] {
        assert_eq!(with("/contact_date", json!(date)), one("SCHEMA-FORMAT", "/contact_date"), "{date}");
    }
    assert_eq!(with("/detail/onset_date", json!("26-01")), one("SCHEMA-FORMAT", "/detail/onset_date"));
    assert_eq!(with("/at_time", json!("2026-01-15T08:30:00")), one("SCHEMA-FORMAT", "/at_time"));
    assert_eq!(with("/comment", json!("x".repeat(501))), one("SCHEMA-LENGTH", "/comment"));
    assert_eq!(with("/sites", json!(["bacterial", "bacterial"])), one("SCHEMA-UNIQUE", "/sites"));
    assert_eq!(with("/episode_no", json!(1.5)), one("SCHEMA-TYPE", "/episode_no"));
    assert_eq!(with("/occurred", json!("no")), one("SCHEMA-NOT-ALLOWED", "/detail"));
    assert_eq!(with("/extra", json!(1)), one("SCHEMA-UNKNOWN-FIELD", ""));
    assert_eq!(with("/detail/extra", json!(1)), one("SCHEMA-UNKNOWN-FIELD", "/detail"));
    assert_eq!(with("/missing", json!({"comment": "unknown"})), one("SCHEMA-MISSING", "/missing/comment"));
    assert_eq!(with("/missing", json!({"nothing": "unknown"})), one("SCHEMA-UNKNOWN-FIELD", "/missing"));
    assert_eq!(with("/missing", json!({"occurred": "unknown"})), one("SCHEMA-MISSING", "/occurred"));
    let tired = found(&sound(|content| {
        content.as_object_mut().unwrap().remove("weight_kg");
        content["missing"] = json!({"weight_kg": "tired"});
    }));
    assert_eq!(tired, one("SCHEMA-ENUM", "/missing/weight_kg"));
    assert_eq!(found(&json!("text")), one("SCHEMA-TYPE", ""));
    assert_eq!(found(&sound(|content| content["comment"] = json!("a\0b"))), one("JSON-NUL", ""));
}

#[test]
fn a_wrong_value_does_not_make_its_neighbours_unknown() {
    let all = found(&sound(|content| {
        content["weight_kg"] = json!("heavy");
        content["detail"]["max_grade"] = json!(9);
        content["infections"] = json!([{"date": 5, "surprise": 1}]);
    }));
    let expected = [
        ("SCHEMA-RANGE", "/detail/max_grade"),
        ("SCHEMA-TYPE", "/infections/0/date"),
        ("SCHEMA-TYPE", "/weight_kg"),
        ("SCHEMA-UNKNOWN-FIELD", "/infections/0"),
    ];
    assert_eq!(all, expected.map(|(rule, pointer)| (rule.to_owned(), pointer.to_owned())));
}

#[test]
fn values_and_suspicious_keys_are_never_repeated() {
    let secret = "198501012382";
    let mut content = sound(|content| {
        content["occurred"] = json!(secret);
        content["bag_id"] = json!(format!("bag {secret}"));
        content["weight_kg"] = json!(secret);
        content["sites"] = json!([secret]);
        content["infections"] = json!([{"organism": secret, "date": secret}]);
    });
    content[secret] = json!(1);
    content["detail"][format!("p{secret}")] = json!(1);
    content["missing"] = json!({secret: "unknown", "occurred": secret});
    let findings = check(&content).findings;
    assert!(findings.len() >= 9, "{findings:#?}");
    assert!(!format!("{findings:?}").contains("850101"), "{findings:#?}");
}

#[test]
fn a_harmless_unknown_field_is_named() {
    let findings = check(&sound(|content| content["wieght_kg"] = json!(1))).findings;
    assert!(findings[0].message.en.contains("wieght_kg"));
    assert!(findings[0].message.sv.contains("wieght_kg"));
}

#[test]
fn findings_are_capped() {
    let rows: Vec<Value> = (0..300).map(|_| json!({"date": 1, "count": -1})).collect();
    assert_eq!(check(&sound(|content| content["infections"] = json!(rows))).findings.len(), 200);
}

#[test]
fn required_answers_are_due_unless_given_or_explained() {
    assert_eq!(check(&json!({})).unanswered, ["/contact_date", "/episode_no", "/occurred", "/weight_kg"]);
    let explained = sound(|content| {
        content.as_object_mut().unwrap().remove("weight_kg");
        content["missing"] = json!({"weight_kg": "not_done"});
    });
    assert_eq!(check(&explained).unanswered, Vec::<String>::new());
    let conditional = sound(|content| drop(content["detail"].as_object_mut().unwrap().remove("onset_date")));
    assert_eq!(check(&conditional).unanswered, ["/detail/onset_date"]);
    let no_episode = sound(|content| {
        content.as_object_mut().unwrap().remove("detail");
        content["occurred"] = json!("no");
    });
    assert_eq!(check(&no_episode).unanswered, Vec::<String>::new());
    let rows = sound(|content| content["infections"] = json!([{"date": "2026-01-30"}, {}]));
    assert_eq!(check(&rows).unanswered, ["/infections/1/date"]);
    let finding = forms().form("episode", None).unwrap().unanswered_finding("/infections/1/date");
    assert_eq!((finding.rule.as_str(), finding.pointer.as_str()), ("REQUIRED", "/infections/1/date"));
}

#[test]
fn codes_are_judged_on_their_clinical_date() {
    let infection = |date: Value, organism: &str| {
        let content = sound(|content| content["infections"] = json!([{"date": date, "organism": organism}]));
        brief(&check(&content).findings)
    };
    let at = "/infections/0/organism".to_owned();
    assert_eq!(infection(json!("2026-02-10"), "prion"), []);
    assert_eq!(
        infection(json!("2026-01-31"), "prion"),
        [("CODE-NOT-VALID".to_owned(), Severity::Error, at.clone())]
    );
    assert_eq!(infection(json!("2024-12-31"), "parasitic"), []);
    assert_eq!(infection(json!("2024-12-31"), "yeti"), [("CODE-UNKNOWN".to_owned(), Severity::Error, at)]);
    // Without its own date the record's counts, without that the first submission.
    let list = found(&sound(|content| {
        content["sites"] = json!(["bacterial", "prion", "parasitic"]);
    }));
    assert_eq!(list, one("CODE-NOT-VALID", "/sites/2"));
    let undated = sound(|content| {
        content.as_object_mut().unwrap().remove("contact_date");
        content["sites"] = json!(["parasitic"]);
    });
    let at = CheckTime { today: day("2026-03-01"), first_submitted: Some(day("2024-06-01")) };
    assert_eq!(forms().form("episode", None).unwrap().check_content(&undated, &at).findings, []);
}

#[test]
fn the_identifier_guard_learns_the_kind_of_each_field() {
    let forms = forms();
    let form = forms.form("episode", None).unwrap();
    assert_eq!(form.field_kind("/bag_id"), FieldKind::Label);
    assert_eq!(form.field_kind("/comment"), FieldKind::FreeText);
    assert_eq!(form.field_kind("/infections/12/organism"), FieldKind::Structured);
    assert_eq!(form.field_kind("/nowhere"), FieldKind::Structured);
}
