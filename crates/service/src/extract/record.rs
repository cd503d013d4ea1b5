//! The filled forms of a data-subject extract.

use std::collections::BTreeMap;

use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::record::{AmendmentReason, Record, RecordStatus, Revision};
use cartotek_domain::signature::Signature;
use cartotek_domain::text::Text;
use cartotek_domain::time::Timestamp;
use cartotek_domain::verification::Verification;
use cartotek_forms::Wording;
use cartotek_persistence::{ReadSession, StoreError};

use crate::Service;
use crate::error::ServiceError;
use crate::extract::by;
use crate::publish::PublishedForms;
use crate::record::{Marks, RecordKey, SignatureFile, VerificationFile};
use crate::timeline::{ListedFinding, standing_of};

/// A filled form with every content it ever had; of an annulled one, which may tell of somebody else, only that it was.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractedRecord {
    /// The record.
    pub record: Record,
    /// The answers at its key.
    pub key: RecordKey,
    /// What stands over it now.
    pub marks: Marks,
    /// The name of the form.
    pub form_title: Text,
    /// That it was annulled: then nothing stands in the parts that follow.
    pub annulled: Option<Annulled>,
    /// Its contents, the first one first.
    pub revisions: Vec<ExtractedRevision>,
    /// Its verifications, by revision, with whether each still holds.
    pub verifications: Vec<VerificationFile>,
    /// The signatures under it, in the order made, with whether each still holds.
    pub signatures: Vec<SignatureFile>,
    /// What stands in it, given all that is known of the patient by now, by rule and pointer.
    pub findings: Vec<ListedFinding>,
}

/// When a record was annulled, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Annulled {
    /// The coded reason.
    pub reason: AmendmentReason,
    /// When.
    pub at: Timestamp,
}

/// A content with its answers in words.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractedRevision {
    /// The content.
    pub revision: Revision,
    /// The wording of every answer, by JSON pointer.
    pub wordings: BTreeMap<String, Wording>,
}

pub(super) fn records(
    session: &mut dyn ReadSession,
    service: &Service,
    patient: PatientId,
) -> Result<Vec<ExtractedRecord>, ServiceError> {
    let published = service.forms()?;
    let records = session.records_of(patient)?;
    let marks = service.marks(session, &records)?;
    let mut revisions = by(session.revisions_of(patient)?, |one: &Revision| one.record);
    let mut verifications = by(session.verifications_of(patient)?, |one: &Verification| one.record);
    let mut signatures = by(session.signatures_of(patient)?, |one: &Signature| one.record);
    let standing = standing_of(session, &published.forms, patient)?;
    let mut findings = by(standing, |one: &ListedFinding| one.finding.record);
    let extracted = records.into_iter().zip(marks).map(|(record, marks)| {
        let revisions: Vec<Revision> = revisions.remove::<RecordId>(&record.id).unwrap_or_default();
        let signatures = signatures.remove(&record.id).unwrap_or_default().into_iter();
        let none = || StoreError::inconsistent("record", "revision", record.id);
        let latest = revisions.last().ok_or_else(none)?;
        let form_title = published.expect(&record.form, None)?.title().clone();
        if let Some(annulled) = annulled(&record, latest) {
            return Ok(named_only(record, marks, form_title, annulled));
        }
        let key = service.record_key(&record, latest.form_version)?;
        let signatures = signatures.map(|one| SignatureFile::new(one, latest)).collect();
        let revisions = worded(service, &published, &record, revisions)?;
        let verifications = verifications.remove(&record.id).unwrap_or_default().into_iter();
        let verifications = verifications.map(|one| VerificationFile::new(one, record.revision)).collect();
        let findings = findings.remove(&record.id).unwrap_or_default();
        Ok(ExtractedRecord {
            record,
            key,
            marks,
            form_title,
            annulled: None,
            revisions,
            verifications,
            signatures,
            findings,
        })
    });
    extracted.collect()
}

/// That a record was annulled, as its last revision says.
fn annulled(record: &Record, latest: &Revision) -> Option<Annulled> {
    let why = latest.amendment.as_ref().filter(|_| record.status == RecordStatus::Annulled)?;
    Some(Annulled { reason: why.reason, at: latest.created_at })
}

/// An annulled record, without anything that was said in it or about it.
fn named_only(record: Record, marks: Marks, form_title: Text, annulled: Annulled) -> ExtractedRecord {
    ExtractedRecord {
        record,
        key: RecordKey::new(),
        marks,
        form_title,
        annulled: Some(annulled),
        revisions: Vec::new(),
        verifications: Vec::new(),
        signatures: Vec::new(),
        findings: Vec::new(),
    }
}

/// The revisions of a record with their answers in words.
fn worded(
    service: &Service,
    published: &PublishedForms,
    record: &Record,
    revisions: Vec<Revision>,
) -> Result<Vec<ExtractedRevision>, ServiceError> {
    let worded = |revision: Revision| {
        let version = service.version_of(record, &revision)?;
        let form = published.expect(&record.form, Some(version))?;
        let wordings = form.wordings(&serde_json::from_str(&revision.content)?);
        Ok(ExtractedRevision { revision, wordings })
    };
    revisions.into_iter().map(worded).collect()
}
