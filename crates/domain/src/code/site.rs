//! Codes of hospitals and biobanks.

use super::{InvalidCode, has_shape, text_code};

const SITE: InvalidCode = InvalidCode::new(
    "en sjukhuskod är tre stora bokstäver A–Z",
    "a site code is three upper-case letters A-Z",
);
const BIOBANK: InvalidCode = InvalidCode::new(
    "en biobankskod är 2–16 tecken A–Z, 0–9 och bindestreck, och börjar inte med bindestreck",
    "a biobank code is 2 to 16 characters A-Z, 0-9 and hyphen, not starting with a hyphen",
);

text_code! {
    /// The code of a hospital: three upper-case letters, e.g. `KAR`.
    SiteCode, parse_site
}

text_code! {
    /// The code of a biobank: `^[A-Z0-9][A-Z0-9-]{1,15}$`, e.g. `KI-BB`.
    BiobankCode, parse_biobank
}

fn parse_site(text: &str) -> Result<String, InvalidCode> {
    if has_shape(text, "AAA") { Ok(text.to_owned()) } else { Err(SITE) }
}

fn parse_biobank(text: &str) -> Result<String, InvalidCode> {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    if (2..=16).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(BIOBANK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_shape() {
        assert_eq!("KAR".parse::<SiteCode>().unwrap().as_str(), "KAR");
        for text in ["", "KA", "KARO", "Kar", "K4R", "ÅÄÖ"] {
            assert_eq!(text.parse::<SiteCode>(), Err(SITE), "{text}");
        }
        assert_eq!("KI-BB".parse::<BiobankCode>().unwrap().to_string(), "KI-BB");
        for text in ["", "K", "-KI", "ki-bb", "KI BB", "K1234567890123456"] {
            assert_eq!(text.parse::<BiobankCode>(), Err(BIOBANK), "{text}");
        }
    }

    #[test]
    fn json_is_parsed_not_trusted() {
        assert_eq!(serde_json::to_string(&"KAR".parse::<SiteCode>().unwrap()).unwrap(), "\"KAR\"");
        assert!(serde_json::from_str::<SiteCode>("\"kar\"").is_err());
    }
}
