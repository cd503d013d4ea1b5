//! Reading records: as they are, as they were, and what changed between two revisions.

use std::collections::HashMap;

use cartotek_domain::access::{Granted, Permission, permission};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::lock::decisive_day;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::time::Timestamp;
use cartotek_forms::{CheckTime, DerivedValue};
use cartotek_persistence::session::record::RecordFilter;
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use chrono::NaiveDate;
use serde_json::Value;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::patient::{all_seen, seen};
use crate::record::key::{RecordKey, key_with};
use crate::record::mark::{Marks, marks_at};
use crate::record::patch;
use crate::timeline::standing_in;

/// Which revision of a record is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The latest.
    Current,
    /// The one of that number.
    Number(i64),
    /// The latest that had been saved by that instant.
    AsOf(Timestamp),
}

/// A record as it is kept, at one of its versions.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    /// The record.
    pub record: Record,
    /// The revision.
    pub revision: Revision,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// The answers at its key, as this revision gives them.
    pub key: RecordKey,
    /// Of a draft: pointers of required answers that are neither given nor explained.
    pub unanswered: Option<Vec<String>>,
    /// What follows from the answers.
    pub derived: Vec<DerivedValue>,
    /// What stands over it.
    pub marks: Marks,
    /// Of a submitted record as it is now: what stands in it, given all that is known of the patient by now.
    pub findings: Option<Vec<Finding>>,
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRecord {
    /// The record.
    pub record: Record,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// The answers at its key.
    pub key: RecordKey,
    /// What stands over it.
    pub marks: Marks,
}

/// A record as a change of it is prepared from; the change itself looks again.
pub(super) struct Current {
    pub(super) record: Record,
    pub(super) revision: Revision,
    pub(super) pseudonym: Pseudonym,
    /// The day by which cut-offs decide about the content.
    pub(super) day: NaiveDate,
}

/// Which records a list shows.
#[derive(Debug, Clone, Default)]
pub struct RecordQuery {
    /// Only of this patient.
    pub patient: Option<Pseudonym>,
    /// Only of this course.
    pub course: Option<CourseId>,
    /// Only of this form.
    pub form: Option<String>,
    /// Only in this state.
    pub status: Option<RecordStatus>,
    /// Only what is submitted and whose latest revision a second person has verified, or has not.
    pub verified: Option<bool>,
}

