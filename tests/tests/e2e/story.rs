//! What one client does for one patient, step by step, with its own ledger of what was acknowledged.

use serde_json::{Value, json};

use cartotek_tests::program::client::{Answer, Client, Write};
use cartotek_tests::program::network::SITES;

/// One thing that a client does.
#[derive(Debug, Clone, Copy)]
enum Step {
    Enrol,
    Draft,
    Redraft,
    Submit,
    CreateSubmitted,
    Amend,
}

/// By way of drafts.
const SLOW: &[Step] = &[Step::Enrol, Step::Draft, Step::Redraft, Step::Submit, Step::Amend];
/// Submitted at once, and amended twice.
const QUICK: &[Step] = &[Step::Enrol, Step::CreateSubmitted, Step::Amend, Step::Amend];

/// A write that the server has acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledged {
    pub(crate) write: Write,
    pub(crate) answer: Answer,
}

/// What became of a step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Acknowledged,
    /// There was no answer, or one that leaves it open.
    Unknown,
}

/// A patient with one record, as its client knows them.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    /// Index of the site in [`SITES`].
    pub(crate) site: usize,
    /// Sets the keys and contents of this story apart from those of every other.
    name: String,
    number: usize,
    /// In the order sent.
    pub(crate) ledger: Vec<Acknowledged>,
    /// Whether the outcome of the next step is unknown.
    pub(crate) unknown: bool,
}

impl Story {
    pub(crate) fn new(site: usize, name: String, number: usize) -> Self {
        Self { site, name, number, ledger: Vec::new(), unknown: false }
    }

    /// The next write; `None` when the story is told.
    pub(crate) fn next(&self) -> Option<Write> {
        let steps = if self.number.is_multiple_of(2) { SLOW } else { QUICK };
        let step = *steps.get(self.ledger.len())?;
        let key = format!("{}-{:?}-{}", self.name, step, self.ledger.len());
        let (method, path, body) = match step {
            Step::Enrol => ("POST", "/api/v1/patients".to_owned(), self.enrolment()),
            Step::Draft => {
                ("POST", "/api/v1/records".to_owned(), self.record(json!({ "sex": "female" }), false))
            }
            Step::CreateSubmitted => {
                ("POST", "/api/v1/records".to_owned(), self.record(self.content(), true))
            }
            Step::Redraft => ("PUT", self.record_path("/draft"), json!({ "content": self.content() })),
            Step::Submit => ("POST", self.record_path("/submission"), json!({})),
            Step::Amend => ("POST", self.record_path("/amendments"), self.amendment()),
        };
        let version = match step {
            Step::Enrol | Step::Draft | Step::CreateSubmitted => None,
            _ => self.last_answer()["revision"].as_i64(),
        };
        Some(Write { method, path, version, key, body })
    }

    /// Takes the next step.
    ///
    /// # Panics
    /// When the server refuses it.
    pub(crate) fn go_on(&mut self, client: &Client) -> Option<Outcome> {
        let write = self.next()?;
        match client.write(&write) {
            Ok(answer) if (200..300).contains(&answer.status) => {
                self.unknown = false;
                self.ledger.push(Acknowledged { write, answer });
                Some(Outcome::Acknowledged)
            }
            Ok(answer) if answer.status != 503 => panic!("{write:?}\n{answer:?}"),
            _ => {
                self.unknown = true;
                Some(Outcome::Unknown)
            }
        }
    }

    /// The pseudonym, once the patient is enrolled.
    pub(crate) fn pseudonym(&self) -> Option<&str> {
        self.ledger.first()?.answer.json["pseudonym"].as_str()
    }

    /// The id of the record, once it is created.
    pub(crate) fn record_id(&self) -> Option<&str> {
        self.ledger.get(1)?.answer.json["id"].as_str()
    }

    /// Everything that was acknowledged is there, with that content, once.
    #[track_caller]
    pub(crate) fn verify(&self, client: &Client) {
        let Some(pseudonym) = self.pseudonym() else { return };
        let mut patient = client.get(&format!("/api/v1/patients/{pseudonym}")).expect(200).json;
        for participation in patient["participations"].as_array_mut().unwrap() {
            // The answer to an enrolment does not tell whether somebody enrolled the patient before.
            participation.as_object_mut().unwrap().remove("responsible");
        }
        assert_eq!(patient, self.ledger[0].answer.json, "{}", self.name);
        if self.record_id().is_some() {
            self.verify_record(client);
        }
        for Acknowledged { write, answer } in &self.ledger {
            let again = client.write(write).unwrap_or_else(|error| panic!("{write:?}: {error}"));
            assert!(again.is_replay(), "done a second time: {write:?}");
            assert_eq!((again.status, &again.json), (answer.status, &answer.json), "{write:?}");
            assert_eq!(again.headers["cartotek-receipt"], answer.headers["cartotek-receipt"], "{write:?}");
        }
    }

    #[track_caller]
    fn verify_record(&self, client: &Client) {
        let revisions = client.get(&self.record_path("/revisions")).expect(200).json;
        let acknowledged: Vec<_> = self.ledger[1..].iter().map(|one| &one.answer.json["content"]).collect();
        let stored: Vec<_> = revisions["items"].as_array().unwrap().iter().collect();
        assert_eq!(stored, acknowledged, "{}", self.name);
        let record = client.get(&self.record_path("")).expect(200).json;
        for (name, value) in record.as_object().unwrap() {
            assert_eq!(*value, self.last_answer()[name], "{} {name}", self.name);
        }
    }

    fn last_answer(&self) -> &Value {
        self.ledger.last().map_or(&Value::Null, |one| &one.answer.json)
    }

    fn record_path(&self, rest: &str) -> String {
        format!("/api/v1/records/{}{rest}", self.record_id().unwrap())
    }

    fn enrolment(&self) -> Value {
        json!({
            "site": SITES[self.site], "role": "treating", "from": "2020-01-10",
            "consents": [{ "purpose": "registry_research", "decision": "given", "decided_on": "2020-01-09" }],
        })
    }

    fn record(&self, content: Value, submit: bool) -> Value {
        json!({
            "patient": self.pseudonym(), "form": "patient_registration", "content": content, "submit": submit,
        })
    }

    fn amendment(&self) -> Value {
        json!({ "content": self.content(), "reason": "data_entry", "text": "The month was mistyped." })
    }

    /// Differs from step to step and from story to story.
    pub(crate) fn content(&self) -> Value {
        let (year, month) = (1940 + self.number % 50, 1 + self.ledger.len());
        json!({
            "registration_date": "2020-01-15", "birth_year_month": format!("{year}-{month:02}"), "sex": "female",
            "region_of_residence": "14", "legal_basis": "quality_register",
        })
    }
}
