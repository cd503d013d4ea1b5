//! How many patients and courses a cohort holds, in all and by one variable.
//!
//! The figures of a [`CohortCount`] are exact and stay inside the crate: they are read only through
//! [`CohortCount::answer`], which protects them for the audience.

use std::borrow::Cow;

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use cartotek_domain::variable::{ValueKind, VariableDefinition};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::cohort::{Selection, unknown_variable};
use crate::view::{Column, UNKNOWN_KEY};

/// Largest number of edges in a breakdown.
pub const MAX_EDGES: usize = 20;

/// By which variable a count is broken down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    /// Id of the variable. Codes are grouped by code, dates by year.
    pub variable: String,
    /// For a number: ascending limits between the groups; a group begins at its lower limit.
    #[serde(default)]
    pub edges: Vec<f64>,
}

/// What the courses of a group have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GroupKey {
    /// The same code.
    Code {
        /// The code.
        code: String,
        /// What it means.
        label: Text,
    },
    /// A number in the same range.
    Range {
        /// Lower limit, included; none for the lowest group.
        from: Option<f64>,
        /// Upper limit, excluded; none for the highest group.
        below: Option<f64>,
    },
    /// A date in the same calendar year.
    Year {
        /// The year.
        year: i32,
    },
    /// No value.
    Missing,
}

/// A counted cohort. Its figures leave the crate only as an answer for an audience.
#[derive(Debug)]
pub struct CohortCount {
    pub(crate) total: Figures,
    /// Empty without a breakdown.
    pub(crate) groups: Vec<(GroupKey, Figures)>,
    pub(crate) by: Option<String>,
    pub(crate) as_of: u64,
}

/// Exact figures of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Figures {
    pub(crate) patients: u64,
    pub(crate) courses: u64,
}

/// Counts the distinct patients and the courses of a cohort.
pub fn count(selection: &Selection) -> CohortCount {
    let mut total = Figures::default();
    for (chunk, rows) in selection.chunks() {
        total.courses += rows.count_set_bits() as u64;
        total.patients += chunk.count_patients(rows) as u64;
    }
    CohortCount { total, groups: Vec::new(), by: None, as_of: selection.view().as_of() }
}

/// Counts a cohort in all and by the values of one variable, those without a value last.
///
/// A patient whose courses fall into different groups is counted in each of them.
/// `at` is the JSON pointer of `by` within the request.
///
/// # Errors
/// `COHORT-UNKNOWN-VARIABLE`, or `COHORT-EDGES` when a number lacks edges, they do not ascend, or another kind
/// of variable has some.
pub fn count_by(selection: &Selection, by: &By, at: &str) -> Result<CohortCount, Vec<Finding>> {
    let catalogue = selection.view().catalogue();
    let Some((column, definition)) = catalogue.find(&by.variable) else {
        return Err(vec![unknown_variable(catalogue, &by.variable, &format!("{at}/variable"))]);
    };
    let grouping = match definition.kind {
        ValueKind::Code => Grouping::Codes(definition.codes.len()),
        ValueKind::Date => years(selection, column),
        ValueKind::Number => Grouping::Edges(by.edges.clone()),
    };
    if !edges_fit(definition.kind, &by.edges) {
        return Err(vec![wrong_edges(&format!("{at}/edges"))]);
    }
    let figures = figures(selection, column, &grouping);
    let groups = grouping.keys(definition).into_iter().zip(figures).collect();
    Ok(CohortCount { groups, by: Some(by.variable.clone()), ..count(selection) })
}

/// The figures of each group, those without a value last.
fn figures(selection: &Selection, column: usize, grouping: &Grouping) -> Vec<Figures> {
    let missing = grouping.len();
    let mut figures = vec![Figures::default(); missing + 1];
    for (chunk, selected) in selection.chunks() {
        let groups = chunk.column(column).map(|column| grouping.groups(column, chunk.rows()));
        let group_of =
            |row: usize| groups.as_ref().map_or(missing, |groups| usize::from(groups[row]).min(missing));
        for row in chunk.alone(selected).set_indices() {
            let group = &mut figures[group_of(row)];
            group.patients += 1;
            group.courses += 1;
        }
        chunk.for_each_shared(selected, |rows| {
            for (place, row) in rows.iter().enumerate() {
                let group = group_of(*row);
                let counted = rows[..place].iter().any(|earlier| group_of(*earlier) == group);
                figures[group].courses += 1;
                figures[group].patients += u64::from(!counted);
            }
        });
    }
    figures
}

