//! A patient's no to the registry: what it refuses, and in which words.

use cartotek_domain::consent::{Consent, ConsentDecision, objection, opt_out};
use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use chrono::NaiveDate;

use crate::error::ServiceError;

/// The rule of what is dated in a time in which the patient had said no.
pub(crate) const IN_A_NO: &str = "R-FU-03";

/// Refuses to collect more about a patient whose no to the registry holds today.
pub(crate) fn check_collectable(consents: &[Consent], today: NaiveDate) -> Result<(), ServiceError> {
    refuse(objection(consents, today))
}

/// Refuses to add to what an erasure will take: the patient objects to the register.
pub(crate) fn check_not_opted_out(consents: &[Consent], today: NaiveDate) -> Result<(), ServiceError> {
    refuse(opt_out(consents, today))
}

fn refuse(no: Option<&Consent>) -> Result<(), ServiceError> {
    no.map_or(Ok(()), |no| Err(ServiceError::invalid(vec![collection_stopped(no)])))
}

/// The reminder of a guardian's yes that the patient, of age since a day, has not confirmed.
pub(crate) fn asked_again(from: NaiveDate, purposes: &str) -> Finding {
    let text = Text::new(
        format!(
            "Patienten är myndig (senast {from}), men en vårdnadshavare har sagt ja till {purposes}. Fråga patienten och \
             registrera beslutet med signed_by: patient, eller ange varför det dröjer."
        ),
        format!(
            "The patient is of age (by {from} at the latest), but a guardian has said yes to {purposes}. Ask the patient \
             and record the decision with signed_by: patient, or say why it takes longer."
        ),
    );
    Finding::warning("R-CONS-07", "", text)
}

/// The finding of a content that speaks of a time in which the patient had said no.
pub(crate) fn dated_in_a_no() -> Finding {
    let text = Text::new(
        "Den kliniska dagen ligger i en tid då patienten hade sagt nej till registret, eller inget ja längre gällde. \
         Kontrollera datumet.",
        "The clinical date lies in a time in which the patient had said no to the registry, or no yes held any longer. \
         Check the date.",
    );
    Finding::error(IN_A_NO, "", text)
}

/// The finding of a no that stops all collection.
pub(crate) fn collection_stopped(no: &Consent) -> Finding {
    let (purpose, decision, day) = (no.purpose.name(), no.decision.name(), no.decided_on);
    if let (ConsentDecision::Given, Some(last)) = (no.decision, no.valid_to) {
        let text = Text::new(
            format!(
                "Patientens ja till {purpose} gällde till och med {last}: inget nytt får samlas in. Registrera ett nytt \
                 beslut först."
            ),
            format!(
                "The patient's yes to {purpose} held until {last}: nothing new may be collected. Record a new decision \
                 first."
            ),
        );
        return Finding::error("R-CONS-01", "", text);
    }
    let text = Text::new(
        format!(
            "Patienten har sagt nej till {purpose} ({decision} {day}): inget nytt får samlas in. Har patienten ändrat sig, \
             eller vilar registreringen på en annan grund, registrera det beslutet först."
        ),
        format!(
            "The patient has said no to {purpose} ({decision} {day}): nothing new may be collected. If the patient has \
             changed their mind, or the record rests on another basis, record that decision first."
        ),
    );
    Finding::error("R-CONS-01", "", text)
}
