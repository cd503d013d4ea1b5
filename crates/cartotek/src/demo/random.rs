//! Chance that repeats itself: the same seed and stream give the same draws.
//!
//! Never for secrets: whoever guesses the seed knows every draw.

/// What separates two states of the generator (the golden ratio in 64 bits).
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The letters of labels and barcodes: no digits, so that none looks like a person number, and no vowels.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A generator of draws (`SplitMix64`, Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// The dice of one stream; streams of one seed are independent of each other.
    pub(super) const fn new(seed: u64, stream: u64) -> Self {
        Self(mixed(seed ^ mixed(stream.wrapping_add(STEP))))
    }

    /// Any number.
    pub(super) const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// A number from 0 to below 1.
    pub(super) fn unit(&mut self) -> f64 {
        let high = u32::try_from(self.number() >> 32).unwrap_or_default();
        f64::from(high) / 4_294_967_296.0
    }

    /// Yes, this often.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most - least).unwrap_or_default() + 1;
        least + i64::try_from(self.number() % width).unwrap_or_default()
    }

    /// A number from `least` to `most` with so many decimals.
    pub(super) fn decimal(&mut self, least: f64, most: f64, decimals: i32) -> f64 {
        rounded(least + (most - least) * self.unit(), decimals)
    }

    /// One of the choices, by weight; none when there is none.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[(T, u32)]) -> Option<T> {
        let total: i64 = choices.iter().map(|(_, weight)| i64::from(*weight)).sum();
        let mut left = self.between(0, (total - 1).max(0));
        for (choice, weight) in choices {
            left -= i64::from(*weight);
            if left < 0 {
                return Some(*choice);
            }
        }
        None
    }

    /// One of a few words, all alike.
    pub(super) fn word(&mut self, words: &[&'static str]) -> &'static str {
        let at = self.between(0, i64::try_from(words.len()).unwrap_or(1) - 1);
        usize::try_from(at).ok().and_then(|at| words.get(at)).copied().unwrap_or_default()
    }

    /// Days until something whose hazard does not change.
    pub(super) fn exponential(&mut self, mean: f64) -> i64 {
        self.weibull(1.0, mean)
    }

    /// Days until something whose hazard falls with time (shape below 1) or rises (above).
    pub(super) fn weibull(&mut self, shape: f64, scale: f64) -> i64 {
        whole(scale * (-(1.0 - self.unit()).ln()).powf(1.0 / shape))
    }

    /// A label of letters.
    pub(super) fn label(&mut self, length: usize) -> String {
        let draw = |_| char::from(LETTERS[usize::try_from(self.number() % 20).unwrap_or_default()]);
        (0..length).map(draw).collect()
    }
}

/// A number cut to so many decimals.
pub(super) fn rounded(number: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (number * scale).round() / scale
}

/// The whole number nearest to one of days.
#[expect(clippy::cast_possible_truncation, reason = "held within the calendar")]
fn whole(days: f64) -> i64 {
    days.clamp(0.0, 100_000.0).round() as i64
}

const fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first outputs of the reference implementation for the seed 0.
        let mut dice = Dice(0);
        assert_eq!([dice.number(), dice.number()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }

    #[test]
    fn streams_repeat_themselves_and_differ() {
        let draw = |seed, stream| {
            let mut dice = Dice::new(seed, stream);
            [dice.number(), dice.number()]
        };
        assert_eq!(draw(1, 1), draw(1, 1));
        assert_ne!(draw(1, 1), draw(1, 2));
        assert_ne!(draw(1, 2), draw(2, 1));
    }

    #[test]
    fn draws_keep_their_bounds_and_means() {
        let mut dice = Dice::new(1, 0);
        let drawn: Vec<_> = (0..10_000).map(|_| dice.between(-2, 2)).collect();
        assert!((-2..=2).all(|number| drawn.contains(&number)));
        assert!(drawn.iter().all(|number| (-2..=2).contains(number)));
        let days: i64 = (0..10_000).map(|_| dice.exponential(300.0)).sum();
        assert!((290..310).contains(&(days / 10_000)), "{days}");
        let heads = (0..10_000).filter(|_| dice.pick(&[(true, 3), (false, 1)]) == Some(true)).count();
        assert!((7300..7700).contains(&heads), "{heads}");
    }
}
