//! Retention: how long each kind of data is kept, and from which day on a patient's may be removed.
//!
//! Which kinds there are, how long each is kept and by which law is data (`schemas/retention/`); here is only the
//! arithmetic. Nothing is removed by itself but what the table gives a number of days.

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::milestone::{Milestone, MilestoneValue};
use crate::text::Text;

/// The class of answers that are stored for safe retries.
pub const ANSWERS: &str = "idempotent_answers";
/// The class of files of imports with their reports.
pub const IMPORTS: &str = "import_files";

/// What the software deletes by itself, with the fewest days for which it is kept: so long a retry is safe, and a file
/// there to be mended.
pub const DELETED: [(&str, u32); 2] = [(ANSWERS, 7), (IMPORTS, 1)];

/// A published retention table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionTable {
    /// Its version, from 1.
    pub version: u32,
    /// Its name.
    pub title: Text,
    /// The kinds of data.
    pub classes: Vec<RetentionClass>,
}

/// A kind of data with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionClass {
    /// Its code.
    pub code: String,
    /// Its name.
    pub title: Text,
    /// The law or decision that the time comes from.
    pub legal_source: Text,
    /// The tables that hold it; each table belongs to one class.
    pub tables: Vec<String>,
    /// How long it is kept.
    pub kept: Kept,
}

/// How long data are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Kept {
    /// As long as anything that it belongs to.
    Always,
    /// As long as the registry's purpose lasts, or until the patient objects: then it may be erased at once.
    WhilePurposeLasts,
    /// At least so many years from when it was entered; the software never deletes it.
    AtLeastYears {
        /// The years.
        years: u32,
    },
    /// So many years after the latest of some dates, an erasure notwithstanding.
    YearsAfter {
        /// The years.
        years: u32,
        /// The names of the milestones that are dates; without any of them there is nothing to keep.
        milestones: Vec<String>,
        /// Further ones, from which the years run when they lie later.
        #[serde(default)]
        or_later: Vec<String>,
        /// What an erasure keeps: pointers to answers, by form.
        answers: BTreeMap<String, Vec<String>>,
    },
    /// So many days; then the software deletes it. Only classes that it knows how to delete ([`DELETED`]).
    Days {
        /// The days.
        days: u32,
    },
}

impl RetentionTable {
    /// The class of that code.
    pub fn class(&self, code: &str) -> Option<&RetentionClass> {
        self.classes.iter().find(|class| class.code == code)
    }

    /// For how many days the software keeps what it deletes by itself; `None` for any other class.
    pub fn days(&self, code: &str) -> Option<u32> {
        match self.class(code)?.kept {
            Kept::Days { days } => Some(days),
            _ => None,
        }
    }
}

/// What is known of a patient that decides how long data are kept.
#[derive(Debug, Clone, Copy)]
pub struct PatientDays<'a> {
    /// The milestones of all records.
    pub milestones: &'a [Milestone],
    /// The day of the objection to the quality register that holds.
    pub objected_on: Option<NaiveDate>,
}

impl PatientDays<'_> {
    /// The last day that a milestone of one of the names may stand for.
    fn last(&self, names: &[String]) -> Option<NaiveDate> {
        let of_any = self.milestones.iter().filter(|one| names.contains(&one.name));
        let days = of_any.filter_map(|one| match one.value {
            MilestoneValue::Date(date) => Some(date.last()),
            _ => None,
        });
        days.max()
    }
}

impl Kept {
    /// Whether an erasure keeps something of it.
    pub fn outlives_erasure(&self) -> bool {
        matches!(self, Self::YearsAfter { .. })
    }

    /// The earliest day on which a patient's data of this kind may be removed; `None` where no day is in sight, or
    /// there are no such data.
    pub fn removable_from(&self, patient: PatientDays<'_>) -> Option<NaiveDate> {
        match self {
            Self::WhilePurposeLasts => patient.objected_on,
            Self::YearsAfter { years, milestones, or_later, .. } => {
                let last = patient.last(milestones)?;
                let later = patient.last(or_later).map_or(last, |day| day.max(last));
                day_after_years(later, *years)
            }
            Self::Always | Self::AtLeastYears { .. } | Self::Days { .. } => None,
        }
    }
}

