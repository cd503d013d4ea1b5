//! Clinical functions: the definitions are those of `cartotek_domain`, here they only get their arguments.

use cartotek_domain::code::donation::SingleEuropeanCode;
use cartotek_domain::dose::per_kg_e6;
use cartotek_domain::grading::crs::{self, CrsObservation, Hypotension, Hypoxia};
use cartotek_domain::grading::icans::{
    self, CapdScore, Cognition, Consciousness, IcansObservation, IceScore, Motor, RaisedIntracranialPressure,
    Seizure,
};
use cartotek_domain::grading::{Answer, Grading};
use serde_json::Value;

use super::explanation::{explanation, grade};
use super::{Library, arguments, or_null};
use crate::expression::{Datum, Stop};

/// The worst grade that a single CRS domain can give: with it, the other domain decides nothing.
const WORST_DOMAIN_GRADE: u8 = 4;

fn is_yes(answer: &Datum) -> Result<bool, Stop> {
    Ok(answer.text()? == Some(Answer::Yes.name()))
}

/// `crs_grade(fever, hypotension, hypoxia, fatal, treated)`.
pub(super) fn crs_grade(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    crs_grading(given).map(grade)
}

/// `crs_explanation(…)`, with the arguments of `crs_grade`.
pub(super) fn crs_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    crs_grading(given).map(explanation)
}

/// With one of hypotension and hypoxia absent there is a grade only when the other alone gives 4; with neither of them
/// present it hangs on the fever, so that an unknown fever gives none.
fn crs_grading(given: &[Datum]) -> Result<Option<Grading>, Stop> {
    let [fever, hypotension, hypoxia, fatal, treated] = arguments(given)?;
    let hypotension = hypotension.text()?.and_then(Hypotension::from_name);
    let hypoxia = hypoxia.text()?.and_then(Hypoxia::from_name);
    let fatal = is_yes(fatal)?;
    let fever = fever.text()?.and_then(Answer::from_name).unwrap_or(Answer::Unknown);
    let grading = crs::grade(CrsObservation {
        fever,
        hypotension: hypotension.unwrap_or(Hypotension::None),
        hypoxia: hypoxia.unwrap_or(Hypoxia::None),
        fatal,
        antipyretic_or_anticytokine: is_yes(treated)?,
    });
    let is_complete = hypotension.is_some() && hypoxia.is_some();
    let hangs_on_fever = grading.grade == 0 && fever == Answer::Unknown;
    let decided = is_complete && !hangs_on_fever || grading.grade >= WORST_DOMAIN_GRADE;
    Ok(decided.then_some(grading))
}

/// `icans_grade(ice, unarousable, capd, consciousness, seizure, motor, raised_icp, fatal)`; absent domains are skipped.
pub(super) fn icans_grade(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    icans_grading(given).map(grade)
}

/// `icans_explanation(…)`, with the arguments of `icans_grade`.
pub(super) fn icans_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    icans_grading(given).map(explanation)
}

fn icans_grading(given: &[Datum]) -> Result<Option<Grading>, Stop> {
    let [ice, unarousable, capd, consciousness, seizure, motor, raised_icp, fatal] = arguments(given)?;
    let cognition = cognition(ice, is_yes(unarousable)?, capd)?;
    let consciousness = consciousness.text()?.and_then(Consciousness::from_name);
    let seizure = seizure.text()?.and_then(Seizure::from_name);
    let motor = motor.text()?.and_then(Motor::from_name);
    let raised_icp = raised_icp.text()?.and_then(RaisedIntracranialPressure::from_name);
    let fatal = is_yes(fatal)?;
    let something = cognition != Cognition::NotAssessed
        || consciousness.is_some()
        || seizure.is_some()
        || motor.is_some()
        || raised_icp.is_some()
        || fatal;
    let grading = icans::grade(IcansObservation {
        cognition,
        consciousness: consciousness.unwrap_or(Consciousness::Alert),
        seizure: seizure.unwrap_or(Seizure::None),
        motor: motor.unwrap_or(Motor::None),
        raised_icp: raised_icp.unwrap_or(RaisedIntracranialPressure::None),
        fatal,
    });
    Ok(something.then_some(grading))
}

