//! A run of rows, sorted by patient and course, that is replaced as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use arrow::buffer::BooleanBuffer;
use cartotek_domain::id::{CourseId, PatientId};

use super::Scope;
use super::catalogue::Catalogue;
use super::column::{Cell, Column};
use super::row::{CourseRow, Defect, DefectReason};
use crate::survival::Outcome;

/// Rows after which a chunk ends, at the next patient: small enough to rebuild at every change, large enough
/// that a question over a million courses sees few of them.
pub const MAX_ROWS: usize = 4_096;

type Key = (PatientId, CourseId);

/// Sorted rows; all courses of a patient lie in the same chunk.
#[derive(Debug)]
pub(crate) struct Chunk {
    keys: Vec<Key>,
    /// Rows whose patient has further courses.
    shared: BooleanBuffer,
    /// None where no row has a value, as is common among a thousand variables.
    columns: Vec<Option<Column>>,
    /// Per site code: the rows in which it takes part.
    sites: BTreeMap<String, BooleanBuffer>,
    outcomes: OnceLock<Vec<Outcome>>,
}

/// Where a row of a new chunk comes from.
enum Source<'a> {
    /// The row of the old chunk at this place.
    Kept(usize),
    /// A new row.
    Given(&'a CourseRow),
}

/// The chunks that replace `old` once `changes` (`None`: removed) are made; none when no row is left.
pub(super) fn rebuild(
    catalogue: &Catalogue,
    old: Option<&Chunk>,
    changes: &BTreeMap<Key, Option<CourseRow>>,
    defects: &mut Vec<Defect>,
) -> Vec<Arc<Chunk>> {
    let kept = old.map_or(&[] as &[Key], |chunk| &chunk.keys);
    let mut sources: Vec<(Key, Source<'_>)> = kept
        .iter()
        .enumerate()
        .filter(|(_, key)| !changes.contains_key(key))
        .map(|(row, key)| (*key, Source::Kept(row)))
        .collect();
    sources.extend(changes.iter().filter_map(|(key, row)| Some((*key, Source::Given(row.as_ref()?)))));
    sources.sort_unstable_by_key(|(key, _)| *key);
    pieces(&sources).map(|piece| Arc::new(Chunk::build(catalogue, old, piece, defects))).collect()
}

/// Cuts sorted rows, where a patient ends, into as few pieces as [`MAX_ROWS`] allows, of like size: a full
/// chunk splits into halves, not into a full one and a crumb.
fn pieces<'s, 'a>(mut rest: &'s [(Key, Source<'a>)]) -> impl Iterator<Item = &'s [(Key, Source<'a>)]> {
    let size = rest.len().div_ceil(rest.len().div_ceil(MAX_ROWS).max(1));
    std::iter::from_fn(move || {
        let last_patient = rest.get(rest.len().min(size).checked_sub(1)?)?.0.0;
        let (piece, next) = rest.split_at(rest.partition_point(|((patient, _), _)| *patient <= last_patient));
        rest = next;
        Some(piece)
    })
}

