//! Secondary suppression: no small group may be found by subtracting the others from the total.

use super::{Audience, ROUNDING, THRESHOLD, figure};

/// The largest hidden figure.
pub(super) const LARGEST_SMALL: i128 = THRESHOLD as i128 - 1;

/// The least and the most that a figure may be, as far as its protected form tells.
pub(super) type Bounds = (i128, i128);

/// One figure of all groups and of their total.
pub(super) struct Margin {
    /// What is known of the whole.
    pub(super) total: Bounds,
    /// What is known of each group.
    pub(super) groups: Vec<Bounds>,
    /// Whether the groups add up to the whole; if not, they add up to at least the whole.
    pub(super) adds_up: bool,
    /// How many of the values from 0 to 9 must be left for a small group.
    pub(super) values: i128,
}

/// Which groups to hide: the small ones; and all, if what the others show would narrow down a small one.
///
/// All rather than one more: which one is hidden in addition would itself tell how the figures lie.
pub(super) fn hidden(small: &[bool], margins: &[Margin]) -> Vec<bool> {
    if margins.iter().any(|margin| margin.narrows(small)) { vec![true; small.len()] } else { small.to_vec() }
}

impl Margin {
    /// A margin of exact figures, shown rounded, that leaves a small group every value from 0 to 9.
    pub(super) fn of(total: u64, groups: &[u64], adds_up: bool) -> Self {
        let groups = groups.iter().map(|exact| bounds(*exact)).collect();
        Self { total: bounds(total), groups, adds_up, values: LARGEST_SMALL + 1 }
    }

    /// Whether the figures shown leave too few values for a small group, by interval arithmetic over what each of them
    /// may stand for.
    pub(super) fn narrows(&self, small: &[bool]) -> bool {
        let hidden = small.iter().filter(|small| **small).count() as i128;
        if hidden == 0 {
            return false;
        }
        let (mut least, mut most) = self.total;
        for ((low, high), _) in self.groups.iter().zip(small).filter(|(_, small)| !**small) {
            least -= high;
            most -= low;
        }
        let low = (least - LARGEST_SMALL * (hidden - 1)).max(0);
        let high = if self.adds_up { most.min(LARGEST_SMALL) } else { LARGEST_SMALL };
        high - low + 1 < self.values
    }
}

/// What a figure may be, as far as its protected form tells.
pub(super) fn bounds(exact: u64) -> Bounds {
    let half = i128::from(ROUNDING / 2);
    match figure(Audience::Protected, exact).map(i128::from) {
        None => (0, LARGEST_SMALL),
        Some(rounded) => ((rounded - half).max(i128::from(THRESHOLD)), rounded + half - 1),
    }
}
