//! What is expected of patients, recomputed from the facts with the published schedule.

use std::collections::HashMap;

use cartotek_domain::patient::Patient;
use cartotek_domain::schedule::ScheduleEntry;
use uuid::Uuid;

use super::projections::Key;
use super::{Check, PAGE};
use crate::error::ServiceError;
use crate::publish::PublishedForms;
use crate::schedule::{lay, read};

impl Key for (Uuid, i32) {
    fn text(&self) -> String {
        format!("{}/{}", self.0, self.1)
    }
}

impl Check<'_> {
    /// Compares the expected items of all patients.
    pub(super) fn schedules(&mut self, published: &PublishedForms) -> Result<(), ServiceError> {
        let mut patients = Vec::new();
        self.each(&mut |patient: Patient| patients.push(patient.id))?;
        let mut expected: HashMap<(Uuid, i32), ScheduleEntry> = HashMap::new();
        for some in patients.chunks(100) {
            for facts in read(self.session, some)? {
                let entries = lay(&published.forms, &facts).into_iter();
                expected.extend(entries.map(|entry| ((entry.subject(), entry.ordinal), entry)));
            }
        }
        self.compare("expected_item", expected, |check, after| {
            let page = check.session.expected_items_after(after.copied(), PAGE)?;
            Ok(page.into_iter().map(|entry| ((entry.subject(), entry.ordinal), entry)).collect())
        })
    }
}
