//! Consent: one decision per purpose, appended and never changed; what holds is computed for a day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::code::site::SiteCode;
use crate::fact::Salt;
use crate::id::{ConsentId, PatientId};
use crate::names::named;
use crate::time::Timestamp;

named! {
    /// What a decision is about (domain brief 5.5).
    ConsentPurpose {
        /// The quality register: opt-out under the Patient Data Act.
        RegistryQuality = "registry_quality",
        /// Research on registry data.
        RegistryResearch = "registry_research",
        /// Samples for the patient's own care.
        BiobankCare = "biobank_care",
        /// Samples for education, quality and development.
        BiobankEducationQuality = "biobank_education_quality",
        /// Samples for research.
        BiobankResearch = "biobank_research",
        /// Samples for manufacture of products.
        BiobankProduct = "biobank_product",
        /// Genetic analysis.
        GeneticAnalysis = "genetic_analysis",
        /// Data to the EBMT registry.
        SharingEbmt = "sharing_ebmt",
        /// Data to marketing authorisation holders and the EMA.
        SharingMahEma = "sharing_mah_ema",
        /// Data outside the EU.
        SharingOutsideEu = "sharing_outside_eu",
        /// Being contacted again.
        Recontact = "recontact",
        /// Commercial collaboration.
        CommercialCollaboration = "commercial_collaboration",
    }
}

named! {
    /// What the patient decided.
    ConsentDecision {
        /// Yes.
        Given = "given",
        /// No, from the start.
        Refused = "refused",
        /// No, after an earlier yes.
        Withdrawn = "withdrawn",
        /// Objects to the quality register.
        OptedOut = "opted_out",
    }
}

named! {
    /// Who signed.
    Signatory {
        /// The patient.
        Patient = "patient",
        /// A guardian of a minor.
        Guardian = "guardian",
    }
}

/// One decision about one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// The patient.
    pub patient: PatientId,
    /// What it is about.
    pub purpose: ConsentPurpose,
    /// What was decided.
    pub decision: ConsentDecision,
    /// The day it was signed or said; it holds from that day on.
    pub decided_on: NaiveDate,
    /// The last day it holds, where the form limits it.
    pub valid_to: Option<NaiveDate>,
    /// Version of the information and consent form.
    pub form_version: Option<String>,
    /// Language of that form (BCP 47).
    pub language: Option<String>,
    /// Who signed.
    pub signed_by: Signatory,
    /// Reference of the ethics approval it rests on, e.g. `2024-01234-01`.
    pub ethics_ref: Option<String>,
    /// Where the paper lies, in the hospital's own words.
    pub document_ref: Option<String>,
    /// The site that took it.
    pub site: SiteCode,
    /// When it was entered.
    pub recorded_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// The decision about `purpose` that holds on `day`, or `None` when nobody was asked by then.
///
/// The latest decision by day counts; of two on one day, the one entered last. Whether a decision was *known* at an
/// instant is the caller's filter on `recorded_at`, so that an earlier answer can be reproduced.
pub fn in_force(consents: &[Consent], purpose: ConsentPurpose, day: NaiveDate) -> Option<&Consent> {
    consents
        .iter()
        .filter(|consent| consent.purpose == purpose && consent.decided_on <= day)
        .max_by_key(|consent| (consent.decided_on, consent.recorded_at, consent.id))
        .filter(|consent| consent.valid_to.is_none_or(|last| day <= last))
}

/// Whether the patient's yes to `purpose` holds on `day`.
pub fn allows(consents: &[Consent], purpose: ConsentPurpose, day: NaiveDate) -> bool {
    in_force(consents, purpose, day).is_some_and(|consent| consent.decision == ConsentDecision::Given)
}

/// The patient's objection to the quality register, while it holds: nothing may be collected then.
pub fn opt_out(consents: &[Consent], day: NaiveDate) -> Option<&Consent> {
    in_force(consents, ConsentPurpose::RegistryQuality, day)
        .filter(|consent| consent.decision == ConsentDecision::OptedOut)
}

