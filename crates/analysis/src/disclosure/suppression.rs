//! Secondary suppression: no small group may be found by subtracting the others from the total.

use super::{Audience, ROUNDING, THRESHOLD, figure};

/// The largest hidden figure.
const LARGEST_SMALL: i128 = THRESHOLD as i128 - 1;

/// One figure of all groups and of their total.
pub(super) struct Margin {
    /// Exact figure of the whole.
    pub(super) total: u64,
    /// Exact figure of each group.
    pub(super) groups: Vec<u64>,
    /// Whether the groups add up to the whole; if not, they add up to at least the whole.
    pub(super) adds_up: bool,
}

/// Which groups to hide: the small ones; and all, if what the others show would narrow down a small one.
///
/// All rather than one more: which one is hidden in addition would itself tell how the figures lie.
pub(super) fn hidden(small: &[bool], margins: &[Margin]) -> Vec<bool> {
    if margins.iter().any(|margin| margin.narrows(small)) { vec![true; small.len()] } else { small.to_vec() }
}

impl Margin {
    /// Whether the rounded figures exclude a value from 0 to 9 for a small group, by interval arithmetic over
    /// what each of them may stand for.
    fn narrows(&self, small: &[bool]) -> bool {
        let hidden = small.iter().filter(|small| **small).count() as i128;
        if hidden == 0 {
            return false;
        }
        let (mut least, mut most) = bounds(self.total);
        for (exact, _) in self.groups.iter().zip(small).filter(|(_, small)| !**small) {
            let (low, high) = bounds(*exact);
            least -= high;
            most -= low;
        }
        least > LARGEST_SMALL * (hidden - 1) || (self.adds_up && most < LARGEST_SMALL)
    }
}

/// What a figure may be, as far as its protected form tells.
fn bounds(exact: u64) -> (i128, i128) {
    let half = i128::from(ROUNDING / 2);
    match figure(Audience::Protected, exact).map(i128::from) {
        None => (0, LARGEST_SMALL),
        Some(rounded) => ((rounded - half).max(i128::from(THRESHOLD)), rounded + half - 1),
    }
}
