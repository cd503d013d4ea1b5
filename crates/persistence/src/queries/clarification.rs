//! Clarifications, what happened to them, and where they stand.

use cartotek_domain::access::PatientScope;
use cartotek_domain::clarification::{Clarification, ClarificationEvent, ClarificationStatus};
use cartotek_domain::id::{ClarificationId, PatientId, RecordId};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::upsert::excluded;

use super::care::{care, cared_for, within_care};
use super::{Conn, IN_LIST, among, insert_chunked};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::clarification::{ClarificationEventRow, ClarificationRow, ClarificationStandingRow};
use crate::schema::{clarification, clarification_event, clarification_state, participation};
use crate::session::clarification::{
    ClarificationFilter, ClarificationReads, ClarificationStanding, ClarificationWrites,
};
use crate::sql_type::{Id, UtcTime};

/// Narrows a boxed query by each value that is there.
macro_rules! narrow {
    ($query:ident, $($wanted:expr => |$value:ident| $condition:expr;)+) => {
        $(if let Some($value) = $wanted {
            $query = $query.filter($condition);
        })+
    };
}

impl ClarificationReads for Conn {
    fn clarification(
        &mut self,
        id: ClarificationId,
        scope: &PatientScope,
    ) -> Result<Option<Clarification>, StoreError> {
        let mut query = clarification::table.select(ClarificationRow::as_select()).into_boxed();
        query = query.filter(clarification::id.eq(Id(id)));
        query = within_care!(query, clarification::patient_id, scope);
        query.first(self).optional()?.map(Clarification::try_from).transpose()
    }

    fn clarifications(
        &mut self,
        filter: &ClarificationFilter,
        scope: &PatientScope,
        page: &Page<ClarificationId>,
    ) -> Result<PageOf<Clarification, ClarificationId>, StoreError> {
        let mut query = clarification::table
            .inner_join(
                clarification_state::table.on(clarification_state::clarification_id.eq(clarification::id)),
            )
            .select(ClarificationRow::as_select())
            .into_boxed();
        query = within_care!(query, clarification::patient_id, scope);
        narrow!(query,
            filter.patient => |patient| clarification::patient_id.eq(Id(patient));
            filter.record => |record| clarification::record_id.eq(Id(record));
            filter.status => |status| clarification_state::status.eq(status.name());
            &filter.rule => |rule| clarification_state::rule.eq(rule);
            filter.assignee => |assignee| clarification_state::assignee_id.eq(Id(assignee));
            filter.opened_before => |instant| clarification::opened_at.lt(UtcTime(instant));
            page.after => |after| clarification::id.gt(Id(after));
        );
        if let Some((site, day)) = &filter.site {
            let patient = clarification::patient_id;
            let owner_takes_part = || cared_for!(patient, participation::site.eq(clarification::site), *day);
            let owns = clarification::site.eq(site.to_string()).and(owner_takes_part());
            let is_it = participation::site.eq(site.to_string()).and(participation::responsible.eq(true));
            let stands_in = not(owner_takes_part()).and(cared_for!(patient, is_it, *day));
            query = query.filter(owns.or(stands_in));
        }
        let found = believe(query.order(clarification::id).limit(page.rows()).load(self)?)?;
        Ok(page.cut(found, |one: &Clarification| one.id))
    }

    fn clarifications_of(&mut self, patients: &[PatientId]) -> Result<Vec<Clarification>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = clarification::table.select(ClarificationRow::as_select()).into_boxed();
            let query = among!(query, clarification::patient_id, chunk).order(clarification::id);
            found.extend(believe(query.load(self)?)?);
        }
        Ok(found)
    }

    fn clarifications_about(&mut self, records: &[RecordId]) -> Result<Vec<Clarification>, StoreError> {
        let mut found = Vec::new();
        for chunk in records.chunks(IN_LIST) {
            let query = clarification::table.select(ClarificationRow::as_select()).into_boxed();
            let query = among!(query, clarification::record_id, chunk).order(clarification::id);
            found.extend(believe(query.load(self)?)?);
        }
        Ok(found)
    }

    fn live_clarifications_of_rules(
        &mut self,
        patients: &[PatientId],
    ) -> Result<Vec<Clarification>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let state = clarification_state::clarification_id.eq(clarification::id);
            let query = clarification::table
                .inner_join(clarification_state::table.on(state))
                .filter(clarification_state::rule.ne(""))
                .filter(clarification_state::status.ne(ClarificationStatus::Closed.name()))
                .select(ClarificationRow::as_select())
                .into_boxed();
            let query = among!(query, clarification::patient_id, chunk).order(clarification::id);
            found.extend(believe(query.load(self)?)?);
        }
        Ok(found)
    }

    fn clarification_events(
        &mut self,
        clarifications: &[ClarificationId],
    ) -> Result<Vec<ClarificationEvent>, StoreError> {
        let mut found = Vec::new();
        for chunk in clarifications.chunks(IN_LIST) {
            let query = clarification_event::table.select(ClarificationEventRow::as_select()).into_boxed();
            let query = among!(query, clarification_event::clarification_id, chunk)
                .order((clarification_event::clarification_id, clarification_event::number));
            found.extend(believe(query.load(self)?)?);
        }
        Ok(found)
    }
}

impl ClarificationWrites for Conn {
    fn insert_clarifications(&mut self, clarifications: &[Clarification]) -> Result<(), StoreError> {
        let rows: Vec<_> = clarifications.iter().map(ClarificationRow::from).collect();
        insert_chunked!(self, clarification::table, rows, 13);
        Ok(())
    }

    fn insert_clarification_events(&mut self, events: &[ClarificationEvent]) -> Result<(), StoreError> {
        let rows: Vec<_> = events.iter().map(ClarificationEventRow::from).collect();
        insert_chunked!(self, clarification_event::table, rows, 10);
        Ok(())
    }

    fn put_clarification_standing(&mut self, standing: &ClarificationStanding) -> Result<(), StoreError> {
        diesel::insert_into(clarification_state::table)
            .values(ClarificationStandingRow::from(standing))
            .on_conflict(clarification_state::clarification_id)
            .do_update()
            .set((
                clarification_state::status.eq(excluded(clarification_state::status)),
                clarification_state::assignee_id.eq(excluded(clarification_state::assignee_id)),
                clarification_state::version.eq(excluded(clarification_state::version)),
            ))
            .execute(self)?;
        Ok(())
    }
}
