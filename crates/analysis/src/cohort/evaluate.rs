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
        Selection {
            view: self.view.clone(),
            chunks,
        }
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

/// Kleene logic over one chunk.
fn evaluate(node: &Node, chunk: &Chunk) -> Truth {
    match node {
        Node::All(parts) => {
            let everything = Truth {
                yes: BooleanBuffer::new_set(chunk.rows()),
                no: BooleanBuffer::new_unset(chunk.rows()),
            };
            parts
                .iter()
                .map(|part| evaluate(part, chunk))
                .fold(everything, |all, part| Truth {
                    yes: &all.yes & &part.yes,
                    no: &all.no | &part.no,
                })
        }
        Node::Any(parts) => {
            let nothing = Truth {
                yes: BooleanBuffer::new_unset(chunk.rows()),
                no: BooleanBuffer::new_set(chunk.rows()),
            };
            parts
                .iter()
                .map(|part| evaluate(part, chunk))
                .fold(nothing, |any, part| Truth {
                    yes: &any.yes | &part.yes,
                    no: &any.no & &part.no,
                })
        }
        Node::Not(part) => {
            let Truth { yes, no } = evaluate(part, chunk);
            Truth { yes: no, no: yes }
        }
        Node::Present { column, wanted } => {
            let known = chunk
                .column(*column)
                .map_or_else(|| BooleanBuffer::new_unset(chunk.rows()), Column::known);
            let unknown = !&known;
            if *wanted {
                Truth {
                    yes: known,
                    no: unknown,
                }
            } else {
                Truth {
                    yes: unknown,
                    no: known,
                }
            }
        }
        Node::Codes { column, satisfies } => condition(chunk, *column, |column, rows| match column {
            Column::Code(keys) => collect(rows, keys.values(), |key| {
                satisfies.get(usize::from(key)) == Some(&true)
            }),
            _ => BooleanBuffer::new_unset(rows),
        }),
        Node::Numbers { column, any_of } => condition(chunk, *column, |column, rows| match column {
            Column::Number(numbers) => collect(rows, numbers.values(), |number| {
                // Both are finite, so that they compare; -0 equals 0.
                any_of
                    .binary_search_by(|one| one.partial_cmp(&number).unwrap_or(Ordering::Less))
                    .is_ok()
            }),
            _ => BooleanBuffer::new_unset(rows),
        }),
        Node::NumberRange { column, low, high } => condition(chunk, *column, |column, rows| match column {
            Column::Number(numbers) => {
                collect(rows, numbers.values(), |number| (*low..=*high).contains(&number))
            }
            _ => BooleanBuffer::new_unset(rows),
        }),
        Node::Days { column, any_of } => condition(chunk, *column, |column, rows| match column {
            Column::Day(days) => collect(rows, days.values(), |day| any_of.binary_search(&day).is_ok()),
            _ => BooleanBuffer::new_unset(rows),
        }),
        Node::DayRange { column, low, high } => condition(chunk, *column, |column, rows| match column {
            Column::Day(days) => collect(rows, days.values(), |day| (*low..=*high).contains(&day)),
            _ => BooleanBuffer::new_unset(rows),
        }),
    }
}

/// True where the value satisfies, false where it does not, unknown where there is none.
fn condition(chunk: &Chunk, column: usize, satisfied: impl Fn(&Column, usize) -> BooleanBuffer) -> Truth {
    let Some(column) = chunk.column(column) else {
        return Truth {
            yes: BooleanBuffer::new_unset(chunk.rows()),
            no: BooleanBuffer::new_unset(chunk.rows()),
        };
    };
    let (known, satisfied) = (column.known(), satisfied(column, chunk.rows()));
    let yes = &satisfied & &known;
    Truth {
        no: &known ^ &yes,
        yes,
    }
}

fn collect<T: Copy>(rows: usize, values: &[T], satisfies: impl Fn(T) -> bool) -> BooleanBuffer {
    BooleanBuffer::collect_bool(rows, |row| satisfies(values[row]))
}
