//! What a change makes due: the records that may find something else now, noted with the change itself.
//!
//! What a changed record finds itself is kept with the change, by the documents that its server knew. Where another server,
//! or this one meanwhile, has published others, all records of the patient are due.

use std::collections::BTreeSet;

use cartotek_persistence::session::finding::FindingDue;
use cartotek_persistence::{ReadSession, StoreError};

use crate::Service;
use crate::publish::GENERATION;
use crate::schedule::settle::Changes;

/// What the changes make due, asked within their transaction: one row each, however long the patient's history.
pub(crate) fn due(
    service: &Service,
    session: &mut dyn ReadSession,
    changes: &Changes,
) -> Result<Vec<FindingDue>, StoreError> {
    let changed_at = service.now();
    let generation = changes.generation().map_or_else(|| session.generation(GENERATION), Ok)?;
    let mut around = changes.judged_before(generation);
    around.extend(changes.around());
    let around = around.into_iter().map(|patient| FindingDue {
        id: service.ids().next(),
        patient,
        record: None,
        milestones: BTreeSet::new(),
        changed_at,
    });
    let told = changes.told().map(|(patient, record, milestones)| FindingDue {
        id: service.ids().next(),
        patient,
        record: Some(record),
        milestones: milestones.clone(),
        changed_at,
    });
    Ok(around.chain(told).collect())
}