impl Chunk {
    fn build(
        catalogue: &Catalogue,
        old: Option<&Chunk>,
        sources: &[(Key, Source<'_>)],
        defects: &mut Vec<Defect>,
    ) -> Self {
        let keys: Vec<Key> = sources.iter().map(|(key, _)| *key).collect();
        let given: Vec<Vec<Option<Cell>>> = sources
            .iter()
            .map(|(_, source)| match source {
                Source::Kept(_) => Vec::new(),
                Source::Given(row) => encode(catalogue, row, defects),
            })
            .collect();
        let columns = catalogue.definitions().iter().enumerate().map(|(index, definition)| {
            let old = old.and_then(|chunk| chunk.column(index));
            let column = Column::collect(
                definition.kind,
                sources.iter().zip(&given).map(|((_, source), cells)| match source {
                    Source::Kept(row) => old.and_then(|column| column.cell(*row)),
                    Source::Given(_) => cells.get(index).copied().flatten(),
                }),
            );
            column.has_values().then_some(column)
        });
        Self {
            columns: columns.collect(),
            shared: shared(&keys),
            sites: sites(old, sources),
            keys,
            outcomes: OnceLock::new(),
        }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.keys.len()
    }

    /// Patient and course of a row.
    pub(crate) fn key(&self, row: usize) -> (PatientId, CourseId) {
        self.keys[row]
    }

    /// The courses of a patient.
    pub(super) fn courses_of(&self, patient: PatientId) -> Vec<CourseId> {
        let from = self.keys.partition_point(|(other, _)| *other < patient);
        let rows = self.keys.iter().skip(from).take_while(|(other, _)| *other == patient);
        rows.map(|(_, course)| *course).collect()
    }

    /// The patient of the first row.
    pub(crate) fn first_patient(&self) -> Option<PatientId> {
        self.keys.first().map(|(patient, _)| *patient)
    }

    /// The column of a variable; none when no row has a value.
    pub(crate) fn column(&self, index: usize) -> Option<&Column> {
        self.columns.get(index)?.as_ref()
    }

    /// The rows within a scope.
    pub(crate) fn within(&self, scope: &Scope) -> BooleanBuffer {
        match scope {
            Scope::Network => BooleanBuffer::new_set(self.rows()),
            Scope::Sites(codes) => codes
                .iter()
                .filter_map(|code| self.sites.get(code))
                .fold(BooleanBuffer::new_unset(self.rows()), |rows, site| &rows | site),
        }
    }

    /// Those of the selected rows whose patient has no further course: nearly all, and each one a patient.
    pub(crate) fn alone(&self, selected: &BooleanBuffer) -> BooleanBuffer {
        selected & &!&self.shared
    }

    /// Calls `visit` once per patient with several courses, with those of its rows that are selected.
    pub(crate) fn for_each_shared(&self, selected: &BooleanBuffer, mut visit: impl FnMut(&[usize])) {
        let mut rows: Vec<usize> = Vec::new();
        for row in (selected & &self.shared).set_indices() {
            if rows.first().is_some_and(|first| self.keys[*first].0 != self.keys[row].0) {
                visit(&rows);
                rows.clear();
            }
            rows.push(row);
        }
        if !rows.is_empty() {
            visit(&rows);
        }
    }

    /// Number of distinct patients in `selected`.
    pub(crate) fn count_patients(&self, selected: &BooleanBuffer) -> usize {
        let mut patients = self.alone(selected).count_set_bits();
        self.for_each_shared(selected, |_| patients += 1);
        patients
    }

    /// The overall survival of each row taken alone, computed at the first question and kept, as the rows
    /// never change.
    pub(crate) fn outcomes(&self, compute: impl FnOnce() -> Vec<Outcome>) -> &[Outcome] {
        self.outcomes.get_or_init(compute)
    }
}

/// The cells of a new row, one per variable.
fn encode(catalogue: &Catalogue, row: &CourseRow, defects: &mut Vec<Defect>) -> Vec<Option<Cell>> {
    let mut cells = vec![None; catalogue.definitions().len()];
    for (variable, value) in &row.values {
        let cell =
            catalogue.find(variable).ok_or(DefectReason::UnknownVariable).and_then(|(column, definition)| {
                Cell::encode(catalogue, column, definition, value).map(|cell| (column, cell))
            });
        match cell {
            Ok((column, cell)) => cells[column] = Some(cell),
            Err(reason) => defects.push(Defect { course: row.course, variable: variable.clone(), reason }),
        }
    }
    cells
}

fn shared(keys: &[Key]) -> BooleanBuffer {
    let patient = |row: usize| keys.get(row).map(|(patient, _)| *patient);
    BooleanBuffer::collect_bool(keys.len(), |row| {
        patient(row) == patient(row + 1) || (row > 0 && patient(row) == patient(row - 1))
    })
}

fn sites(old: Option<&Chunk>, sources: &[(Key, Source<'_>)]) -> BTreeMap<String, BooleanBuffer> {
    let mut codes: BTreeSet<&String> = old.into_iter().flat_map(|chunk| chunk.sites.keys()).collect();
    codes.extend(sources.iter().flat_map(|(_, source)| match source {
        Source::Kept(_) => &[] as &[String],
        Source::Given(row) => &row.sites,
    }));
    let takes_part = |code: &String, source: &Source<'_>| match source {
        Source::Kept(row) => old.and_then(|chunk| chunk.sites.get(code)).is_some_and(|rows| rows.value(*row)),
        Source::Given(row) => row.sites.contains(code),
    };
    codes
        .into_iter()
        .map(|code| {
            let rows = sources.iter().map(|(_, source)| takes_part(code, source)).collect::<BooleanBuffer>();
            (code.clone(), rows)
        })
        .filter(|(_, rows)| rows.has_true())
        .collect()
}
