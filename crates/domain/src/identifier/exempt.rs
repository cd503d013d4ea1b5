//! Texts that are wholly something else: a match must cover the whole text.
//!
//! Donation numbers of ISBT 128 need no place here: facility, year and sequence never form a plausible date, and an
//! exemption would let a person number pass behind one letter.

use chrono::{DateTime, NaiveDate};
use uuid::Uuid;

use super::{FieldKind, Verdict, detect};
use crate::code::donation::SingleEuropeanCode;
use crate::code::has_shape;
use crate::code::hsa_id::HsaId;
use crate::code::organisation_number::is_of_legal_person;
use crate::partial_date::PartialDate;
use crate::pseudonym::Pseudonym;

const FEWEST_HEX_DIGITS: usize = 32;

/// Dates and times in compact form, and trial numbers: NCT, EU CT and `EudraCT` (with years 20xx, so that
/// a birth year is no disguise).
const SHAPES: [&str; 5] =
    ["99999999T999999Z", "99999999T9999Z", "NCT99999999", "9999-999999-99-99", "2099-999999-99"];

/// Whether the whole text is a fraction (`0.85…`), a date, an instant, a UUID, a hash, a pseudonym, a trial number, an
/// HSA-id or an SEC.
pub(super) fn is_exempt(text: &str, today: NaiveDate) -> bool {
    if !text.is_ascii() {
        return false;
    }
    if is_fraction(text) {
        return true;
    }
    match text.len() {
        ..=10 => text.parse::<PartialDate>().is_ok(),
        13 if text.starts_with("CT-") => text.parse::<Pseudonym>().is_ok(),
        11..=18 if SHAPES.iter().any(|shape| has_shape(text, shape)) => true,
        14..=31 if text.starts_with("SE") => is_plain_hsa_id(text, today),
        16..=35 => DateTime::parse_from_rfc3339(text).is_ok() || is_hash(text),
        _ => is_hash(text) || is_uuid(text) || text.parse::<SingleEuropeanCode>().is_ok(),
    }
}

/// A fraction, unless its decimals are as many as the digits of a person number: these are judged as any others.
fn is_fraction(text: &str) -> bool {
    text.strip_prefix("0.").is_some_and(|decimals| {
        decimals.bytes().all(|byte| byte.is_ascii_digit()) && !matches!(decimals.len(), 10 | 12)
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// Bare hexadecimal, or a linkage value (`h1.` and `o1.` name the method that made it).
fn is_hash(text: &str) -> bool {
    let hex = text.strip_prefix("h1.").or_else(|| text.strip_prefix("o1.")).unwrap_or(text);
    hex.len() >= FEWEST_HEX_DIGITS && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The organisation of a sole trader and a suffix may themselves be a person number.
fn is_plain_hsa_id(text: &str, today: NaiveDate) -> bool {
    text.parse::<HsaId>().is_ok_and(|id| {
        is_of_legal_person(id.organisation())
            && detect(id.suffix(), today, FieldKind::Structured) == Verdict::Clean
    })
}
