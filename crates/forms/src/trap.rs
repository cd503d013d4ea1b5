//! What spreadsheets make of what was typed: told apart from what a person may mean, and refused instead of guessed.

use cartotek_domain::text::Text;

use crate::column::ColumnType;
use crate::decimal_mark::DecimalMark;

/// Why a cell is not read for what it seems to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellFault {
    /// A long number that was shortened to `1,23E+12`.
    Shortened,
    /// The error of a formula, e.g. `#N/A`.
    FormulaError,
    /// A day as its number since 1900, e.g. `45292`.
    SerialDate,
    /// A number with a mark, in a table of which nobody knows what its mark is.
    MixedMarks,
    /// A number with another mark than this one, which is that of its table.
    OtherMark(DecimalMark),
    /// A number that may have thousands or decimals, in a table that has this mark and numbers with the other one.
    MayBeThousands(DecimalMark),
    /// A mark where a whole number belongs.
    MarkInWhole,
    /// A number with a mark that a workbook holds as text.
    NumberAsText,
    /// A number, date or truth value that a workbook holds where something else belongs.
    OtherKind,
    /// The first day of a month where the month alone may have been typed.
    FirstOfMonth,
    /// A time where a day belongs.
    TimeOfDay,
    /// A time of a workbook, which knows no time zones.
    NoOffset,
    /// A number of a workbook that is shown as another one: `84 %` is kept as 0,84.
    PerCent,
    /// A cell that a table made from a workbook marks as doubtful, and that nobody has mended.
    Doubtful,
}

/// What stands before a doubtful cell in the table that a workbook comes back as.
pub(crate) const DOUBT: &str = "#? ";

impl CellFault {
    /// What is wrong and how to mend it.
    pub fn text(self) -> Text {
        let (sv, en) = match self {
            Self::Shortened => (
                "Ett långt tal har förkortats (som 1,23E+12), så att siffror saknas. Formatera kolumnen som Text i Excel, \
                 hämta värdet från källan och skriv in det igen.",
                "A long number was shortened (as 1.23E+12), so that digits are missing. Format the column as Text in \
                 Excel, take the value from its source and type it in again.",
            ),
            Self::FormulaError => (
                "Cellen har ett formelfel (som #N/A); rätta formeln eller skriv värdet.",
                "The cell has the error of a formula (as #N/A); mend the formula or write the value.",
            ),
            Self::SerialDate => (
                "Cellen har ett löpnummer från Excel i stället för ett datum. Formatera kolumnen som datum ÅÅÅÅ-MM-DD och \
                 spara igen.",
                "The cell has a serial number of Excel instead of a date. Format the column as a date YYYY-MM-DD and \
                 save again.",
            ),
            Self::MixedMarks => (
                "Filen har tal både med komma och med punkt, eller bara tal som 1,234, så att 1,234 kan betyda två saker. \
                 Skriv alla tal i filen på samma sätt, utan tusentalsavgränsare: 1234, eller 1,2340 om det är decimaler.",
                "The file has numbers with commas and with points, or only such as 1,234, so that 1,234 may mean two \
                 things. Write all numbers of the file alike, without thousands separators: 1234, or 1,2340 if it has \
                 decimals.",
            ),
            Self::OtherMark(mark) => return other_mark(mark),
            Self::MayBeThousands(mark) => return may_be_thousands(mark),
            Self::MarkInWhole => (
                "Här ska stå ett heltal utan komma och punkt: 1,000 kan betyda ett eller tusen. Skriv t.ex. 1 eller 1000.",
                "A whole number without comma and point belongs here: 1,000 may mean one or a thousand. Write e.g. 1 or \
                 1000.",
            ),
            Self::NumberAsText => (
                "Talet är lagrat som text, så att 1,234 kan betyda två saker. Gör om det till ett tal i Excel (Data, Text \
                 till kolumner) eller skriv in det igen.",
                "The number is stored as text, so that 1,234 may mean two things. Convert it to a number in Excel (Data, \
                 Text to Columns) or type it in again.",
            ),
            Self::OtherKind => (
                "Cellen har ett tal, ett datum eller ett sanningsvärde där något annat ska stå; Excel kan ha ändrat det som \
                 skrevs (0012 till 12, 1-2 till ett datum). Formatera kolumnen som Text och skriv in värdet igen.",
                "The cell holds a number, a date or a truth value where something else belongs; Excel may have changed what \
                 was typed (0012 to 12, 1-2 to a date). Format the column as Text and type the value in again.",
            ),
            Self::FirstOfMonth => (
                "Cellen har den första dagen i en månad; det går inte att se om månaden eller dagen menas. Formatera \
                 kolumnen som Text och skriv ÅÅÅÅ-MM eller ÅÅÅÅ-MM-DD.",
                "The cell holds the first day of a month; nobody can tell whether the month or the day is meant. Format the \
                 column as Text and write YYYY-MM or YYYY-MM-DD.",
            ),
            Self::TimeOfDay => (
                "Cellen har ett klockslag där bara ett datum ska stå; skriv datumet ensamt.",
                "The cell holds a time where only a date belongs; write the date alone.",
            ),
            Self::NoOffset => (
                "Excel känner inga tidszoner. Formatera kolumnen som Text och skriv t.ex. 2026-02-12T10:40:00+01:00.",
                "Excel knows no time zones. Format the column as Text and write e.g. 2026-02-12T10:40:00+01:00.",
            ),
            Self::PerCent => (
                "Cellen visas som procent (eller som en tidslängd): 84 % är sparat som 0,84. Formatera kolumnen som Tal och \
                 skriv in värdet igen, i formulärets enhet och utan procenttecken.",
                "The cell is shown as per cent (or as a duration): 84 % is kept as 0.84. Format the column as Number and type \
                 the value in again, in the unit of the form and without the sign.",
            ),
            Self::Doubtful => (
                "Cellen var tveksam i arbetsboken (#?). Skriv det värde som menas, utan #?.",
                "The cell was doubtful in the workbook (#?). Write the value that is meant, without #?.",
            ),
        };
        Text::new(sv, en)
    }
}

