//! The functions that rules may call, by name. Each takes plain values, any of which may be `null`.
//!
//! Predicates over dates have three answers (`docs/forms.md`); value functions give `null` when an argument is `null`.

mod clinical;
mod date;
mod list;

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
    ("crs_grade", clinical::crs_grade),
    ("crs_explanation", clinical::crs_explanation),
    ("icans_grade", clinical::icans_grade),
    ("icans_explanation", clinical::icans_explanation),
    ("early_icaht", clinical::early_icaht),
    ("early_icaht_explanation", clinical::early_icaht_explanation),
    ("dose_per_kg", clinical::dose_per_kg),
    ("code_attribute", clinical::code_attribute),
    ("sec_is_valid", clinical::sec_is_valid),
];

/// The arguments of a call, exactly as many as the function has.
fn arguments<const COUNT: usize>(given: &[Datum]) -> Result<&[Datum; COUNT], Stop> {
    given.try_into().map_err(|_| Stop::Defect(format!("needs {COUNT} arguments, got {}", given.len())))
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
