//! Erasing what the tables hold about a patient.

use cartotek_domain::clarification::{Clarification, ClarificationEvent};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::course::Course;
use cartotek_domain::erasure::{ERASE, REPLAY};
use cartotek_domain::id::{AuditEventId, ImportId, PatientId};
use cartotek_domain::lock::RecordLock;
use cartotek_domain::patient::Linkage;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::signature::Signature;
use cartotek_domain::unlock::UnlockRequest;
use cartotek_domain::verification::Verification;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, dialect};
use crate::error::StoreError;
use crate::row::audit::EventRow;
use crate::row::believe;
use crate::row::clarification::{ClarificationEventRow, ClarificationRow};
use crate::row::lock::{RecordLockRow, UnlockRequestRow};
use crate::row::patient::{CourseRow, LinkageRow};
use crate::row::record::{RecordRow, RevisionRow};
use crate::row::signature::{SignatureRow, VerificationRow};
use crate::schema::{
    audit_event, clarification, clarification_event, clarification_state, course, finding_due,
    idempotent_answer, import_chunk, import_job, import_patient, milestone, patient_linkage, record,
    record_finding, record_lock, revision, sample, signature, unlock_request, verification,
};
use crate::session::audit::StoredEvent;
use crate::session::erasure::{ErasureReads, ErasureWrites};
use crate::sql_type::Id;

/// What stands in the place of the hash of a request that was erased.
const NO_FINGERPRINT: [u8; 32] = [0; 32];

/// The form of an import whose rows name theirs.
const ANY_FORM: &str = "";

/// No explained warning, as a list in JSON.
const NO_ACKNOWLEDGEMENTS: &str = "[]";

impl ErasureReads for Conn {
    fn erasure_events(
        &mut self,
        after: Option<AuditEventId>,
        limit: i64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let acts = |action: &str| audit_event::canonical.like(format!("%\"action\":\"{action}\"%"));
        let mut query = audit_event::table
            .filter(acts(ERASE).or(acts(REPLAY)))
            .select(EventRow::as_select())
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(audit_event::event_id.gt(Id(after)));
        }
        believe(query.order(audit_event::event_id).limit(limit).load(self)?)
    }
}

impl ErasureWrites for Conn {
    fn delete_clarification_standings(&mut self, patient: PatientId) -> Result<usize, StoreError> {
        let of_patient =
            clarification::table.filter(clarification::patient_id.eq(Id(patient))).select(clarification::id);
        let target =
            clarification_state::table.filter(clarification_state::clarification_id.eq_any(of_patient));
        Ok(diesel::delete(target).execute(self)?)
    }

