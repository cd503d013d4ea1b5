//! One event: its bytes, its MAC, its columns, what it names.

use std::collections::HashMap;

use cartotek_crypto::hash::Hash;
use cartotek_crypto::merkle::leaf_hash;
use cartotek_domain::audit::{AuditEvent, Subject};
use cartotek_domain::id::AuditEventId;
use cartotek_persistence::session::audit::StoredSubject;
use cartotek_persistence::session::check::{RawEvent, RawSubject};

use super::history::{Histories, RowKey};
use super::{Check, Discrepancy, DiscrepancyClass, lasting};
use crate::error::ServiceError;
use crate::witness::stored_subjects;

const TABLE: &str = "audit_event";

/// The subject rows of a page of events, by event.
pub(super) type Subjects = HashMap<AuditEventId, Vec<RawSubject>>;

impl Check<'_> {
    /// The subject rows of these events.
    pub(super) fn subjects(
        &mut self,
        events: impl Iterator<Item = AuditEventId>,
    ) -> Result<Subjects, ServiceError> {
        let events: Vec<_> = events.collect();
        let mut subjects = Subjects::new();
        let mut take = |rows: Vec<RawSubject>| {
            for subject in rows {
                subjects.entry(subject.event).or_default().push(subject);
            }
        };
        match self.session.subjects_of(&events) {
            Ok(rows) => take(rows),
            Err(error) if !lasting(&error) => return Err(error.into()),
            // One of them cannot be read: its event will be found without its rows.
            Err(_) => {
                for event in events {
                    take(self.session.subjects_of(&[event]).unwrap_or_default());
                }
            }
        }
        Ok(subjects)
    }

    /// Checks an event against the hash that stands for it in `listed` (its leaf or its pending row); gives the leaf
    /// hash that the tree should have. `row` names it in findings.
    pub(super) fn event(
        &mut self,
        event: &RawEvent,
        listed: Option<(&[u8], DiscrepancyClass, &str)>,
        row: &str,
        subjects: &Subjects,
        histories: &mut Histories,
    ) -> Hash {
        self.report.events += 1;
        let bytes = event.canonical.as_bytes();
        let hash = leaf_hash(bytes);
        let authentic = <[u8; 32]>::try_from(event.row_mac.as_slice())
            .is_ok_and(|mac| self.audit_row.verify(&[bytes], &Hash::from_bytes(mac)));
        let stored = listed.and_then(|(stored, ..)| <[u8; 32]>::try_from(stored).ok()).map(Hash::from_bytes);
        // Of three things that must agree, the one that does not is the one that was changed.
        match (authentic, listed) {
            (true, Some((_, class, table))) if stored != Some(hash) => self.report.found(class, table, row),
            (false, Some(_)) if stored != Some(hash) => {
                self.report.note(altered(row).in_column("canonical"));
            }
            (false, _) => self.report.found(DiscrepancyClass::MacInvalid, TABLE, row),
            (true, _) => {}
        }
        self.content(event, row, subjects, histories);
        if authentic { hash } else { stored.unwrap_or(hash) }
    }

    /// Checks what an event says against its columns and subject rows, and takes up the changes it names.
    fn content(&mut self, event: &RawEvent, row: &str, subjects: &Subjects, histories: &mut Histories) {
        let Ok(said) = AuditEvent::from_canonical(&event.canonical) else {
            self.report.note(altered(row).in_column("canonical"));
            return;
        };
        let columns = [
            ("event_id", said.id == event.id),
            ("occurred_at", said.occurred_at == event.occurred_at),
            ("actor_id", said.actor == event.actor),
        ];
        for (column, _) in columns.iter().filter(|(_, same)| !same) {
            self.report.note(altered(row).in_column(column));
        }
        let Ok(expected) = stored_subjects(&said) else {
            self.report.note(altered(row).in_column("canonical"));
            return;
        };
        let found = subjects.get(&event.id).map_or(&[][..], Vec::as_slice);
        if found.len() != expected.len() || !expected.iter().zip(found).all(same) {
            self.report.found(DiscrepancyClass::SubjectAltered, "audit_subject", row);
        }
        for subject in &said.subjects {
            self.change(subject, said.erases(), histories);
        }
    }

    fn change(&mut self, subject: &Subject, erases: bool, histories: &mut Histories) {
        let hash = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
        let (before, after) = (hash(&subject.before), hash(&subject.after));
        if before.is_none() && after.is_none() {
            return;
        }
        match RowKey::new(&subject.table, &subject.row) {
            Some(key) => histories.change(key, before, after, erases),
            None => self.report.found(DiscrepancyClass::RowMissing, &subject.table, &subject.row),
        }
    }
}

fn altered(row: &str) -> Discrepancy {
    Discrepancy::new(DiscrepancyClass::EventAltered, TABLE, row)
}

fn same((expected, found): (&StoredSubject, &RawSubject)) -> bool {
    let hash = |expected: &Option<[u8; 32]>, found: &Option<Vec<u8>>| {
        expected.as_ref().map(<[u8; 32]>::as_slice) == found.as_deref()
    };
    expected.ordinal == found.ordinal
        && expected.table == found.table
        && expected.row == found.row
        && expected.patient == found.patient
        && hash(&expected.before, &found.before)
        && hash(&expected.after, &found.after)
}
