//! A consent decision as a site sends it, and what is wrong with it.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ConsentId, PatientId};
use cartotek_domain::text::Text;
use chrono::NaiveDate;

use crate::Service;
use crate::enrol::in_the_future;
use crate::error::ServiceError;

/// A consent decision as a site sends it.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What it is about.
    pub purpose: ConsentPurpose,
    /// What was decided.
    pub decision: ConsentDecision,
    /// The day it was signed or said.
    pub decided_on: NaiveDate,
    /// The last day it holds.
    pub valid_to: Option<NaiveDate>,
    /// Version of the consent form.
    pub form_version: Option<String>,
    /// Language of the consent form.
    pub language: Option<String>,
    /// Who signed.
    pub signed_by: Signatory,
    /// The ethics approval.
    pub ethics_ref: Option<String>,
    /// Where the paper lies.
    pub document_ref: Option<String>,
}

impl Decision {
    /// The decision as a fact.
    pub(crate) fn recorded(
        self,
        service: &Service,
        patient: PatientId,
        site: SiteCode,
    ) -> Result<Consent, ServiceError> {
        Ok(Consent {
            id: ConsentId::next(service.ids()),
            patient,
            purpose: self.purpose,
            decision: self.decision,
            decided_on: self.decided_on,
            valid_to: self.valid_to,
            form_version: self.form_version,
            language: self.language,
            signed_by: self.signed_by,
            ethics_ref: self.ethics_ref,
            document_ref: self.document_ref,
            site,
            recorded_at: service.now(),
            salt: service.salt()?,
        })
    }

    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        (self.purpose, self.decided_on) == (other.purpose, other.decided_on)
            && self.decision != other.decision
    }

    /// Whether it takes back a yes that is not among the decisions sent with it.
    pub(crate) fn takes_back_nothing(&self, sent: &[Self]) -> bool {
        let earlier =
            sent.iter().filter(|one| one.purpose == self.purpose && one.decided_on < self.decided_on);
        let last = earlier.max_by_key(|one| one.decided_on);
        let holds = |one: &Self| one.valid_to.is_none_or(|last| self.decided_on <= last);
        let is_yes = last.is_some_and(|one| one.decision == ConsentDecision::Given && holds(one));
        self.decision == ConsentDecision::Withdrawn && !is_yes
    }

    /// What is wrong with it by itself.
    pub(crate) fn check(&self, at: &str, today: NaiveDate) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.decided_on > today {
            findings.push(in_the_future(&format!("{at}/decided_on")));
        }
        if self.valid_to.is_some_and(|last| last < self.decided_on) {
            let message = Text::new(
                "Sista giltighetsdagen ligger före beslutsdagen.",
                "The last day it holds lies before the day it was decided.",
            );
            findings.push(Finding::error("R-CONS-03", format!("{at}/valid_to"), message));
        }
        if self.valid_to.is_some() && self.decision != ConsentDecision::Given {
            let message = Text::new(
                "Ett nej har ingen sista dag: det gäller tills patienten säger ja. Ta bort valid_to.",
                "A no has no last day: it holds until the patient says yes. Remove valid_to.",
            );
            findings.push(Finding::error("R-CONS-06", format!("{at}/valid_to"), message));
        }
        if self.decision == ConsentDecision::OptedOut && self.purpose != ConsentPurpose::RegistryQuality {
            let message = Text::new(
                "opted_out gäller bara kvalitetsregistret (registry_quality); ange refused eller withdrawn.",
                "opted_out is about the quality register (registry_quality) only; give refused or withdrawn.",
            );
            findings.push(Finding::error("R-CONS-05", format!("{at}/decision"), message));
        }
        findings
    }
}

/// The finding of a withdrawal without a yes that it takes back; `at` points to the decision.
pub(crate) fn nothing_to_take_back(at: &str, purpose: ConsentPurpose) -> Finding {
    let name = purpose.name();
    let text = Text::new(
        format!(
            "Det finns inget att återkalla: inget ja till {name} gäller den dagen. Ett nej från början är refused; för \
             kvalitetsregistret opted_out, om patienten motsätter sig det."
        ),
        format!(
            "There is nothing to withdraw: no yes to {name} holds on that day. A no from the start is refused; for the \
             quality register opted_out, if the patient objects to it."
        ),
    );
    Finding::error("R-CONS-08", format!("{at}/decision"), text)
}
