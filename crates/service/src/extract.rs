//! The data-subject extract (GDPR article 15): everything that is held on one patient, for the site that knows who it is.
//!
//! Complete means: every table that names a patient has its part here; a test compares them (`tests/care/extracting.rs`).

use std::collections::{BTreeMap, HashMap};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::consent::{Consent, opt_out};
use cartotek_domain::id::{PatientId, RecordId, SampleId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::patient::{Linkage, Participation, Patient};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::retention::{PatientDays, RetentionClass};
use cartotek_domain::sample::{Aliquot, CustodyEvent, LedgerEntry, Sample, Tube};
use cartotek_domain::text::Text;
use cartotek_domain::traceability::Traceability;
use cartotek_forms::Wording;
pub use cartotek_persistence::session::extract::AnswerAbout;
pub use cartotek_persistence::session::job::ImportJob;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::course::{CourseFile, file};
use crate::error::ServiceError;
use crate::participation::responsible_of;
use crate::patient::{acting_site, all_seen, seen};
use crate::report::{AccessEntry, accesses};
use crate::sample::{AliquotFile, TubeState, states};
use crate::schedule::worklist::{WorklistItem, items_of};

/// Everything that is held on one patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Extract {
    /// The patient.
    pub patient: Patient,
    /// By what the same person enrolled elsewhere would be found.
    pub linkages: Vec<Linkage>,
    /// The sites that take or took part in the care.
    pub participations: Vec<Participation>,
    /// Every decision.
    pub consents: Vec<Consent>,
    /// The courses, by number.
    pub courses: Vec<CourseFile>,
    /// The filled forms.
    pub records: Vec<ExtractedRecord>,
    /// Dates and codes that are kept of them for rules.
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

/// A filled form with every content it ever had.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractedRecord {
    /// The record.
    pub record: Record,
    /// The name of the form.
    pub form_title: Text,
    /// Its contents, the first one first.
    pub revisions: Vec<ExtractedRevision>,
}

/// A content with its answers in words.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractedRevision {
    /// The content.
    pub revision: Revision,
    /// The wording of every answer, by JSON pointer.
    pub wordings: BTreeMap<String, Wording>,
}

/// A sample with everything that happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractedSample {
    /// The sample.
    pub sample: Sample,
    /// Where its own tube stands.
    pub state: TubeState,
    /// Its aliquots, in the order made.
    pub aliquots: Vec<AliquotFile>,
    /// The movements of amount.
    pub ledger: Vec<LedgerEntry>,
    /// The chain of custody.
    pub custody: Vec<CustodyEvent>,
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
    Ok(Extract {
        linkages: session.linkages_of(id)?,
        retention: retention(service, &milestones, &consents, &traceability)?,
        courses: courses.into_iter().map(|course| file(session, course)).collect::<Result<_, _>>()?,
        records: records(session, service, id)?,
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

fn records(
    session: &mut dyn ReadSession,
    service: &Service,
    patient: PatientId,
) -> Result<Vec<ExtractedRecord>, ServiceError> {
    let published = service.forms()?;
    let mut revisions = by(session.revisions_of(patient)?, |one: &Revision| one.record);
    let extracted = session.records_of(patient)?.into_iter().map(|record| {
        let revisions: Vec<Revision> = revisions.remove::<RecordId>(&record.id).unwrap_or_default();
        let worded = |revision: Revision| {
            let version = service.version_of(&record, &revision)?;
            let form = published.expect(&record.form, Some(version))?;
            let wordings = form.wordings(&serde_json::from_str(&revision.content)?);
            Ok::<_, ServiceError>(ExtractedRevision { revision, wordings })
        };
        let revisions = revisions.into_iter().map(worded).collect::<Result<_, _>>()?;
        let form_title = published.expect(&record.form, None)?.title().clone();
        Ok(ExtractedRecord { record, form_title, revisions })
    });
    extracted.collect()
}

fn samples(session: &mut dyn ReadSession, patient: PatientId) -> Result<Vec<ExtractedSample>, ServiceError> {
    let samples = session.samples_of(&[patient])?;
    let mut aliquots = by(session.aliquots_of(patient)?, |one: &Aliquot| one.sample);
    let mut ledger = by(session.ledger_of(patient)?, |one: &LedgerEntry| one.sample);
    let mut custody = by(session.custody_of(patient)?, |one: &CustodyEvent| one.sample);
    let mut extracted = Vec::with_capacity(samples.len());
    for sample in samples {
        let parts: Vec<Aliquot> = aliquots.remove::<SampleId>(&sample.id).unwrap_or_default();
        let parts_too = parts.iter().map(|aliquot| Tube::Aliquot(aliquot.id));
        let tubes: Vec<_> = std::iter::once(Tube::Sample(sample.id)).chain(parts_too).collect();
        let mut states = states(session, &tubes)?.into_iter();
        let state =
            states.next().ok_or_else(|| StoreError::inconsistent("amount_balance", "tube_id", sample.id))?;
        let files = parts.into_iter().zip(states);
        extracted.push(ExtractedSample {
            state,
            aliquots: files.map(|(aliquot, state)| AliquotFile { aliquot, state }).collect(),
            ledger: ledger.remove(&sample.id).unwrap_or_default(),
            custody: custody.remove(&sample.id).unwrap_or_default(),
            sample,
        });
    }
    Ok(extracted)
}

/// Rows by what they belong to, each in its order.
fn by<K: std::hash::Hash + Eq, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut sorted: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        sorted.entry(key(&row)).or_default().push(row);
    }
    sorted
}
