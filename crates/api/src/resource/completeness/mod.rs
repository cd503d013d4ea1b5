//! Completeness and timeliness: of forms, of fields, of follow-up, each with what is missing.

pub(crate) mod field;
pub(crate) mod follow_up;
pub(crate) mod form;
mod parameter;

use cartotek_domain::text::Text;
use cartotek_service::completeness::{FieldCompleteness, FieldStanding, Share};
use serde::Serialize;
use utoipa::ToSchema;

/// A part of a whole.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Share)]
pub(crate) struct ShareView {
    /// How many of them.
    #[schema(example = 18)]
    part: u64,
    /// How many there are.
    #[schema(example = 20)]
    whole: u64,
    /// The part as a fraction; absent of nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.9)]
    fraction: Option<f64>,
}

impl From<Share> for ShareView {
    fn from(share: Share) -> Self {
        Self { part: share.part, whole: share.whole, fraction: share.fraction() }
    }
}

/// How fields stand where they apply.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldCompleteness)]
pub(crate) struct FieldCompletenessView {
    /// How often it applies: in each content, and in each place of a list.
    #[schema(example = 40)]
    applies: u64,
    /// How often it has a value.
    #[schema(example = 36)]
    value: u64,
    /// How often it has a reason why there is none.
    #[schema(example = 3)]
    reason: u64,
    /// How often it has neither.
    #[schema(example = 1)]
    absent: u64,
    /// The share with a value or a reason; absent where it never applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.975)]
    answered: Option<f64>,
    /// The share with a value; absent where it never applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.9)]
    known: Option<f64>,
}

impl From<FieldCompleteness> for FieldCompletenessView {
    fn from(figures: FieldCompleteness) -> Self {
        Self {
            applies: figures.known.whole,
            value: figures.standing(FieldStanding::Value),
            reason: figures.standing(FieldStanding::Reason),
            absent: figures.standing(FieldStanding::Absent),
            answered: figures.answered.fraction(),
            known: figures.known.fraction(),
        }
    }
}

/// About whom figures are, and what is hidden.
fn explanation(exact: bool) -> Text {
    if exact {
        return Text::new(
            "Exakta tal för de egna sjukhusen: patienter som sjukhuset är ansvarigt för.",
            "Exact figures of the own sites: patients for whom the site is responsible.",
        );
    }
    Text::new(
        "Sjukhus med ansvar för minst 5 infunderade behandlingsomgångar; mindre sjukhus ingår inte i något tal. Andelar av \
         färre än 5 och medianer av färre än 10 visas inte (null).",
        "Sites responsible for at least 5 infused courses; smaller sites are in no figure. Shares of fewer than 5 and medians \
         of fewer than 10 are not shown (null).",
    )
}
