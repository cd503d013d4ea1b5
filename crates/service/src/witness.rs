//! Making events durable: with a change in its own transaction, or after a read or a refusal in a shared append.

use cartotek_crypto::hash::Hash;
use cartotek_crypto::mac::MacKey;
use cartotek_crypto::merkle::leaf_hash;
use cartotek_domain::audit::{AuditEvent, Subject};
use cartotek_persistence::session::audit::{PendingLeaf, StoredEvent, StoredSubject};
use cartotek_persistence::session::together::Together;
use cartotek_persistence::{StoreError, WriteSession};

use crate::act::Receipt;
use crate::error::ServiceError;

/// An event with everything that is stored of it.
#[derive(Debug, Clone)]
pub(crate) struct Witnessed {
    event: StoredEvent,
    subjects: Vec<StoredSubject>,
    pending: PendingLeaf,
}

impl Witnessed {
    /// Encodes an event, authenticates its row and hashes its leaf.
    pub(crate) fn new(event: &AuditEvent, key: &MacKey) -> Result<Self, ServiceError> {
        let canonical = event.canonical()?;
        let row_mac = *key.tag(&[canonical.as_bytes()]).as_bytes();
        let hash = *leaf_hash(canonical.as_bytes()).as_bytes();
        Ok(Self {
            pending: PendingLeaf { event: event.id, occurred_at: event.occurred_at, hash },
            event: StoredEvent {
                id: event.id,
                occurred_at: event.occurred_at,
                actor: event.actor,
                canonical,
                row_mac,
            },
            subjects: stored_subjects(event)?,
        })
    }

    /// Adds its rows to those that are to be written.
    pub(crate) fn add_to(self, rows: &mut Together) {
        rows.events.push(self.event);
        rows.subjects.extend(self.subjects);
        rows.pending.push(self.pending);
    }

    /// What the caller gets to check the log with.
    pub(crate) fn receipt(&self) -> Receipt {
        Receipt { event: self.event.id, leaf_hash: Hash::from_bytes(self.pending.hash) }
    }
}

/// Stores events.
pub(crate) fn append(tx: &mut dyn WriteSession, witnessed: &[Witnessed]) -> Result<(), StoreError> {
    let mut rows = Together::default();
    for one in witnessed {
        one.clone().add_to(&mut rows);
    }
    tx.write_together(&rows)
}

/// The rows of `audit_subject` that an event has.
pub(crate) fn stored_subjects(event: &AuditEvent) -> Result<Vec<StoredSubject>, ServiceError> {
    (0..).zip(&event.subjects).map(|(ordinal, subject)| stored(event, ordinal, subject)).collect()
}

fn stored(event: &AuditEvent, ordinal: i32, subject: &Subject) -> Result<StoredSubject, ServiceError> {
    let bytes = |hash: &Option<String>| {
        hash.as_deref()
            .map(|text| text.parse::<Hash>().map(|hash| *hash.as_bytes()))
            .transpose()
            .map_err(|_| ServiceError::Defect("a subject's hash is not hexadecimal".to_owned()))
    };
    Ok(StoredSubject {
        event: event.id,
        ordinal,
        table: subject.table.clone(),
        row: subject.row.clone(),
        patient: subject.patient,
        before: bytes(&subject.before)?,
        after: bytes(&subject.after)?,
    })
}