/// The patient's no that stops all collection for the registry on a day, if there is one.
///
/// An objection to the quality register always does. Without one, collection may rest on either the quality register or
/// research: it stops when one of them was answered with a no and neither with a yes (domain brief 5.5, `R-CONS-01`).
pub fn objection(consents: &[Consent], day: NaiveDate) -> Option<&Consent> {
    let quality = in_force(consents, ConsentPurpose::RegistryQuality, day);
    let research = in_force(consents, ConsentPurpose::RegistryResearch, day);
    let says = |one: Option<&Consent>, decision| one.is_some_and(|consent| consent.decision == decision);
    if says(quality, ConsentDecision::OptedOut) {
        return quality;
    }
    if says(quality, ConsentDecision::Given) || says(research, ConsentDecision::Given) {
        return None;
    }
    quality.or(research)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn consent(number: u128, decision: ConsentDecision, decided_on: &str) -> Consent {
        Consent {
            id: ConsentId::from_uuid(Uuid::from_u128(number)),
            patient: PatientId::from_uuid(Uuid::from_u128(1)),
            purpose: ConsentPurpose::BiobankResearch,
            decision,
            decided_on: day(decided_on),
            valid_to: None,
            form_version: None,
            language: None,
            signed_by: Signatory::Patient,
            ethics_ref: None,
            document_ref: None,
            site: "KAR".parse().unwrap(),
            recorded_at: "2026-06-01T00:00:00Z".parse().unwrap(),
            salt: Salt::default(),
        }
    }

    #[test]
    fn an_earlier_day_reproduces_the_earlier_answer() {
        let history = [
            consent(1, ConsentDecision::Given, "2026-01-10"),
            consent(2, ConsentDecision::Withdrawn, "2026-03-01"),
        ];
        let asked = |on| allows(&history, ConsentPurpose::BiobankResearch, day(on));
        assert!(!asked("2026-01-09"), "nobody had been asked");
        assert!(asked("2026-01-10"));
        assert!(asked("2026-02-28"));
        assert!(!asked("2026-03-01"));
        assert!(!allows(&history, ConsentPurpose::BiobankCare, day("2026-02-01")), "another purpose");
    }

    #[test]
    fn an_objection_holds_until_the_patient_says_yes_again() {
        let quality = |number, decision, on: &str| Consent {
            purpose: ConsentPurpose::RegistryQuality,
            ..consent(number, decision, on)
        };
        let history = [
            quality(1, ConsentDecision::OptedOut, "2026-01-10"),
            quality(2, ConsentDecision::Given, "2026-03-01"),
            consent(3, ConsentDecision::OptedOut, "2026-04-01"),
        ];
        let found = |on| opt_out(&history, day(on)).map(|consent| consent.decided_on);
        assert_eq!(found("2026-01-09"), None);
        assert_eq!(found("2026-02-28"), Some(day("2026-01-10")));
        assert_eq!(found("2026-03-01"), None);
        assert_eq!(found("2026-04-01"), None, "another purpose");
        let refused = [quality(1, ConsentDecision::Refused, "2026-01-10")];
        assert_eq!(
            opt_out(&refused, day("2026-02-01")),
            None,
            "a no from the start is no objection to erase for"
        );
    }

    #[test]
    fn a_no_stops_collection_unless_another_basis_stands() {
        let about =
            |purpose, number, decision, on: &str| Consent { purpose, ..consent(number, decision, on) };
        let quality = |number, decision, on| about(ConsentPurpose::RegistryQuality, number, decision, on);
        let research = |number, decision, on| about(ConsentPurpose::RegistryResearch, number, decision, on);
        let stopped = |history: &[Consent], on| objection(history, day(on)).map(|no| no.decision);
        let mut history = vec![research(1, ConsentDecision::Given, "2026-01-10")];
        assert_eq!(stopped(&history, "2026-01-01"), None, "nobody was asked");
        history.push(research(2, ConsentDecision::Withdrawn, "2026-02-01"));
        assert_eq!(stopped(&history, "2026-01-31"), None);
        assert_eq!(stopped(&history, "2026-02-01"), Some(ConsentDecision::Withdrawn));
        history.push(quality(3, ConsentDecision::Given, "2026-03-01"));
        assert_eq!(stopped(&history, "2026-03-01"), None, "the quality register is a basis of its own");
        history.push(research(4, ConsentDecision::Given, "2026-04-01"));
        history.push(quality(5, ConsentDecision::OptedOut, "2026-04-01"));
        assert_eq!(
            stopped(&history, "2026-04-01"),
            Some(ConsentDecision::OptedOut),
            "whatever research says"
        );
        assert_eq!(
            stopped(&[consent(1, ConsentDecision::Withdrawn, "2026-01-10")], "2026-02-01"),
            None,
            "samples"
        );
    }

    #[test]
    fn a_limited_yes_ends() {
        let mut limited = consent(1, ConsentDecision::Given, "2026-01-10");
        limited.valid_to = Some(day("2026-01-31"));
        assert!(allows(&[limited.clone()], ConsentPurpose::BiobankResearch, day("2026-01-31")));
        assert!(!allows(&[limited], ConsentPurpose::BiobankResearch, day("2026-02-01")));
    }
}
