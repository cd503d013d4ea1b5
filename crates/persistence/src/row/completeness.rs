//! Rows of counted items.

use cartotek_domain::completeness::{Punctuality, Reckoned};
use diesel::prelude::*;

use super::Origin;
use crate::error::StoreError;
use crate::session::completeness::CountedItems;

/// Items that stand alike.
#[derive(Debug, Queryable)]
pub(crate) struct CountedRow {
    site: Option<String>,
    form: Option<String>,
    time_point: Option<String>,
    month: Option<String>,
    settled: bool,
    timely: Option<bool>,
    delay: Option<i32>,
    items: i64,
}

impl TryFrom<CountedRow> for CountedItems {
    type Error = StoreError;

    fn try_from(row: CountedRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "expected_item", row: "a group" };
        let month = |text: &str| origin.parse("complete_by", &format!("{text}-01"));
        let submission = row.timely.zip(row.delay).map(|(timely, delay)| Punctuality { timely, delay });
        Ok(Self {
            site: row.site.as_deref().map(|code| origin.parse("site", code)).transpose()?,
            form: row.form,
            time_point: row.time_point.as_deref().map(|code| origin.parse("time_point", code)).transpose()?,
            month: row.month.as_deref().map(month).transpose()?,
            reckoned: Reckoned { settled: row.settled, submission },
            items: origin.known("subject_id", u64::try_from(row.items).ok())?,
        })
    }
}