impl Service {
    /// One record at one version.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites, and for a version that never was.
    pub async fn record(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        id: RecordId,
        wanted: Version,
    ) -> Result<Done<StoredRecord>, ServiceError> {
        let today = self.today();
        let scope = granted.patients(today);
        let service = self.clone();
        self.show(granted, act, "read record", move |session| {
            let record = session.record(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let revision = match wanted {
                Version::Current => session.revision(id, record.revision)?,
                Version::Number(number) => session.revision(id, number)?,
                Version::AsOf(at) => session.revision_as_of(id, at)?,
            };
            let revision = revision.ok_or_else(ServiceError::not_found)?;
            let pseudonym = pseudonym_of(session, &record)?;
            let version = service.version_of(&record, &revision)?;
            let published = service.forms()?;
            let form = published.expect(&record.form, Some(version))?;
            let content = serde_json::from_str(&revision.content)?;
            let time = CheckTime { today, first_submitted: None };
            let is_draft = revision.status == RecordStatus::Draft;
            let unanswered = is_draft.then(|| form.check_content(&content, &time).unanswered);
            let day = decisive_day(form.clinical_date(&content), record.submitted_at, today);
            let marks = marks_at(session, &record, &revision, wanted, day)?;
            let derived = form.derived(&content);
            let key = key_with(form, revision.status, &content);
            let is_current = wanted == Version::Current && !is_draft;
            let findings =
                is_current.then(|| standing_in(session, &published.forms, record.id)).transpose()?;
            let seen = vec![seen(&record), seen(&revision)];
            let record = as_it_was(record, &revision);
            Ok((
                StoredRecord { record, revision, pseudonym, key, unanswered, derived, marks, findings },
                seen,
            ))
        })
        .await
    }

    /// The records of the caller's sites that pass a query, by id, with the pseudonyms of their patients.
    ///
    /// # Errors
    /// `not_found` for a patient outside the caller's sites; `content_invalid` for an unknown form.
    pub async fn records(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        query: RecordQuery,
        page: Page<RecordId>,
    ) -> Result<Done<PageOf<ListedRecord, RecordId>>, ServiceError> {
        if let Some(form) = &query.form {
            self.forms()?.expect(form, None)?;
        }
        let (service, scope) = (self.clone(), granted.patients(self.today()));
        self.show(granted, act, "list records", move |session| {
            let patient = match &query.patient {
                None => None,
                Some(pseudonym) => {
                    Some(session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?.id)
                }
            };
            let filter = RecordFilter {
                patient,
                course: query.course,
                form: query.form.clone(),
                status: query.status,
                verified: query.verified,
            };
            let records = session.records(&filter, &scope, &page)?;
            let seen = all_seen(&records.items);
            let marks = service.marks(session, &records.items)?;
            let keys = service.record_keys(session, &records.items)?;
            Ok((listed(session, records, marks.into_iter().zip(keys))?, seen))
        })
        .await
    }

    /// The revisions of a record, by number.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn revisions(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        id: RecordId,
        page: Page<i64>,
    ) -> Result<Done<PageOf<Revision, i64>>, ServiceError> {
        let scope = granted.patients(self.today());
        self.show(granted, act, "list revisions", move |session| {
            let record = session.record(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let revisions = session.revisions(id, &page)?;
            let mut seen = all_seen(&revisions.items);
            seen.push(self::seen(&record));
            Ok((revisions, seen))
        })
        .await
    }

    /// What changed from one revision to another, as RFC 6902.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites, and for a revision that never was.
    pub async fn record_diff(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        id: RecordId,
        from: i64,
        to: i64,
    ) -> Result<Done<Value>, ServiceError> {
        let scope = granted.patients(self.today());
        self.show(granted, act, "compare revisions", move |session| {
            let record = session.record(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let mut content = |number| -> Result<Value, ServiceError> {
                let revision = session.revision(id, number)?.ok_or_else(ServiceError::not_found)?;
                Ok(serde_json::from_str(&revision.content)?)
            };
            let changes = patch(&content(from)?, &content(to)?)?;
            Ok((changes, vec![seen(&record)]))
        })
        .await
    }

    /// The record as it stands, for a change to be prepared.
    pub(super) async fn current<P: Permission>(
        &self,
        granted: &Granted<P>,
        id: RecordId,
    ) -> Result<Current, ServiceError> {
        let scope = granted.patients(self.today());
        let (record, revision, pseudonym) = self
            .store()
            .read("read current record", move |session| {
                let record = session.record(id, &scope)?.ok_or_else(ServiceError::not_found)?;
                let revision = session.revision(id, record.revision)?;
                let revision = revision
                    .ok_or_else(|| ServiceError::Defect(format!("record {id} has no current revision")))?;
                let pseudonym = pseudonym_of(session, &record)?;
                Ok::<_, ServiceError>((record, revision, pseudonym))
            })
            .await?;
        let day = self.decisive_day(&record, &revision)?;
        Ok(Current { record, revision, pseudonym, day })
    }
}

/// The record as it was with a revision.
fn as_it_was(record: Record, revision: &Revision) -> Record {
    let submitted_at = record.submitted_at.filter(|_| revision.status != RecordStatus::Draft);
    Record { status: revision.status, revision: revision.number, submitted_at, ..record }
}

fn pseudonym_of(session: &mut dyn ReadSession, record: &Record) -> Result<Pseudonym, ServiceError> {
    let patient = session.patients_by_id(&[record.patient])?.pop();
    let patient =
        patient.ok_or_else(|| ServiceError::Defect(format!("record {} has no patient", record.id)))?;
    Ok(patient.pseudonym)
}

fn listed(
    session: &mut dyn ReadSession,
    records: PageOf<Record, RecordId>,
    said: impl Iterator<Item = (Marks, RecordKey)>,
) -> Result<PageOf<ListedRecord, RecordId>, ServiceError> {
    let mut ids: Vec<_> = records.items.iter().map(|record| record.patient).collect();
    ids.sort_unstable();
    ids.dedup();
    let pseudonyms: HashMap<_, _> =
        session.patients_by_id(&ids)?.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect();
    let items = records.items.into_iter().zip(said).map(|(record, (marks, key))| {
        match pseudonyms.get(&record.patient) {
            Some(pseudonym) => Ok(ListedRecord { record, pseudonym: *pseudonym, key, marks }),
            None => Err(StoreError::inconsistent("record", "patient_id", record.id)),
        }
    });
    Ok(PageOf { items: items.collect::<Result<_, _>>()?, next: records.next })
}
