//! Expected items: what the schedule expects of each patient, and what answers it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::PatientId;
use cartotek_domain::sample::Sample;
use cartotek_domain::schedule::ScheduleEntry;
use cartotek_domain::schedule::worklist::Urgency;
use chrono::{Datelike, NaiveDate};
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
    /// Only what asks for attention so much; without it all that waits, and nothing that is closed.
    pub urgency: Option<Urgency>,
    /// Today.
    pub today: NaiveDate,
    /// Only items whose window opens by this day.
    pub horizon: NaiveDate,
    /// No item of such a window becomes overdue after this day.
    pub latest_grace: NaiveDate,
}

/// The place of an item in a worklist, which is ordered by the day on which items become overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// As hexadecimal digits alone, which the identifier guard takes for what they are: days of the calendar, subject, place.
impl fmt::Display for WorklistKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.grace_until.num_days_from_ce();
        write!(f, "{day:08x}{}{:08x}", self.subject.as_simple(), self.ordinal)
    }
}

/// A text that is no place in a worklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a worklist")]
pub struct NotAWorklistKey;

impl FromStr for WorklistKey {
    type Err = NotAWorklistKey;

    fn from_str(text: &str) -> Result<Self, NotAWorklistKey> {
        let part = |from, to| text.get(from..to).ok_or(NotAWorklistKey);
        let number =
            |digits: &str| u32::from_str_radix(digits, 16).map(u32::cast_signed).map_err(|_| NotAWorklistKey);
        if text.len() != 48 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAWorklistKey);
        }
        let grace_until = NaiveDate::from_num_days_from_ce_opt(number(part(0, 8)?)?);
        Ok(Self {
            grace_until: grace_until.ok_or(NotAWorklistKey)?,
            subject: part(8, 40)?.parse().map_err(|_| NotAWorklistKey)?,
            ordinal: number(part(40, 48)?)?,
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

    /// The items that wait at the sites, or those that are closed or were missed by a lost patient; those that become
    /// overdue first at the top. What has lapsed is left out.
    fn worklist(
        &mut self,
        filter: &WorklistFilter,
        page: &Page<WorklistKey>,
    ) -> Result<PageOf<ScheduleEntry, WorklistKey>, StoreError>;

    /// Subject and ordinal of items of patients that there are not, in that order; at most `limit`.
    fn stray_items(&mut self, limit: i64) -> Result<Vec<(Uuid, i32)>, StoreError>;
}

/// Writes expected items.
pub trait ScheduleWrites: ScheduleReads {
    /// Puts the items of a patient in the place of those that were there.
    fn put_schedule(&mut self, patient: PatientId, entries: &[ScheduleEntry]) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use cartotek_domain::identifier::{FieldKind, Verdict, detect};

    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let key = WorklistKey {
            grace_until: "2026-06-09".parse().unwrap(),
            subject: Uuid::from_u128(0x0123_4567_8901_2345_6789_0123_4567_8901),
            ordinal: 12,
        };
        assert_eq!(key.to_string().parse(), Ok(key));
        let verdict = detect(&key.to_string(), key.grace_until, FieldKind::Structured);
        assert_eq!(verdict, Verdict::Clean, "the guard of the query lets it pass");
        let (long, no_day) = (format!("{key}0"), format!("7fffffff{}", "0".repeat(40)));
        for text in ["", "2026-06-09", &long, &long[2..], &no_day, &"x".repeat(48), &"å".repeat(24)] {
            assert_eq!(text.parse::<WorklistKey>(), Err(NotAWorklistKey), "{text}");
        }
    }
}
