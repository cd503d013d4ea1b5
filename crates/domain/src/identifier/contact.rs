//! Finds e-mail addresses and Swedish telephone numbers.

use super::fold::{is_alphanumeric, is_separator};
use super::number::count_while;
use super::{FieldKind, IdentifierKind, Verdict};

/// The worst that an address or number in the folded text deserves.
pub(super) fn scan(text: &[u8], field: FieldKind) -> Verdict {
    if (0..text.len()).any(|at| text.get(at) == Some(&b'@') && is_email(text, at)) {
        return Verdict::unless_label(IdentifierKind::Email, field);
    }
    // Bar codes start with 0 as often as with any digit: on a label a telephone number means nothing.
    if field != FieldKind::Label && (0..text.len()).any(|at| is_phone(text, at)) {
        return Verdict::Refused(IdentifierKind::Phone);
    }
    Verdict::Clean
}

/// Something before the `@`, and a domain with a dot and a top level of two letters or more after it.
fn is_email(text: &[u8], at: usize) -> bool {
    let local = at.checked_sub(1).and_then(|before| text.get(before)).copied().unwrap_or_default();
    let domain_end =
        at + 1 + count_while(text, at + 1, |byte| is_alphanumeric(*byte) || matches!(byte, b'.' | b'-'));
    let domain = text.get(at + 1..domain_end).unwrap_or_default();
    let mut parts = domain.split(|byte| *byte == b'.').rev().skip_while(|part| part.is_empty());
    let top_level = parts.next().unwrap_or_default();
    (is_alphanumeric(local) || matches!(local, b'.' | b'_' | b'%' | b'+' | b'-'))
        && top_level.len() > 1
        && top_level.iter().all(u8::is_ascii_alphabetic)
        && parts.any(|part| !part.is_empty())
}

fn is_phone(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        Some(b'+') => {
            text.get(at + 1..).is_some_and(|rest| rest.starts_with(b"46") && is_subscriber(rest, 2))
        }
        Some(b'0') => starts_a_word(text, at) && text.get(at..).is_some_and(is_national_phone),
        _ => false,
    }
}

/// Not inside a word or a longer number, nor a later part of a date, a time or a decimal number.
fn starts_a_word(text: &[u8], at: usize) -> bool {
    let before = |distance: usize| at.checked_sub(distance).and_then(|place| text.get(place)).copied();
    let joined = before(1).is_some_and(|byte| matches!(byte, b'-' | b'.' | b',' | b':' | b'/'));
    let in_number = joined && before(2).is_some_and(|byte| byte.is_ascii_digit());
    !(in_number || before(1).is_some_and(is_alphanumeric))
}

/// Seven to eleven digits after the country code, however grouped: `+46 (0)70-123 45 67`.
fn is_subscriber(text: &[u8], from: usize) -> bool {
    let rest = text.get(from..).unwrap_or_default();
    let written = rest
        .iter()
        .take(24)
        .take_while(|&&byte| byte.is_ascii_digit() || is_separator(byte) || matches!(byte, b'(' | b')'));
    (7..=11).contains(&written.filter(|byte| byte.is_ascii_digit()).count())
}

/// `0046…`, or an area code of two to four digits and a number of five to eight.
fn is_national_phone(text: &[u8]) -> bool {
    if text.starts_with(b"0046") {
        return is_subscriber(text, 4);
    }
    let area = count_while(text, 0, u8::is_ascii_digit);
    // No Swedish area code starts with 00; zero-padded serials do.
    if text.get(1).is_none_or(|second| !(b'1'..=b'9').contains(second)) {
        return false;
    }
    let ends = |at: usize| !text.get(at).copied().is_some_and(is_alphanumeric);
    if (7..=12).contains(&area) && ends(area) {
        return true;
    }
    let Some(&separator) = text.get(area).filter(|byte| matches!(byte, b'-' | b' ' | b'/')) else {
        return false;
    };
    if !(2..=4).contains(&area) {
        return false;
    }
    let first = count_while(text, area + 1, u8::is_ascii_digit);
    if (5..=8).contains(&first) {
        return ends(area + 1 + first);
    }
    // `08-123 45 67`; behind a blank only with three digits first, or any list of small numbers would do.
    let first_fits = if separator == b' ' { first == 3 } else { (2..=4).contains(&first) };
    first_fits && is_grouped(text, area + 1 + first, first)
}

/// Groups of two or three digits after blanks (or hyphens, unless it were a list of pairs), five to eight digits with
/// the `first` ones.
fn is_grouped(text: &[u8], mut at: usize, first: usize) -> bool {
    let mut total = first;
    while text.get(at).is_some_and(|byte| *byte == b' ' || (*byte == b'-' && first > 2)) {
        let group = count_while(text, at + 1, u8::is_ascii_digit);
        if !(2..=3).contains(&group) || total + group > 8 {
            break;
        }
        total += group;
        at += 1 + group;
    }
    total >= 5 && !text.get(at).copied().is_some_and(is_alphanumeric)
}
