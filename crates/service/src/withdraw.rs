//! Withdrawal: the patient takes back a yes, to one purpose or to several at once, and is told what follows.

use std::collections::BTreeSet;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::consent::{Consent, ConsentDecision, ConsentPurpose, Signatory, allows, objection};
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Text;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::cohort::research;
use crate::enrol::{Decision, in_the_future};
use crate::error::ServiceError;
use crate::patient::acting;
use crate::sample::{SamplesConcerned, concerned};
use crate::schedule;

/// Which yes is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purposes {
    /// Every one that holds.
    All,
    /// These; each must hold.
    Named(Vec<ConsentPurpose>),
}

/// What a patient takes back.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// Which yes.
    pub purposes: Purposes,
    /// The day it was signed or said.
    pub decided_on: NaiveDate,
    /// Who signed.
    pub signed_by: Signatory,
    /// Where the paper lies.
    pub document_ref: Option<String>,
}

/// A withdrawal with what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// One decision per purpose.
    pub decisions: Vec<Consent>,
    /// Whether nothing new may be collected for the registry from now on.
    pub collection_stops: bool,
    /// Whether researchers' answers leave the patient out from now on.
    pub left_out_of_research: bool,
    /// How many forms and samples are no longer expected, also of those whose time has not come.
    pub no_longer_expected: usize,
    /// The samples it concerns.
    pub samples: SamplesConcerned,
}

impl Service {
    /// Records that the patient takes back what they agreed to; a dry run tells what would follow.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `content_invalid` for a day in the future and for each purpose to which
    /// no yes holds on the day; `wrong_state` when all were to be withdrawn and none holds.
    pub async fn withdraw(
        &self,
        granted: &Granted<permission::ManagePatient>,
        act: &Act,
        pseudonym: Pseudonym,
        withdrawal: Withdrawal,
    ) -> Result<Done<Withdrawn>, ServiceError> {
        let today = self.today();
        if withdrawal.decided_on > today {
            return Err(ServiceError::invalid(vec![in_the_future("/decided_on")]));
        }
        let (service, granted_again, published) = (self.clone(), granted.clone(), self.forms()?);
        self.create(granted, act, "withdraw consent", move |journal| {
            let (patient, site) = acting(journal, &granted_again, &pseudonym, today)?;
            let mut consents = journal.read().consents(patient.id)?;
            let purposes = to_withdraw(&consents, &withdrawal)?;
            let decisions = purposes
                .iter()
                .map(|purpose| withdrawal.decision(*purpose).recorded(&service, patient.id, site.clone()))
                .collect::<Result<Vec<_>, _>>()?;
            let expected = schedule::waiting(&journal.read().schedule_of(patient.id)?, today);
            journal.insert_all(&decisions)?;
            let facts = schedule::read(journal.read(), &[patient.id])?;
            let laid = facts.iter().map(|facts| schedule::lay(&published.forms, facts));
            let left = laid.map(|entries| schedule::waiting(&entries, today));
            consents.extend(decisions.iter().cloned());
            Ok(Withdrawn {
                decisions,
                collection_stops: objection(&consents, today).is_some(),
                left_out_of_research: !research(&consents, today).0,
                no_longer_expected: expected.saturating_sub(left.sum()),
                samples: concerned(journal.read(), patient.id, &purposes, &consents, today)?,
            })
        })
        .await
    }
}

impl Withdrawal {
    fn decision(&self, purpose: ConsentPurpose) -> Decision {
        Decision {
            purpose,
            decision: ConsentDecision::Withdrawn,
            decided_on: self.decided_on,
            valid_to: None,
            form_version: None,
            language: None,
            signed_by: self.signed_by,
            ethics_ref: None,
            document_ref: self.document_ref.clone(),
        }
    }
}

/// The purposes to withdraw, once each: only where a yes holds on the day is there something to take back.
fn to_withdraw(consents: &[Consent], withdrawal: &Withdrawal) -> Result<Vec<ConsentPurpose>, ServiceError> {
    let holds = |purpose: &ConsentPurpose| allows(consents, *purpose, withdrawal.decided_on);
    let named = match &withdrawal.purposes {
        Purposes::All => {
            let holding: Vec<_> = ConsentPurpose::ALL.iter().copied().filter(holds).collect();
            return if holding.is_empty() { Err(nothing_at_all()) } else { Ok(holding) };
        }
        Purposes::Named(named) => named,
    };
    let without = named.iter().enumerate().filter(|(_, purpose)| !holds(purpose));
    let findings: Vec<_> = without.map(|(index, purpose)| nothing_to(index, *purpose)).collect();
    if findings.is_empty() {
        return Ok(named.iter().copied().collect::<BTreeSet<_>>().into_iter().collect());
    }
    Err(ServiceError::invalid(findings))
}

fn nothing_to(index: usize, purpose: ConsentPurpose) -> Finding {
    let name = purpose.name();
    let text = Text::new(
        format!(
            "Det finns inget att återkalla: inget ja till {name} gäller den dagen. Ta bort ändamålet, eller registrera ett \
             nej med POST /patients/{{pseudonym}}/consents (refused; för kvalitetsregistret opted_out)."
        ),
        format!(
            "There is nothing to withdraw: no yes to {name} holds on that day. Remove the purpose, or record a no with \
             POST /patients/{{pseudonym}}/consents (refused; for the quality register opted_out)."
        ),
    );
    Finding::error("R-CONS-08", format!("/purposes/{index}"), text)
}

fn nothing_at_all() -> ServiceError {
    ServiceError::explained(
        Problem::WrongState,
        "Det finns inget att återkalla: inget ja gäller den dagen. Se GET /patients/{pseudonym}/consents.",
        "There is nothing to withdraw: no yes holds on that day. See GET /patients/{pseudonym}/consents.",
    )
}
