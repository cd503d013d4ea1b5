//! Running a plan: one pass over one column per condition, then bitmaps.

use std::cmp::Ordering;

use arrow::buffer::BooleanBuffer;

use super::plan::{Node, Plan};
use crate::view::{Chunk, Column, Scope, View};

/// The courses that an expression selects, together with the view they lie in.
#[derive(Debug)]
pub struct Selection {
    view: View,
    /// Per chunk of the view.
    chunks: Vec<BooleanBuffer>,
}

/// For which rows a part is true and for which it is false; neither means unknown.
struct Truth {
    yes: BooleanBuffer,
    no: BooleanBuffer,
}

impl Plan {
    /// Selects the courses within the scope for which the expression is true.
    pub fn evaluate(&self, scope: &Scope) -> Selection {
        let rows = |chunk: &Chunk| &evaluate(&self.root, chunk).yes & &chunk.within(scope);
        let chunks = self.view.chunks().iter().map(|chunk| rows(chunk)).collect();
        Selection { view: self.view.clone(), chunks }
    }
}

impl Selection {
    /// The view in which the courses lie.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Each chunk with its selected rows.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = (&Chunk, &BooleanBuffer)> {
        self.view.chunks().iter().map(AsRef::as_ref).zip(&self.chunks)
    }
}

impl Truth {
    /// The same for every row.
    fn constant(rows: usize, truth: bool) -> Self {
        let (all, none) = (BooleanBuffer::new_set(rows), BooleanBuffer::new_unset(rows));
        if truth { Self { yes: all, no: none } } else { Self { yes: none, no: all } }
    }

    fn and(&self, other: &Self) -> Self {
        Self { yes: &self.yes & &other.yes, no: &self.no | &other.no }
    }

    fn negated(self) -> Self {
        Self { yes: self.no, no: self.yes }
    }

    fn or(self, other: Self) -> Self {
        self.negated().and(&other.negated()).negated()
    }
}

/// Kleene logic over one chunk.
fn evaluate(node: &Node, chunk: &Chunk) -> Truth {
    let rows = chunk.rows();
    let known = |column: usize| chunk.column(column).map(Column::known);
    match node {
        Node::All(parts) => {
            parts.iter().fold(Truth::constant(rows, true), |all, part| all.and(&evaluate(part, chunk)))
        }
        Node::Any(parts) => {
            parts.iter().fold(Truth::constant(rows, false), |any, part| any.or(evaluate(part, chunk)))
        }
        Node::Not(part) => evaluate(part, chunk).negated(),
        Node::Present { column, wanted } => {
            let yes = known(*column).unwrap_or_else(|| BooleanBuffer::new_unset(rows));
            let present = Truth { no: !&yes, yes };
            if *wanted { present } else { present.negated() }
        }
        Node::Codes { column, .. }
        | Node::Numbers { column, .. }
        | Node::NumberRange { column, .. }
        | Node::Days { column, .. }
        | Node::DayRange { column, .. } => {
            let known = known(*column).unwrap_or_else(|| BooleanBuffer::new_unset(rows));
            let yes = chunk.column(*column).and_then(|column| satisfying(node, column));
            let yes = &yes.unwrap_or_else(|| BooleanBuffer::new_unset(rows)) & &known;
            Truth { no: &known ^ &yes, yes }
        }
    }
}

/// The rows whose value satisfies a condition, whether or not the value is known; none when condition and
/// column are of different kinds, which compiling excludes.
fn satisfying(node: &Node, column: &Column) -> Option<BooleanBuffer> {
    Some(match (node, column) {
        (Node::Codes { satisfies, .. }, Column::Code(keys)) => {
            collect(keys.values(), |key| satisfies.get(usize::from(key)) == Some(&true))
        }
        (Node::Numbers { any_of, .. }, Column::Number(numbers)) => collect(numbers.values(), |number| {
            // Both are finite, so that they compare; -0 equals 0.
            any_of.binary_search_by(|one| one.partial_cmp(&number).unwrap_or(Ordering::Less)).is_ok()
        }),
        (Node::NumberRange { low, high, .. }, Column::Number(numbers)) => {
            collect(numbers.values(), |number| (*low..=*high).contains(&number))
        }
        (Node::Days { any_of, .. }, Column::Day(days)) => {
            collect(days.values(), |day| any_of.binary_search(&day).is_ok())
        }
        (Node::DayRange { low, high, .. }, Column::Day(days)) => {
            collect(days.values(), |day| (*low..=*high).contains(&day))
        }
        _ => return None,
    })
}

fn collect<T: Copy>(values: &[T], satisfies: impl Fn(T) -> bool) -> BooleanBuffer {
    BooleanBuffer::collect_bool(values.len(), |row| satisfies(values[row]))
}
