//! The data-subject extract (GDPR article 15): everything that is held on one patient, for the site that knows who it is.
//!
//! Complete means: every table that names a patient has its part here; a test compares them (`tests/care/extracting.rs`). Of an
//! annulled record nothing is shown but that it was: its contents and what was asked about them may be somebody else's.

mod record;
mod sample;

use std::collections::{HashMap, HashSet};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::consent::{Consent, opt_out};
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::lock::LockTarget;
use cartotek_domain::milestone::Milestone;
use cartotek_domain::patient::{Participation, Patient};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::retention::{PatientDays, RetentionClass};
use cartotek_domain::traceability::Traceability;
use cartotek_persistence::ReadSession;
pub use cartotek_persistence::session::extract::AnswerAbout;
pub use cartotek_persistence::session::job::ImportJob;
use chrono::NaiveDate;

pub use crate::extract::record::{Annulled, ExtractedRecord, ExtractedRevision};
pub use crate::extract::sample::ExtractedSample;

use crate::Service;
use crate::act::{Act, Done};
use crate::clarification::{self, ClarificationFile};
use crate::course::{CourseFile, file};
use crate::error::ServiceError;
use crate::extract::record::records;
use crate::extract::sample::samples;
use crate::lock::{self, LockFile};
use crate::participation::responsible_of;
use crate::patient::{acting_site, all_seen, seen};
use crate::report::{AccessEntry, accesses};
use crate::schedule::worklist::{WorklistItem, items_of};

/// Everything that is held on one patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Extract {
    /// The patient.
    pub patient: Patient,
    /// Which key made each linkage value that is held. The keyed hash itself leaves the registry nowhere.
    pub linkage_keys: Vec<String>,
    /// The sites that take or took part in the care.
    pub participations: Vec<Participation>,
    /// Every decision.
    pub consents: Vec<Consent>,
    /// The courses, by number.
    pub courses: Vec<CourseFile>,
    /// The filled forms.
    pub records: Vec<ExtractedRecord>,
    /// The locks over the patient and single records, those that have ended too, by id.
    pub locks: Vec<LockFile>,
    /// Every question about a form, with what happened to it, by id; without words where the form was annulled.
    pub clarifications: Vec<ClarificationFile>,
    /// Dates and codes that are kept of the forms for rules.
    pub milestones: Vec<Milestone>,
    /// What is expected of the patient, as it stands today.
    pub expected: Vec<WorklistItem>,
    /// The samples.
    pub samples: Vec<ExtractedSample>,
    /// What earlier erasures have kept.
    pub traceability: Vec<Traceability>,
    /// Imports whose file names the patient.
    pub imports: Vec<ImportJob>,
    /// Answers that are kept for safe retries.
    pub answers: Vec<AnswerAbout>,
    /// Who has seen or changed what.
    pub accesses: Vec<AccessEntry>,
    /// How long each kind of data is kept.
    pub retention: Vec<KeptClass>,
}

/// How long a kind of data is kept of the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptClass {
    /// The kind, with its rule and the law behind it.
    pub class: RetentionClass,
    /// The first day on which it may be removed, where one is in sight.
    pub removable_from: Option<NaiveDate>,
}

