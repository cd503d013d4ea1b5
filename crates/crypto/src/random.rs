//! Random bytes as a parameter, so that tests and the demo network can repeat themselves.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::OpenSslError;
use crate::mac::MacKey;

/// Where random bytes come from.
pub trait RandomSource: Send + Sync {
    /// Fills the whole buffer.
    ///
    /// # Errors
    /// When the source has no randomness to give; the buffer must then not be used.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), OpenSslError>;
}

/// `N` bytes from the source.
///
/// # Errors
/// When the source has no randomness to give.
pub fn bytes<const N: usize>(source: &dyn RandomSource) -> Result<[u8; N], OpenSslError> {
    let mut buffer = [0; N];
    source.fill(&mut buffer)?;
    Ok(buffer)
}

/// The generator of OpenSSL for secret values, seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), OpenSslError> {
        Ok(openssl::rand::rand_priv_bytes(buffer)?)
    }
}

/// Bytes that follow from a seed: HMAC-SHA-256 over a block counter.
///
/// For tests and the demo network. Never for secrets of a real network: whoever guesses the seed knows them all.
#[derive(Debug)]
pub struct SeededRandom {
    key: MacKey,
    next_block: AtomicU64,
}

impl SeededRandom {
    /// A source whose bytes depend on the seed and the order of calls alone.
    pub fn new(seed: u64) -> Self {
        Self {
            key: MacKey::new("cartotek/seeded-random/v1", &seed.to_be_bytes()),
            next_block: AtomicU64::new(0),
        }
    }
}

impl RandomSource for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), OpenSslError> {
        for chunk in buffer.chunks_mut(32) {
            let number = self.next_block.fetch_add(1, Ordering::Relaxed);
            let block = self.key.tag(&[&number.to_be_bytes()]);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_no_other() {
        let draw = |seed| {
            let source = SeededRandom::new(seed);
            [bytes::<70>(&source).unwrap(), bytes::<70>(&source).unwrap()]
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let [first, second] = draw(1);
        assert_ne!(first, second);
        assert_ne!(first[..32], first[32..64]);
    }

    #[test]
    fn the_system_gives_fresh_bytes() {
        assert_ne!(bytes::<32>(&SystemRandom).unwrap(), bytes::<32>(&SystemRandom).unwrap());
    }
}
