//! Everything about a content that needs no other record, done outside the writer.

use std::sync::Arc;

use cartotek_domain::finding::{Finding, any_error};
use cartotek_domain::id::{ActorId, RevisionId};
use cartotek_domain::identifier;
use cartotek_domain::lock::decisive_day;
use cartotek_domain::record::{Acknowledgement, Amendment, Record, RecordStatus, Revision};
use cartotek_domain::time::{Timestamp, swedish_day};
use cartotek_forms::{CheckTime, Checked, Form, canonical};
use chrono::NaiveDate;
use serde_json::Value;

use crate::Service;
use crate::error::ServiceError;
use crate::publish::PublishedForms;

/// A content that was screened and checked against its form.
#[derive(Debug, Clone)]
pub(crate) struct Prepared(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    published: Arc<PublishedForms>,
    form: String,
    version: u32,
    content: Value,
    canonical: String,
    checked: Checked,
    at: Timestamp,
    amends: bool,
}

impl Prepared {
    /// Screens and checks a content.
    ///
    /// # Errors
    /// `content_invalid` for an unknown form; `person_id_detected` when the guard refuses.
    pub(crate) fn new(
        service: &Service,
        form: &str,
        version: Option<u32>,
        content: Value,
        first_submitted: Option<Timestamp>,
    ) -> Result<Self, ServiceError> {
        let published = service.forms()?;
        let at = service.now();
        let today = swedish_day(at);
        let compiled = published.expect(form, version)?;
        let (refused, suspicious) = screen(compiled, &content, today);
        if !refused.is_empty() {
            return Err(ServiceError::invalid(refused));
        }
        let amends = first_submitted.is_some();
        let time = CheckTime { today, first_submitted: first_submitted.map(swedish_day) };
        let mut checked = compiled.check_content(&content, &time);
        checked.findings.extend(suspicious);
        let (form, version, canonical) =
            (compiled.code().to_owned(), compiled.version(), canonical(&content));
        Ok(Self(Arc::new(Inner { published, form, version, content, canonical, checked, at, amends })))
    }

    /// The form.
    pub(crate) fn form(&self) -> Result<&Form, ServiceError> {
        self.0.published.expect(&self.0.form, Some(self.0.version))
    }

    /// The content.
    pub(crate) fn content(&self) -> &Value {
        &self.0.content
    }

    /// The content as it is stored and hashed.
    pub(crate) fn canonical(&self) -> &str {
        &self.0.canonical
    }

    /// What the check found.
    pub(crate) fn checked(&self) -> &Checked {
        &self.0.checked
    }

    /// Whether it corrects a submitted record.
    pub(crate) fn amends(&self) -> bool {
        self.0.amends
    }

    /// The day on which it was checked.
    pub(crate) fn today(&self) -> NaiveDate {
        swedish_day(self.0.at)
    }

    /// The day by which cut-offs decide about the content as that of a record.
    pub(crate) fn decisive_day(&self, submitted_at: Option<Timestamp>) -> NaiveDate {
        decisive_day(self.checked().clinical_date, submitted_at, self.today())
    }

    /// Everything that stands against a submission before other records are looked at.
    pub(crate) fn refusals(&self) -> Result<Vec<Finding>, ServiceError> {
        let form = self.form()?;
        let checked = self.checked();
        let unanswered = checked.unanswered.iter().map(|pointer| form.unanswered_finding(pointer));
        let findings: Vec<_> = checked.findings.iter().cloned().chain(unanswered).collect();
        Ok(if any_error(&findings) { findings } else { Vec::new() })
    }

    /// The next revision of a record with this content.
    pub(crate) fn revision(
        &self,
        service: &Service,
        record: &Record,
        author: ActorId,
        acknowledgements: Vec<Acknowledgement>,
        amendment: Option<Amendment>,
    ) -> Result<Revision, ServiceError> {
        let status = record.status;
        Ok(Revision {
            id: RevisionId::next(service.ids()),
            record: record.id,
            patient: record.patient,
            number: record.revision,
            status,
            form_version: i32::try_from(self.0.version)
                .map_err(|_| ServiceError::Defect("a form version is too large".to_owned()))?,
            form_sha256: self.0.published.sha256(self.form()?).to_owned(),
            content: self.0.canonical.clone(),
            acknowledgements: if status == RecordStatus::Draft { Vec::new() } else { acknowledgements },
            amendment,
            author,
            created_at: self.0.at,
            salt: service.salt()?,
        })
    }

    /// The generation of the documents by which it was checked.
    pub(crate) fn generation(&self) -> i64 {
        self.0.published.generation
    }

    /// When it was prepared.
    pub(crate) fn at(&self) -> Timestamp {
        self.0.at
    }
}

/// What the identifier guard refuses, and what it only finds suspicious.
fn screen(form: &Form, content: &Value, today: NaiveDate) -> (Vec<Finding>, Vec<Finding>) {
    let hits = identifier::screen(content, today, &|pointer| form.field_kind(pointer));
    let (refused, suspicious): (Vec<_>, Vec<_>) = hits.iter().partition(|hit| hit.refused);
    let found = |hits: Vec<&identifier::Hit>| hits.into_iter().map(identifier::finding).collect();
    (found(refused), found(suspicious))
}
