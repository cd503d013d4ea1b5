//! The sealed log leaf by leaf: every event, the tree over them, and what the checkpoints say of it. Then the events
//! that wait.

use std::fmt::Display;

use cartotek_crypto::hash::Hash;
use cartotek_crypto::merkle::{Frontier, TileRoot};
use cartotek_domain::id::AuditEventId;
use cartotek_persistence::session::check::{LogRow, WaitingEvent};

use super::checkpoint::Signed;
use super::event::Subjects;
use super::history::Histories;
use super::{Check, DiscrepancyClass, PAGE, lasting};
use crate::error::ServiceError;
use crate::tree::{from_stored, to_stored};

const LEAF: &str = "audit_leaf";
const PENDING: &str = "audit_pending";
const TILE: &str = "audit_tile";

/// The levels at which tile roots are stored.
const LEVELS: [u8; 7] = [8, 16, 24, 32, 40, 48, 56];

/// The tree as it follows from the events seen so far.
struct Growing<'s> {
    frontier: Frontier,
    completed: Vec<TileRoot>,
    /// Checkpoints not reached yet.
    signed: std::iter::Peekable<std::slice::Iter<'s, Signed>>,
    /// Once a leaf is missing or a root differs, all later roots must differ too.
    whole: bool,
}

impl Check<'_> {
    /// Walks the sealed log.
    pub(super) fn log(&mut self, signed: &[Signed], histories: &mut Histories) -> Result<(), ServiceError> {
        let mut tree = Growing {
            frontier: Frontier::default(),
            completed: Vec::new(),
            signed: signed.iter().peekable(),
            whole: true,
        };
        self.roots(&mut tree);
        let (mut next, mut after) = (0, None);
        loop {
            let rows = self.page(after)?;
            let Some(last) = rows.last() else { break };
            after = Some(index(last.as_ref()));
            let known = rows.iter().flatten().filter_map(|row| row.event.as_ref()).map(|event| event.id);
            let subjects = self.subjects(known)?;
            for row in &rows {
                self.leaf(row.as_ref(), &mut next, &mut tree, &subjects, histories);
            }
            self.tiles(&mut tree)?;
        }
        let last = signed.iter().filter(|one| !one.kept).map(|one| one.size).max();
        self.end(&tree, last.unwrap_or(0), next)
    }

    /// The leaves after an index; those that cannot be read as their bare index. Empty at the end, and where not even
    /// the indexes can be read.
    fn page(&mut self, after: Option<i64>) -> Result<Vec<Result<LogRow, i64>>, ServiceError> {
        match self.session.log_rows(after, PAGE) {
            Ok(rows) => return Ok(rows.into_iter().map(Ok).collect()),
            Err(error) if lasting(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let indexes = match self.session.leaf_indexes(after, PAGE) {
            Ok(indexes) => indexes,
            Err(error) if lasting(&error) => {
                self.unreadable(LEAF, after);
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        let (mut rows, mut before) = (Vec::new(), after);
        for index in indexes {
            match self.session.log_rows(before, 1) {
                Ok(row) => rows.extend(row.into_iter().map(Ok)),
                Err(error) if lasting(&error) => rows.push(Err(index)),
                Err(error) => return Err(error.into()),
            }
            before = Some(index);
        }
        Ok(rows)
    }

    fn leaf(
        &mut self,
        row: Result<&LogRow, &i64>,
        next: &mut i64,
        tree: &mut Growing<'_>,
        subjects: &Subjects,
        histories: &mut Histories,
    ) {
        let index = index(row);
        self.report.leaves += 1;
        // Before the first leaf: no part of the tree, and no checkpoint vouches for it.
        let outside = index < 0;
        if outside {
            self.report.found(DiscrepancyClass::LeafUnsigned, LEAF, index);
        } else if index != *next {
            self.report.found(DiscrepancyClass::LeafGap, LEAF, *next);
            tree.whole = false;
        }
        *next = index.saturating_add(1).max(0);
        let hash = match row {
            Err(_) => {
                self.report.found(DiscrepancyClass::Unreadable, LEAF, index);
                tree.whole &= outside;
                return;
            }
            Ok(LogRow { event: Some(event), leaf_hash, .. }) => {
                let listed = (leaf_hash.as_slice(), DiscrepancyClass::LeafAltered, LEAF);
                self.event(event, Some(listed), &index.to_string(), subjects, histories)
            }
            Ok(LogRow { event: None, leaf_hash, .. }) => {
                self.report.found(DiscrepancyClass::EventMissing, "audit_event", index);
                Hash::from_bytes(<[u8; 32]>::try_from(leaf_hash.as_slice()).unwrap_or_default())
            }
        };
        if !outside {
            tree.frontier.push(hash, &mut tree.completed);
            self.roots(tree);
        }
    }

    /// Compares the tree with the checkpoints of its present size.
    fn roots(&mut self, tree: &mut Growing<'_>) {
        let size = tree.frontier.size();
        while let Some(signed) = tree.signed.next_if(|signed| signed.size <= size) {
            if !tree.whole || signed.root == tree.frontier.root() {
                continue;
            }
            if signed.kept {
                self.report.found(DiscrepancyClass::CheckpointForked, LEAF, size);
            } else {
                self.report.found(DiscrepancyClass::RootDiffers, "audit_checkpoint", size);
                tree.whole = false;
            }
        }
    }

    /// Compares the subtrees completed since the last call with the stored roots.
    fn tiles(&mut self, tree: &mut Growing<'_>) -> Result<(), ServiceError> {
        let completed = std::mem::take(&mut tree.completed);
        if !tree.whole {
            return Ok(());
        }
        for level in LEVELS {
            let of_level: Vec<_> = completed.iter().filter(|tile| tile.level == level).collect();
            let (Some(first), Some(last)) = (of_level.first(), of_level.last()) else { break };
            let (from, to) = (to_stored(first.index)?, to_stored(last.index + 1)?);
            let stored = self.session.raw_tiles(i16::from(level), from, to)?;
            for tile in of_level {
                let index = to_stored(tile.index)?;
                let same = stored.iter().any(|(at, hash)| *at == index && hash == tile.hash.as_bytes());
                if !same {
                    self.report.found(DiscrepancyClass::TileAltered, TILE, format!("{level}/{index}"));
                }
            }
        }
        Ok(())
    }

    /// What must not be there after the last leaf; `last` is the size of the last checkpoint.
    fn end(&mut self, tree: &Growing<'_>, last: u64, size: i64) -> Result<(), ServiceError> {
        let size = from_stored(size)?;
        for signed in tree.signed.clone() {
            let table = if signed.kept { LEAF } else { "audit_checkpoint" };
            self.report.found(DiscrepancyClass::LogTruncated, table, signed.size);
        }
        if last < size {
            self.report.found(DiscrepancyClass::LeafUnsigned, LEAF, last);
        }
        let complete = LEVELS.map(|level| to_stored(size >> level).map(|count| (i16::from(level), count)));
        let complete = complete.into_iter().collect::<Result<Vec<_>, _>>()?;
        for (level, index) in self.session.stray_tiles(&complete, PAGE)? {
            self.report.found(DiscrepancyClass::TileAltered, TILE, format!("{level}/{index}"));
        }
        Ok(())
    }

    /// Checks the events that have no leaf yet, and rows of the log that belong to no event.
    pub(super) fn waiting(&mut self, histories: &mut Histories) -> Result<(), ServiceError> {
        let mut after: Option<AuditEventId> = None;
        loop {
            let page = match self.session.waiting_events(after, PAGE) {
                Ok(page) => page,
                Err(error) if lasting(&error) => {
                    self.unreadable(PENDING, after);
                    break;
                }
                Err(error) => return Err(error.into()),
            };
            let Some(last) = page.last() else { break };
            after = Some(last.event.id);
            let subjects = self.subjects(page.iter().map(|waiting| waiting.event.id))?;
            for waiting in &page {
                self.waiting_event(waiting, &subjects, histories);
            }
        }
        self.count()?;
        for event in self.session.stray_pending(PAGE)? {
            self.report.found(DiscrepancyClass::PendingAltered, PENDING, event);
        }
        for event in self.session.stray_subjects(PAGE)? {
            self.report.found(DiscrepancyClass::SubjectAltered, "audit_subject", event);
        }
        Ok(())
    }

    /// Every event must have been met, on whatever way.
    fn count(&mut self) -> Result<(), ServiceError> {
        let there = from_stored(self.session.event_count()?)?;
        let unreadable = self.report.counts.contains_key(&DiscrepancyClass::Unreadable);
        if there != self.report.events && !unreadable {
            let place = format!("{} met, {there} stored", self.report.events);
            self.report.found(DiscrepancyClass::EventUnlisted, "audit_event", place);
        }
        Ok(())
    }

    /// Reports that nothing after this place of a table can be read.
    pub(super) fn unreadable<K: Display>(&mut self, table: &str, after: Option<K>) {
        let place = after.map_or_else(String::new, |after| format!("after {after}"));
        self.report.found(DiscrepancyClass::Unreadable, table, place);
    }

    fn waiting_event(&mut self, waiting: &WaitingEvent, subjects: &Subjects, histories: &mut Histories) {
        let WaitingEvent { event, pending } = waiting;
        let id = event.id.to_string();
        match pending {
            None => self.report.found(DiscrepancyClass::EventUnlisted, "audit_event", event.id),
            Some((at, _)) if *at != event.occurred_at => {
                self.report.found(DiscrepancyClass::PendingAltered, PENDING, event.id);
            }
            Some((at, _)) if self.now - *at > self.options.longest_wait => {
                self.report.found(DiscrepancyClass::PendingOverdue, PENDING, event.id);
            }
            Some(_) => {}
        }
        let listed =
            pending.as_ref().map(|(_, hash)| (hash.as_slice(), DiscrepancyClass::PendingAltered, PENDING));
        self.event(event, listed, &id, subjects, histories);
    }
}

fn index(row: Result<&LogRow, &i64>) -> i64 {
    row.map_or_else(|index| *index, |row| row.index)
}
