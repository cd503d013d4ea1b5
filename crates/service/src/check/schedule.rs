//! What is expected of patients, recomputed from the facts with the published schedule.

use std::collections::HashMap;

use cartotek_domain::id::PatientId;
use cartotek_domain::patient::Patient;
use cartotek_domain::schedule::ScheduleEntry;
use uuid::Uuid;

use super::projections::Key;
use super::{Check, DiscrepancyClass, PAGE, lasting};
use crate::error::ServiceError;
use crate::publish::PublishedForms;
use crate::schedule::{lay, read};

const ITEMS: &str = "expected_item";

impl Key for (Uuid, i32) {
    fn text(&self) -> String {
        format!("{}/{}", self.0, self.1)
    }
}

impl Check<'_> {
    /// Compares the expected items of all patients, and tells of those of nobody.
    pub(super) fn schedules(&mut self, published: &PublishedForms) -> Result<(), ServiceError> {
        let mut patients = Vec::new();
        self.each(&mut |patient: Patient| patients.push(patient.id))?;
        for some in patients.chunks(100) {
            for facts in read(self.session, some)? {
                self.schedule(facts.id(), lay(&published.forms, &facts))?;
            }
        }
        for stray in self.session.stray_items(PAGE)? {
            self.report.found(DiscrepancyClass::ProjectionDiffers, ITEMS, stray.text());
        }
        Ok(())
    }

    /// Compares the expected items of a patient with what they should be.
    fn schedule(&mut self, patient: PatientId, laid: Vec<ScheduleEntry>) -> Result<(), ServiceError> {
        let stored = match self.session.schedule_of(patient) {
            Ok(stored) => stored,
            Err(error) if lasting(&error) => {
                self.report.found(DiscrepancyClass::Unreadable, ITEMS, patient);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let mut stored: Vec<_> = stored.into_iter().map(keyed).collect();
        let expected: HashMap<_, _> = laid.into_iter().map(keyed).collect();
        self.compare(ITEMS, expected, |_, _| Ok(std::mem::take(&mut stored)))
    }
}

fn keyed(entry: ScheduleEntry) -> ((Uuid, i32), ScheduleEntry) {
    ((entry.subject(), entry.ordinal), entry)
}
