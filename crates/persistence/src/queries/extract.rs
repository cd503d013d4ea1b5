//! Everything that is held on one patient.

use cartotek_domain::id::PatientId;
use cartotek_domain::lock::RecordLock;
use cartotek_domain::patient::Linkage;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::sample::{Aliquot, CustodyEvent, LedgerEntry};
use cartotek_domain::signature::Signature;
use cartotek_domain::verification::Verification;
use diesel::prelude::*;

use super::Conn;
use crate::error::StoreError;
use crate::row::believe;
use crate::row::job::ImportJobRow;
use crate::row::lock::RecordLockRow;
use crate::row::patient::LinkageRow;
use crate::row::record::{RecordRow, RevisionRow};
use crate::row::sample::{AliquotRow, LedgerEntryRow};
use crate::row::signature::{SignatureRow, VerificationRow};
use crate::row::tube::CustodyEventRow;
use crate::schema::{
    aliquot, custody_event, idempotent_answer, import_job, import_patient, ledger_entry, patient_linkage,
    record, record_lock, revision, sample, signature, verification,
};
use crate::session::extract::{AnswerAbout, ExtractReads};
use crate::session::job::ImportJob;
use crate::sql_type::{Id, UtcTime};

/// The ids of the patient's samples: what hangs on samples is found by their index.
macro_rules! sample_ids {
    ($patient:expr) => {
        sample::table.filter(sample::patient_id.eq(Id($patient))).select(sample::id)
    };
}

/// The ids of the patient's records, for what hangs on them in the same way.
macro_rules! record_ids {
    ($patient:expr) => {
        record::table.filter(record::patient_id.eq(Id($patient))).select(record::id)
    };
}

impl ExtractReads for Conn {
    fn linkages_of(&mut self, patient: PatientId) -> Result<Vec<Linkage>, StoreError> {
        let query = patient_linkage::table.filter(patient_linkage::patient_id.eq(Id(patient)));
        believe(query.order(patient_linkage::hash).select(LinkageRow::as_select()).load(self)?)
    }

    fn records_of(&mut self, patient: PatientId) -> Result<Vec<Record>, StoreError> {
        let query = record::table.filter(record::patient_id.eq(Id(patient))).order(record::id);
        believe(query.select(RecordRow::as_select()).load(self)?)
    }

    fn revisions_of(&mut self, patient: PatientId) -> Result<Vec<Revision>, StoreError> {
        let query = revision::table.filter(revision::record_id.eq_any(record_ids!(patient)));
        let query = query.order((revision::record_id, revision::number));
        believe(query.select(RevisionRow::as_select()).load(self)?)
    }

    fn verifications_of(&mut self, patient: PatientId) -> Result<Vec<Verification>, StoreError> {
        let query = verification::table.filter(verification::record_id.eq_any(record_ids!(patient)));
        let query = query.order((verification::record_id, verification::revision));
        believe(query.select(VerificationRow::as_select()).load(self)?)
    }

    fn signatures_of(&mut self, patient: PatientId) -> Result<Vec<Signature>, StoreError> {
        let query = signature::table.filter(signature::record_id.eq_any(record_ids!(patient)));
        believe(query.order(signature::id).select(SignatureRow::as_select()).load(self)?)
    }

    fn locks_of(&mut self, patient: PatientId) -> Result<Vec<RecordLock>, StoreError> {
        let query = record_lock::table.filter(record_lock::patient_id.eq(Id(patient)));
        believe(query.order(record_lock::id).select(RecordLockRow::as_select()).load(self)?)
    }

    fn aliquots_of(&mut self, patient: PatientId) -> Result<Vec<Aliquot>, StoreError> {
        let query = aliquot::table.filter(aliquot::sample_id.eq_any(sample_ids!(patient)));
        believe(query.order(aliquot::id).select(AliquotRow::as_select()).load(self)?)
    }

    fn ledger_of(&mut self, patient: PatientId) -> Result<Vec<LedgerEntry>, StoreError> {
        let query = ledger_entry::table.filter(ledger_entry::sample_id.eq_any(sample_ids!(patient)));
        believe(query.order(ledger_entry::id).select(LedgerEntryRow::as_select()).load(self)?)
    }

    fn custody_of(&mut self, patient: PatientId) -> Result<Vec<CustodyEvent>, StoreError> {
        let query = custody_event::table.filter(custody_event::sample_id.eq_any(sample_ids!(patient)));
        let query = query.order((custody_event::sample_id, custody_event::number));
        believe(query.select(CustodyEventRow::as_select()).load(self)?)
    }

    fn imports_naming(&mut self, patient: PatientId) -> Result<Vec<ImportJob>, StoreError> {
        let naming = import_patient::table.filter(import_patient::patient_id.eq(Id(patient)));
        let query = import_job::table.filter(import_job::id.eq_any(naming.select(import_patient::job_id)));
        believe(query.order(import_job::id).select(ImportJobRow::as_select()).load(self)?)
    }

    fn answers_about(&mut self, patient: PatientId) -> Result<Vec<AnswerAbout>, StoreError> {
        let rows: Vec<(String, UtcTime)> = idempotent_answer::table
            .filter(idempotent_answer::about.eq(Id(patient.uuid())))
            .order((idempotent_answer::created_at, idempotent_answer::idempotency_key))
            .select((idempotent_answer::idempotency_key, idempotent_answer::created_at))
            .load(self)?;
        Ok(rows.into_iter().map(|(key, at)| AnswerAbout { key, created_at: at.0 }).collect())
    }
}