    fn delete_clarification_events(
        &mut self,
        patient: PatientId,
    ) -> Result<Vec<ClarificationEvent>, StoreError> {
        let of_patient =
            clarification::table.filter(clarification::patient_id.eq(Id(patient))).select(clarification::id);
        let target =
            clarification_event::table.filter(clarification_event::clarification_id.eq_any(of_patient));
        let rows: Vec<ClarificationEventRow> =
            diesel::delete(target).returning(ClarificationEventRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_clarifications(&mut self, patient: PatientId) -> Result<Vec<Clarification>, StoreError> {
        let target = clarification::table.filter(clarification::patient_id.eq(Id(patient)));
        let rows: Vec<ClarificationRow> =
            diesel::delete(target).returning(ClarificationRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_verifications(&mut self, patient: PatientId) -> Result<Vec<Verification>, StoreError> {
        let records = record::table.filter(record::patient_id.eq(Id(patient))).select(record::id);
        let target = verification::table.filter(verification::record_id.eq_any(records));
        let rows: Vec<VerificationRow> =
            diesel::delete(target).returning(VerificationRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_signatures(&mut self, patient: PatientId) -> Result<Vec<Signature>, StoreError> {
        let records = record::table.filter(record::patient_id.eq(Id(patient))).select(record::id);
        let target = signature::table.filter(signature::record_id.eq_any(records));
        let rows: Vec<SignatureRow> =
            diesel::delete(target).returning(SignatureRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_unlock_requests(&mut self, patient: PatientId) -> Result<Vec<UnlockRequest>, StoreError> {
        let locks =
            record_lock::table.filter(record_lock::patient_id.eq(Id(patient))).select(record_lock::id);
        let target = unlock_request::table.filter(unlock_request::lock_id.eq_any(locks));
        let rows: Vec<UnlockRequestRow> =
            diesel::delete(target).returning(UnlockRequestRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_record_locks(&mut self, patient: PatientId) -> Result<Vec<RecordLock>, StoreError> {
        let target = record_lock::table.filter(record_lock::patient_id.eq(Id(patient)));
        let rows: Vec<RecordLockRow> =
            diesel::delete(target).returning(RecordLockRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_revisions(&mut self, patient: PatientId) -> Result<Vec<Revision>, StoreError> {
        let records = record::table.filter(record::patient_id.eq(Id(patient))).select(record::id);
        let target = revision::table.filter(revision::record_id.eq_any(records));
        let rows: Vec<RevisionRow> =
            diesel::delete(target).returning(RevisionRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_records(&mut self, patient: PatientId) -> Result<Vec<Record>, StoreError> {
        let target = record::table.filter(record::patient_id.eq(Id(patient)));
        let rows: Vec<RecordRow> =
            diesel::delete(target).returning(RecordRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_findings_of(&mut self, patient: PatientId) -> Result<usize, StoreError> {
        diesel::delete(finding_due::table.filter(finding_due::patient_id.eq(Id(patient)))).execute(self)?;
        let target = record_finding::table.filter(record_finding::patient_id.eq(Id(patient)));
        Ok(diesel::delete(target).execute(self)?)
    }

    fn delete_milestones_of(&mut self, patient: PatientId) -> Result<usize, StoreError> {
        let target = milestone::table.filter(milestone::patient_id.eq(Id(patient)));
        Ok(diesel::delete(target).execute(self)?)
    }

    fn delete_linkages(&mut self, patient: PatientId) -> Result<Vec<Linkage>, StoreError> {
        let target = patient_linkage::table.filter(patient_linkage::patient_id.eq(Id(patient)));
        let rows: Vec<LinkageRow> =
            diesel::delete(target).returning(LinkageRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_courses(&mut self, patient: PatientId) -> Result<Vec<Course>, StoreError> {
        let sampled = sample::table
            .filter(sample::patient_id.eq(Id(patient)))
            .filter(sample::course_id.is_not_null())
            .select(sample::course_id.assume_not_null());
        let target =
            course::table.filter(course::patient_id.eq(Id(patient))).filter(course::id.ne_all(sampled));
        let rows: Vec<CourseRow> =
            diesel::delete(target).returning(CourseRow::as_returning()).get_results(self)?;
        believe(rows)
    }

    fn delete_imports(
        &mut self,
        patient: PatientId,
        of: Option<(&str, &SiteCode)>,
    ) -> Result<usize, StoreError> {
        let naming = import_patient::table.filter(import_patient::patient_id.eq(Id(patient)));
        let naming = import_job::table
            .filter(import_job::id.eq_any(naming.select(import_patient::job_id)))
            .order(import_job::id)
            .select(import_job::id);
        // Waits for an import that is just ending; one that goes on finds its job gone.
        let jobs: Vec<Id<ImportId>> = match of {
            None => dialect::for_update!(naming).load(self)?,
            Some((form, site)) => {
                let may_hold = import_job::form.eq(form).or(import_job::form.eq(ANY_FORM));
                let of_site = import_job::site.eq(site.as_str());
                dialect::for_update!(naming.filter(may_hold).filter(of_site)).load(self)?
            }
        };
        let answers: Vec<Id<Uuid>> = jobs.iter().map(|job| Id(job.0.uuid())).collect();
        empty_answers(self, &answers)?;
        let jobs = || jobs.iter().copied();
        diesel::delete(import_chunk::table.filter(import_chunk::job_id.eq_any(jobs()))).execute(self)?;
        diesel::delete(import_patient::table.filter(import_patient::job_id.eq_any(jobs()))).execute(self)?;
        Ok(diesel::delete(import_job::table.filter(import_job::id.eq_any(jobs()))).execute(self)?)
    }

    fn erase_answers(&mut self, patient: PatientId) -> Result<usize, StoreError> {
        empty_answers(self, &[Id(patient.uuid())])
    }

    fn empty_revision(&mut self, emptied: &Revision) -> Result<(), StoreError> {
        let amendment = emptied.amendment.as_ref();
        diesel::update(revision::table.find(Id(emptied.id)))
            .set((
                revision::content.eq(&emptied.content),
                revision::acknowledgements.eq(NO_ACKNOWLEDGEMENTS),
                revision::amendment_reason.eq(amendment.map(|one| one.reason.name())),
                revision::amendment_text.eq(amendment.map(|one| one.text.as_str())),
                revision::salt.eq(emptied.salt.bytes().to_vec()),
            ))
            .execute(self)?;
        Ok(())
    }

    fn empty_signature(&mut self, emptied: &Signature) -> Result<(), StoreError> {
        diesel::update(signature::table.find(Id(emptied.id)))
            .set((
                signature::content_sha256.eq(&emptied.content_sha256),
                signature::salt.eq(emptied.salt.bytes().to_vec()),
            ))
            .execute(self)?;
        Ok(())
    }

    fn empty_clarification_event(&mut self, emptied: &ClarificationEvent) -> Result<(), StoreError> {
        diesel::update(clarification_event::table.find(Id(emptied.id)))
            .set((
                clarification_event::text.eq(emptied.text.as_deref()),
                clarification_event::salt.eq(emptied.salt.bytes().to_vec()),
            ))
            .execute(self)?;
        Ok(())
    }

    fn empty_record_lock(&mut self, emptied: &RecordLock) -> Result<(), StoreError> {
        diesel::update(record_lock::table.find(Id(emptied.id)))
            .set((
                record_lock::reason.eq(&emptied.reason),
                record_lock::salt.eq(emptied.salt.bytes().to_vec()),
            ))
            .execute(self)?;
        Ok(())
    }

    fn empty_unlock_request(&mut self, emptied: &UnlockRequest) -> Result<(), StoreError> {
        diesel::update(unlock_request::table.find(Id(emptied.id)))
            .set((
                unlock_request::reason.eq(&emptied.reason),
                unlock_request::refusal.eq(emptied.state.refusal()),
                unlock_request::salt.eq(emptied.salt.bytes().to_vec()),
            ))
            .execute(self)?;
        Ok(())
    }

    fn mark_for_purge(&mut self) -> Result<(), StoreError> {
        dialect::mark_for_purge(self)
    }
}

fn empty_answers(conn: &mut Conn, about: &[Id<Uuid>]) -> Result<usize, StoreError> {
    let target = idempotent_answer::table
        .filter(idempotent_answer::about.eq_any(about.to_vec()))
        .filter(idempotent_answer::answer.ne(""));
    let emptied = (
        idempotent_answer::answer.eq(""),
        // The hash of a body whose few answers could be guessed.
        idempotent_answer::fingerprint.eq(NO_FINGERPRINT.to_vec()),
    );
    Ok(diesel::update(target).set(emptied).execute(conn)?)
}
