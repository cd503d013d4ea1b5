//! The Luhn check (ISO/IEC 7812-1 annex B) as Swedish person and organisation numbers use it.

/// Whether the last character checks the ones before it.
///
/// `letter_value` gives the digit that stands for a letter (interim numbers count every letter as 1); a character
/// without a value makes the number invalid. Fewer than two characters are never valid.
pub fn is_valid(text: &[u8], letter_value: fn(u8) -> Option<u8>) -> bool {
    let mut sum = 0;
    for (place, &byte) in text.iter().rev().enumerate() {
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            _ => match letter_value(byte) {
                Some(value) => value,
                None => return false,
            },
        };
        let product = if place % 2 == 0 { value } else { value * 2 };
        sum += u32::from(product / 10 + product % 10);
    }
    text.len() > 1 && sum % 10 == 0
}

/// Whether the last of these digits checks the ones before it.
pub fn is_valid_number(digits: &str) -> bool {
    is_valid(digits.as_bytes(), |_| None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_test_numbers_pass() {
        for number in [
            "8501012382",
            "9001019802",
            "9001029819",
            "1001019809",
            "6001062626",
            "9001012385",
            "0002292399",
            "1201012380",
            "1212121212",
            "2312312388",
            "1401682396",
            "9412902398",
            "2312912393",
            "7010632391",
            "2321000016",
            "2321000024",
            "2321000255",
            "2321000131",
            "2321000222",
            "2321000040",
            "2321000164",
            "2120000803",
        ] {
            assert!(is_valid_number(number), "{number}");
        }
    }

    #[test]
    fn wrong_or_short_numbers_fail() {
        for number in ["7004289895", "6004309886", "8501012383", "", "0", "85010123B2"] {
            assert!(!is_valid_number(number), "{number}");
        }
    }

    #[test]
    fn letters_count_with_their_value() {
        assert!(is_valid(b"000101T220", |letter| (letter == b'T').then_some(1)));
        assert!(is_valid(b"810829M071", |letter| (letter == b'M').then_some(7)));
        assert!(!is_valid(b"810829M071", |_| None));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(digits in "[0-9]{9}", place in 0_usize..10, step in 1_u8..10) {
            let number = (0..10).map(|check| format!("{digits}{check}")).find(|n| is_valid_number(n)).unwrap();
            let mut bytes = number.into_bytes();
            bytes[place] = (bytes[place] - b'0' + step) % 10 + b'0';
            prop_assert!(!is_valid(&bytes, |_| None));
        }
    }
}
