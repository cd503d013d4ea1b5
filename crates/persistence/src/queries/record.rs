//! Records, their revisions and the milestones they contribute.

use std::collections::{BTreeSet, HashSet};

use cartotek_domain::access::PatientScope;
use cartotek_domain::id::{ActorId, PatientId, RecordId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::time::Timestamp;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use uuid::Uuid;

use super::care::{care, cared_for, within_care};
use super::{Conn, IN_LIST, dialect, insert_chunked, insert_few, load_among};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::record::{MilestoneRow, RecordRow, RevisionRow, numbered};
use crate::schema::{milestone, record, revision, verification};
use crate::session::record::{RecordFilter, RecordReads, RecordWrites};
use crate::sql_type::{Id, UtcTime};

/// Records, each with its latest revision.
macro_rules! with_latest_revision {
    () => {
        record::table
            .inner_join(
                revision::table
                    .on(revision::record_id.eq(record::id).and(revision::number.eq(record::revision))),
            )
            .select((RecordRow::as_select(), RevisionRow::as_select()))
    };
}
pub(super) use with_latest_revision;

impl RecordReads for Conn {
    fn record(&mut self, id: RecordId, scope: &PatientScope) -> Result<Option<Record>, StoreError> {
        let mut query = record::table.select(RecordRow::as_select()).into_boxed();
        query = query.filter(record::id.eq(Id(id)));
        query = within_care!(query, record::patient_id, scope);
        query.first(self).optional()?.map(Record::try_from).transpose()
    }

    fn record_by_key(
        &mut self,
        subject: Uuid,
        form: &str,
        natural_key: &str,
    ) -> Result<Option<Record>, StoreError> {
        record::table
            .filter(record::subject_id.eq(Id(subject)))
            .filter(record::form.eq(form))
            .filter(record::natural_key.eq(natural_key))
            .select(RecordRow::as_select())
            .first(self)
            .optional()?
            .map(Record::try_from)
            .transpose()
    }

    fn records_by_key(
        &mut self,
        keys: &[(Uuid, String, String)],
    ) -> Result<Vec<(Record, Revision)>, StoreError> {
        let mut found = Vec::new();
        for chunk in keys.chunks(IN_LIST) {
            let subjects: Vec<_> = chunk.iter().map(|(subject, ..)| Id(*subject)).collect();
            let forms: BTreeSet<_> = chunk.iter().map(|(_, form, _)| form.as_str()).collect();
            let naturals: BTreeSet<_> = chunk.iter().map(|(.., key)| key.as_str()).collect();
            let rows: Vec<(RecordRow, RevisionRow)> = with_latest_revision!()
                .filter(record::subject_id.eq_any(subjects))
                .filter(record::form.eq_any(forms))
                .filter(record::natural_key.eq_any(naturals))
                .load(self)?;
            let wanted: HashSet<_> =
                chunk.iter().map(|(subject, form, key)| (*subject, form.as_str(), key.as_str())).collect();
            found.extend(facts(rows)?.into_iter().filter(|(record, _)| {
                wanted.contains(&(record.subject(), record.form.as_str(), record.natural_key.as_str()))
            }));
        }
        Ok(found)
    }

    fn records(
        &mut self,
        filter: &RecordFilter,
        scope: &PatientScope,
        page: &Page<RecordId>,
    ) -> Result<PageOf<Record, RecordId>, StoreError> {
        let mut query = record::table.select(RecordRow::as_select()).into_boxed();
        query = within_care!(query, record::patient_id, scope);
        if let Some(patient) = filter.patient {
            query = query.filter(record::patient_id.eq(Id(patient)));
        }
        if let Some(course) = filter.course {
            query = query.filter(record::subject_id.eq(Id(course.uuid())));
        }
        if let Some(form) = &filter.form {
            query = query.filter(record::form.eq(form));
        }
        if let Some(status) = filter.status {
            query = query.filter(record::status.eq(status.name()));
        }
        if let Some(verified) = filter.verified {
            let of_latest = exists(
                verification::table
                    .filter(verification::record_id.eq(record::id))
                    .filter(verification::revision.eq(record::revision)),
            );
            query = query.filter(record::status.eq(RecordStatus::Submitted.name()));
            query = if verified { query.filter(of_latest) } else { query.filter(not(of_latest)) };
        }
        if let Some(after) = page.after {
            query = query.filter(record::id.gt(Id(after)));
        }
        let records = believe(query.order(record::id).limit(page.rows()).load(self)?)?;
        Ok(page.cut(records, |record: &Record| record.id))
    }

    fn submitted_records(
        &mut self,
        form: &str,
        scope: &PatientScope,
        page: &Page<RecordId>,
    ) -> Result<PageOf<(Record, Revision), RecordId>, StoreError> {
        let mut query = with_latest_revision!().into_boxed();
        query = query.filter(record::form.eq(form));
        query = query.filter(record::status.eq(RecordStatus::Submitted.name()));
        query = within_care!(query, record::patient_id, scope);
        if let Some(after) = page.after {
            query = query.filter(record::id.gt(Id(after)));
        }
        let rows: Vec<(RecordRow, RevisionRow)> = query.order(record::id).limit(page.rows()).load(self)?;
        Ok(page.cut(facts(rows)?, |(record, _)| record.id))
    }

    fn revision(&mut self, record: RecordId, number: i64) -> Result<Option<Revision>, StoreError> {
        let query =
            revision::table.filter(revision::record_id.eq(Id(record))).filter(revision::number.eq(number));
        query.select(RevisionRow::as_select()).first(self).optional()?.map(Revision::try_from).transpose()
    }

    fn revision_as_of(&mut self, record: RecordId, at: Timestamp) -> Result<Option<Revision>, StoreError> {
        revision::table
            .filter(revision::record_id.eq(Id(record)))
            .filter(revision::created_at.le(UtcTime(at)))
            .order(revision::number.desc())
            .select(RevisionRow::as_select())
            .first(self)
            .optional()?
            .map(Revision::try_from)
            .transpose()
    }

    fn revisions(&mut self, record: RecordId, page: &Page<i64>) -> Result<PageOf<Revision, i64>, StoreError> {
        let of_record = revision::table.filter(revision::record_id.eq(Id(record)));
        let query = of_record.filter(revision::number.gt(page.after.unwrap_or(0))).order(revision::number);
        let rows = query.select(RevisionRow::as_select()).limit(page.rows()).load(self)?;
        Ok(page.cut(believe(rows)?, |revision: &Revision| revision.number))
    }

    fn authors(&mut self, record: RecordId, after: i64) -> Result<BTreeSet<ActorId>, StoreError> {
        let query =
            revision::table.filter(revision::record_id.eq(Id(record))).filter(revision::number.gt(after));
        let authors: Vec<Id<ActorId>> = query.select(revision::author_id).distinct().load(self)?;
        Ok(authors.into_iter().map(|author| author.0).collect())
    }

    fn latest_of(
        &mut self,
        patients: &[PatientId],
        status: RecordStatus,
    ) -> Result<Vec<(Record, Revision)>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = with_latest_revision!().filter(record::status.eq(status.name()));
            let rows: Vec<(RecordRow, RevisionRow)> = if status == RecordStatus::Draft {
                // Not among all that the patients have: an index holds what was never submitted.
                let query = query.filter(record::submitted_at.is_null());
                load_among!(self, query, record::patient_id, chunk, record::id)
            } else {
                load_among!(self, query, record::patient_id, chunk, record::id)
            };
            found.extend(facts(rows)?);
        }
        Ok(found)
    }

    fn latest_revisions(&mut self, records: &[RecordId]) -> Result<Vec<(Record, Revision)>, StoreError> {
        let mut found = Vec::new();
        for chunk in records.chunks(IN_LIST) {
            let wanted: Vec<_> = chunk.iter().copied().map(Id).collect();
            let rows: Vec<(RecordRow, RevisionRow)> =
                with_latest_revision!().filter(record::id.eq_any(wanted)).load(self)?;
            found.extend(facts(rows)?);
        }
        Ok(found)
    }

    fn form_versions(&mut self, records: &[RecordId]) -> Result<Vec<(RecordId, i32)>, StoreError> {
        let mut found = Vec::new();
        for chunk in records.chunks(IN_LIST) {
            let wanted: Vec<_> = chunk.iter().copied().map(Id).collect();
            let latest = revision::record_id.eq(record::id).and(revision::number.eq(record::revision));
            let rows: Vec<(Id<RecordId>, i32)> = record::table
                .inner_join(revision::table.on(latest))
                .filter(record::id.eq_any(wanted))
                .select((record::id, revision::form_version))
                .load(self)?;
            found.extend(rows.into_iter().map(|(record, version)| (record.0, version)));
        }
        Ok(found)
    }

    fn milestones(&mut self, patients: &[PatientId]) -> Result<Vec<(PatientId, Milestone)>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = milestone::table.select(MilestoneRow::as_select());
            let order = (milestone::patient_id, milestone::record_id, milestone::name, milestone::ordinal);
            let rows: Vec<MilestoneRow> = load_among!(self, query, milestone::patient_id, chunk, order);
            for row in rows {
                found.push((row.patient_id.0, Milestone::try_from(row)?));
            }
        }
        Ok(found)
    }

    fn milestones_named(&mut self, patient: PatientId, names: &[&str]) -> Result<Vec<Milestone>, StoreError> {
        let query = milestone::table
            .filter(milestone::patient_id.eq(Id(patient)))
            .filter(dialect::one_of!(milestone::name, names))
            .order((milestone::record_id, milestone::name, milestone::ordinal))
            .select(MilestoneRow::as_select());
        believe(query.load(self)?)
    }
}