/// How values become groups.
enum Grouping {
    /// One per code key; how many.
    Codes(usize),
    /// One below the first edge, between two, and from the last on.
    Edges(Vec<f64>),
    /// One per calendar year.
    Years { first: i32, count: usize },
}

impl Grouping {
    /// Number of groups beside the one of missing values.
    fn len(&self) -> usize {
        match self {
            Self::Codes(count) | Self::Years { count, .. } => *count,
            Self::Edges(edges) => edges.len() + 1,
        }
    }

    /// The group of every row; [`UNKNOWN_KEY`] without a value.
    fn groups<'c>(&self, column: &'c Column, rows: usize) -> Cow<'c, [u16]> {
        let each = |group: &dyn Fn(usize) -> Option<usize>| {
            let group = |row| group(row).and_then(|group| u16::try_from(group).ok()).unwrap_or(UNKNOWN_KEY);
            Cow::Owned((0..rows).map(group).collect())
        };
        match self {
            Self::Codes(_) => column.keys(),
            Self::Edges(edges) => {
                each(&|row| column.number(row).map(|number| edges.partition_point(|edge| *edge <= number)))
            }
            Self::Years { first, .. } => each(&|row| usize::try_from(year(column.day(row)?)? - first).ok()),
        }
    }

    fn keys(&self, definition: &VariableDefinition) -> Vec<GroupKey> {
        let mut keys: Vec<GroupKey> = match self {
            Self::Codes(_) => {
                let code = |(code, label): &(String, Text)| GroupKey::Code {
                    code: code.clone(),
                    label: label.clone(),
                };
                definition.codes.iter().map(code).collect()
            }
            Self::Edges(edges) => (0..=edges.len())
                .map(|group| GroupKey::Range {
                    from: group.checked_sub(1).and_then(|lower| edges.get(lower)).copied(),
                    below: edges.get(group).copied(),
                })
                .collect(),
            Self::Years { first, count } => {
                (*first..).take(*count).map(|year| GroupKey::Year { year }).collect()
            }
        };
        keys.push(GroupKey::Missing);
        keys
    }
}

fn year(day: i32) -> Option<i32> {
    NaiveDate::from_epoch_days(day).map(|date| date.year())
}

/// The years from the first to the last in the selection.
fn years(selection: &Selection, column: usize) -> Grouping {
    let mut range: Option<(i32, i32)> = None;
    for (chunk, rows) in selection.chunks() {
        let Some(column) = chunk.column(column) else {
            continue;
        };
        for day in rows.set_indices().filter_map(|row| column.day(row)) {
            range = Some(range.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
        }
    }
    let years = range.and_then(|(first, last)| Some((year(first)?, year(last)?)));
    years.map_or(Grouping::Years { first: 0, count: 0 }, |(first, last)| Grouping::Years {
        first,
        count: usize::try_from(last - first + 1).unwrap_or(0),
    })
}

fn edges_fit(kind: ValueKind, edges: &[f64]) -> bool {
    match kind {
        ValueKind::Number => {
            (1..=MAX_EDGES).contains(&edges.len())
                && edges.iter().all(|edge| edge.is_finite())
                && edges.is_sorted_by(|left, right| left < right)
        }
        ValueKind::Code | ValueKind::Date => edges.is_empty(),
    }
}

fn wrong_edges(at: &str) -> Finding {
    Finding::error(
        "COHORT-EDGES",
        at,
        Text::new(
            "En talvariabel behöver 1–20 stigande gränser i `edges`; koder och datum har inga.",
            "A number needs 1 to 20 ascending limits in `edges`; codes and dates have none.",
        ),
    )
}

#[cfg(test)]
mod tests;
