//! Who is followed from when until when: from rows of courses to counts per day.

use arrow::buffer::BooleanBuffer;

use super::MAX_DAYS;
use crate::cohort::Selection;
use crate::view::{Chunk, Column};

/// Columns of the variables that the endpoint needs.
pub(super) struct Columns {
    pub(super) infusion: usize,
    pub(super) death: usize,
    pub(super) contact: usize,
    pub(super) stratum: Option<usize>,
}

/// Patients of the cohort that are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Excluded {
    /// Not infused, as far as recorded.
    pub(crate) not_infused: u64,
    /// Died before the infusion, or followed for longer than a life: an error in a date.
    pub(crate) impossible_dates: u64,
}

/// How many died and how many were censored on each day after infusion: a counting sort, so that the cost
/// of an estimate grows with the patients, not with their order.
#[derive(Debug, Clone, Default)]
pub(super) struct DayCounts(Vec<[u32; 2]>);

impl DayCounts {
    /// Adds a patient followed to `day`, who died or was censored then.
    pub(super) fn add(&mut self, day: usize, died: bool) {
        if day >= self.0.len() {
            self.0.resize(day + 1, [0; 2]);
        }
        self.0[day][usize::from(!died)] += 1;
    }

    /// Deaths and censorings per day.
    pub(super) fn days(&self) -> impl Iterator<Item = (usize, u64, u64)> {
        self.0.iter().enumerate().map(|(day, [died, censored])| (day, u64::from(*died), u64::from(*censored)))
    }

    /// All who are followed.
    pub(super) fn patients(&self) -> u64 {
        self.days().map(|(_, died, censored)| died + censored).sum()
    }

    /// The counts of all groups together.
    pub(super) fn sum(groups: &[Self]) -> Self {
        let mut sum = vec![[0; 2]; groups.iter().map(|group| group.0.len()).max().unwrap_or(0)];
        for group in groups {
            for (total, one) in sum.iter_mut().zip(&group.0) {
                total[0] += one[0];
                total[1] += one[1];
            }
        }
        Self(sum)
    }
}

/// Counts per stratum (one per code, then those without a value), and who was left out.
pub(super) fn follow(selection: &Selection, columns: &Columns, codes: usize) -> (Vec<DayCounts>, Excluded) {
    let mut groups = vec![DayCounts::default(); codes + 1];
    let mut excluded = Excluded::default();
    for (chunk, selected) in selection.chunks() {
        follow_chunk(chunk, selected, columns, &mut groups, &mut excluded);
    }
    (groups, excluded)
}

/// How a patient's follow-up ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Followed to a day after the first infusion.
    Followed {
        /// Days after infusion.
        day: u16,
        /// Died on the day, or censored.
        died: bool,
    },
    /// No infusion is recorded.
    NotInfused,
    /// The dates contradict each other.
    ImpossibleDates,
}

fn follow_chunk(
    chunk: &Chunk,
    selected: &BooleanBuffer,
    columns: &Columns,
    groups: &mut [DayCounts],
    excluded: &mut Excluded,
) {
    let dates = Dates::of(chunk, columns);
    let outcomes = chunk.outcomes(|| (0..chunk.rows()).map(|row| dates.outcome(&[row]).0).collect());
    let keys = columns.stratum.and_then(|column| chunk.column(column)).map(Column::keys).unwrap_or_default();
    let missing = groups.len() - 1;
    let mut tally = |outcome: Outcome, row: usize| match outcome {
        Outcome::Followed { day, died } => {
            let group = keys.get(row).map_or(missing, |key| usize::from(*key).min(missing));
            groups[group].add(usize::from(day), died);
        }
        Outcome::NotInfused => excluded.not_infused += 1,
        Outcome::ImpossibleDates => excluded.impossible_dates += 1,
    };
    for row in chunk.alone(selected).set_indices() {
        tally(outcomes[row], row);
    }
    chunk.for_each_shared(selected, |rows| {
        let (outcome, row) = dates.outcome(rows);
        tally(outcome, row);
    });
}

/// The columns of a chunk that the endpoint needs.
struct Dates<'a> {
    infusion: Option<&'a Column>,
    death: Option<&'a Column>,
    contact: Option<&'a Column>,
}

impl<'a> Dates<'a> {
    fn of(chunk: &'a Chunk, columns: &Columns) -> Self {
        Self {
            infusion: chunk.column(columns.infusion),
            death: chunk.column(columns.death),
            contact: chunk.column(columns.contact),
        }
    }

    /// The outcome of a patient with these courses, and the row of the first of them.
    fn outcome(&self, rows: &[usize]) -> (Outcome, usize) {
        let first = rows.iter().filter_map(|row| Some((self.infusion?.day(*row)?, *row))).min();
        let Some((start, row)) = first else {
            return (Outcome::NotInfused, rows.first().copied().unwrap_or_default());
        };
        let died = days(self.death, rows).min();
        // An infusion, too, shows that the patient was alive.
        let alive = days(self.contact, rows).chain(days(self.infusion, rows)).max();
        let days = i64::from(died.or(alive).unwrap_or(start)) - i64::from(start);
        let outcome = match u16::try_from(days) {
            Ok(day) if day <= MAX_DAYS => Outcome::Followed { day, died: died.is_some() },
            _ => Outcome::ImpossibleDates,
        };
        (outcome, row)
    }
}

fn days(column: Option<&Column>, rows: &[usize]) -> impl Iterator<Item = i32> {
    rows.iter().filter_map(move |row| column?.day(*row))
}
