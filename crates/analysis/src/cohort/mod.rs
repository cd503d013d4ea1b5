//! Cohort expressions: which courses a question is about.
//!
//! ```json
//! {"all": [
//!     {"variable": "age_at_infusion", "at_least": 18, "less_than": 65},
//!     {"variable": "product", "in": ["axi_cel", "tisa_cel"]},
//!     {"not": {"variable": "crs_max_grade", "at_least": "3"}}
//! ]}
//! ```
//!
//! Conditions: `equals`, `in`, `between` (both ends included), `at_least` or `more_than` and/or `at_most` or
//! `less_than`, `present`. Codes of an ordinal variable may be compared by their order in the code list.
//!
//! Logic is three-valued (Kleene): a missing value satisfies neither a condition nor its negation; `not` of
//! unknown is unknown; `all` is false as soon as one part is, `any` true as soon as one part is. Only courses
//! for which the whole is true are selected. `present` is never unknown. An empty `all` selects everything.

mod describe;
mod evaluate;
mod expression;
mod literal;
mod nearest;
mod parse;
mod plan;
mod range;
#[cfg(test)]
mod tests;

pub use describe::describe;
pub use evaluate::Selection;
pub use expression::{Bounds, Condition, Expression, Literal, Test};
pub use nearest::nearest;
pub(crate) use nearest::unknown_variable;
pub use parse::{MAX_DEPTH, MAX_LITERALS, MAX_NODES};
pub use plan::Plan;
