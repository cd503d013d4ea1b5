//! HSA-ids: how Swedish health care names its staff, units and systems.

use super::{InvalidCode, text_code};

const EXPECTED: InvalidCode = InvalidCode::new(
    "HSA-id skrivs SE, tio siffror, bindestreck och 1–18 tecken A–Z, a–z, 0–9",
    "an HSA-id is SE, ten digits, a hyphen and 1 to 18 characters A-Z, a-z, 0-9",
);

text_code! {
    /// An HSA-id, `SE` + organisation number + `-` + 1 to 18 letters or digits (at most 31 characters in all).
    HsaId, parse
}

impl HsaId {
    /// The ten digits of the organisation that issued it.
    pub fn organisation(&self) -> &str {
        self.0.get(2..12).unwrap_or_default()
    }

    /// What follows the hyphen: for the identifier guard.
    pub(crate) fn suffix(&self) -> &str {
        self.0.get(13..).unwrap_or_default()
    }
}

fn parse(text: &str) -> Result<String, InvalidCode> {
    let (organisation, suffix) =
        text.strip_prefix("SE").and_then(|rest| rest.split_once('-')).ok_or(EXPECTED)?;
    let organisation_fits = organisation.len() == 10 && organisation.bytes().all(|b| b.is_ascii_digit());
    let suffix_fits = (1..=18).contains(&suffix.len()) && suffix.bytes().all(|b| b.is_ascii_alphanumeric());
    if organisation_fits && suffix_fits { Ok(text.to_owned()) } else { Err(EXPECTED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_is_valid() {
        let id: HsaId = "SE2321000016-A1B2".parse().unwrap();
        assert_eq!((id.organisation(), id.suffix()), ("2321000016", "A1B2"));
        assert!(format!("SE2321000016-{}", "a".repeat(18)).parse::<HsaId>().is_ok());
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in [
            "SE232100001-1",
            "SE2321000016-Å1",
            "SE2321000016-",
            "SE2321000016A1",
            "se2321000016-A1",
            "SE2321000016-A-1",
            "SE2321000016-A1 ",
            "SE2321000016-aaaaaaaaaaaaaaaaaaa",
            "",
        ] {
            assert_eq!(text.parse::<HsaId>(), Err(EXPECTED), "{text}");
        }
    }
}
