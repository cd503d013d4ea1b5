//! Finds person numbers that consist of digits, and hands dates to [`letter_form`] for those with letters.
//!
//! From every group of digits at most twelve digits are read on, so the work is linear in the text.

use chrono::{Datelike, NaiveDate};

use super::fold::{is_alphanumeric, is_separator};
use super::{FieldKind, IdentifierKind, Verdict, letter_form};
use crate::code::luhn;

/// The most separators in a row that still hold a number together.
pub(super) const MOST_SEPARATORS: usize = 3;
const MOST_DIGITS: usize = 12;

/// What a scan needs to know beside the text.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) today: NaiveDate,
    pub(super) field: FieldKind,
    /// First letter or digit of the text.
    first: usize,
    /// Just after its last letter or digit.
    end: usize,
}

/// Up to twelve digits with the places where separators stand between them.
#[derive(Default)]
pub(super) struct Digits {
    bytes: [u8; MOST_DIGITS],
    count: usize,
    /// Bit `n`: separators stand before digit `n`.
    breaks: u16,
    /// The last separators are one `-` or `+`, as person numbers are written.
    last_break_is_official: bool,
}

impl Digits {
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.count).unwrap_or_default()
    }

    /// Whether separators stand only where year, month, day and serial meet.
    pub(super) fn is_grouped_as_date(&self) -> bool {
        let century = if self.count.is_multiple_of(4) { 2 } else { 0 };
        let mask: u16 = 1 << 2 | 1 << 4 | 1 << 6 | 1 << (6 + century);
        self.breaks & !mask == 0
    }

    pub(super) fn is_compact(&self) -> bool {
        self.breaks == 0
    }

    fn has_official_break_before_serial(&self) -> bool {
        self.last_break_is_official && self.breaks_only_before_serial()
    }

    fn breaks_only_before_serial(&self) -> bool {
        self.count > 4 && self.breaks == 1 << (self.count - 4)
    }

    /// A date and a time of day, `2026-01-15 10.30`.
    fn is_date_and_time(&self) -> bool {
        self.breaks == 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10
            && two(self.as_bytes(), 8) < 24
            && two(self.as_bytes(), 10) < 60
    }
}

/// The worst that any number in the folded text deserves.
pub(super) fn scan(text: &[u8], today: NaiveDate, field: FieldKind) -> Verdict {
    let first = text.iter().position(|&byte| is_alphanumeric(byte)).unwrap_or_default();
    let end = text.iter().rposition(|&byte| is_alphanumeric(byte)).map_or(0, |last| last + 1);
    let context = Context { today, field, first, end };
    let mut worst = Verdict::Clean;
    let mut at = 0;
    while let Some(skipped) = text.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)) {
        let start = at + skipped;
        worst = worst.max(read_from(text, start, context));
        if matches!(worst, Verdict::Refused(_)) {
            return worst;
        }
        at = start + count_while(text, start, u8::is_ascii_digit);
    }
    worst
}

/// How many bytes from `start` on satisfy `condition`.
pub(super) fn count_while(text: &[u8], start: usize, condition: fn(&u8) -> bool) -> usize {
    text.get(start..).unwrap_or_default().iter().take_while(|byte| condition(byte)).count()
}

/// Reads group after group from a group's start and judges at each group's end.
fn read_from(text: &[u8], start: usize, context: Context) -> Verdict {
    let mut digits = Digits::default();
    let mut worst = Verdict::Clean;
    let mut at = start;
    loop {
        while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
            let Some(place) = digits.bytes.get_mut(digits.count) else {
                return worst;
            };
            *place = *digit;
            digits.count += 1;
            at += 1;
        }
        let verdict = match digits.count {
            6 | 8 => letter_form::judge(text, &digits, at, context),
            10 | 12 => judge(text, &digits, start..at, context),
            _ => Verdict::Clean,
        };
        worst = worst.max(verdict);
        let rest = text.get(at..).unwrap_or_default();
        let separators =
            rest.iter().take(MOST_SEPARATORS + 1).take_while(|byte| is_separator(**byte)).count();
        let goes_on = rest.get(separators).is_some_and(u8::is_ascii_digit);
        if separators == 0 || separators > MOST_SEPARATORS || !goes_on {
            return worst;
        }
        digits.breaks |= 1 << digits.count;
        digits.last_break_is_official = separators == 1 && matches!(rest.first(), Some(b'-' | b'+'));
        at += separators;
    }
}

