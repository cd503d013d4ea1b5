//! Stored answers of keyed requests, and import jobs.

use std::collections::{BTreeSet, HashSet};

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ActorId, ImportId, PatientId};
use cartotek_domain::time::Timestamp;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, dialect, insert_chunked};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::job::{AnswerRow, ChunkRow, ImportJobRow, ImportPatientRow};
use crate::schema::{idempotent_answer, import_chunk, import_job, import_patient};
use crate::session::job::{ImportJob, JobReads, JobWrites, StoredAnswer};
use crate::sql_type::{Id, UtcTime};

impl JobReads for Conn {
    fn stored_answer(&mut self, actor: ActorId, key: &str) -> Result<Option<StoredAnswer>, StoreError> {
        let query = idempotent_answer::table.find((Id(actor), key)).select(AnswerRow::as_select());
        query.first(self).optional()?.map(StoredAnswer::try_from).transpose()
    }

    fn import_job(&mut self, id: ImportId) -> Result<Option<ImportJob>, StoreError> {
        let query = import_job::table.find(Id(id)).select(ImportJobRow::as_select());
        query.first(self).optional()?.map(ImportJob::try_from).transpose()
    }

    fn import_jobs(
        &mut self,
        sites: &BTreeSet<SiteCode>,
        now: Timestamp,
        page: &Page<ImportId>,
    ) -> Result<PageOf<ImportJob, ImportId>, StoreError> {
        let sites: Vec<_> = sites.iter().map(SiteCode::as_str).collect();
        let kept = import_job::finished_at.is_null().or(import_job::expires_at.gt(UtcTime(now)));
        let mut query = import_job::table.select(ImportJobRow::as_select()).into_boxed();
        query = query.filter(import_job::site.eq_any(sites)).filter(kept);
        if let Some(after) = page.after {
            query = query.filter(import_job::id.lt(Id(after)));
        }
        let jobs = believe(query.order(import_job::id.desc()).limit(page.rows()).load(self)?)?;
        Ok(page.cut(jobs, |job: &ImportJob| job.id))
    }

    fn count_import_chunks(&mut self, id: ImportId, kind: &str) -> Result<i64, StoreError> {
        let query = import_chunk::table.filter(import_chunk::job_id.eq(Id(id)));
        Ok(query.filter(import_chunk::kind.eq(kind)).count().get_result(self)?)
    }

    fn import_chunks(
        &mut self,
        id: ImportId,
        kind: &str,
        from: i64,
        limit: i64,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let query = import_chunk::table
            .filter(import_chunk::job_id.eq(Id(id)))
            .filter(import_chunk::kind.eq(kind))
            .filter(import_chunk::ordinal.ge(from))
            .order(import_chunk::ordinal)
            .limit(limit);
        Ok(query.select(import_chunk::content).load(self)?)
    }
}

impl JobWrites for Conn {
    fn claim_answer(
        &mut self,
        actor: ActorId,
        key: &str,
        fingerprint: [u8; 32],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = AnswerRow {
            actor_id: Id(actor),
            idempotency_key: key.to_owned(),
            fingerprint: fingerprint.to_vec(),
            answer: String::new(),
            created_at: UtcTime(now),
            about: None,
        };
        let claimed = diesel::insert_into(idempotent_answer::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(self)?;
        Ok(claimed == 1)
    }

    fn store_answer(
        &mut self,
        actor: ActorId,
        key: &str,
        answer: &str,
        about: Option<Uuid>,
    ) -> Result<(), StoreError> {
        diesel::update(idempotent_answer::table.find((Id(actor), key)))
            .set((idempotent_answer::answer.eq(answer), idempotent_answer::about.eq(about.map(Id))))
            .execute(self)?;
        Ok(())
    }

    fn delete_answers(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let old = idempotent_answer::table.filter(idempotent_answer::created_at.lt(UtcTime(before)));
        Ok(diesel::delete(old).execute(self)?)
    }

    fn insert_import_job(&mut self, job: &ImportJob) -> Result<(), StoreError> {
        diesel::insert_into(import_job::table).values(ImportJobRow::from(job)).execute(self)?;
        Ok(())
    }

    fn lock_import_job(&mut self, id: ImportId) -> Result<Option<String>, StoreError> {
        let query = import_job::table.find(Id(id)).select(import_job::state);
        Ok(dialect::for_update!(query).first(self).optional()?)
    }

    fn move_import_job(&mut self, id: ImportId, from: &str, to: &str) -> Result<bool, StoreError> {
        let target = import_job::table.find(Id(id)).filter(import_job::state.eq(from));
        Ok(diesel::update(target).set(import_job::state.eq(to)).execute(self)? == 1)
    }

    fn note_import_patients(&mut self, id: ImportId, patients: &[PatientId]) -> Result<(), StoreError> {
        let of_job = import_patient::table.filter(import_patient::job_id.eq(Id(id)));
        let noted: Vec<Id<PatientId>> = of_job.select(import_patient::patient_id).load(self)?;
        let noted: HashSet<PatientId> = noted.into_iter().map(|patient| patient.0).collect();
        let new = patients.iter().filter(|patient| !noted.contains(patient));
        let rows: Vec<_> =
            new.map(|patient| ImportPatientRow { job_id: Id(id), patient_id: Id(*patient) }).collect();
        insert_chunked!(self, import_patient::table, rows, 2);
        Ok(())
    }

    fn advance_import_job(&mut self, job: &ImportJob) -> Result<(), StoreError> {
        diesel::update(import_job::table.find(Id(job.id)))
            .set((
                import_job::rows_accepted.eq(job.rows_accepted),
                import_job::rows_refused.eq(job.rows_refused),
                import_job::rows_done.eq(job.rows_done),
                import_job::expires_at.eq(UtcTime(job.expires_at)),
            ))
            .execute(self)?;
        Ok(())
    }

    fn update_import_job(&mut self, job: &ImportJob) -> Result<(), StoreError> {
        let row = ImportJobRow::from(job);
        diesel::update(import_job::table.find(row.id)).set(row).execute(self)?;
        Ok(())
    }

    fn insert_import_chunks(
        &mut self,
        id: ImportId,
        kind: &str,
        from: i64,
        chunks: &[Vec<u8>],
    ) -> Result<(), StoreError> {
        for (ordinal, content) in (from..).zip(chunks) {
            let row = ChunkRow { job_id: Id(id), kind: kind.to_owned(), ordinal, content: content.clone() };
            diesel::insert_into(import_chunk::table).values(row).execute(self)?;
        }
        Ok(())
    }

    fn delete_expired_imports(&mut self, now: Timestamp, abandoned: Timestamp) -> Result<usize, StoreError> {
        let over = import_job::finished_at.is_not_null().or(import_job::started_at.lt(UtcTime(abandoned)));
        let expired = import_job::table.filter(import_job::expires_at.lt(UtcTime(now)).and(over));
        let jobs = || expired.select(import_job::id);
        diesel::delete(import_chunk::table.filter(import_chunk::job_id.eq_any(jobs()))).execute(self)?;
        diesel::delete(import_patient::table.filter(import_patient::job_id.eq_any(jobs()))).execute(self)?;
        Ok(diesel::delete(expired).execute(self)?)
    }
}
