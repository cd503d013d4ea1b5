//! Consent: one decision per purpose, appended and never changed; what holds is computed for a day.

mod reconsent;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use reconsent::{due_for_reconsent, reconsent_from};

use crate::code::site::SiteCode;
use crate::fact::Salt;
use crate::id::{ConsentId, PatientId};
use crate::names::named;
use crate::time::Timestamp;

named! {
    /// What a decision is about.
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

impl ConsentPurpose {
    /// The purposes for which a biobank keeps samples: a no to all of them is the donor's complete no (form E1).
    pub const BIOBANK: [Self; 4] =
        [Self::BiobankCare, Self::BiobankEducationQuality, Self::BiobankResearch, Self::BiobankProduct];
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

impl Consent {
    /// Whether it is a yes that a guardian gave in the patient's place.
    pub fn is_guardians_yes(&self) -> bool {
        self.decision == ConsentDecision::Given && self.signed_by == Signatory::Guardian
    }

    /// Whether its last day, if it has one, has passed on `day`.
    fn has_ended(&self, day: NaiveDate) -> bool {
        self.valid_to.is_some_and(|last| last < day)
    }
}

/// The decision about `purpose` that holds on `day`, or `None` when nobody was asked by then or the answer has ended.
///
/// The latest decision by day counts; of two on one day, the one entered last. A limited yes suspends the no before it:
/// after its last day that no holds again. An earlier yes does not, it was replaced, nor does a no before it. Whether a decision
/// was *known* at an instant is the caller's filter on `recorded_at`, so that an earlier answer can be reproduced.
pub fn in_force(consents: &[Consent], purpose: ConsentPurpose, day: NaiveDate) -> Option<&Consent> {
    let last = latest(consents, purpose, day, |_| true)?;
    if !last.has_ended(day) {
        return Some(last);
    }
    latest(consents, purpose, day, |one| !one.has_ended(day))
        .filter(|standing| standing.decision != ConsentDecision::Given)
}

/// The latest decision about `purpose` by `day`, of those that `counts` accepts.
fn latest(
    consents: &[Consent],
    purpose: ConsentPurpose,
    day: NaiveDate,
    counts: impl Fn(&Consent) -> bool,
) -> Option<&Consent> {
    consents
        .iter()
        .filter(|consent| consent.purpose == purpose && consent.decided_on <= day && counts(consent))
        .max_by_key(|consent| (consent.decided_on, consent.recorded_at, consent.id))
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

/// The decision that stops all collection for the registry on a day, if there is one: the patient's no, or a yes to
/// research whose last day has passed.
///
/// An objection to the quality register always does. Without one, collection may rest on either the quality register or
/// research: it stops when one of them was answered with a no, or research with a yes that has ended, and neither with
/// a yes that holds (domain brief 5.5, `R-CONS-01`).
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
    // The register needs no yes, so one to it that has ended stops nothing; research rests on its yes alone.
    let ended = || {
        latest(consents, ConsentPurpose::RegistryResearch, day, |_| true)
            .filter(|last| last.decision == ConsentDecision::Given)
    };
    quality.or(research).or_else(ended)
}

#[cfg(test)]
mod tests;
