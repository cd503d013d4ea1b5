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
    Register,
    Split,
    Box,
    Place,
    Move,
}

/// By way of drafts.
const SLOW: &[Step] = &[Step::Enrol, Step::Draft, Step::Redraft, Step::Submit, Step::Amend];
/// Submitted at once, and amended twice.
const QUICK: &[Step] = &[Step::Enrol, Step::CreateSubmitted, Step::Amend, Step::Amend];

/// A sample whose aliquot is put away and moved.
const TUBES: &[Step] =
    &[Step::Enrol, Step::Register, Step::Split, Step::Box, Step::Place, Step::Move, Step::Split];
/// The biobank that holds every tube.
pub(crate) const BIOBANK: &str = "E2E-BB";

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
    /// The freezer, in a story of tubes.
    freezer: Option<String>,
    /// In the order sent.
    pub(crate) ledger: Vec<Acknowledged>,
    /// Whether the outcome of the next step is unknown.
    pub(crate) unknown: bool,
}

impl Story {
    pub(crate) fn new(site: usize, name: String, number: usize) -> Self {
        Self { site, name, number, freezer: None, ledger: Vec::new(), unknown: false }
    }

    /// Every third story of the first site is one of tubes, where there is a freezer.
    pub(crate) fn with(self, freezer: Option<&str>) -> Self {
        let tells_of_tubes = self.site == 0 && self.number % 3 == 2;
        Self { freezer: freezer.filter(|_| tells_of_tubes).map(str::to_owned), ..self }
    }

    /// The next write; `None` when the story is told.
    pub(crate) fn next(&self) -> Option<Write> {
        let steps = match &self.freezer {
            Some(_) => TUBES,
            None if self.number.is_multiple_of(2) => SLOW,
            None => QUICK,
        };
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
            Step::Register | Step::Split | Step::Box | Step::Place | Step::Move => self.tube_write(step)?,
        };
        let version = match step {
            Step::Redraft | Step::Submit | Step::Amend => self.last_answer()["revision"].as_i64(),
            Step::Place => self.ledger[2].answer.json["aliquots"][0]["state"]["version"].as_i64(),
            Step::Move => self.last_answer()["version"].as_i64(),
            _ => None,
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
        self.ledger.get(1).filter(|_| self.freezer.is_none())?.answer.json["id"].as_str()
    }

    /// The id of the sample, once it is registered.
    pub(crate) fn sample_id(&self) -> Option<&str> {
        self.ledger.get(1).filter(|_| self.freezer.is_some())?.answer.json["id"].as_str()
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
        if let Some(sample) = self.sample_id() {
            self.verify_tubes(client, sample);
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

    /// Each step is in the chain of custody once, and the tubes stand where the last one left them.
    #[track_caller]
    fn verify_tubes(&self, client: &Client, sample: &str) {
        let events = client.get(&format!("/api/v1/samples/{sample}/custody-events")).expect(200).json;
        let events = events["items"].as_array().unwrap();
        let numbers: Vec<_> = events.iter().map(|event| event["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>(), "{}", self.name);
        let kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
        let all = [
            &["registered"][..],
            &["aliquoted", "created", "created"],
            &[],
            &["placed"],
            &["moved"],
            &["aliquoted", "created", "created"],
        ];
        assert_eq!(kinds, all[..self.ledger.len() - 1].concat(), "{}", self.name);
        let file = client.get(&format!("/api/v1/samples/{sample}")).expect(200).json;
        for (step, first) in [(2, 0), (6, 2)] {
            let Some(split) = self.ledger.get(step).map(|one| &one.answer.json) else { continue };
            assert_eq!(file["aliquots"][first + 1], split["aliquots"][1], "{}", self.name);
        }
        let last = |name: &str| {
            self.ledger.iter().rev().map(|one| &one.answer.json).find(|one| !one[name].is_null())
        };
        if let Some(split) = last("remaining").filter(|one| !one["aliquots"].is_null()) {
            assert_eq!(file["state"]["remaining"], split["remaining"], "{}", self.name);
        }
        if let Some(placed) = last("place") {
            let stands = &file["aliquots"][0]["state"];
            assert_eq!(stands["place"], placed["place"], "{}", self.name);
            assert_eq!(stands["version"], placed["version"], "{}", self.name);
        }
    }

    fn tube_write(&self, step: Step) -> Option<(&'static str, String, Value)> {
        let answer = |number: usize| &self.ledger[number].answer.json;
        let barcode = |what: &str| format!("{what}-{}-{}", self.name, self.ledger.len());
        let half = json!({ "value": 1, "unit": "mL" });
        Some(match step {
            Step::Register => (
                "POST",
                "/api/v1/samples".to_owned(),
                json!({
                    "barcode": barcode("S"), "patient": self.pseudonym(), "biobank": BIOBANK,
                    "collection_site": SITES[self.site], "material": "WB_EDTA", "time_point": "UNSCHEDULED",
                    "collected_at": "2020-02-01T10:00:00+01:00", "taken_for": "research",
                    "amount": { "value": 10, "unit": "mL" },
                }),
            ),
            Step::Split => (
                "POST",
                format!("/api/v1/samples/{}/aliquots", self.sample_id()?),
                json!({ "aliquots": [
                    { "barcode": barcode("A"), "amount": half }, { "barcode": barcode("B"), "amount": half },
                ] }),
            ),
            Step::Box => (
                "POST",
                format!("/api/v1/storage-units/{}/boxes", self.freezer.as_deref()?),
                json!({ "barcode": barcode("BOX"), "rows": 2, "columns": 2 }),
            ),
            _ => {
                let position = if matches!(step, Step::Place) { "A1" } else { "B2" };
                let aliquot = answer(2)["aliquots"][0]["id"].as_str()?;
                let body = json!({ "box": answer(3)["id"], "position": position });
                ("PUT", format!("/api/v1/aliquots/{aliquot}/position"), body)
            }
        })
    }

    fn last_answer(&self) -> &Value {
        self.ledger.last().map_or(&Value::Null, |one| &one.answer.json)
    }

    fn record_path(&self, rest: &str) -> String {
        format!("/api/v1/records/{}{rest}", self.record_id().unwrap())
    }

    fn enrolment(&self) -> Value {
        let yes = |purpose| json!({ "purpose": purpose, "decision": "given", "decided_on": "2020-01-09" });
        json!({
            "site": SITES[self.site], "role": "treating", "from": "2020-01-10",
            "consents": [yes("registry_research"), yes("biobank_research")],
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
