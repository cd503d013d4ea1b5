//! The retention report: of which kind of data how much is kept, and until when. It names no patient.

use std::collections::{BTreeMap, HashMap};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::consent::{Consent, opt_out};
use cartotek_domain::id::PatientId;
use cartotek_domain::milestone::Milestone;
use cartotek_domain::retention::{ANSWERS, IMPORTS, Kept, PatientDays, RetentionClass};
use cartotek_domain::time::Timestamp;
use cartotek_persistence::{Page, ReadSession};
use chrono::{Datelike, NaiveDate, TimeDelta, TimeZone, Utc};

use crate::Service;
use crate::act::Done;
use crate::error::ServiceError;

/// Patients read in one transaction.
const PAGE: u16 = 1000;

/// How much is kept by a retention table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionReport {
    /// The version of the table.
    pub version: u32,
    /// Its classes.
    pub classes: Vec<RetentionLine>,
}

/// How much is kept of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionLine {
    /// The class.
    pub class: RetentionClass,
    /// What is counted: patients, events or rows; `None` when nothing is.
    pub counted: Option<Counted>,
    /// How much may be removed from which year on, earliest first; what has no year yet comes first.
    pub years: BTreeMap<Option<i32>, u64>,
    /// How much is older than it may be.
    pub overdue: u64,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Patients.
    Patients,
    /// Events of the log.
    Events,
    /// Rows.
    Rows,
}

impl Service {
    /// How much is kept of which kind of data, and until when.
    ///
    /// # Errors
    /// A defect when no retention table is published.
    pub async fn retention_report(
        &self,
        _granted: &Granted<permission::ReadRetention>,
    ) -> Result<Done<RetentionReport>, ServiceError> {
        let published = self.forms()?;
        let table = published.retention()?;
        let mut lines: Vec<_> = table.classes.iter().cloned().map(RetentionLine::new).collect();
        self.count_patients(&mut lines).await?;
        let now = self.now();
        let count = move |session: &mut dyn ReadSession| {
            for line in &mut lines {
                count_rows(session, line, now)?;
            }
            Ok::<_, ServiceError>(lines)
        };
        let classes = self.store().read("count what is kept", count).await?;
        Ok(Done::new(RetentionReport { version: table.version, classes }, None))
    }

    /// Counts patients, in short transactions.
    async fn count_patients(&self, lines: &mut [RetentionLine]) -> Result<(), ServiceError> {
        let (today, mut page) = (self.today(), Page::first(PAGE));
        loop {
            let look = move |session: &mut dyn ReadSession| {
                let ids = session.patient_ids(&page)?;
                Ok::<_, ServiceError>((read_patients(session, &ids.items, today)?, ids.next))
            };
            let (patients, next) = self.store().read("count patients kept", look).await?;
            for patient in &patients {
                for line in lines.iter_mut() {
                    line.count(patient);
                }
            }
            match next {
                Some(after) => page = Page { after: Some(after), limit: PAGE },
                None => return Ok(()),
            }
        }
    }
}

/// What is known of one patient.
#[derive(Default)]
struct Known {
    milestones: Vec<Milestone>,
    /// Whether there is something that an erasure takes, be it a draft.
    has_records: bool,
    objected_on: Option<NaiveDate>,
    /// The last day until which an erasure has kept something.
    kept_from: Option<NaiveDate>,
}

fn read_patients(
    session: &mut dyn ReadSession,
    ids: &[PatientId],
    today: NaiveDate,
) -> Result<Vec<Known>, ServiceError> {
    let mut known: HashMap<PatientId, Known> = HashMap::new();
    for (patient, milestone) in session.milestones(ids)? {
        known.entry(patient).or_default().milestones.push(milestone);
    }
    for patient in session.patients_to_erase(ids)? {
        known.entry(patient).or_default().has_records = true;
    }
    for kept in session.traceability(ids)? {
        let patient = known.entry(kept.patient).or_default();
        patient.kept_from = patient.kept_from.max(Some(kept.removable_from));
    }
    let mut consents: HashMap<PatientId, Vec<Consent>> = HashMap::new();
    for consent in session.consents_of(ids)? {
        consents.entry(consent.patient).or_default().push(consent);
    }
    for (patient, known) in &mut known {
        let decisions = consents.get(patient).map_or(&[][..], Vec::as_slice);
        known.objected_on = opt_out(decisions, today).map(|no| no.decided_on);
    }
    Ok(known.into_values().collect())
}

impl RetentionLine {
    fn new(class: RetentionClass) -> Self {
        let counted = match class.kept {
            Kept::YearsAfter { .. } | Kept::WhilePurposeLasts => Some(Counted::Patients),
            Kept::AtLeastYears { .. } => Some(Counted::Events),
            Kept::Days { .. } => Some(Counted::Rows),
            Kept::Always => None,
        };
        Self { class, counted, years: BTreeMap::new(), overdue: 0 }
    }

    /// Takes up a patient of whom something of the class is kept.
    fn count(&mut self, patient: &Known) {
        let Known { milestones, has_records, objected_on, kept_from } = patient;
        let days = PatientDays { milestones, objected_on: *objected_on };
        let from = self.class.kept.removable_from(days);
        match self.class.kept {
            Kept::YearsAfter { .. } => {
                let Some(from) = from.max(*kept_from) else { return };
                *self.years.entry(Some(from.year())).or_default() += 1;
            }
            // Who has objected and still has records waits for the erasure.
            Kept::WhilePurposeLasts if *has_records => {
                *self.years.entry(from.map(|day| day.year())).or_default() += 1;
                self.overdue += u64::from(from.is_some());
            }
            _ => {}
        }
    }
}

fn count_rows(
    session: &mut dyn ReadSession,
    line: &mut RetentionLine,
    now: Timestamp,
) -> Result<(), ServiceError> {
    match line.class.kept {
        Kept::AtLeastYears { years } => {
            let Some(first) = session.first_event_at()? else { return Ok(()) };
            for year in first.year()..=now.year() {
                let count = session.count_events(new_year(year), new_year(year + 1))?;
                let from = year.saturating_add_unsigned(years);
                if count > 0 {
                    line.years.insert(Some(from), count.unsigned_abs());
                }
            }
        }
        Kept::Days { days } => {
            let limit = now - TimeDelta::days(i64::from(days));
            let (all, old) = (rows(session, &line.class.code, now)?, rows(session, &line.class.code, limit)?);
            line.years.insert(None, all);
            line.overdue = old;
        }
        Kept::Always | Kept::WhilePurposeLasts | Kept::YearsAfter { .. } => {}
    }
    Ok(())
}

/// How many rows of a class that the software deletes are older than an instant.
pub(crate) fn rows(
    session: &mut dyn ReadSession,
    class: &str,
    before: Timestamp,
) -> Result<u64, ServiceError> {
    let count = match class {
        ANSWERS => session.count_answers(before)?,
        IMPORTS => session.count_imports(before)?,
        _ => 0,
    };
    Ok(count.unsigned_abs())
}

/// The beginning of a year.
fn new_year(year: i32) -> Timestamp {
    Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single().unwrap_or(Timestamp::MAX_UTC)
}
