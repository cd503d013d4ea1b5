//! Drawing a patient's pseudonym: random, derived from nothing.

use cartotek_domain::pseudonym::Pseudonym;

use crate::OpenSslError;
use crate::random::{self, RandomSource};

/// A fresh pseudonym, of about 2⁴⁵ possible ones. Whether another patient bears it already is for the database to
/// say; the caller then draws again.
///
/// # Errors
/// When the source has no randomness to give.
pub fn draw(random: &dyn RandomSource) -> Result<Pseudonym, OpenSslError> {
    loop {
        // About one draw in 20 000 is refused, for want of a letter or for looking like a person number.
        if let Some(pseudonym) = Pseudonym::from_random(random::bytes(random)?) {
            return Ok(pseudonym);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::random::SeededRandom;

    /// Gives digits alone at first, then letters.
    struct DigitsThenLetters(AtomicBool);

    impl RandomSource for DigitsThenLetters {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), OpenSslError> {
            buffer.fill(if self.0.swap(true, Ordering::Relaxed) { 10 } else { 0 });
            Ok(())
        }
    }

    #[test]
    fn pseudonyms_differ_and_are_read_back() {
        let source = SeededRandom::new(1);
        let drawn: BTreeSet<Pseudonym> = (0..1000).map(|_| draw(&source).unwrap()).collect();
        assert_eq!(drawn.len(), 1000);
        for pseudonym in drawn {
            assert_eq!(pseudonym.to_string().parse(), Ok(pseudonym));
        }
    }

    #[test]
    fn a_draw_without_letters_is_repeated() {
        let pseudonym = draw(&DigitsThenLetters(AtomicBool::new(false))).unwrap();
        assert!(pseudonym.to_string().starts_with("CT-AAAAAAAAA"));
    }
}
