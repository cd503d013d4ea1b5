//! Finds person numbers with letters: a date and four characters.
//!
//! Forms with a check digit are found through any separator. Forms without one would hit too much otherwise: they
//! count only when the date is compact, a hyphen or nothing stands before the last four, and no letter or digit
//! follows.

use super::fold::{is_alphanumeric, is_separator};
use super::number::{Context, Digits, MOST_SEPARATORS, is_born, two};
use super::{IdentifierKind, Verdict};
use crate::code::luhn;

/// Judges six or eight digits that end at `end` together with what follows.
pub(super) fn judge(text: &[u8], date: &Digits, end: usize, context: Context) -> Verdict {
    let rest = text.get(end..).unwrap_or_default();
    let separators = rest.iter().take(MOST_SEPARATORS + 1).take_while(|byte| is_separator(**byte)).count();
    let (gap, tail) = rest.split_at(separators);
    let Some((tail, after)) = tail.split_first_chunk::<4>() else {
        return Verdict::Clean;
    };
    let has_letter = tail.iter().any(u8::is_ascii_uppercase);
    if !has_letter || separators > MOST_SEPARATORS || !tail.iter().all(u8::is_ascii_alphanumeric) {
        return Verdict::Clean;
    }
    let checked = || checked_kind(date.as_bytes(), *tail, context).filter(|_| date.is_grouped_as_date());
    let unchecked = || {
        let compact = date.is_compact() && matches!(gap, [] | [b'-' | b'+']);
        unchecked_kind(date.as_bytes(), *tail, gap.is_empty(), context).filter(|_| compact)
    };
    let kind = match after.first() {
        Some(byte) if byte.is_ascii_digit() => None,
        Some(&byte) if is_alphanumeric(byte) => checked(),
        _ => checked().or_else(unchecked),
    };
    kind.map_or(Verdict::Clean, |kind| Verdict::unless_label(kind, context.field))
}

/// Interim numbers and those of Västra Götaland: the Luhn check over the last ten characters decides.
fn checked_kind(date: &[u8], tail: [u8; 4], context: Context) -> Option<IdentifierKind> {
    let born = if date.len() == 8 { is_born(date, context.today) } else { (1..=12).contains(&two(date, 2)) };
    let short = date.get(date.len().checked_sub(6)?..)?;
    let day = two(short, 4);
    if !born || !matches!(day, 1..=31 | 61..=91) || !tail.iter().skip(1).all(u8::is_ascii_digit) {
        return None;
    }
    let characters = [short, &tail].concat();
    let interim = |letter: u8| b"TRSUWXJKLMN".contains(&letter).then_some(1);
    if date.len() == 8 && (6..=89).contains(&two(&tail, 1)) && luhn::is_valid(&characters, vastra_gotaland) {
        Some(IdentifierKind::ReserveNumberVastraGotaland)
    } else {
        luhn::is_valid(&characters, interim).then_some(IdentifierKind::InterimNumber)
    }
}

fn vastra_gotaland(letter: u8) -> Option<u8> {
    match letter {
        b'K' => Some(5),
        b'M' => Some(7),
        b'X' => Some(8),
        _ => None,
    }
}

/// Numbers without a known check digit.
fn unchecked_kind(date: &[u8], tail: [u8; 4], joined: bool, context: Context) -> Option<IdentifierKind> {
    if date.len() != 8 {
        return None;
    }
    if is_national(date, tail) {
        return Some(IdentifierKind::NationalReserveId);
    }
    if !is_born(date, context.today) || !matches!(two(date, 6), 1..=31) {
        return None;
    }
    if is_varmland(tail) {
        return Some(IdentifierKind::ReserveNumberVarmland);
    }
    // Behind a hyphen four letters are a word, not a serial.
    (joined || tail.iter().any(u8::is_ascii_digit)).then_some(IdentifierKind::ReserveNumberLocal)
}

fn is_varmland([a, b, number, check]: [u8; 4]) -> bool {
    let check_fits = matches!(check, b'A'..=b'U' | b'W'..=b'Z' | b'1'..=b'9');
    a == b'S' && b"FUXPL".contains(&b) && number.is_ascii_digit() && check_fits
}

/// `XXYYMMDDNNGC`: the century plus 3, 6 … 78 and a date, or 00 with month 20–99 and day 40–59 when the birth date is
/// unknown; two letters without I, O, Q, V, W; two more characters.
fn is_national(date: &[u8], [n1, n2, ..]: [u8; 4]) -> bool {
    let (century, month, day) = (two(date, 0), two(date, 4), two(date, 6));
    let letters_fit = [n1, n2].iter().all(|n| n.is_ascii_uppercase() && !b"IOQVW".contains(n));
    // 19 + 3k and 20 + 3k for k = 1 … 26: from 22 to 98, never a multiple of 3.
    let known = (22..=98).contains(&century) && century % 3 != 0;
    let dated = known && (1..=12).contains(&month) && (1..=31).contains(&day);
    let undated = century == 0 && (20..=99).contains(&month) && (40..=59).contains(&day);
    letters_fit && (dated || undated)
}
