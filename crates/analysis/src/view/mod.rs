//! The columnar view: one row per course, one Arrow column per research variable.
//!
//! A [`View`] is an immutable snapshot behind an `Arc`: cloning it costs nothing and a reader keeps what it
//! began with. Rows are sorted by patient and course and cut into chunks that never split a patient, so that
//! a refresh rebuilds only the chunks in which a row changed, and patients are counted without a hash table.
//!
//! The view must not decide who may see a row: that is the [`Scope`], chosen by the caller.

mod catalogue;
mod chunk;
mod column;
mod row;

use std::collections::BTreeMap;
use std::sync::Arc;

use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::variable::VariableDefinition;

pub use catalogue::Catalogue;
pub(crate) use chunk::Chunk;
pub use chunk::MAX_ROWS;
pub(crate) use column::{Column, UNKNOWN_KEY, epoch_days};
pub use row::{Change, CourseRow, Defect, DefectReason};

/// The courses that a question may look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every course of the network.
    Network,
    /// The courses in which at least one of these sites (by code) takes part.
    Sites(Vec<String>),
}

/// A consistent snapshot of all courses.
#[derive(Debug, Clone)]
pub struct View(Arc<Snapshot>);

#[derive(Debug)]
struct Snapshot {
    catalogue: Arc<Catalogue>,
    chunks: Vec<Arc<Chunk>>,
    as_of: u64,
}

/// A new snapshot, and what had to be left out of it.
#[derive(Debug)]
pub struct Refresh {
    /// The snapshot.
    pub view: View,
    /// Values that contradict their definition and are treated as missing; a sign of a defect elsewhere.
    pub defects: Vec<Defect>,
}

impl View {
    /// A view of `rows` as of a change sequence (the audit leaf index).
    ///
    /// Build anew whenever the definitions change, e.g. when a form version is published.
    pub fn build(
        definitions: &[VariableDefinition],
        rows: impl IntoIterator<Item = CourseRow>,
        as_of: u64,
    ) -> Refresh {
        let catalogue = Arc::new(Catalogue::new(definitions.to_vec()));
        let empty = View(Arc::new(Snapshot { catalogue, chunks: Vec::new(), as_of }));
        empty.apply(rows.into_iter().map(Change::Upsert), as_of)
    }

    /// The view after `changes`, as of a later change sequence; `self` stays as it was.
    ///
    /// The last of several changes of one course counts. Removing an unknown course does nothing.
    pub fn apply(&self, changes: impl IntoIterator<Item = Change>, as_of: u64) -> Refresh {
        let mut groups: BTreeMap<usize, BTreeMap<(PatientId, CourseId), Option<CourseRow>>> = BTreeMap::new();
        for change in changes {
            let (key, row) = change.into_parts();
            groups.entry(self.chunk_of(key.0)).or_default().insert(key, row);
        }
        let mut defects = Vec::new();
        let mut chunks = Vec::with_capacity(self.0.chunks.len() + 1);
        for index in 0..self.0.chunks.len().max(1) {
            let old = self.0.chunks.get(index);
            match (groups.get(&index), old) {
                (Some(group), _) => {
                    let old = old.map(Arc::as_ref);
                    chunks.extend(chunk::rebuild(&self.0.catalogue, old, group, &mut defects));
                }
                (None, Some(old)) => chunks.push(Arc::clone(old)),
                (None, None) => {}
            }
        }
        let catalogue = Arc::clone(&self.0.catalogue);
        Refresh { view: View(Arc::new(Snapshot { catalogue, chunks, as_of })), defects }
    }

    /// The chunk that holds, or would hold, the courses of a patient.
    fn chunk_of(&self, patient: PatientId) -> usize {
        self.0.chunks.partition_point(|chunk| chunk.first_patient() <= Some(patient)).saturating_sub(1)
    }

    /// The courses of a patient that the view has.
    pub fn courses_of(&self, patient: PatientId) -> Vec<CourseId> {
        self.0.chunks.get(self.chunk_of(patient)).map_or_else(Vec::new, |chunk| chunk.courses_of(patient))
    }

    /// The change sequence (audit leaf index) that the view reflects.
    pub fn as_of(&self) -> u64 {
        self.0.as_of
    }

    /// The variables, in the order of the columns.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// Number of courses, whatever the scope; for metrics, never for an answer.
    pub fn rows(&self) -> usize {
        self.0.chunks.iter().map(|chunk| chunk.rows()).sum()
    }

    pub(crate) fn chunks(&self) -> &[Arc<Chunk>] {
        &self.0.chunks
    }
}

#[cfg(test)]
mod tests;