fn cognition(ice: &Datum, unarousable: bool, capd: &Datum) -> Result<Cognition, Stop> {
    let ice = score(ice)?.and_then(|score| IceScore::try_from(score).ok());
    let capd = score(capd)?.and_then(|score| CapdScore::try_from(score).ok());
    let could_not = unarousable && ice.is_none_or(|score| u8::from(score) == 0);
    Ok(match (ice, capd) {
        _ if could_not => Cognition::Unable,
        (Some(score), _) => Cognition::Ice(score),
        (None, Some(score)) => Cognition::Capd(score),
        (None, None) => Cognition::NotAssessed,
    })
}

fn score(score: &Datum) -> Result<Option<u8>, Stop> {
    Ok(score.integer()?.and_then(|score| u8::try_from(score).ok()))
}

/// `dose_per_kg(total_e6, weight_kg)`, 10⁶ per kg.
pub(super) fn dose_per_kg(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [total, weight] = arguments(given)?;
    let pair = total.number()?.zip(weight.number()?);
    Ok(or_null(pair.and_then(|(total, weight)| per_kg_e6(total, weight)), Datum::Number))
}

/// `product_of(batches, batch_products)`: the product of the last of the batches about which one of the texts
/// `BATCH|PRODUCT` tells.
pub(super) fn product_of(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [batches, products] = arguments(given)?;
    let mut told = Vec::new();
    for text in products.list()? {
        told.extend(text.text()?.and_then(|text| text.rsplit_once('|')));
    }
    let mut found = None;
    for batch in batches.list()? {
        let batch = batch.text()?;
        let product = told.iter().rfind(|(of, _)| Some(*of) == batch);
        found = product.map(|(_, product)| *product).or(found);
    }
    Ok(or_null(found, |product| Datum::Text(product.to_owned())))
}

/// `code_attribute(list, code, name)`, or with a date as well: of the entry that holds then, not of the latest.
pub(super) fn code_attribute(library: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let (given, date) = match given.split_at_checked(3) {
        Some((given, [date])) => (given, date.date()?),
        _ => (given, None),
    };
    let [list, code, name] = arguments(given)?;
    let list = list.text()?.and_then(|list| library.code_lists.get(list));
    let list = list.ok_or_else(|| Stop::Defect("no such code list".to_owned()))?;
    let attribute = code.text()?.zip(name.text()?).and_then(|(code, name)| match date {
        Some(date) => list.attribute_on(code, name, date.first_day()),
        None => list.attribute(code, name),
    });
    attribute.map_or(Ok(Datum::Null), datum)
}

/// `code_attributes(list, codes, name)`: the attribute of each code, in their order.
pub(super) fn code_attributes(library: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [list, codes, name] = arguments(given)?;
    let of = |code: &Datum| code_attribute(library, &[list.clone(), code.clone(), name.clone()]);
    codes.list()?.iter().map(of).collect::<Result<_, _>>().map(Datum::List)
}

fn datum(attribute: &Value) -> Result<Datum, Stop> {
    match attribute {
        Value::Null => Ok(Datum::Null),
        Value::Bool(truth) => Ok(Datum::Truth(*truth)),
        Value::Number(number) => Ok(or_null(number.as_f64(), Datum::Number)),
        Value::String(text) => Ok(Datum::Text(text.clone())),
        Value::Array(items) => items.iter().map(datum).collect::<Result<_, _>>().map(Datum::List),
        Value::Object(_) => Err(Stop::Defect("the attribute is an object".to_owned())),
    }
}

/// `sec_is_valid(text)`.
pub(super) fn sec_is_valid(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [text] = arguments(given)?;
    Ok(or_null(text.text()?, |text| Datum::Truth(text.parse::<SingleEuropeanCode>().is_ok())))
}

/// `icd10_dotted(text)`: a code of ICD-10 with the dot after its third character, whether or not it was written.
pub(super) fn icd10_dotted(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [code] = arguments(given)?;
    Ok(or_null(code.text()?, |code| Datum::Text(dotted(code))))
}

fn dotted(code: &str) -> String {
    match code.char_indices().nth(3) {
        Some((end, _)) if !code.contains('.') => format!("{}.{}", &code[..end], &code[end..]),
        _ => code.to_owned(),
    }
}
