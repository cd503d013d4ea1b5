//! Milestones recomputed from the latest revisions of all submitted records with the published forms.

use std::collections::HashMap;

use cartotek_domain::fact::Fact;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::patient::Patient;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::time::{Timestamp, swedish_day};
use cartotek_forms::CheckTime;
use cartotek_persistence::session::check::{MilestoneAt, MilestoneKey};

use super::projections::Key;
use super::{Check, DiscrepancyClass, PAGE};
use crate::error::ServiceError;
use crate::publish::PublishedForms;
use crate::record::contributions;

impl Key for MilestoneKey {
    fn text(&self) -> String {
        format!("{}/{}/{}/{}", self.0, self.1, self.2, self.3)
    }
}

impl Check<'_> {
    /// Compares the milestones of all patients.
    pub(super) fn milestones(&mut self, forms: &PublishedForms) -> Result<(), ServiceError> {
        let mut patients = Vec::new();
        self.each(&mut |patient: Patient| patients.push(patient.id))?;
        let mut expected: HashMap<MilestoneKey, Milestone> = HashMap::new();
        for some in patients.chunks(100) {
            for (record, revision) in self.session.latest_of(some, RecordStatus::Submitted)? {
                match milestones_of(forms, &record, &revision, self.now) {
                    Some(milestones) => expected.extend(numbered(record.patient, milestones)),
                    None => self.report.found(DiscrepancyClass::Unreadable, Revision::TABLE, revision.id),
                }
            }
        }
        self.compare("milestone", expected, |check, after| {
            let page = check.session.milestones_after(after, PAGE)?;
            let key = |one: &MilestoneAt| {
                (one.patient, one.milestone.record, one.milestone.name.clone(), one.ordinal)
            };
            Ok(page.into_iter().map(|one| (key(&one), one.milestone)).collect())
        })
    }
}

/// What the content of a submitted record contributes; `None` when its form or content cannot be read.
fn milestones_of(
    forms: &PublishedForms,
    record: &Record,
    revision: &Revision,
    now: Timestamp,
) -> Option<Vec<Milestone>> {
    let form = forms.expect(&record.form, Some(u32::try_from(revision.form_version).ok()?)).ok()?;
    let content = serde_json::from_str(&revision.content).ok()?;
    let today = swedish_day(now);
    let at = CheckTime { today, first_submitted: record.submitted_at.map(swedish_day) };
    Some(contributions(&form.check_content(&content, &at), record))
}

/// Milestones with their keys: those of one name of one record are numbered in their order.
fn numbered(patient: PatientId, milestones: Vec<Milestone>) -> Vec<(MilestoneKey, Milestone)> {
    let mut counts: HashMap<(RecordId, String), i32> = HashMap::new();
    let mut numbered = Vec::with_capacity(milestones.len());
    for milestone in milestones {
        let next = counts.entry((milestone.record, milestone.name.clone())).or_default();
        numbered.push(((patient, milestone.record, milestone.name.clone(), *next), milestone));
        *next += 1;
    }
    numbered
}
