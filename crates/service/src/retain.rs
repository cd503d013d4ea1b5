//! What an erasure keeps all the same, and how long the software keeps what it deletes by itself: as the published
//! retention table says.

use std::collections::BTreeMap;

use cartotek_domain::id::{PatientId, TraceabilityId};
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::retention::{Kept, PatientDays, RetentionTable};
use cartotek_domain::traceability::Traceability;
use cartotek_forms::canonical;
use cartotek_persistence::ReadSession;
use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;

use crate::Service;
use crate::error::ServiceError;
use crate::publish::PublishedForms;

/// How long something is kept while no table says.
const UNPUBLISHED: TimeDelta = TimeDelta::days(7);

impl PublishedForms {
    /// The retention table that applies.
    ///
    /// # Errors
    /// A defect when none is published.
    pub fn retention(&self) -> Result<&RetentionTable, ServiceError> {
        self.forms.retention().ok_or_else(|| {
            ServiceError::Defect("no retention table is published; run `cartotek migrate`".to_owned())
        })
    }
}

impl Service {
    /// How long the software keeps what it deletes by itself; a week while no table is published.
    pub(crate) fn kept(&self, class: &str) -> TimeDelta {
        let published = self.forms().ok();
        let table = published.as_ref().and_then(|published| published.forms.retention());
        let days = table.and_then(|table| table.days(class));
        days.map_or(UNPUBLISHED, |days| TimeDelta::days(days.into()))
    }
}

/// What must outlive the erasure of a patient's records: of submitted ones, the answers that the table names.
pub(crate) fn outliving(
    service: &Service,
    session: &mut dyn ReadSession,
    patient: PatientId,
) -> Result<Vec<Traceability>, ServiceError> {
    let published = service.forms()?;
    let milestones: Vec<_> = session.milestones(&[patient])?.into_iter().map(|(_, one)| one).collect();
    let days = PatientDays { milestones: &milestones, objected_on: None };
    let records = session.latest_of(&[patient], RecordStatus::Submitted)?;
    let mut outliving = Vec::new();
    for class in &published.retention()?.classes {
        let (Kept::YearsAfter { answers, .. }, Some(until)) = (&class.kept, class.kept.removable_from(days))
        else {
            continue;
        };
        for (record, revision) in &records {
            let pointers = answers.get(&record.form).map_or(&[][..], Vec::as_slice);
            outliving.extend(keep(service, record, revision, pointers, until)?);
        }
    }
    Ok(outliving)
}

/// The answers of a record that are kept, if it has any of them.
fn keep(
    service: &Service,
    record: &Record,
    revision: &Revision,
    pointers: &[String],
    removable_from: NaiveDate,
) -> Result<Option<Traceability>, ServiceError> {
    let content: Value = serde_json::from_str(&revision.content)?;
    let answers: BTreeMap<&str, &Value> = pointers
        .iter()
        .filter_map(|pointer| content.pointer(pointer).map(|answer| (pointer.as_str(), answer)))
        .collect();
    if answers.is_empty() {
        return Ok(None);
    }
    Ok(Some(Traceability {
        id: TraceabilityId::next(service.ids()),
        patient: record.patient,
        site: record.site.clone(),
        form: record.form.clone(),
        answers: canonical(&serde_json::to_value(answers)?),
        removable_from,
        recorded_at: service.now(),
        salt: service.salt()?,
    }))
}
