//! A patient and what may be told of it in the new form, as a record, a line and a row.

use cartotek_tests::program::client::Client;
use cartotek_tests::program::network::SITES;
use serde_json::{Value, json};

use super::files::file;

/// A patient with an open course.
pub(super) struct Patient {
    pseudonym: String,
    course: String,
}

impl Patient {
    pub(super) fn enrol(client: &Client) -> Self {
        let yes = json!({ "purpose": "registry_research", "decision": "given", "decided_on": "2020-01-09" });
        let enrolment =
            json!({ "site": SITES[0], "role": "treating", "from": "2020-01-10", "consents": [yes] });
        let enrolled = client.post("/api/v1/patients", &enrolment).expect(201).json;
        let pseudonym = enrolled["pseudonym"].as_str().unwrap().to_owned();
        let course = json!({ "indication": "LBCL", "opened_on": "2020-01-12" });
        let opened = client.post(&format!("/api/v1/patients/{pseudonym}/courses"), &course).expect(201).json;
        Self { pseudonym, course: opened["id"].as_str().unwrap().to_owned() }
    }

    pub(super) fn record(&self, form: &str, content: &Value) -> Value {
        json!({
            "patient": self.pseudonym, "course": self.course, "form": form, "content": content, "submit": true,
        })
    }

    pub(super) fn line(&self, content: &Value) -> String {
        format!("{}\n", json!({ "patient": self.pseudonym, "course": self.course, "content": content }))
    }

    pub(super) fn row(&self, content: &Value) -> String {
        let cell = |name: &str| match &content[name] {
            Value::Null => content["missing"][name].as_str().map(|reason| format!("#{reason}")),
            Value::String(text) => Some(text.clone()),
            number => Some(number.to_string()),
        };
        let cells = ["screening_date", "weight_kg", "height_cm", "appetite"]
            .map(|name| cell(name).unwrap_or_default());
        format!("{},1,{}\n", self.pseudonym, cells.join(","))
    }
}

/// The header that the API gives as the template.
pub(super) const HEADER: &str = "patient,course,screening_date,weight_kg,height_cm,appetite";

/// Contents with and without mistakes, each of its own day, with the rules that must speak of it.
pub(super) fn contents() -> Vec<(Value, Vec<&'static str>)> {
    let valid = file("forms/nutrition/examples/valid/eats_well.json");
    let invalid = file("forms/nutrition/examples/invalid/no_such_code.json");
    let rest = [
        (
            json!({ "screening_date": "2024-03-07", "weight_kg": 40, "height_cm": 172, "appetite": "none" }),
            vec!["ACKNOWLEDGE", "R-NUT-03"],
        ),
        (json!({ "screening_date": "2999-01-01", "weight_kg": 74, "appetite": "good" }), vec!["R-NUT-01"]),
        (
            json!({ "screening_date": "2024-03-08", "weight_kg": 740, "appetite": "good" }),
            vec!["SCHEMA-RANGE"],
        ),
        (json!({ "screening_date": "2024-03-09", "appetite": "reduced" }), vec!["REQUIRED"]),
        (
            json!({ "screening_date": "2024-03-10", "appetite": "reduced", "missing": { "weight_kg": "not_done" } }),
            vec![],
        ),
    ];
    let examples = [(valid["content"].clone(), vec![]), (invalid["content"].clone(), vec!["CODE-UNKNOWN"])];
    examples.into_iter().chain(rest).collect()
}
