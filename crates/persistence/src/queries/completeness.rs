//! What counts in completeness.
//!
//! Which items count, and until when, is decided by the domain and stands in `complete_by`; here days are compared. What
//! is due, or overdue without an infusion, is what waits on the worklist, by the same columns.

use std::collections::BTreeSet;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::ConsentDecision;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::schedule::{Excuse, Moment, ScheduleEntry, Standing};
use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Text};
use uuid::Uuid;

use super::record::with_latest_revision;
use super::{Conn, IN_LIST, among, dialect, missing};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::completeness::{CountedRow, DueRow, PatientsRow};
use crate::row::record::{RecordRow, RevisionRow};
use crate::schema::{consent, expected_item, record, revision};
use crate::session::completeness::{
    CompletenessReads, CountedItems, CountedPatients, CountingItems, Dimension, DueItems, SitePatients,
};
use crate::session::schedule::WorklistKey;
use crate::sql_type::Id;

/// Site, form, time point and period; two numbers.
type Numbers = (Nullable<Text>, Nullable<Text>, Nullable<Text>, Nullable<Text>, BigInt, BigInt);

/// Site, form, time point and period, whether it is overdue; two numbers.
type Due = (Nullable<Text>, Nullable<Text>, Nullable<Text>, Nullable<Text>, Bool, BigInt, BigInt);

/// Site, form, time point and period, whether the grace has passed, whether it was kept, the delay, whether the patient was
/// lost, how many.
type Counted = (
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Bool,
    Nullable<Bool>,
    Nullable<Integer>,
    Bool,
    BigInt,
);

/// Stands in the place of what items are not told apart by.
const NOTHING: &str = "CAST(NULL AS TEXT)";

/// Whether an item may still be answered: nobody may any more once a yes has ended.
macro_rules! asked {
    ($today:expr) => {
        expected_item::stops_on.is_null().or(expected_item::stops_on.gt($today))
    };
}

/// Narrows a boxed query to the items that count.
macro_rules! counting {
    ($query:expr, $items:expr) => {{
        // What nobody may answer any more lacks nowhere.
        let asked = asked!($items.today).or(expected_item::answered_on.is_not_null());
        let counts = expected_item::complete_by.is_not_null().and(asked);
        let at_sites = expected_item::site.eq_any(codes_of(&$items.sites));
        narrowed!($query.filter(at_sites).filter(counts), $items, expected_item::complete_by)
    }};
}

/// Narrows a boxed query of sites to items that are asked about; the column holds the end of their grace.
macro_rules! narrowed {
    ($query:expr, $items:expr, $grace:expr) => {{
        let CountingItems { patient, from, to, .. } = $items;
        let mut query = about!($query, $items);
        if let Some(patient) = patient {
            query = query.filter(expected_item::patient_id.eq(Id(*patient)));
        }
        if let Some(from) = from {
            query = query.filter($grace.ge(*from));
        }
        if let Some(to) = to {
            query = query.filter($grace.le(*to));
        }
        query
    }};
}

/// Narrows a boxed query to items that are asked about, but for site, patient and days.
macro_rules! about {
    ($query:expr, $items:expr) => {{
        let CountingItems { left_out, form, time_point, .. } = $items;
        let mut query = $query;
        if !left_out.is_empty() {
            query = query.filter(expected_item::patient_id.ne_all(ids_of(left_out)));
        }
        if let Some(form) = form {
            query = query.filter(expected_item::form.eq(form));
        }
        match time_point {
            Some(Moment::At(code)) => query = query.filter(expected_item::time_point.eq(code.to_string())),
            Some(Moment::Baseline) => query = query.filter(expected_item::time_point.is_null()),
            None => {}
        }
        query
    }};
}
pub(super) use about;

