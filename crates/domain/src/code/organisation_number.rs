//! Swedish organisation numbers.

use super::{InvalidCode, luhn, text_code};

const EXPECTED: InvalidCode = InvalidCode::new(
    "organisationsnummer skrivs NNNNNN-NNNN med rätt kontrollsiffra och minst 2 som tredje siffra",
    "an organisation number is NNNNNN-NNNN with a correct check digit and at least 2 as third digit",
);

text_code! {
    /// The organisation number of a legal person, kept as `NNNNNN-NNNN`.
    ///
    /// The third digit is at least 2, so that it is never read as a month: the number of a sole trader is a
    /// personnummer and is refused.
    OrganisationNumber, parse
}

impl OrganisationNumber {
    /// The ten digits without hyphen.
    pub fn digits(&self) -> String {
        self.0.replace('-', "")
    }
}

/// Whether ten digits may be an organisation number by their third digit.
pub(crate) fn is_of_legal_person(digits: &str) -> bool {
    digits.as_bytes().get(2).is_some_and(|digit| (b'2'..=b'9').contains(digit))
}

fn parse(text: &str) -> Result<String, InvalidCode> {
    let digits = match text.split_once('-') {
        Some((first, last)) if first.len() == 6 => format!("{first}{last}"),
        Some(_) => return Err(EXPECTED),
        None => text.to_owned(),
    };
    let fits = digits.len() == 10 && luhn::is_valid_number(&digits) && is_of_legal_person(&digits);
    let (first, last) = digits.split_at_checked(6).filter(|_| fits).ok_or(EXPECTED)?;
    Ok(format!("{first}-{last}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_regions_of_the_network_are_valid() {
        for number in ["232100-0016", "232100-0024", "232100-0255", "232100-0131", "212000-0803"] {
            let parsed: OrganisationNumber = number.replace('-', "").parse().unwrap();
            assert_eq!(parsed.as_str(), number);
            assert_eq!(number.parse(), Ok(parsed));
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in ["232100-0017", "850101-2382", "2321-000016", "232100-00168", "", "232100–0016"] {
            assert_eq!(text.parse::<OrganisationNumber>(), Err(EXPECTED), "{text}");
        }
    }
}
