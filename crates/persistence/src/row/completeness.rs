//! Rows of counted items and patients.

use cartotek_domain::completeness::{Punctuality, Reckoned};
use diesel::prelude::*;

use super::Origin;
use crate::error::StoreError;
use crate::session::completeness::{CountedItems, CountedPatients, ItemGroup};

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

impl TryFrom<CountedRow> for CountedItems {
    type Error = StoreError;

    fn try_from(row: CountedRow) -> Result<Self, StoreError> {
        let submission = row.timely.zip(row.delay).map(|(timely, delay)| Punctuality { timely, delay });
        Ok(Self {
            group: group([row.site, row.form, row.time_point, row.period])?,
            reckoned: Reckoned { settled: row.settled, submission },
            items: ORIGIN.known("subject_id", u64::try_from(row.items).ok())?,
        })
    }
}

impl TryFrom<PatientsRow> for CountedPatients {
    type Error = StoreError;

    fn try_from(row: PatientsRow) -> Result<Self, StoreError> {
        let count = |many: i64| ORIGIN.known("patient_id", u64::try_from(many).ok());
        Ok(Self {
            group: group([row.site, row.form, row.time_point, row.period])?,
            settled: count(row.settled)?,
            answered: count(row.answered)?,
        })
    }
}

fn group([site, form, time_point, period]: [Option<String>; 4]) -> Result<ItemGroup, StoreError> {
    Ok(ItemGroup {
        site: site.as_deref().map(|code| ORIGIN.parse("site", code)).transpose()?,
        form,
        time_point: time_point.as_deref().map(|code| ORIGIN.parse("time_point", code)).transpose()?,
        period: period.as_deref().map(|text| ORIGIN.parse("complete_by", text)).transpose()?,
    })
}