impl CompletenessReads for Conn {
    fn patients_with_reservations(&mut self) -> Result<Vec<PatientId>, StoreError> {
        let not_a_yes = consent::decision.ne(ConsentDecision::Given.name());
        let rows: Vec<Id<PatientId>> = consent::table
            .select(consent::patient_id)
            .distinct()
            .filter(not_a_yes.or(consent::valid_to.is_not_null()))
            .load(self)?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    fn patients_by_site(&mut self, left_out: &BTreeSet<PatientId>) -> Result<Vec<SitePatients>, StoreError> {
        let all = sql::<BigInt>("COUNT(DISTINCT patient_id)");
        let infused = sql::<BigInt>("COUNT(DISTINCT CASE WHEN infused THEN patient_id END)");
        // Every course, and every patient of whom something is expected whatever the courses, has a first item.
        let query = expected_item::table
            .group_by(expected_item::site)
            .select((expected_item::site, all, infused))
            .filter(expected_item::ordinal.eq(0))
            .filter(expected_item::patient_id.ne_all(ids_of(left_out)));
        let rows: Vec<(String, i64, i64)> = query.load(self)?;
        let number = |patients: i64| u64::try_from(patients).unwrap_or(0);
        let row = |(site, all, infused): (String, i64, i64)| {
            Ok(SitePatients { site: site_of(&site)?, all: number(all), infused: number(infused) })
        };
        rows.into_iter().map(row).collect()
    }

    fn counted_items(
        &mut self,
        items: &CountingItems,
        by: &BTreeSet<Dimension>,
    ) -> Result<Vec<CountedItems>, StoreError> {
        let select = sql::<Counted>(&format!("{}, complete_by < ", columns(by)))
            .bind::<Date, _>(items.today)
            .sql(&format!(
                ", answered_on <= complete_by, {}, {}, COUNT(*)",
                dialect::DAYS_AFTER_WINDOW,
                is_lost()
            ));
        // What is neither due nor there is in no figure.
        let settled = expected_item::complete_by.lt(items.today);
        let query = expected_item::table
            .group_by(sql::<Text>("1, 2, 3, 4, 5, 6, 7, 8"))
            .select(select)
            .filter(settled.or(expected_item::answered_on.is_not_null()))
            .into_boxed();
        let rows: Vec<CountedRow> = counting!(query, items).load(self)?;
        believe(rows)
    }

    fn counted_patients(
        &mut self,
        items: &CountingItems,
        by: &BTreeSet<Dimension>,
    ) -> Result<Vec<CountedPatients>, StoreError> {
        let answered = "COUNT(DISTINCT CASE WHEN answered_on IS NOT NULL THEN patient_id END)";
        let select = sql::<Numbers>(&format!("{}, COUNT(DISTINCT CASE WHEN complete_by < ", columns(by)))
            .bind::<Date, _>(items.today)
            .sql(&format!(" THEN patient_id END), {answered}"));
        let query = expected_item::table.group_by(sql::<Text>("1, 2, 3, 4")).select(select).into_boxed();
        let rows: Vec<PatientsRow> = counting!(query, items).load(self)?;
        believe(rows)
    }

    fn due_items(
        &mut self,
        items: &CountingItems,
        latest_grace: NaiveDate,
        by: &BTreeSet<Dimension>,
    ) -> Result<Vec<DueItems>, StoreError> {
        let select = sql::<Due>(&format!("{}, grace_until < ", columns(by)))
            .bind::<Date, _>(items.today)
            .sql(" AND excuse IS NULL, COUNT(*), COUNT(DISTINCT patient_id)");
        let runs = expected_item::grace_until.ge(items.today);
        // What may lie after the death is due until that is known better.
        let doubtful = expected_item::excuse.eq(Excuse::DeathUnclear.name());
        // Of an infused course what is overdue is among what counts.
        let uncounted = expected_item::infused.eq(false).and(expected_item::excuse.is_null());
        // Each names the range in which it lies: what was only offered is not looked through once its grace has passed.
        let range = |standing: Standing| {
            let at_sites = expected_item::site.eq_any(codes_of(&items.sites));
            let stands = at_sites.and(expected_item::standing.eq(standing.name()));
            stands.and(expected_item::grace_until.le(latest_grace))
        };
        let open = range(Standing::Open).and(runs.or(doubtful).or(uncounted));
        let offered = range(Standing::Offered).and(runs);
        let query = expected_item::table
            .group_by(sql::<Text>("1, 2, 3, 4, 5"))
            .select(select)
            .filter(open.or(offered))
            .filter(expected_item::first_day.le(items.today))
            .filter(asked!(items.today))
            .filter(expected_item::form.is_not_null())
            .filter(expected_item::optional.eq(false))
            .into_boxed();
        let rows: Vec<DueRow> = narrowed!(query, items, expected_item::grace_until).load(self)?;
        believe(rows)
    }

    fn missing_items(
        &mut self,
        items: &CountingItems,
        page: &Page<WorklistKey>,
    ) -> Result<PageOf<ScheduleEntry, WorklistKey>, StoreError> {
        missing::missing_items(self, items, page)
    }

    fn infused_among(&mut self, subjects: &[Uuid]) -> Result<Vec<(Uuid, SiteCode)>, StoreError> {
        let mut found = Vec::new();
        for chunk in subjects.chunks(IN_LIST) {
            // The first item of each tells.
            let query = expected_item::table
                .select((expected_item::subject_id, expected_item::site))
                .filter(expected_item::ordinal.eq(0))
                .filter(expected_item::infused.eq(true))
                .into_boxed();
            let rows: Vec<(Id<Uuid>, String)> = among!(query, expected_item::subject_id, chunk).load(self)?;
            for (subject, site) in rows {
                found.push((subject.0, site_of(&site)?));
            }
        }
        Ok(found)
    }

    fn latest_by_id(&mut self, records: &[RecordId]) -> Result<Vec<(Record, Revision)>, StoreError> {
        let mut found = Vec::with_capacity(records.len());
        for chunk in records.chunks(IN_LIST) {
            let wanted: Vec<_> = chunk.iter().copied().map(Id).collect();
            let query = with_latest_revision!().filter(record::id.eq_any(wanted)).order(record::id);
            let rows: Vec<(RecordRow, RevisionRow)> = query.load(self)?;
            for (record, revision) in rows {
                found.push((Record::try_from(record)?, Revision::try_from(revision)?));
            }
        }
        Ok(found)
    }
}

/// The first four columns of counted items.
fn columns(by: &BTreeSet<Dimension>) -> String {
    let time_point = format!("COALESCE(time_point, '{}')", Moment::BASELINE);
    let columns = [(Dimension::Site, "site"), (Dimension::Form, "form"), (Dimension::TimePoint, &time_point)];
    let [site, form, time_point] =
        columns.map(|(dimension, column)| if by.contains(&dimension) { column } else { NOTHING });
    let period = by.iter().find_map(|dimension| match dimension {
        Dimension::Period(length) => Some(dialect::period_of_grace(*length)),
        Dimension::Site | Dimension::Form | Dimension::TimePoint => None,
    });
    [site, form, time_point, period.unwrap_or(NOTHING)].join(", ")
}

/// Whether the patient was lost to follow-up, as a column of counted items.
fn is_lost() -> String {
    format!("COALESCE(excuse = '{}', FALSE)", Excuse::Lost.name())
}

fn codes_of(sites: &BTreeSet<SiteCode>) -> Vec<String> {
    sites.iter().map(ToString::to_string).collect()
}

pub(super) fn ids_of(patients: &BTreeSet<PatientId>) -> Vec<Id<PatientId>> {
    patients.iter().copied().map(Id).collect()
}

fn site_of(code: &str) -> Result<SiteCode, StoreError> {
    code.parse().map_err(|_| StoreError::inconsistent("expected_item", "site", code))
}
