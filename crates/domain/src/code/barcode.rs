//! Barcodes of tubes and boxes.

use super::{InvalidCode, text_code};

const EXPECTED: InvalidCode = InvalidCode::new(
    "en streckkod är 3–40 synliga ASCII-tecken utan blanksteg",
    "a barcode is 3 to 40 visible ASCII characters without spaces",
);

text_code! {
    /// A barcode: 3 to 40 visible ASCII characters, without spaces; upper and lower case differ. Unique in the network
    /// and without any meaning about the patient.
    Barcode, parse
}

fn parse(text: &str) -> Result<String, InvalidCode> {
    if (3..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err(EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scanner_reads_is_kept_as_it_is() {
        for text in ["abc", "KI-BB/0001", "!~#", &"x".repeat(40)] {
            assert_eq!(text.parse::<Barcode>().unwrap().as_str(), text);
        }
        for text in ["", "ab", "a b", " abc", "abc\n", "å12", &"x".repeat(41)] {
            assert_eq!(text.parse::<Barcode>(), Err(EXPECTED), "{text}");
        }
    }
}
