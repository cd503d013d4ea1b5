//! The code of donated cells: the Single European Code.
//!
//! Patterns only: the code tables behind it are licensed and not shipped.

use chrono::NaiveDate;

use super::{InvalidCode, has_shape, text_code};

const SEC: InvalidCode = InvalidCode::new(
    "SEC är 40 tecken: land, vävnadsinrättning (6), donation (13), E, A eller B, produkt (7), delning (3), \
     utgångsdatum ÅÅÅÅMMDD",
    "an SEC is 40 characters: country, tissue establishment (6), donation (13), E, A or B, product (7), split (3), \
     expiry YYYYMMDD",
);

text_code! {
    /// The Single European Code of tissues and cells (Directive 2006/86/EC annex VII), kept as 40 characters; blanks
    /// between the donation and the product block are dropped.
    SingleEuropeanCode, parse_sec
}

impl SingleEuropeanCode {
    fn part(&self, from: usize, to: usize) -> &str {
        self.0.get(from..to).unwrap_or_default()
    }

    /// The ISO 3166 country of the tissue establishment.
    pub fn country(&self) -> &str {
        self.part(0, 2)
    }

    /// The number of the tissue establishment in the EU compendium.
    pub fn tissue_establishment(&self) -> &str {
        self.part(2, 8)
    }

    /// The unique donation number.
    pub fn donation(&self) -> &str {
        self.part(8, 21)
    }

    /// The coding system of the product number: `E` EUTC, `A` ISBT 128, `B` Eurocode.
    pub fn product_coding_system(&self) -> &str {
        self.part(21, 22)
    }

    /// The product number.
    pub fn product(&self) -> &str {
        self.part(22, 29)
    }

    /// Which part of the split donation.
    pub fn split(&self) -> &str {
        self.part(29, 32)
    }

    /// The expiry date; `None` where the eight digits are no calendar day (`00000000`: no expiry).
    pub fn expiry(&self) -> Option<NaiveDate> {
        NaiveDate::parse_from_str(self.part(32, 40), "%Y%m%d").ok()
    }
}

fn parse_sec(text: &str) -> Result<String, InvalidCode> {
    let compact = match text.split_once(' ') {
        Some((donation, product)) if donation.len() == 21 => {
            format!("{donation}{}", product.trim_start_matches(' '))
        }
        Some(_) => return Err(SEC),
        None => text.to_owned(),
    };
    let system = compact.as_bytes().get(21).copied().unwrap_or_default();
    let shape = "AAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX99999999";
    if has_shape(&compact, shape) && b"EAB".contains(&system) { Ok(compact) } else { Err(SEC) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPACT: &str = "SE000123A999926123456A000S12300120270131";

    #[test]
    fn a_single_european_code_splits_into_its_parts() {
        let code: SingleEuropeanCode = COMPACT.parse().unwrap();
        assert_eq!(COMPACT.len(), 40);
        assert_eq!(code.country(), "SE");
        assert_eq!(code.tissue_establishment(), "000123");
        assert_eq!(code.donation(), "A999926123456");
        assert_eq!(code.product_coding_system(), "A");
        assert_eq!(code.product(), "000S123");
        assert_eq!(code.split(), "001");
        assert_eq!(code.expiry(), NaiveDate::from_ymd_opt(2027, 1, 31));
        let (donation, product) = COMPACT.split_at(21);
        assert_eq!(format!("{donation} {product}").parse(), Ok(code));
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in ["", &COMPACT[1..], &COMPACT.replace("6A0", "6C0"), &COMPACT.to_lowercase(), "SE 000123"]
        {
            assert_eq!(text.parse::<SingleEuropeanCode>(), Err(SEC), "{text}");
        }
    }
}
