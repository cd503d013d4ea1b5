//! What counts in completeness: the items of the schedule, and the contents of the forms that were submitted.

use std::collections::BTreeSet;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::Reckoned;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::schedule::{Moment, ScheduleEntry};
use chrono::NaiveDate;
use uuid::Uuid;

use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::session::schedule::WorklistKey;

/// What the items that count are narrowed to.
#[derive(Debug, Clone)]
pub struct CountingItems {
    /// The responsible sites.
    pub sites: BTreeSet<SiteCode>,
    /// Only of this patient.
    pub patient: Option<PatientId>,
    /// Only of this form.
    pub form: Option<String>,
    /// Only of this time point, or of none.
    pub time_point: Option<Moment>,
    /// Only those whose grace ends on this day or later.
    pub from: Option<NaiveDate>,
    /// Only those whose grace ends on this day or earlier.
    pub to: Option<NaiveDate>,
    /// Today.
    pub today: NaiveDate,
}

/// By what items are told apart when they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// The responsible site.
    Site,
    /// The form.
    Form,
    /// The time point.
    TimePoint,
    /// The month in which the grace ends.
    Month,
}

/// Items that stand alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedItems {
    /// The responsible site, if asked for.
    pub site: Option<SiteCode>,
    /// The form, if asked for.
    pub form: Option<String>,
    /// The time point, if asked for.
    pub time_point: Option<Moment>,
    /// The first day of the month in which the grace ends, if asked for.
    pub month: Option<NaiveDate>,
    /// How they stand today.
    pub reckoned: Reckoned,
    /// How many they are.
    pub items: u64,
}

/// Reads what counts in completeness.
pub trait CompletenessReads {
    /// How many patients with an infused course each site answers for; sites without one are left out.
    fn infused_patients(&mut self) -> Result<Vec<(SiteCode, u64)>, StoreError>;

    /// The items that count and are due or there, counted by how they stand, in no order.
    fn counted_items(
        &mut self,
        items: &CountingItems,
        by: &BTreeSet<Dimension>,
    ) -> Result<Vec<CountedItems>, StoreError>;

    /// Of the items that count those that are missing, the longest overdue first.
    fn missing_items(
        &mut self,
        items: &CountingItems,
        page: &Page<WorklistKey>,
    ) -> Result<PageOf<ScheduleEntry, WorklistKey>, StoreError>;

    /// Of these courses and patients those with an infusion, with the responsible site, in no order.
    fn infused_among(&mut self, subjects: &[Uuid]) -> Result<Vec<(Uuid, SiteCode)>, StoreError>;

    /// These records with their latest revisions, by id.
    fn latest_by_id(&mut self, records: &[RecordId]) -> Result<Vec<(Record, Revision)>, StoreError>;
}