fn judge(text: &[u8], digits: &Digits, place: std::ops::Range<usize>, context: Context) -> Verdict {
    let Some(kind) = kind_of(digits.as_bytes(), context.today) else {
        return Verdict::Clean;
    };
    // Dates follow each other in a text and in an interval: the last or first four digits are then a year.
    if starts_a_date(text, place.end) || ends_a_date(text, place.start) {
        return Verdict::Clean;
    }
    if is_checked(digits.as_bytes(), kind) {
        if digits.is_grouped_as_date() || digits.breaks.is_power_of_two() {
            return Verdict::Refused(kind);
        }
        // Grouped at will: only when the text holds nothing else, or lists of results would be refused.
        let alone = place.start <= context.first && place.end >= context.end;
        return if alone && !digits.is_date_and_time() {
            Verdict::unless_label(kind, context.field)
        } else {
            Verdict::Clean
        };
    }
    // Mistyped, but written as a person number. `YYYYMMDD NNNN` with another separator is refused in structured
    // fields only: in free text it is a date and a time of day.
    let written_as_one = digits.has_official_break_before_serial()
        || (context.field == FieldKind::Structured
            && digits.count == 12
            && digits.breaks_only_before_serial());
    let needs_check =
        matches!(kind, IdentifierKind::ReserveNumberStockholm | IdentifierKind::ReserveNumberCarelink);
    if written_as_one && !needs_check { Verdict::unless_label(kind, context.field) } else { Verdict::Clean }
}

/// What ten or twelve digits would be, by their date part alone. Days are not checked against the calendar: a number
/// with an impossible day is a mistyped real one.
fn kind_of(digits: &[u8], today: NaiveDate) -> Option<IdentifierKind> {
    let date = digits.get(digits.len().checked_sub(10)?..)?;
    let (month, day) = (two(date, 2), two(date, 4));
    if digits.len() == 10 {
        return (1..=12).contains(&month).then(|| kind_of_day(day)).flatten();
    }
    if digits.starts_with(b"99") {
        // The layout names 1980 to 2299, yet numbers with the birth year 1945 are known.
        let year = 100 * two(digits, 2) + two(digits, 4);
        return (1800..=2299).contains(&year).then_some(IdentifierKind::ReserveNumberStockholm);
    }
    if !is_born(digits, today) {
        return None;
    }
    match day {
        32..=59 => Some(IdentifierKind::ReserveNumberCarelink),
        _ => kind_of_day(day),
    }
}

fn kind_of_day(day: u32) -> Option<IdentifierKind> {
    match day {
        1..=31 => Some(IdentifierKind::Personnummer),
        61..=91 => Some(IdentifierKind::CoordinationNumber),
        _ => None,
    }
}

/// Whether `YYYYMMDD` (the day possibly shifted) is a month of 1800 or later and not after today.
pub(super) fn is_born(date: &[u8], today: NaiveDate) -> bool {
    let (century, month, day) = (two(date, 0), two(date, 4), two(date, 6));
    let year = 100 * century + two(date, 2);
    let day = match day {
        1..=31 => day,
        61..=91 => day - 60,
        _ => 1,
    };
    let today = (today.year_ce().1, today.month(), today.day());
    (18..=20).contains(&century) && (1..=12).contains(&month) && (year, month, day) <= today
}

/// Two digits as a number; 0 where they are missing.
pub(super) fn two(digits: &[u8], at: usize) -> u32 {
    let value = |at: usize| digits.get(at).map_or(0, |byte| u32::from(byte.wrapping_sub(b'0')));
    10 * value(at) + value(at + 1)
}

/// The check digit runs over the last ten digits; over the last eight in Region Stockholm.
fn is_checked(digits: &[u8], kind: IdentifierKind) -> bool {
    let length = if kind == IdentifierKind::ReserveNumberStockholm { 8 } else { 10 };
    digits
        .len()
        .checked_sub(length)
        .and_then(|from| digits.get(from..))
        .is_some_and(|part| luhn::is_valid(part, |_| None))
}

/// Whether the four digits from `start` on are the year of a date written day or month first.
fn ends_a_date(text: &[u8], start: usize) -> bool {
    let before = start.checked_sub(6).and_then(|from| text.get(from..start)).unwrap_or_default();
    let year = text.get(start..start + 4).unwrap_or_default();
    let &[d1, d2, b'-' | b'.' | b'/', m1, m2, b'-' | b'.' | b'/'] = before else {
        return false;
    };
    let longer = start.checked_sub(7).and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit);
    [d1, d2, m1, m2].iter().chain(year).all(u8::is_ascii_digit) && matches!(two(year, 0), 19 | 20) && !longer
}

/// Whether the four digits before `end` are the year of a date that goes on after it.
fn starts_a_date(text: &[u8], end: usize) -> bool {
    let year = end.checked_sub(4).and_then(|from| text.get(from..end)).unwrap_or_default();
    let Some([b'-' | b'.' | b'/', m1, m2, b'-' | b'.' | b'/', d1, d2]) = text.get(end..end + 6) else {
        return false;
    };
    year.iter().chain([m1, m2, d1, d2]).all(u8::is_ascii_digit)
        && matches!(two(year, 0), 19 | 20)
        && !text.get(end + 6).is_some_and(u8::is_ascii_digit)
}
