//! What counts in completeness: the items of the schedule, and the contents of the forms that were submitted.

use std::collections::BTreeSet;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{Calendar, CalendarPeriod, Reckoned};
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
    /// Not of these patients.
    pub left_out: BTreeSet<PatientId>,
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
    /// The period of this length in which the grace ends; one at most is looked at.
    Period(Calendar),
}

/// What items have in common, as far as they are told apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ItemGroup {
    /// The responsible site.
    pub site: Option<SiteCode>,
    /// The form.
    pub form: Option<String>,
    /// The time point.
    pub time_point: Option<Moment>,
    /// The period in which the grace ends.
    pub period: Option<CalendarPeriod>,
}

/// How many patients the items of a group are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedPatients {
    /// What the items have in common.
    pub group: ItemGroup,
    /// Patients with an item whose grace has passed.
    pub settled: u64,
    /// Patients with an item that is there.
    pub answered: u64,
}

/// Items that stand alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedItems {
    /// What they have in common.
    pub group: ItemGroup,
    /// How they stand today.
    pub reckoned: Reckoned,
    /// How many they are.
    pub items: u64,
}

/// Items that are due, or that are overdue without an infusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueItems {
    /// What they have in common.
    pub group: ItemGroup,
    /// Whether they are overdue.
    pub overdue: bool,
    /// How many they are.
    pub items: u64,
    /// How many patients they are about.
    pub patients: u64,
}

/// For how many patients a site answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitePatients {
    /// The site.
    pub site: SiteCode,
    /// Patients of whom something is expected.
    pub all: u64,
    /// Those with an infused course.
    pub infused: u64,
}

/// Reads what counts in completeness.
pub trait CompletenessReads {
    /// Patients with a decision other than a yes without an end, in no order.
    fn patients_with_reservations(&mut self) -> Result<Vec<PatientId>, StoreError>;

    /// For how many patients each site answers, but for some; sites without one are left out.
    fn patients_by_site(&mut self, left_out: &BTreeSet<PatientId>) -> Result<Vec<SitePatients>, StoreError>;

    /// The items that count and should be there or are, counted by how they stand, in no order.
    fn counted_items(
        &mut self,
        items: &CountingItems,
        by: &BTreeSet<Dimension>,
    ) -> Result<Vec<CountedItems>, StoreError>;

    /// How many patients are behind the items of [`Self::counted_items`], in no order.
    fn counted_patients(
        &mut self,
        items: &CountingItems,
        by: &BTreeSet<Dimension>,
    ) -> Result<Vec<CountedPatients>, StoreError>;

    /// The required forms that wait on the worklist, counted, in no order: those that are due and, without an infusion, those
    /// that are overdue; the others that are overdue are among [`Self::counted_items`]. None that is due becomes overdue after
    /// `latest_grace`.
    fn due_items(
        &mut self,
        items: &CountingItems,
        latest_grace: NaiveDate,
        by: &BTreeSet<Dimension>,
    ) -> Result<Vec<DueItems>, StoreError>;

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
