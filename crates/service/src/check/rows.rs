//! Every row of every fact table against the events that vouch for it.

use cartotek_crypto::hash::sha256;
use cartotek_domain::fact::{TABLES, TableClass};
use cartotek_persistence::StoreError;
use cartotek_persistence::session::check::FactBytes;

use super::history::{Histories, Present, RowKey};
use super::{Check, Discrepancy, DiscrepancyClass, lasting};
use crate::error::ServiceError;

/// Facts read in one statement: contents of records may be large.
const FACTS: i64 = 500;

impl Check<'_> {
    /// Compares all facts with what the events left.
    pub(super) fn rows(&mut self, mut histories: Histories) -> Result<(), ServiceError> {
        for (table, _) in TABLES.iter().filter(|(_, class)| *class == TableClass::Fact) {
            self.each_fact(table, &mut |check, fact| {
                check.report.facts += 1;
                if let Some(class) = compare(&mut histories, table, &fact) {
                    check.report.found(class, table, fact.row);
                }
                Ok(())
            })?;
            // Reported as unreadable, so not as missing as well.
            for found in self.report.findings.iter().filter(|found| found.table == *table) {
                if found.class == DiscrepancyClass::Unreadable {
                    RowKey::new(table, &found.row).and_then(|key| histories.remove(&key));
                }
            }
        }
        for (key, history) in histories.into_rest() {
            let class = match history.present() {
                Present::Erased => continue,
                Present::Row(_) | Present::Deleted => DiscrepancyClass::RowMissing,
                Present::Broken => DiscrepancyClass::HistoryBroken,
            };
            self.report.found(class, key.table, key.row());
        }
        Ok(())
    }

    /// Calls `look` with every row of a fact table that can be read; the others are reported.
    pub(super) fn each_fact(
        &mut self,
        table: &str,
        look: &mut dyn FnMut(&mut Self, FactBytes) -> Result<(), ServiceError>,
    ) -> Result<(), ServiceError> {
        let mut after: Option<String> = None;
        loop {
            let last = match self.session.facts(table, after.as_deref(), FACTS) {
                Ok(facts) => {
                    let last = facts.last().map(|fact| fact.row.clone());
                    for fact in facts {
                        look(self, fact)?;
                    }
                    last
                }
                Err(error) if lasting(&error) => self.each_alone(table, after.as_deref(), look)?,
                Err(error) => return Err(error.into()),
            };
            match last {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    /// A page row by row, because one of them cannot be read; gives the key of the last.
    fn each_alone(
        &mut self,
        table: &str,
        after: Option<&str>,
        look: &mut dyn FnMut(&mut Self, FactBytes) -> Result<(), ServiceError>,
    ) -> Result<Option<String>, ServiceError> {
        let keys = match self.session.fact_keys(table, after, FACTS) {
            Ok(keys) => keys,
            Err(error) if lasting(&error) => {
                self.report.found(DiscrepancyClass::Unreadable, table, after.unwrap_or_default());
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let mut before = after.map(str::to_owned);
        for key in &keys {
            match self.session.facts(table, before.as_deref(), 1) {
                Ok(facts) => {
                    for fact in facts {
                        look(self, fact)?;
                    }
                }
                Err(error) if lasting(&error) => self.report.note(unreadable(table, key, &error)),
                Err(error) => return Err(error.into()),
            }
            before = Some(key.clone());
        }
        Ok(before.filter(|_| !keys.is_empty()))
    }
}

/// What is wrong with a row, if anything.
fn compare(histories: &mut Histories, table: &str, fact: &FactBytes) -> Option<DiscrepancyClass> {
    let history = RowKey::new(table, &fact.row).and_then(|key| histories.remove(&key));
    match history.map(|history| history.present()) {
        None | Some(Present::Deleted) => Some(DiscrepancyClass::RowUnwitnessed),
        Some(Present::Erased) => Some(DiscrepancyClass::RowReturned),
        Some(Present::Broken) => Some(DiscrepancyClass::HistoryBroken),
        Some(Present::Row(hash)) if hash == sha256(&[&fact.canonical]) => None,
        Some(Present::Row(_)) => Some(DiscrepancyClass::RowAltered),
    }
}

fn unreadable(table: &str, key: &str, error: &StoreError) -> Discrepancy {
    let found = Discrepancy::new(DiscrepancyClass::Unreadable, table, key);
    match error {
        StoreError::Inconsistent { column, .. } => found.in_column(column),
        _ => found,
    }
}
