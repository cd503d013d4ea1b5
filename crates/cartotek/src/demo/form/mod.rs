//! The contents of the forms of a demo patient.
//!
//! Each is whole and free of contradictions; where a warning is due by the story, its reason is given with it. A
//! warning that was not meant stops the demo.

mod condition;
mod cytopenia;
mod diagnosis;
mod event;
mod follow_up;
mod pre_infusion;
mod product;
mod prom;
mod referral;
mod resource_use;
mod response;
mod toxicity;

use cartotek_domain::record::Acknowledgement;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::outcome::rank;
use super::person::Person;

pub(super) use event::{death, lost, malignancy, relapse, therapy};
pub(super) use follow_up::follow_up;
pub(super) use pre_infusion::pre_infusion;
pub(super) use product::{infusion, product};
pub(super) use prom::prom;
pub(super) use referral::{apheresis, bridged, bridging, referral};
pub(super) use resource_use::resource_use;
pub(super) use response::response;
pub(super) use toxicity::{acute_toxicity, assessment};

/// The status of a disease that has relapsed or grows.
pub(super) const PROGRESSIVE: &str = "PD";

/// A filled form.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    /// The code of the form.
    pub(super) form: &'static str,
    /// Its content.
    pub(super) content: Value,
    /// Why the warnings in it stand.
    pub(super) reasons: Vec<Acknowledgement>,
}

impl Filled {
    fn new(form: &'static str, content: Value) -> Self {
        Self { form, content, reasons: Vec::new() }
    }

    /// Gives the reason for a warning, where the story calls for it.
    fn because(mut self, applies: bool, rule: &str, pointer: &str, reason: &str) -> Self {
        if applies {
            let (rule, pointer, reason) = (rule.to_owned(), pointer.to_owned(), reason.to_owned());
            self.reasons.push(Acknowledgement { rule, pointer, reason });
        }
        self
    }
}

/// What the records submitted for a course say so far.
#[derive(Debug, Default)]
pub(super) struct OnRecord {
    /// The contacts with the status of the disease.
    contacts: Vec<(NaiveDate, &'static str)>,
    /// The status of the disease on the days of assessments and of the relapse.
    assessed: Vec<(NaiveDate, &'static str)>,
    /// Whether a follow-up reports a complete remission.
    remission: bool,
}

impl OnRecord {
    /// Notes a submitted follow-up.
    pub(super) fn note(&mut self, contact: NaiveDate, status: &'static str, best: &'static str) {
        self.contacts.push((contact, status));
        self.remission |= rank(best) == 1;
    }

    /// Notes a submitted assessment or relapse.
    pub(super) fn note_status(&mut self, day: NaiveDate, status: &'static str) {
        self.assessed.push((day, status));
    }

    /// Whether a follow-up at `contact` is the one that reports what happened on a day.
    fn reports(&self, contact: NaiveDate, happened: Option<NaiveDate>) -> bool {
        let earlier =
            |day: NaiveDate| self.contacts.iter().any(|(other, _)| *other < contact && day <= *other);
        happened.is_some_and(|day| day <= contact && !earlier(day))
    }

    /// Whether the disease progressed, and nothing better was seen on a later day.
    fn is_progressive(&self) -> bool {
        let latest = |progressive: bool| {
            let seen = self.contacts.iter().chain(&self.assessed);
            seen.filter(|(_, status)| (*status == PROGRESSIVE) == progressive).map(|(day, _)| *day).max()
        };
        latest(true).is_some_and(|day| latest(false).is_none_or(|better| better <= day))
    }
}

/// The registration of a patient.
pub(super) fn registration(person: &Person, day: NaiveDate, for_research: bool) -> Filled {
    let legal_basis = if for_research { "research_consent" } else { "quality_register" };
    let content = json!({
        "registration_date": day,
        "birth_year_month": person.birth_month(),
        "sex": person.sex,
        "region_of_residence": person.county,
        "legal_basis": legal_basis,
    });
    Filled::new("patient_registration", content)
}

/// Puts an answer into a content.
pub(super) fn put(content: &mut Value, name: &str, answer: Value) {
    if let Value::Object(answers) = content {
        answers.insert(name.to_owned(), answer);
    }
}

/// Takes an answer out of a content, or of an object in it, and gives the reason why it is missing.
fn leave_out(content: &mut Value, name: &str, reason: &str) {
    if let Value::Object(answers) = content {
        answers.remove(name);
        let missing = answers.entry("missing").or_insert_with(|| json!({}));
        put(missing, name, json!(reason));
    }
}

/// The answer to a question of yes or no.
const fn yes_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}
