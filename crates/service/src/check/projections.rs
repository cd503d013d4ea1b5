//! Projections recomputed from the facts: amounts, positions, barcodes, where clarifications stand, latest revisions.

use std::collections::HashMap;
use std::hash::Hash;

use cartotek_domain::clarification::{Clarification, ClarificationEvent, state};
use cartotek_domain::fact::Fact;
use cartotek_domain::id::{BoxId, ClarificationId, RecordId};
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use cartotek_domain::sample::{Aliquot, CustodyEvent, LedgerEntry, Place, Sample, Tube};
use cartotek_domain::storage::StorageBox;
use cartotek_persistence::StoreError;
use cartotek_persistence::session::clarification::ClarificationStanding;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Check, DiscrepancyClass, PAGE, lasting};
use crate::error::ServiceError;

impl Check<'_> {
    /// Compares the projections that follow from single facts.
    pub(super) fn projections(&mut self) -> Result<(), ServiceError> {
        self.balances()?;
        self.occupancy()?;
        self.barcodes()?;
        self.clarifications()?;
        self.revisions()
    }

    /// What is left in a tube is the sum of its movements.
    fn balances(&mut self) -> Result<(), ServiceError> {
        let mut sums: HashMap<Uuid, (i64, AmountUnit)> = HashMap::new();
        self.each(&mut |entry: LedgerEntry| {
            let (quantity, unit) = (entry.amount.quantity(), entry.amount.unit());
            for (tube, quantity) in [(entry.from, -quantity), (entry.to, quantity)] {
                if let Some(tube) = tube {
                    sums.entry(tube.uuid()).or_insert((0, unit)).0 += quantity;
                }
            }
        })?;
        let value = |amount: Amount| (amount.quantity(), amount.unit());
        self.compare("amount_balance", sums, |check, after| {
            let page = check.session.balances_after(after.copied(), PAGE)?;
            Ok(page.into_iter().map(|(tube, amount)| (tube, value(amount))).collect())
        })
    }

    /// A tube lies where its last custody event put it.
    fn occupancy(&mut self) -> Result<(), ServiceError> {
        let mut latest: HashMap<Tube, (i64, Option<Place>)> = HashMap::new();
        self.each(&mut |event: CustodyEvent| {
            if latest.get(&event.tube).is_none_or(|(known, _)| *known < event.number) {
                latest.insert(event.tube, (event.number, event.place));
            }
        })?;
        let occupied: HashMap<(BoxId, String), Tube> = latest
            .into_iter()
            .filter_map(|(tube, (_, place))| place.map(|place| ((place.storage_box, place.position), tube)))
            .collect();
        self.compare("occupancy", occupied, |check, after: Option<&(BoxId, String)>| {
            let after = after.map(|(storage_box, position)| (*storage_box, position.as_str()));
            let page = check.session.occupancies_after(after, PAGE)?;
            Ok(page.into_iter().map(|(at, position, tube)| ((at, position), tube)).collect())
        })
    }

    /// Every label has its owner, and no other.
    fn barcodes(&mut self) -> Result<(), ServiceError> {
        let mut labels: HashMap<String, (String, Uuid)> = HashMap::new();
        let mut label = |value, kind: &str, owner| labels.insert(value, (kind.to_owned(), owner));
        self.each(&mut |one: Sample| {
            label(one.barcode, "sample", one.id.uuid());
        })?;
        self.each(&mut |one: Aliquot| {
            label(one.barcode, "aliquot", one.id.uuid());
        })?;
        self.each(&mut |one: StorageBox| {
            label(one.barcode, "box", one.id.uuid());
        })?;
        self.compare("barcode", labels, |check, after: Option<&String>| {
            let page = check.session.barcodes_after(after.map(String::as_str), PAGE)?;
            Ok(page.into_iter().map(|(value, kind, owner)| (value, (kind, owner))).collect())
        })
    }

    /// A clarification stands where its events have brought it.
    fn clarifications(&mut self) -> Result<(), ServiceError> {
        let mut events: HashMap<ClarificationId, Vec<ClarificationEvent>> = HashMap::new();
        self.each(&mut |one: ClarificationEvent| events.entry(one.clarification).or_default().push(one))?;
        let mut expected = HashMap::new();
        self.each(&mut |one: Clarification| {
            let mut events = events.remove(&one.id).unwrap_or_default();
            events.sort_by_key(|event| event.number);
            expected.insert(one.id.uuid(), ClarificationStanding::of(&one, &state(&events)));
        })?;
        self.compare("clarification_state", expected, |check, after: Option<&Uuid>| {
            let after = after.copied().map(ClarificationId::from_uuid);
            let page = check.session.clarification_standings_after(after, PAGE)?;
            Ok(page.into_iter().map(|one| (one.clarification.uuid(), one)).collect())
        })
    }

    /// A record points to the last of its revisions, which are numbered from 1 without a gap.
    fn revisions(&mut self) -> Result<(), ServiceError> {
        let mut revisions: HashMap<RecordId, (i64, i64, RecordStatus)> = HashMap::new();
        self.each(&mut |one: Revision| {
            let (count, last, status) = revisions.entry(one.record).or_insert((0, 0, one.status));
            *count += 1;
            if one.number > *last {
                (*last, *status) = (one.number, one.status);
            }
        })?;
        let mut differing = Vec::new();
        self.each(&mut |record: Record| {
            let expected = (record.revision, record.revision, record.status);
            if revisions.remove(&record.id) != Some(expected) {
                differing.push(record.id);
            }
        })?;
        for record in differing.into_iter().chain(revisions.into_keys()) {
            self.report.found(DiscrepancyClass::ProjectionDiffers, "record", record);
        }
        Ok(())
    }

    /// Calls `look` with every fact of a kind.
    pub(super) fn each<F: Fact + DeserializeOwned>(
        &mut self,
        look: &mut dyn FnMut(F),
    ) -> Result<(), ServiceError> {
        self.each_fact(F::TABLE, &mut |_, fact| {
            look(serde_json::from_slice(&fact.canonical)?);
            Ok(())
        })
    }

    /// Compares the rows of a projection, read page by page, with what they should be.
    pub(super) fn compare<K, V>(
        &mut self,
        table: &str,
        mut expected: HashMap<K, V>,
        mut page: impl FnMut(&mut Self, Option<&K>) -> Result<Vec<(K, V)>, StoreError>,
    ) -> Result<(), ServiceError>
    where
        K: Key,
        V: PartialEq,
    {
        let mut after = None;
        loop {
            let rows = match page(self, after.as_ref()) {
                Ok(rows) => rows,
                Err(error) if lasting(&error) => {
                    let row = after.as_ref().map(Key::text).unwrap_or_default();
                    self.report.found(DiscrepancyClass::Unreadable, table, row);
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.clone());
            for (key, value) in rows {
                self.report.projections += 1;
                if expected.remove(&key) != Some(value) {
                    self.report.found(DiscrepancyClass::ProjectionDiffers, table, key.text());
                }
            }
        }
        for key in expected.keys() {
            self.report.found(DiscrepancyClass::ProjectionDiffers, table, key.text());
        }
        Ok(())
    }
}

/// The key of a projection's row, with its text in findings.
pub(super) trait Key: Clone + Eq + Hash {
    fn text(&self) -> String;
}

impl Key for Uuid {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Key for (BoxId, String) {
    fn text(&self) -> String {
        format!("{}/{}", self.0, self.1)
    }
}

/// A barcode is a value; a finding gives only its length.
impl Key for String {
    fn text(&self) -> String {
        format!("{} characters", self.chars().count())
    }
}
