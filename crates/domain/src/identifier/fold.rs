//! Folds the disguises of a text into plain bytes.
//!
//! Afterwards digits are ASCII, ASCII letters upper case, every dash is `-`, every blank a space, other letters
//! [`OTHER_LETTER`] and other symbols `?`; what is invisible is gone.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Stands for a letter outside ASCII; ASCII letters are upper case after folding, so it is no one else.
const OTHER_LETTER: u8 = b'z';

/// The shortest identifier, a telephone number, has seven digits.
const FEWEST_DIGITS: usize = 7;

/// The zeros of the decimal digits outside ASCII that NFKC leaves alone (Unicode 14); nine digits follow each.
const ZEROS: [u32; 58] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136,
    0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50,
    0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1e140, 0x1e2f0, 0x1e950,
];

/// A quick look without allocation: whether the text could hold an identifier at all.
pub(super) fn worth_a_look(text: &str) -> bool {
    let (mut digits, mut at, mut colon, mut high) = (0_usize, false, false, 0_u8);
    for byte in text.bytes() {
        digits += usize::from(byte.is_ascii_digit());
        at |= byte == b'@';
        colon |= byte == b':';
        high |= byte;
    }
    if at || digits >= FEWEST_DIGITS || (colon && may_announce_a_name(text)) {
        return true;
    }
    if high.is_ascii() {
        return false;
    }
    // One character may fold into several digits (`㉛`), never more than three; Swedish letters into none.
    let foldable = text.chars().filter(|&character| may_fold(character)).count();
    digits + 3 * foldable >= FEWEST_DIGITS
        || text.contains(['\u{ff20}', '\u{fe6b}'])
        // The word before the colon may be disguised; a colon that is disguised may fold itself.
        || (foldable > 0 && (colon || text.contains(['\u{ff1a}', '\u{fe55}', '\u{fe13}'])))
}

/// What all words that announce a name have in common.
fn may_announce_a_name(text: &str) -> bool {
    text.as_bytes().windows(3).any(|letters| letters.eq_ignore_ascii_case(b"nam"))
}

fn may_fold(character: char) -> bool {
    let is_latin_letter = character < '\u{250}' && character.is_alphabetic();
    !(character.is_ascii() || is_latin_letter)
}

/// Whether a folded byte is a letter or digit.
pub(super) fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Whether a folded byte may stand between the groups of a number.
pub(super) fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'+' | b' ' | b'.' | b'/' | b'_')
}

/// Folds a text.
pub(super) fn fold(text: &str) -> Vec<u8> {
    let mut folded = Vec::with_capacity(text.len());
    if text.is_ascii() {
        folded.extend(text.bytes().filter_map(fold_ascii));
    } else {
        folded.extend(text.nfkc().filter_map(fold_character));
    }
    folded
}

fn fold_ascii(byte: u8) -> Option<u8> {
    match byte {
        b'\t'..=b'\r' => Some(b' '),
        _ if byte.is_ascii_control() => None,
        _ => Some(byte.to_ascii_uppercase()),
    }
}

fn fold_character(character: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(character)
        && byte.is_ascii()
    {
        return fold_ascii(byte);
    }
    if is_invisible(character) {
        None
    } else if let Some(digit) = digit(character) {
        Some(b'0' + digit)
    } else if is_dash(character) {
        Some(b'-')
    } else if character.is_whitespace() {
        Some(b' ')
    } else if matches!(character, '\u{2044}' | '\u{2215}') {
        Some(b'/')
    } else if matches!(character, '\u{b7}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}') {
        Some(b'.')
    } else {
        Some(if character.is_alphabetic() { OTHER_LETTER } else { b'?' })
    }
}

fn digit(character: char) -> Option<u8> {
    let code = u32::from(character);
    let after = ZEROS.partition_point(|&zero| zero <= code);
    let zero = ZEROS.get(after.checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|&digit| digit < 10)
}

fn is_dash(character: char) -> bool {
    matches!(
        character,
        '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{2043}'
                | '\u{2d7}'
                | '\u{58a}'
                | '\u{5be}'
                | '\u{1806}'
                | '\u{2796}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{301c}'
                | '\u{3030}'
                | '\u{30a0}'
    )
}

/// Control, combining and default-ignorable characters (Unicode, `DerivedCoreProperties`): nothing a reader sees.
fn is_invisible(character: char) -> bool {
    // `U+0085` is a line break, all other controls outside ASCII show nothing.
    (character.is_control() && character != '\u{85}')
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
        || is_combining_mark(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        String::from_utf8(fold(text)).unwrap()
    }

    #[test]
    fn disguises_fold_into_plain_bytes() {
        assert_eq!(folded("１２３－４"), "123-4");
        assert_eq!(folded("٠١٢٣٤٥٦٧٨٩"), "0123456789");
        assert_eq!(folded("०१२३४५६७८९"), "0123456789");
        assert_eq!(folded("𝟘𝟙𝟚②㉛"), "012231");
        assert_eq!(folded("1\u{200b}2\u{ad}3\u{feff}4\u{e0001}5\u{301}6\u{7}7"), "1234567");
        assert_eq!(folded("‐‑‒–—−"), "------");
        assert_eq!(folded("1\u{a0}2\u{2009}3\t4"), "1 2 3 4");
        assert_eq!(folded("Åsa ≥ b"), "zSA ? B");
    }

    #[test]
    fn zeros_are_sorted_and_start_decimal_runs() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for step in 0..10 {
                assert!(char::from_u32(zero + step).unwrap().is_numeric(), "{zero:x} + {step}");
            }
        }
    }

    #[test]
    fn ordinary_text_is_passed_over() {
        for text in [
            "",
            "KAR",
            "Återfall i lymfkörtel, 3 st ≥ 2 cm",
            "2026-01",
            "tisagenlecleucel",
            "Läge: åter 08:30",
            "namn",
        ] {
            assert!(!worth_a_look(text), "{text}");
        }
        for text in
            ["a@b.se", "a＠b.se", "1234567", "٨٥٠١٠١٢٣٨٢", "8501㉛", "Namn: A", "namn： A", "na\u{200b}mn: A"]
        {
            assert!(worth_a_look(text), "{text}");
        }
    }
}
