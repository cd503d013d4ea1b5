//! Rows of counted items and patients.

use cartotek_domain::completeness::{Punctuality, Reckoned};
use diesel::prelude::*;

use super::Origin;
use crate::error::StoreError;
use crate::session::completeness::{CountedItems, CountedPatients, DueItems, ItemGroup};

const ORIGIN: Origin<&str> = Origin { table: "expected_item", row: "a group" };

/// Items that stand alike.
#[derive(Debug, Queryable)]
pub(crate) struct CountedRow {
    site: Option<String>,
    form: Option<String>,
    time_point: Option<String>,
    period: Option<String>,
    settled: bool,
    timely: Option<bool>,
    delay: Option<i32>,
    lost: bool,
    items: i64,
}

/// How many patients the items of a group are about.
#[derive(Debug, Queryable)]
pub(crate) struct PatientsRow {
    site: Option<String>,
    form: Option<String>,
    time_point: Option<String>,
    period: Option<String>,
    settled: i64,
    answered: i64,
}

/// Items that are due, or overdue.
#[derive(Debug, Queryable)]
pub(crate) struct DueRow {
    site: Option<String>,
    form: Option<String>,
    time_point: Option<String>,
    period: Option<String>,
    overdue: bool,
    items: i64,
    patients: i64,
}

impl TryFrom<CountedRow> for CountedItems {
    type Error = StoreError;

    fn try_from(row: CountedRow) -> Result<Self, StoreError> {
        let submission = row.timely.zip(row.delay).map(|(timely, delay)| Punctuality { timely, delay });
        Ok(Self {
            group: group([row.site, row.form, row.time_point, row.period])?,
            reckoned: Reckoned { settled: row.settled, submission, lost: row.lost },
            items: count("subject_id", row.items)?,
        })
    }
}

impl TryFrom<PatientsRow> for CountedPatients {
    type Error = StoreError;

    fn try_from(row: PatientsRow) -> Result<Self, StoreError> {
        Ok(Self {
            group: group([row.site, row.form, row.time_point, row.period])?,
            settled: count("patient_id", row.settled)?,
            answered: count("patient_id", row.answered)?,
        })
    }
}

impl TryFrom<DueRow> for DueItems {
    type Error = StoreError;

    fn try_from(row: DueRow) -> Result<Self, StoreError> {
        Ok(Self {
            group: group([row.site, row.form, row.time_point, row.period])?,
            overdue: row.overdue,
            items: count("subject_id", row.items)?,
            patients: count("patient_id", row.patients)?,
        })
    }
}

fn count(column: &'static str, many: i64) -> Result<u64, StoreError> {
    ORIGIN.known(column, u64::try_from(many).ok())
}

fn group([site, form, time_point, period]: [Option<String>; 4]) -> Result<ItemGroup, StoreError> {
    Ok(ItemGroup {
        site: site.as_deref().map(|code| ORIGIN.parse("site", code)).transpose()?,
        form,
        time_point: time_point.as_deref().map(|code| ORIGIN.parse("time_point", code)).transpose()?,
        period: period.as_deref().map(|text| ORIGIN.parse("grace_until", text)).transpose()?,
    })
}
