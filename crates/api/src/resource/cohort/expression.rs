//! The grammar of cohort expressions, for the OpenAPI document alone: the service reads the JSON itself, so that its
//! findings point to the part that is wrong.
#![expect(dead_code, reason = "these types describe what is sent; nobody makes one")]

use utoipa::ToSchema;

/// A statement about a course: a combination of statements, or a condition on one variable.
///
/// A missing value satisfies neither a condition nor its negation; ask for it with `present`. At most 16 levels deep and
/// 200 parts in all.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(example = json!({"all": [
    {"variable": "age_at_infusion", "at_least": 18},
    {"any": [{"variable": "icans_max_grade", "at_least": 3}, {"variable": "icu_admitted", "equals": "yes"}]}
]}))]
pub(crate) enum CohortExpression {
    /// Every part is true.
    All(CohortAll),
    /// At least one part is true.
    Any(CohortAny),
    /// The part is false.
    Not(CohortNot),
    /// A condition on one variable.
    Condition(CohortCondition),
}

/// Every part is true; without parts, every course.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CohortAll {
    /// The parts.
    #[schema(no_recursion)]
    all: Vec<CohortExpression>,
}

/// At least one part is true.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CohortAny {
    /// The parts, at least one.
    #[schema(no_recursion, min_items = 1)]
    any: Vec<CohortExpression>,
}

/// The part is false.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CohortNot {
    /// The part.
    #[schema(no_recursion)]
    not: Box<CohortExpression>,
}

/// A condition on one variable: `equals`, `in`, `between`, `present`, or a lower bound, an upper bound or both.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"variable": "age_at_infusion", "at_least": 18, "less_than": 65}))]
pub(crate) struct CohortCondition {
    /// Id of the variable; see `/variables`.
    variable: String,
    /// The value is this one.
    #[schema(nullable = false)]
    equals: Option<CohortValue>,
    /// The value is one of these.
    #[schema(nullable = false, min_items = 1, max_items = 1000)]
    r#in: Option<Vec<CohortValue>>,
    /// The value lies between these two, both included.
    #[schema(nullable = false, min_items = 2, max_items = 2)]
    between: Option<Vec<CohortValue>>,
    /// There is a value (true) or none (false).
    #[schema(nullable = false)]
    present: Option<bool>,
    /// Lower bound, included.
    #[schema(nullable = false)]
    at_least: Option<CohortValue>,
    /// Lower bound, excluded.
    #[schema(nullable = false)]
    more_than: Option<CohortValue>,
    /// Upper bound, included.
    #[schema(nullable = false)]
    at_most: Option<CohortValue>,
    /// Upper bound, excluded.
    #[schema(nullable = false)]
    less_than: Option<CohortValue>,
}

/// A number, a code, or a date as `YYYY-MM-DD`, as the variable holds.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum CohortValue {
    /// A number in the variable's unit.
    Number(f64),
    /// A code or a date.
    Text(String),
}