fn facts(rows: Vec<(RecordRow, RevisionRow)>) -> Result<Vec<(Record, Revision)>, StoreError> {
    let facts = rows
        .into_iter()
        .map(|(record, revision)| Ok((Record::try_from(record)?, Revision::try_from(revision)?)));
    facts.collect()
}

impl RecordWrites for Conn {
    fn insert_records(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let rows: Vec<_> = records.iter().map(RecordRow::from).collect();
        insert_chunked!(self, record::table, rows, 12);
        Ok(())
    }

    fn update_record(&mut self, record: &Record, previous: i64) -> Result<bool, StoreError> {
        let target = record::table.find(Id(record.id)).filter(record::revision.eq(previous));
        let changed = diesel::update(target)
            .set((
                record::natural_key.eq(&record.natural_key),
                record::status.eq(record.status.name()),
                record::revision.eq(record.revision),
                record::submitted_at.eq(record.submitted_at.map(UtcTime)),
                record::site.eq(record.site.as_str()),
                record::salt.eq(record.salt.bytes().to_vec()),
            ))
            .execute(self)?;
        Ok(changed == 1)
    }

    fn insert_revisions(&mut self, revisions: &[Revision]) -> Result<(), StoreError> {
        let rows = revisions.iter().map(RevisionRow::try_from).collect::<Result<Vec<_>, _>>()?;
        insert_chunked!(self, revision::table, rows, 14);
        Ok(())
    }

    fn delete_milestones(
        &mut self,
        patient: PatientId,
        record: RecordId,
    ) -> Result<Vec<Milestone>, StoreError> {
        let target = milestone::table
            .filter(milestone::patient_id.eq(Id(patient)))
            .filter(milestone::record_id.eq(Id(record)));
        let mut rows: Vec<MilestoneRow> =
            diesel::delete(target).returning(MilestoneRow::as_returning()).get_results(self)?;
        rows.sort_by(|one, other| (&one.name, one.ordinal).cmp(&(&other.name, other.ordinal)));
        believe(rows)
    }

    fn insert_milestones(&mut self, milestones: &[(PatientId, Milestone)]) -> Result<(), StoreError> {
        let rows = numbered(milestones);
        insert_few!(self, milestone::table, rows, 8);
        Ok(())
    }
}
