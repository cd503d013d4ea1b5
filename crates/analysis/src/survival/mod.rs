//! Overall survival: Kaplan–Meier estimates of a cohort, in all and by strata.
//!
//! Endpoint (domain.md 3.1 and 3.2): from the first infusion (day 0) to death of any cause, censored at the last
//! day known alive; in days, where day 0 counts as 0.5. The unit is the patient: the first course within the cohort.
//!
//! Only for one kind of event: with competing risks, one minus Kaplan–Meier is wrong and must not be offered.

mod estimate;
mod population;

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use cartotek_domain::variable::{ValueKind, VariableDefinition};
use serde::{Deserialize, Serialize};

use crate::cohort::{Selection, unknown_variable};
use crate::count::GroupKey;
pub(crate) use estimate::{Curve, HALF, interval, real, time};
#[cfg(test)]
pub(crate) use estimate::{Median, Step};
use population::{Columns, DayCounts, follow};
pub(crate) use population::{Excluded, Outcome};

/// The longest plausible follow-up, in days; a longer one is an error in a date.
pub const MAX_DAYS: u16 = 40_000;
/// Largest number of codes of a variable that may divide a cohort into strata.
pub const MAX_STRATA: usize = 100;
/// Largest number of times for which numbers at risk may be asked.
pub const MAX_TIMES: usize = 100;

/// What to estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurvivalRequest {
    /// Id of a code variable that divides the cohort; its value at the first course counts.
    #[serde(default)]
    pub strata: Option<String>,
    /// Days after infusion for which to give numbers at risk.
    #[serde(default = "usual_times")]
    pub times: Vec<u32>,
}

impl Default for SurvivalRequest {
    fn default() -> Self {
        Self { strata: None, times: usual_times() }
    }
}

/// Start, three and six months, one, two, three and five years.
fn usual_times() -> Vec<u32> {
    vec![0, 90, 180, 365, 730, 1095, 1825]
}

/// Estimated survival. Its figures leave the crate only as an answer for an audience.
#[derive(Debug)]
pub struct Survival {
    pub(crate) overall: Curve,
    /// Every code of the variable, then missing; empty without strata.
    pub(crate) strata: Vec<(GroupKey, Curve)>,
    pub(crate) by: Option<String>,
    pub(crate) excluded: Excluded,
    pub(crate) as_of: u64,
}

/// Estimates overall survival of a cohort.
///
/// `at` is the JSON pointer of the request's object that `request` was read from.
///
/// # Errors
/// `COHORT-UNKNOWN-VARIABLE` or `COHORT-TYPE` for the strata, `SURVIVAL-TIMES` for the times, and
/// `SURVIVAL-VARIABLES` when the schemas define no dates to estimate from.
pub fn overall_survival(
    selection: &Selection,
    request: &SurvivalRequest,
    at: &str,
) -> Result<Survival, Vec<Finding>> {
    let (infusion, death, contact) = date_columns(selection, at)?;
    if request.times.len() > MAX_TIMES || request.times.iter().any(|time| *time > u32::from(MAX_DAYS)) {
        return Err(vec![wrong_times(&format!("{at}/times"))]);
    }
    let strata = strata(selection, request, at)?;
    let columns = Columns { infusion, death, contact, stratum: strata.as_ref().map(|(column, _)| *column) };
    let codes = strata.as_ref().map_or(0, |(_, definition)| definition.codes.len());
    let (groups, excluded) = follow(selection, &columns, codes);

    let overall = Curve::estimate(&DayCounts::sum(&groups), &request.times);
    let curves = groups.iter().map(|group| Curve::estimate(group, &request.times));
    let strata = strata.map(|(_, definition)| keys(definition).zip(curves).collect()).unwrap_or_default();
    Ok(Survival { overall, strata, by: request.strata.clone(), excluded, as_of: selection.view().as_of() })
}

/// Columns of infusion, death and last contact.
fn date_columns(selection: &Selection, at: &str) -> Result<(usize, usize, usize), Vec<Finding>> {
    let catalogue = selection.view().catalogue();
    let date = |id: &str| {
        catalogue.find(id).filter(|(_, found)| found.kind == ValueKind::Date).map(|(column, _)| column)
    };
    match (date("infusion_date"), date("death_date"), date("last_contact_date")) {
        (Some(infusion), Some(death), Some(contact)) => Ok((infusion, death, contact)),
        _ => Err(vec![no_dates(at)]),
    }
}

/// Column and definition of the variable that divides the cohort.
fn strata<'a>(
    selection: &'a Selection,
    request: &SurvivalRequest,
    at: &str,
) -> Result<Option<(usize, &'a VariableDefinition)>, Vec<Finding>> {
    let Some(id) = &request.strata else {
        return Ok(None);
    };
    let at = format!("{at}/strata");
    let catalogue = selection.view().catalogue();
    let found = catalogue.find(id).ok_or_else(|| vec![unknown_variable(catalogue, id, &at)])?;
    if found.1.kind == ValueKind::Code && found.1.codes.len() <= MAX_STRATA {
        return Ok(Some(found));
    }
    let message = Text::new(
        "Strata behöver en kodvariabel med högst 100 koder.",
        "Strata need a code variable with at most 100 codes.",
    );
    Err(vec![Finding::error("COHORT-TYPE", at, message)])
}

fn keys(definition: &VariableDefinition) -> impl Iterator<Item = GroupKey> {
    let code = |(code, label): &(String, Text)| GroupKey::Code { code: code.clone(), label: label.clone() };
    definition.codes.iter().map(code).chain([GroupKey::Missing])
}

fn no_dates(at: &str) -> Finding {
    let message = Text::new(
        "Överlevnad kan inte skattas: formulären saknar `infusion_date`, `death_date` eller `last_contact_date`.",
        "Survival cannot be estimated: the forms lack `infusion_date`, `death_date` or `last_contact_date`.",
    );
    Finding::error("SURVIVAL-VARIABLES", at, message)
}

fn wrong_times(at: &str) -> Finding {
    let message = Text::new(
        "Ange högst 100 tider på högst 40 000 dagar.",
        "Give at most 100 times of at most 40 000 days.",
    );
    Finding::error("SURVIVAL-TIMES", at, message)
}

#[cfg(test)]
mod tests;