impl Service {
    /// Everything that is held on a patient; for the responsible site, which can tell the person.
    ///
    /// # Errors
    /// `not_found` unless one of the caller's sites takes part; `permission_missing` unless it is the responsible one.
    pub async fn extract(
        &self,
        granted: &Granted<permission::ExtractPatient>,
        act: &Act,
        pseudonym: Pseudonym,
    ) -> Result<Done<Extract>, ServiceError> {
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        self.show(granted, act, "extract patient", move |session| {
            let scope = granted_again.own_patients(today);
            let patient = session.patient(&pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?;
            let participations = session.participations(&[patient.id])?;
            let site = acting_site(&participations, &granted_again, today);
            responsible_of(&participations, &site.ok_or_else(ServiceError::not_found)?)?;
            let extract = gather(session, &service, patient, participations)?;
            let mut shown = vec![seen(&extract.patient)];
            shown.extend(all_seen(extract.records.iter().map(|one| &one.record)));
            shown.extend(all_seen(extract.samples.iter().map(|one| &one.sample)));
            Ok((extract, shown))
        })
        .await
    }
}

fn gather(
    session: &mut dyn ReadSession,
    service: &Service,
    patient: Patient,
    participations: Vec<Participation>,
) -> Result<Extract, ServiceError> {
    let id = patient.id;
    let courses = session.courses(&[id])?;
    let milestones: Vec<_> = session.milestones(&[id])?.into_iter().map(|(_, one)| one).collect();
    let consents = session.consents(id)?;
    let traceability = session.traceability(&[id])?;
    let records = records(session, service, id)?;
    Ok(Extract {
        linkage_keys: session.linkages_of(id)?.into_iter().map(|one| one.key_id).collect(),
        retention: retention(service, &milestones, &consents, &traceability)?,
        courses: courses.into_iter().map(|course| file(session, course)).collect::<Result<_, _>>()?,
        locks: locks(session, id, &records)?,
        clarifications: clarifications(session, service, id, &records)?,
        records,
        milestones,
        consents,
        traceability,
        expected: expected(session, service, id)?,
        samples: samples(session, id)?,
        imports: session.imports_naming(id)?,
        answers: session.answers_about(id)?,
        accesses: accesses(session, id)?,
        patient,
        participations,
    })
}

fn locks(
    session: &mut dyn ReadSession,
    patient: PatientId,
    records: &[ExtractedRecord],
) -> Result<Vec<LockFile>, ServiceError> {
    let annulled = annulled(records);
    let locks = session.locks_of(patient)?;
    let mut files = lock::files(session, locks)?;
    for file in &mut files {
        if matches!(&file.lock.target, LockTarget::Record { record, .. } if annulled.contains(record)) {
            file.leave_out_words();
        }
    }
    Ok(files)
}

fn annulled(records: &[ExtractedRecord]) -> HashSet<RecordId> {
    records.iter().filter(|one| one.annulled.is_some()).map(|one| one.record.id).collect()
}

fn clarifications(
    session: &mut dyn ReadSession,
    service: &Service,
    patient: PatientId,
    records: &[ExtractedRecord],
) -> Result<Vec<ClarificationFile>, ServiceError> {
    let annulled = annulled(records);
    let asked = session.clarifications_of(&[patient])?;
    let mut files = clarification::files(service, session, asked)?;
    for file in files.iter_mut().filter(|file| annulled.contains(&file.clarification.record)) {
        file.rule_text = None;
        file.events.iter_mut().for_each(|event| event.text = None);
    }
    Ok(files)
}

/// The classes of the published retention table; of what earlier erasures have kept, its own day counts.
fn retention(
    service: &Service,
    milestones: &[Milestone],
    consents: &[Consent],
    traceability: &[Traceability],
) -> Result<Vec<KeptClass>, ServiceError> {
    let objected_on = opt_out(consents, service.today()).map(|no| no.decided_on);
    let days = PatientDays { milestones, objected_on };
    let kept = traceability.iter().map(|one| one.removable_from).max();
    let published = service.forms()?;
    let classes = published.forms.retention().into_iter().flat_map(|table| &table.classes);
    let listed = classes.map(|class| {
        let from = class.kept.removable_from(days);
        let removable_from = if class.kept.outlives_erasure() { from.max(kept) } else { from };
        KeptClass { class: class.clone(), removable_from }
    });
    Ok(listed.collect())
}

fn expected(
    session: &mut dyn ReadSession,
    service: &Service,
    patient: PatientId,
) -> Result<Vec<WorklistItem>, ServiceError> {
    let entries = session.schedule_of(patient)?;
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    items_of(session, &service.forms()?.forms, entries, service.today())
}

/// Rows by what they belong to, each in its order.
fn by<K: std::hash::Hash + Eq, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut sorted: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        sorted.entry(key(&row)).or_default().push(row);
    }
    sorted
}
