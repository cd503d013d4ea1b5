//! The best response of a course; the definition is that of `cartotek_domain::response`.

use cartotek_domain::response::{Assessment, BestResponse, DayRange, Limits, ResponseClass, best};
use cartotek_domain::text::Text;

use super::explanation::explanation_or_reason;
use super::{Library, arguments, or_null};
use crate::expression::{Datum, Stop};

/// The code list of all responses, with the rank of each within its criteria.
const RESPONSES: &str = "response_code";
/// The code list of what a therapy is given for, with whether it treats the disease and is new therapy of it.
const INTENTS: &str = "therapy_intent";

/// `new_therapies(starts, intents)`: the starts of the therapies that are new therapy of the disease by their intent; the
/// intents stand in the order of the starts. Of an intent that is not known a therapy is one.
pub(super) fn new_therapies(library: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    starts_of(library, given, "new_therapy")
}

/// `disease_therapies(…)`, with the arguments of `new_therapies`: the starts of the therapies that act on the disease, new
/// or not.
pub(super) fn disease_therapies(library: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    starts_of(library, given, "treats_disease")
}

fn starts_of(library: &Library, given: &[Datum], attribute: &str) -> Result<Datum, Stop> {
    let [starts, intents] = arguments(given)?;
    let (starts, intents) = (starts.list()?, intents.list()?);
    // Each therapy tells both: of a list that is shorter nobody knows whose intents they are.
    let are_paired = starts.len() == intents.len();
    let mut counted = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let intent = intents.get(index).map_or(Ok(None), Datum::text)?;
        if !are_paired || intent.is_none_or(|intent| is_so(library, intent, attribute)) {
            counted.push(start.clone());
        }
    }
    Ok(Datum::List(counted))
}

/// What the list says of an intent; true of one that it does not know.
fn is_so(library: &Library, intent: &str, attribute: &str) -> bool {
    let says = library.code_lists.get(INTENTS).and_then(|list| list.attribute(intent, attribute));
    says.and_then(serde_json::Value::as_bool).unwrap_or(true)
}

/// `best_response(dates, responses, progression, new_therapy)`: the class of the best of the responses `CLASS|CODE` on the
/// dates, which stand in the same order, before the progression and up to the new therapy; `null` where it is another one
/// on another of the days that a partial date may stand for.
pub(super) fn best_response(library: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let best = find(library, given)?.and_then(Result::ok);
    Ok(or_null(best, |best| Datum::Text(best.class.name().to_owned())))
}

/// `best_response_explanation(…)`, with the arguments of `best_response`.
pub(super) fn best_response_explanation(library: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    find(library, given).map(explanation_or_reason)
}

/// `best_response_date(…)`, with the arguments of `best_response`: the first day of the best response; `null` where the
/// response or its day is not certain.
pub(super) fn best_response_date(library: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let date = find(library, given)?.and_then(Result::ok).and_then(|best| best.date);
    Ok(or_null(date, |date| Datum::Date(date.into())))
}

/// The best response, or why none follows; `None` when no assessment counts.
fn find(library: &Library, given: &[Datum]) -> Result<Option<Result<BestResponse, Text>>, Stop> {
    let [dates, responses, progression, new_therapy] = arguments(given)?;
    let (dates, responses) = (dates.list()?, responses.list()?);
    if dates.len() != responses.len() {
        // Each assessment tells both: a list that is shorter is a trial of the other alone.
        return Ok(None);
    }
    let mut assessments = Vec::new();
    for (date, response) in dates.iter().zip(responses) {
        assessments.extend(assessment(library, date, response)?);
    }
    let limits = Limits { progression: days(progression)?, new_therapy: days(new_therapy)? };
    Ok(best(&assessments, limits))
}

fn assessment(library: &Library, date: &Datum, response: &Datum) -> Result<Option<Assessment>, Stop> {
    let parts = response.text()?.and_then(|text| text.split_once('|'));
    Ok(days(date)?.zip(parts).and_then(|(date, (class, code))| {
        let class = ResponseClass::from_name(class)?;
        let rank = library.code_lists.get(RESPONSES).and_then(|list| list.attribute(code, "rank")?.as_u64());
        let rank = rank.and_then(|rank| u32::try_from(rank).ok()).unwrap_or(u32::MAX);
        Some(Assessment { date, class, code: code.to_owned(), rank })
    }))
}

/// The days that a date may stand for.
fn days(date: &Datum) -> Result<Option<DayRange>, Stop> {
    Ok(date.date()?.map(|span| DayRange { first: span.first_day(), last: span.last_day() }))
}
