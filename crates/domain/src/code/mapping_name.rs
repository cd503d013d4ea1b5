//! Names of import mappings.

use super::{InvalidCode, text_code};

const NAME: InvalidCode = InvalidCode::new(
    "namnet på en mappning är 1–40 tecken a–z, 0–9, bindestreck och understreck, och börjar med en bokstav",
    "the name of a mapping is 1 to 40 characters a-z, 0-9, hyphen and underscore, starting with a letter",
);

text_code! {
    /// The name that a site gives a mapping: `^[a-z][a-z0-9_-]{0,39}$`, e.g. `lab-export`.
    MappingName, parse
}

fn parse(text: &str) -> Result<String, InvalidCode> {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let begun = text.starts_with(|first: char| first.is_ascii_lowercase());
    if begun && text.len() <= 40 && text.bytes().all(allowed) { Ok(text.to_owned()) } else { Err(NAME) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_shape() {
        for name in ["a", "lab-export", "lab_2", &"a".repeat(40)] {
            assert_eq!(name.parse::<MappingName>().unwrap().as_str(), name);
        }
        for text in ["", "-lab", "2lab", "Lab", "lab export", "labb/å", &"a".repeat(41)] {
            assert_eq!(text.parse::<MappingName>(), Err(NAME), "{text}");
        }
    }
}
