//! Worklists: read in their order, so that a page costs what it shows and begins where the one before ended.
//!
//! What waits and what is closed are each several ranges of indexes that hold items by the day on which they become
//! overdue. A list takes a page of each and shows what comes first: one condition for all of them would have the whole
//! site sorted for every page.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::PatientId;
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_domain::schedule::{Excuse, ScheduleEntry, Standing};
use chrono::NaiveDate;
use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::prelude::*;

use super::schedule::page_by_grace;
use super::{Conn, Db};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::schedule::ExpectedItemRow;
use crate::schema::expected_item;
use crate::session::schedule::{WorklistFilter, WorklistKey};
use crate::sql_type::Id;

/// A query of expected items.
pub(super) type Items<'q> = expected_item::BoxedQuery<'q, Db, SqlTypeOf<AsSelect<ExpectedItemRow, Db>>>;

/// The page of a worklist.
pub(super) fn worklist(
    conn: &mut Conn,
    filter: &WorklistFilter,
    page: &Page<WorklistKey>,
) -> Result<PageOf<ScheduleEntry, WorklistKey>, StoreError> {
    let mut rows = Vec::new();
    for site in &filter.sites {
        for part in Part::of(filter.urgency) {
            let query = part.query(site, filter, page);
            rows.extend(page_by_grace!(query, page).load::<ExpectedItemRow>(conn)?);
        }
    }
    first_of(rows, page)
}

/// The page of a list whose parts each gave rows enough for it.
pub(super) fn first_of(
    rows: Vec<ExpectedItemRow>,
    page: &Page<WorklistKey>,
) -> Result<PageOf<ScheduleEntry, WorklistKey>, StoreError> {
    let mut entries: Vec<ScheduleEntry> = believe(rows)?;
    entries.sort_unstable_by_key(WorklistKey::of);
    Ok(page.cut(entries, WorklistKey::of))
}

/// Narrows a query to the items of a site, or to those of a patient there.
pub(super) fn at_site<'q>(query: Items<'q>, site: &SiteCode, patient: Option<PatientId>) -> Items<'q> {
    match patient {
        None => query.filter(expected_item::site.eq(site.to_string())),
        // Of a patient there are few: what is joined to the column keeps SQLite from looking through the site.
        Some(patient) => query
            .filter(expected_item::patient_id.eq(Id(patient)))
            .filter(expected_item::site.concat("").eq(site.to_string())),
    }
}

/// What lies in one range of an index; no item lies in two of those of a list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// What waits until something answers it.
    Open,
    /// What waits until its grace has passed.
    Offered,
    /// What the patient's death may have closed: due, whatever the day, until that is known better.
    Doubtful,
    /// What is not expected after all.
    Closed,
    /// What was missed by a lost patient.
    Missed,
    /// What nobody may answer any more, because a yes has ended.
    Stopped,
}

/// On which side of today the grace ends.
#[derive(Debug, Clone, Copy)]
enum Grace {
    Passed,
    Runs,
    Either,
}

impl Part {
    /// The parts of a list.
    const fn of(urgency: Option<Urgency>) -> &'static [Self] {
        match urgency {
            Some(Urgency::Closed) => &[Self::Closed, Self::Missed, Self::Stopped],
            Some(Urgency::Overdue) => &[Self::Open],
            Some(Urgency::Due) => &[Self::Open, Self::Offered, Self::Doubtful],
            Some(Urgency::Open | Urgency::DueSoon) | None => &[Self::Open, Self::Offered],
        }
    }

    /// When the grace of the part ends, as far as it belongs to a list.
    const fn grace(self, urgency: Option<Urgency>) -> Grace {
        match (self, urgency) {
            (Self::Doubtful | Self::Missed, _) | (Self::Open, Some(Urgency::Overdue)) => Grace::Passed,
            (Self::Offered, _) | (Self::Open, Some(Urgency::Due | Urgency::Open | Urgency::DueSoon)) => {
                Grace::Runs
            }
            _ => Grace::Either,
        }
    }

    /// The items of the part on the list of a site, from the day on at which a page begins.
    fn query<'q>(self, site: &SiteCode, filter: &'q WorklistFilter, page: &Page<WorklistKey>) -> Items<'q> {
        let grace = self.grace(filter.urgency);
        let mut query = self.items(filter.today).filter(expected_item::first_day.le(filter.horizon));
        // One bound on each side: SQLite begins and ends at one of several.
        query = match grace {
            Grace::Passed => query.filter(expected_item::grace_until.lt(filter.today)),
            Grace::Runs | Grace::Either => query.filter(expected_item::grace_until.le(filter.latest_grace)),
        };
        let runs = matches!(grace, Grace::Runs).then_some(filter.today);
        if let Some(from) = runs.max(page.after.map(|after| after.grace_until)) {
            query = query.filter(expected_item::grace_until.ge(from));
        }
        if let Some(urgency) = filter.urgency {
            query = as_urgent(query, urgency, filter.today);
        }
        if let Some(form) = &filter.form {
            query = query.filter(expected_item::form.eq(form));
        }
        at_site(query, site, filter.patient)
    }

    /// The items of the part at all sites, wherever their grace ends.
    pub(super) fn items<'q>(self, today: NaiveDate) -> Items<'q> {
        let query: Items<'q> = expected_item::table.select(ExpectedItemRow::as_select()).into_boxed();
        let asked = expected_item::stops_on.is_null().or(expected_item::stops_on.gt(today));
        let unanswered = expected_item::closed.is_null().and(expected_item::answered_by.is_null());
        let excused = |excuse: Excuse| expected_item::excuse.eq(excuse.name());
        match self {
            Self::Open => query.filter(expected_item::standing.eq(Standing::Open.name())).filter(asked),
            Self::Offered => query.filter(expected_item::standing.eq(Standing::Offered.name())).filter(asked),
            Self::Closed => query.filter(expected_item::standing.eq(Standing::Closed.name())),
            Self::Missed => query.filter(excused(Excuse::Lost)).filter(unanswered).filter(asked),
            Self::Doubtful => {
                let required = expected_item::optional.eq(false);
                query.filter(excused(Excuse::DeathUnclear)).filter(required).filter(unanswered).filter(asked)
            }
            Self::Stopped => query.filter(expected_item::stops_on.le(today)).filter(unanswered),
        }
    }
}

/// Narrows a query of parts to what asks for attention so much, as the domain says of an item.
fn as_urgent(query: Items<'_>, urgency: Urgency, today: NaiveDate) -> Items<'_> {
    match urgency {
        Urgency::Overdue => query.filter(expected_item::excuse.is_null()),
        Urgency::Due => query.filter(expected_item::last_day.lt(today)),
        Urgency::Open => {
            query.filter(expected_item::first_day.le(today)).filter(expected_item::last_day.ge(today))
        }
        Urgency::DueSoon => query.filter(expected_item::first_day.gt(today)),
        // The parts say it all.
        Urgency::Closed => query,
    }
}