/// The first day that so many whole years after a day are over.
pub fn day_after_years(day: NaiveDate, years: u32) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(years.checked_mul(12)?))?.checked_add_days(Days::new(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::fact::TABLES;
    use crate::id::RecordId;

    fn table() -> RetentionTable {
        serde_json::from_str(include_str!("../../../schemas/retention/1.json")).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn milestone(name: &str, value: MilestoneValue) -> Milestone {
        let record = RecordId::from_uuid(Uuid::from_u128(1));
        Milestone { record, course: None, clinical_date: None, name: name.to_owned(), value }
    }

    fn date(name: &str, text: &str) -> Milestone {
        milestone(name, MilestoneValue::Date(text.parse().unwrap()))
    }

    fn removable(code: &str, milestones: &[Milestone], objected_on: Option<&str>) -> Option<String> {
        let patient = PatientDays { milestones, objected_on: objected_on.map(day) };
        table().class(code).unwrap().kept.removable_from(patient).map(|day| day.to_string())
    }

    #[test]
    fn every_table_belongs_to_one_class() {
        let table = table();
        let listed: Vec<&str> =
            table.classes.iter().flat_map(|class| &class.tables).map(String::as_str).collect();
        let classed: BTreeSet<&str> = listed.iter().copied().collect();
        let tables: BTreeSet<&str> = TABLES.iter().map(|(table, _)| *table).collect();
        assert_eq!(classed, tables, "a new table belongs into schemas/retention");
        assert_eq!(listed.len(), tables.len(), "a table in two classes");
    }

    #[test]
    fn what_the_software_deletes_has_days_and_nothing_else() {
        let table = table();
        let with_days = table.classes.iter().filter(|class| table.days(&class.code).is_some());
        let codes: Vec<&str> = with_days.map(|class| class.code.as_str()).collect();
        assert_eq!(codes, DELETED.map(|(code, _)| code));
        assert!(DELETED.iter().all(|(code, fewest)| table.days(code) >= Some(*fewest)));
    }

    #[test]
    fn traceability_ends_thirty_years_after_the_last_infusion() {
        let infusions = [
            date("infusion_date", "2026-02-12"),
            date("infusion_date", "2027-06-30"),
            date("contact_date", "2030-01-01"),
            milestone("infusion_date", MilestoneValue::Code("no date".to_owned())),
        ];
        assert_eq!(removable("atmp_traceability", &infusions, None).as_deref(), Some("2057-07-01"));
        let objected = removable("atmp_traceability", &infusions[..1], Some("2026-03-01"));
        assert_eq!(objected.as_deref(), Some("2056-02-13"), "whatever the patient says");
        let leap = [date("infusion_date", "2024-02-29")];
        assert_eq!(removable("atmp_traceability", &leap, None).as_deref(), Some("2054-03-01"));
        let month = [date("infusion_date", "2026-02")];
        assert_eq!(removable("atmp_traceability", &month, None).as_deref(), Some("2056-02-29"));
        assert_eq!(removable("atmp_traceability", &infusions[2..], None), None, "nothing was infused");
    }

    #[test]
    fn traceability_ends_thirty_years_after_an_expiry_that_lies_later() {
        let infused = date("infusion_date", "2026-02-12");
        let ends = |expiries: &[&str]| {
            let expiries = expiries.iter().map(|day| date("product_expiry_date", day));
            let milestones: Vec<_> = expiries.chain([infused.clone()]).collect();
            removable("atmp_traceability", &milestones, None)
        };
        assert_eq!(ends(&["2026-11-30"]).as_deref(), Some("2056-12-01"));
        assert_eq!(ends(&["2027-01-31", "2026-11-30"]).as_deref(), Some("2057-02-01"), "the latest");
        assert_eq!(ends(&["2026-02-11"]).as_deref(), Some("2056-02-13"), "given after it had expired");
        let expired = [date("product_expiry_date", "2026-11-30")];
        assert_eq!(removable("atmp_traceability", &expired, None), None, "nothing was infused");
    }

    #[test]
    fn clinical_records_go_when_the_patient_objects_and_not_before() {
        let infusions = [date("infusion_date", "1990-02-12")];
        assert_eq!(removable("clinical_record", &infusions, None), None);
        assert_eq!(removable("clinical_record", &[], Some("2026-03-01")).as_deref(), Some("2026-03-01"));
        assert_eq!(removable("audit_log", &infusions, Some("2026-03-01")), None, "never for a patient");
    }
}