fn other_mark(own: DecimalMark) -> Text {
    if own.is_comma() {
        Text::new(
            "Filen har tal både med komma och med punkt. Semikolon skiljer dess celler, så dess decimaltecken är komma: \
             skriv det här talet med komma, t.ex. 12,5.",
            "The file has numbers with commas and with points. Semicolons separate its cells, so its decimal mark is the \
             comma: write this number with a comma, e.g. 12,5.",
        )
    } else {
        Text::new(
            "Filen har tal både med komma och med punkt. Komma skiljer dess celler, så dess decimaltecken är punkt: skriv \
             det här talet med punkt, t.ex. 12.5.",
            "The file has numbers with commas and with points. Commas separate its cells, so its decimal mark is the point: \
             write this number with a point, e.g. 12.5.",
        )
    }
}

fn may_be_thousands(own: DecimalMark) -> Text {
    let decimals = if own.is_comma() { "1,2340" } else { "1.2340" };
    Text::new(
        format!(
            "Filen har tal både med komma och med punkt, så att 1,234 kan betyda två saker. Skriv det här talet utan \
             tusentalsavgränsare: 1234, eller {decimals} om det är decimaler."
        ),
        format!(
            "The file has numbers with commas and with points, so that 1,234 may mean two things. Write this number without \
             thousands separators: 1234, or {decimals} if it has decimals."
        ),
    )
}

/// Why the text of a cell in a column of this kind is not read.
pub(crate) fn fault_of(kind: ColumnType, cell: &str, mark: DecimalMark) -> Option<CellFault> {
    match kind {
        _ if is_formula_error(cell) => Some(CellFault::FormulaError),
        _ if cell.starts_with(DOUBT.trim_end()) => Some(CellFault::Doubtful),
        ColumnType::Text | ColumnType::Integer if is_shortened(cell) => Some(CellFault::Shortened),
        ColumnType::Integer if DecimalMark::of(cell).is_some() => Some(CellFault::MarkInWhole),
        ColumnType::Number | ColumnType::Integer => mark.fault_of(cell),
        ColumnType::Date | ColumnType::PartialDate | ColumnType::DateTime if is_serial(cell) => {
            Some(CellFault::SerialDate)
        }
        _ => None,
    }
}

/// `#N/A`, `#DIV/0!`, `#NAMN?`, in any language; a reason has small letters.
fn is_formula_error(cell: &str) -> bool {
    let capital = |c: char| c.is_uppercase() || matches!(c, '/' | '0');
    let Some(name) = cell.strip_prefix('#') else { return false };
    let named = name.strip_suffix(['!', '?']).is_some_and(|name| name.starts_with(char::is_uppercase));
    name == "N/A" || named && name.trim_end_matches(['!', '?']).chars().all(capital)
}

/// A number as spreadsheets shorten it: one digit before the mark and a sign in the exponent. `48E12` may be a batch.
fn is_shortened(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((mantissa, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let Some(fraction) = mantissa.strip_prefix(|c: char| c.is_ascii_digit()) else { return false };
    let whole = fraction.is_empty() || fraction.strip_prefix([',', '.']).is_some_and(digits);
    whole && exponent.strip_prefix(['+', '-']).is_some_and(digits)
}

/// Five digits, with the time of day behind them if there is one: days from 1927 to 2173.
fn is_serial(cell: &str) -> bool {
    let (days, time) = cell.split_once([',', '.']).unwrap_or((cell, ""));
    days.len() == 5 && days.bytes().chain(time.bytes()).all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_number_is_told_from_a_batch() {
        for shortened in ["1,23E+12", "1.23457E+11", "4E+12", "-1,5E-07", "1.2e+05"] {
            assert!(is_shortened(shortened), "{shortened}");
        }
        for label in ["48E12", "12,3E+12", "1E", "E+12", "1,E+12", "1E+", "KTE+12", "1E+12A", "1.23"] {
            assert!(!is_shortened(label), "{label}");
        }
    }

    #[test]
    fn the_error_of_a_formula_is_told_from_a_reason() {
        for error in ["#N/A", "#DIV/0!", "#REF!", "#NAME?", "#VÄRDEFEL!", "#SAKNAS!"] {
            assert!(is_formula_error(error), "{error}");
        }
        for text in ["#not_done", "#1 of two", "#", "#!", "N/A", "#Oklart!", "#0!"] {
            assert!(!is_formula_error(text), "{text}");
        }
    }

    #[test]
    fn a_day_of_a_spreadsheet_is_told_from_a_year() {
        assert!(is_serial("45292") && is_serial("45292,4375"));
        assert!(!is_serial("2024") && !is_serial("20240101") && !is_serial("45292x") && !is_serial(""));
    }
}
