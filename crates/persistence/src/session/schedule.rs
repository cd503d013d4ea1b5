//! Expected items: what the schedule expects of each patient, and what answers it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::PatientId;
use cartotek_domain::sample::Sample;
use cartotek_domain::schedule::ScheduleEntry;
use chrono::NaiveDate;
use uuid::Uuid;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// What a worklist is narrowed to.
#[derive(Debug, Clone)]
pub struct WorklistFilter {
    /// The responsible sites.
    pub sites: BTreeSet<SiteCode>,
    /// Only of this patient.
    pub patient: Option<PatientId>,
    /// Only of this form.
    pub form: Option<String>,
    /// Today.
    pub today: NaiveDate,
    /// Only items whose window opens by this day.
    pub horizon: NaiveDate,
    /// No item of such a window becomes overdue after this day.
    pub latest_grace: NaiveDate,
}

/// The place of an item in a worklist, which is ordered by the day on which items become overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorklistKey {
    /// The last day on which the item is not overdue.
    pub grace_until: NaiveDate,
    /// The course or patient.
    pub subject: Uuid,
    /// The place among its items.
    pub ordinal: i32,
}

impl WorklistKey {
    /// The place of an item.
    pub fn of(entry: &ScheduleEntry) -> Self {
        Self { grace_until: entry.item.grace_until, subject: entry.subject(), ordinal: entry.ordinal }
    }
}

impl fmt::Display for WorklistKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", self.grace_until, self.subject.as_simple(), self.ordinal)
    }
}

/// A text that is no place in a worklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a worklist")]
pub struct NotAWorklistKey;

impl FromStr for WorklistKey {
    type Err = NotAWorklistKey;

    fn from_str(text: &str) -> Result<Self, NotAWorklistKey> {
        let parts: Vec<&str> = text.split('_').collect();
        let [grace_until, subject, ordinal] = parts[..] else { return Err(NotAWorklistKey) };
        Ok(Self {
            grace_until: grace_until.parse().map_err(|_| NotAWorklistKey)?,
            subject: subject.parse().map_err(|_| NotAWorklistKey)?,
            ordinal: ordinal.parse().map_err(|_| NotAWorklistKey)?,
        })
    }
}

/// Reads expected items.
pub trait ScheduleReads {
    /// All items of a patient, by subject and ordinal.
    fn schedule_of(&mut self, patient: PatientId) -> Result<Vec<ScheduleEntry>, StoreError>;

    /// The items of a form that are expected of these subjects (courses, or patients), by subject and ordinal.
    fn expected_forms(&mut self, subjects: &[Uuid], form: &str) -> Result<Vec<ScheduleEntry>, StoreError>;

    /// The samples that are expected of a course, by ordinal.
    fn expected_samples(&mut self, course: Uuid) -> Result<Vec<ScheduleEntry>, StoreError>;

    /// The samples of these patients, by id.
    fn samples_of(&mut self, patients: &[PatientId]) -> Result<Vec<Sample>, StoreError>;

    /// The items that wait at the sites, those that become overdue first at the top; what has lapsed is left out.
    fn worklist(
        &mut self,
        filter: &WorklistFilter,
        page: &Page<WorklistKey>,
    ) -> Result<PageOf<ScheduleEntry, WorklistKey>, StoreError>;

    /// Items after one of them, by subject and ordinal, whatever the patient.
    fn expected_items_after(
        &mut self,
        after: Option<(Uuid, i32)>,
        limit: i64,
    ) -> Result<Vec<ScheduleEntry>, StoreError>;
}

/// Writes expected items.
pub trait ScheduleWrites: ScheduleReads {
    /// Puts the items of a patient in the place of those that were there.
    fn put_schedule(&mut self, patient: PatientId, entries: &[ScheduleEntry]) -> Result<(), StoreError>;

    /// Stores what answers an item.
    fn update_answer(&mut self, entry: &ScheduleEntry) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let key = WorklistKey {
            grace_until: "2026-06-09".parse().unwrap(),
            subject: Uuid::from_u128(7),
            ordinal: 12,
        };
        assert_eq!(key.to_string().parse(), Ok(key));
        for text in ["", "2026-06-09", "2026-06-09_x_1", "2026-06-09_00000000000000000000000000000007_1_2"] {
            assert_eq!(text.parse::<WorklistKey>(), Err(NotAWorklistKey), "{text}");
        }
    }
}
