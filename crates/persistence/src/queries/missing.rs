//! What completeness lacks: read like a worklist, along the same indexes.

use cartotek_domain::schedule::{Moment, ScheduleEntry};
use diesel::prelude::*;

use super::Conn;
use super::completeness::{about, ids_of};
use super::schedule::page_by_grace;
use super::worklist::{Items, Part, at_site, first_of};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::schedule::ExpectedItemRow;
use crate::schema::expected_item;
use crate::session::completeness::CountingItems;
use crate::session::schedule::WorklistKey;
use crate::sql_type::Id;

/// Where what counts and is not there lies: it waits, or was missed by a lost patient.
const PARTS: [Part; 2] = [Part::Open, Part::Missed];

/// The page of what is missing.
pub(super) fn missing_items(
    conn: &mut Conn,
    items: &CountingItems,
    page: &Page<WorklistKey>,
) -> Result<PageOf<ScheduleEntry, WorklistKey>, StoreError> {
    let mut rows = Vec::new();
    for site in &items.sites {
        for part in PARTS {
            let query = at_site(missing(part, items, page), site, items.patient);
            rows.extend(page_by_grace!(query, page).load::<ExpectedItemRow>(conn)?);
        }
    }
    first_of(rows, page)
}

/// What is missing of a part at all sites, from the day on at which a page begins.
fn missing<'q>(part: Part, items: &'q CountingItems, page: &Page<WorklistKey>) -> Items<'q> {
    let query = about!(part.items(items.today).filter(expected_item::complete_by.is_not_null()), items);
    // One bound on each side: SQLite begins and ends at one of several.
    let query = match items.to.filter(|to| *to < items.today) {
        Some(to) => query.filter(expected_item::grace_until.le(to)),
        None => query.filter(expected_item::grace_until.lt(items.today)),
    };
    match items.from.max(page.after.map(|after| after.grace_until)) {
        Some(from) => query.filter(expected_item::grace_until.ge(from)),
        None => query,
    }
}
