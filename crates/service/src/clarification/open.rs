//! Asking by hand: a person's question about an answer of a submitted form.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::clarification::Clarification;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ClarificationId, RecordId};
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::text::Text;

use crate::Service;
use crate::act::{Act, Done};
use crate::clarification::read::one_file;
use crate::clarification::{ClarificationFile, ask};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::acting_for;
use crate::record::check_status;
use crate::record::objection::check_not_opted_out;

/// Characters of a pointer.
const LONGEST_POINTER: usize = 200;

/// A question that a person asks.
#[derive(Debug, Clone)]
pub struct NewClarification {
    /// Where in the content (JSON pointer; empty: the whole).
    pub pointer: String,
    /// Number of the revision it is about; the latest when absent.
    pub revision: Option<i64>,
    /// The question; no identifiers.
    pub text: String,
}

impl Service {
    /// Asks about an answer of a submitted form; the site that owns the form is to answer.
    ///
    /// # Errors
    /// `not_found` unless one of the caller's sites takes part; `wrong_state` for a draft; `content_invalid` for a place
    /// that the form does not have, a revision that was never submitted, or a patient who has opted out.
    pub async fn open_clarification(
        &self,
        granted: &Granted<permission::OpenClarification>,
        act: &Act,
        record: RecordId,
        new: NewClarification,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        let scope = granted.own_patients(today);
        self.create(granted, act, "open clarification", move |journal| {
            let found = journal.read().record(record, &scope)?.ok_or_else(ServiceError::not_found)?;
            let site = acting_for(journal, &granted_again, found.patient, today)?;
            let record = journal.read().record(record, &scope)?.ok_or_else(ServiceError::not_found)?;
            check_status(&record, RecordStatus::Submitted)?;
            check_not_opted_out(&journal.read().consents(record.patient)?, today)?;
            let revision = asked_about(journal, &record, new.revision)?;
            service.check_place(&record, &revision, &new.pointer)?;
            let clarification = Clarification {
                id: ClarificationId::next(service.ids()),
                patient: record.patient,
                record: record.id,
                revision: revision.number,
                form: record.form.clone(),
                form_version: revision.form_version,
                pointer: new.pointer.clone(),
                rule: None,
                site: record.site.clone(),
                opened_by: granted_again.caller().actor,
                opened_for: Some(site),
                opened_at: service.now(),
                salt: service.salt()?,
            };
            ask(&service, journal, &clarification, Some(new.text.clone()))?;
            one_file(&service, journal.read(), clarification)
        })
        .await
    }

    fn check_place(&self, record: &Record, revision: &Revision, pointer: &str) -> Result<(), ServiceError> {
        let version = self.version_of(record, revision)?;
        let published = self.forms()?;
        let form = published.expect(&record.form, Some(version))?;
        if pointer.chars().count() <= LONGEST_POINTER && form.has_place(pointer) {
            return Ok(());
        }
        let text = Text::new(
            "Formuläret har inget sådant fält. Ange fältets plats i svaren som JSON-pekare, t.ex. /infusion_date; tom för hela \
             formuläret.",
            "The form has no such field. Give its place in the answers as a JSON pointer, e.g. /infusion_date; empty for the \
             whole form.",
        );
        Err(ServiceError::invalid(vec![Finding::error("POINTER-UNKNOWN", "/pointer", text)]))
    }
}

/// The submitted revision that a question is about.
fn asked_about(
    journal: &mut Journal<'_>,
    record: &Record,
    number: Option<i64>,
) -> Result<Revision, ServiceError> {
    let revision = journal.read().revision(record.id, number.unwrap_or(record.revision))?;
    let submitted = revision.filter(|one| one.status == RecordStatus::Submitted);
    submitted.ok_or_else(|| {
        let text = Text::new(
            "Posten har ingen inskickad revision med det numret; utelämna revision för den senaste.",
            "The record has no submitted revision of that number; leave out revision for the latest.",
        );
        ServiceError::invalid(vec![Finding::error("REVISION-UNKNOWN", "/revision", text)])
    })
}
