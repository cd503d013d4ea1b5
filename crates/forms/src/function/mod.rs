//! The functions that rules may call, by name. Each takes plain values, any of which may be `null`.
//!
//! Predicates over dates have three answers (`docs/forms.md`); value functions give `null` when an argument is `null`.

mod clinical;
mod date;
mod explanation;
mod haematology;
mod list;
mod measured;
mod questionnaire;
mod response;
mod score;

use std::collections::BTreeMap;

use cartotek_domain::partial_date::Certainty;
use cartotek_domain::schedule::Schedule;

use crate::code_list::CodeList;
use crate::date::Span;
use crate::expression::{Datum, Stop};

/// What functions look things up in.
#[derive(Debug, Default)]
pub(crate) struct Library {
    pub(crate) code_lists: BTreeMap<String, CodeList>,
    /// Versions of the follow-up schedule.
    pub(crate) schedules: BTreeMap<u32, Schedule>,
}

/// One function.
pub(crate) type Function = fn(&Library, &[Datum]) -> Result<Datum, Stop>;

/// Every function by its name.
pub(crate) const FUNCTIONS: &[(&str, Function)] = &[
    ("not_after", date::not_after),
    ("before", date::before),
    ("same_day", date::same_day),
    ("same_month", date::same_month),
    ("any_same_day", date::any_same_day),
    ("any_between", date::any_between),
    ("dates_where", date::dates_where),
    ("count_before", date::count_before),
    ("within_days", date::within_days),
    ("window_contains", date::window_contains),
    ("add_days", date::add_days),
    ("add_months", date::add_months),
    ("days_between", date::days_between),
    ("earliest", date::earliest),
    ("latest", date::latest),
    ("age_years", date::age_years),
    ("max_of", list::max_of),
    ("min_of", list::min_of),
    ("sum_of", list::sum_of),
    ("count_of", list::count_of),
    ("count_below", list::count_below),
    ("items_of", list::items_of),
    ("crs_grade", clinical::crs_grade),
    ("crs_explanation", clinical::crs_explanation),
    ("icans_grade", clinical::icans_grade),
    ("icans_explanation", clinical::icans_explanation),
    ("early_icaht", haematology::early_icaht),
    ("early_icaht_explanation", haematology::early_icaht_explanation),
    ("late_icaht", haematology::late_icaht),
    ("late_icaht_explanation", haematology::late_icaht_explanation),
    ("early_t_icaht", haematology::early_t_icaht),
    ("early_t_icaht_explanation", haematology::early_t_icaht_explanation),
    ("late_t_icaht", haematology::late_t_icaht),
    ("late_t_icaht_explanation", haematology::late_t_icaht_explanation),
    ("hct_ci", score::hct_ci),
    ("hct_ci_explanation", score::hct_ci_explanation),
    ("car_hematotox", score::car_hematotox),
    ("car_hematotox_min", score::car_hematotox_min),
    ("car_hematotox_max", score::car_hematotox_max),
    ("car_hematotox_explanation", score::car_hematotox_explanation),
    ("easix", score::easix),
    ("easix_explanation", score::easix_explanation),
    ("m_easix", score::m_easix),
    ("m_easix_explanation", score::m_easix_explanation),
    ("s_easix", score::s_easix),
    ("s_easix_explanation", score::s_easix_explanation),
    ("log2", score::log2),
    ("bmi", score::bmi),
    ("bsa_mosteller", score::bsa_mosteller),
    ("eq5d_profile", questionnaire::eq5d_profile),
    ("qlq_c30_functional", questionnaire::qlq_c30_functional),
    ("qlq_c30_symptom", questionnaire::qlq_c30_symptom),
    ("qlq_c30_global", questionnaire::qlq_c30_global),
    ("fact_subscale", questionnaire::fact_subscale),
    ("dose_per_kg", clinical::dose_per_kg),
    ("product_of", clinical::product_of),
    ("new_therapies", response::new_therapies),
    ("disease_therapies", response::disease_therapies),
    ("best_response", response::best_response),
    ("best_response_date", response::best_response_date),
    ("best_response_explanation", response::best_response_explanation),
    ("code_attribute", clinical::code_attribute),
    ("code_attributes", clinical::code_attributes),
    ("sec_is_valid", clinical::sec_is_valid),
    ("icd10_dotted", clinical::icd10_dotted),
];

/// The arguments of a call, exactly as many as the function has.
fn arguments<const COUNT: usize>(given: &[Datum]) -> Result<&[Datum; COUNT], Stop> {
    given.try_into().map_err(|_| Stop::Defect(format!("needs {COUNT} arguments, got {}", given.len())))
}

/// The arguments of a call that takes numbers; `None` when one of them is `null`.
fn numbers<const COUNT: usize>(given: &[Datum]) -> Result<Option<[f64; COUNT]>, Stop> {
    let given: &[Datum; COUNT] = arguments(given)?;
    let known = given.iter().map(Datum::number).collect::<Result<Option<Vec<f64>>, Stop>>()?;
    Ok(known.and_then(|known| known.try_into().ok()))
}

fn wrong(expected: &str) -> Stop {
    Stop::Defect(format!("an argument is no {expected}"))
}

impl Datum {
    fn date(&self) -> Result<Option<Span>, Stop> {
        match self {
            Self::Null => Ok(None),
            Self::Date(span) => Ok(Some(*span)),
            _ => Err(wrong("date")),
        }
    }

    fn number(&self) -> Result<Option<f64>, Stop> {
        match self {
            Self::Null => Ok(None),
            Self::Number(number) => Ok(Some(*number)),
            _ => Err(wrong("number")),
        }
    }

    fn text(&self) -> Result<Option<&str>, Stop> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            _ => Err(wrong("text")),
        }
    }

    fn list(&self) -> Result<&[Self], Stop> {
        match self {
            Self::Null => Ok(&[]),
            Self::List(items) => Ok(items),
            _ => Err(wrong("list")),
        }
    }

    /// A whole number that fits 32 bits.
    fn integer(&self) -> Result<Option<i32>, Stop> {
        let Some(number) = self.number()? else {
            return Ok(None);
        };
        let whole = number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX);
        if !whole {
            return Err(wrong("whole number"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within 32 bits")]
        let integer = number as i32;
        Ok(Some(integer))
    }
}

/// The value, or `null`.
fn or_null<T>(value: Option<T>, make: impl Fn(T) -> Datum) -> Datum {
    value.map_or(Datum::Null, make)
}

/// The truth of a predicate, or that it is open.
fn truth(certainty: Certainty) -> Result<Datum, Stop> {
    match certainty {
        Certainty::Always => Ok(Datum::Truth(true)),
        Certainty::Never => Ok(Datum::Truth(false)),
        Certainty::Sometimes => Err(Stop::Partial),
    }
}
