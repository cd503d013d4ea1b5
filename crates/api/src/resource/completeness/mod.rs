//! Completeness and timeliness: of forms, of fields, of follow-up, and the load of clarifications, each with what is
//! missing or waits.

pub(crate) mod field;
pub(crate) mod follow_up;
pub(crate) mod form;
mod parameter;
pub(crate) mod query_load;

use cartotek_domain::text::Text;
use cartotek_service::completeness::{FieldShown, FieldStanding, FormShare};
use serde::Serialize;
use utoipa::ToSchema;

/// A part of a whole. For the coordinator in tens and whole per cent, rounded down, where something under it is hidden.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Share)]
pub(crate) struct ShareView {
    /// How many of them. Where something under it is hidden in tens, `null` below ten and where it would tell of a few.
    #[schema(example = 18)]
    part: Option<u64>,
    /// How many there are. Where something under it is hidden in tens, `null` below ten and where it would tell of a few.
    #[schema(example = 20)]
    whole: Option<u64>,
    /// The part as a fraction; absent of nothing. Where something under it is hidden of all, those that are hidden included, in
    /// whole per cent, rounded down; absent when the hidden ones are of fewer than five patients, and unless each few of them may
    /// still be any of one to four.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.9)]
    fraction: Option<f64>,
}

impl From<FormShare> for ShareView {
    fn from(FormShare { part, whole, rest: _, fraction }: FormShare) -> Self {
        Self { part, whole, fraction }
    }
}

/// How fields stand where they apply. The coordinator sees shares alone, in whole per cent, rounded down. Above something hidden,
/// of a site, they are of all contents, the hidden ones included, or absent where they would tell of a few.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldCompleteness)]
pub(crate) struct FieldCompletenessView {
    /// How often it applies: in each content, and in each place of a list; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 40)]
    applies: Option<u64>,
    /// How often it has a value; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 36)]
    value: Option<u64>,
    /// How often it has a reason why there is none; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3)]
    reason: Option<u64>,
    /// How often it has neither; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    absent: Option<u64>,
    /// The share with a value or a reason; absent where it never applies, or hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.975)]
    answered: Option<f64>,
    /// The share with a value; absent where it never applies, or hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.9)]
    known: Option<f64>,
}

impl From<FieldShown> for FieldCompletenessView {
    fn from(FieldShown { counts, answered, known }: FieldShown) -> Self {
        let standing = |one| counts.map(|counts| counts.standing(one));
        Self {
            applies: counts.map(|counts| counts.known.whole),
            value: standing(FieldStanding::Value),
            reason: standing(FieldStanding::Reason),
            absent: standing(FieldStanding::Absent),
            answered,
            known,
        }
    }
}

/// Of whom a site has five at least where others see its figures, in Swedish and English: infused patients where all is about
/// infused courses.
const INFUSED: (&str, &str) = ("infunderade patienter", "infused patients");
/// All patients, where something is asked of those who were not infused as well.
const ALL: (&str, &str) = ("patienter", "patients");

/// About whom figures are, and what is hidden.
fn explanation(exact: bool, (sv, en): (&str, &str)) -> Text {
    if exact {
        return Text::new(
            "Exakta tal för de egna sjukhusen: patienter som sjukhuset är ansvarigt för.",
            "Exact figures of the own sites: patients for whom the site is responsible.",
        );
    }
    Text::new(
        format!(
            "Sjukhus med ansvar för minst 5 {sv}; mindre sjukhus ingår inte i något tal. Andelar och antal formulär som \
             gäller färre än 5 patienter, eller där 1–4 hör till delen eller resten, medianer av färre än 10 och andra antal \
             under 10 visas inte. Summor som rymmer något dolt räknar med det, nedrundat till tiotal var för sig, hela procent och \
             hela tal, eller visas inte. Patienter som har sagt nej ingår inte."
        ),
        format!(
            "Sites responsible for at least 5 {en}; smaller sites are in no figure. Shares and numbers of forms about fewer \
             than 5 patients, or where 1 to 4 are of the part or the rest, medians of fewer than 10 and other counts below 10 \
             are not shown. Totals with something hidden in them count it too, each rounded down to tens, to whole per \
             cent and whole numbers, or are not shown. Patients who have said no are left out."
        ),
    )
}
