//! Finds names of persons by the word that announces them: `Namn: …`. Names without one are not found.

use super::fold::is_alphanumeric;
use super::{FieldKind, IdentifierKind, Verdict};

/// What announces a name, folded (`z` is the `ö` of *förnamn*). They stand as whole words, so that *läkemedelsnamn* and
/// `file_name` are none.
const LABELS: [&[u8]; 7] =
    [b"NAMN", b"NAME", b"PATIENTNAMN", b"PATIENTNAME", b"FzRNAMN", b"EFTERNAMN", b"SURNAME"];

/// Whether the folded text announces a name: only in text written by a person, elsewhere a colon means something else.
pub(super) fn scan(text: &[u8], field: FieldKind) -> Verdict {
    let mut colons = text.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at);
    if field == FieldKind::FreeText && colons.any(|colon| is_label(text, colon) && has_name(text, colon + 1))
    {
        Verdict::Refused(IdentifierKind::Name)
    } else {
        Verdict::Clean
    }
}

/// Whether the word before the colon, blanks between them or none, is one of the labels.
fn is_label(text: &[u8], colon: usize) -> bool {
    let before = text.get(..colon).unwrap_or_default().trim_ascii_end();
    let start =
        before.iter().rposition(|&byte| !is_alphanumeric(byte) && byte != b'_').map_or(0, |last| last + 1);
    before.get(start..).is_some_and(|word| LABELS.contains(&word))
}

/// Whether letters follow, possibly in quotation marks or brackets; an empty line of a form has none.
fn has_name(text: &[u8], from: usize) -> bool {
    let mut rest = text.get(from..).unwrap_or_default().iter();
    rest.find(|byte| !matches!(byte, b' ' | b'"' | b'\'' | b'(' | b'[')).is_some_and(u8::is_ascii_alphabetic)
}
