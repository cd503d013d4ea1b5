//! Figures as sums of what is shown and what is hidden: the one place that says which of them are told how.
//!
//! Were a total the sum of what is shown, it would lean: a cell of which a few are missing is hidden, and one of which none is
//! missing is shown.

use cartotek_domain::completeness::{LEAST_COUNT, Share};

use super::audience::Audience;
use super::form::FormShare;

/// What a figure is the sum of. A number is a share of itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    /// What is in cells that are shown.
    pub(super) shown: Share,
    /// What is in cells that are hidden; nothing of the own sites.
    pub(super) hidden: Share,
    pub(super) hidden_cells: u64,
    /// How many patients the hidden ones are about at least.
    hidden_patients: u64,
    /// How many forms the hidden ones are of at least.
    hidden_forms: u64,
}

impl Sum {
    /// Adds a cell.
    pub(super) fn add(&mut self, share: Share, patients: u64, is_shown: bool) {
        if is_shown {
            self.shown.add_all(share);
        } else if share.whole > 0 {
            self.hidden.add_all(share);
            self.hidden_cells += 1;
            self.hidden_patients = self.hidden_patients.max(patients);
            self.hidden_forms += share.whole;
        }
    }

    /// Adds another sum, of the same forms and patients. Where that one is told it is shown with what it hides: what is left
    /// of this one is then of what no other tells.
    pub(super) fn add_sum(&mut self, other: &Self, is_told: bool) {
        self.shown.add_all(other.shown);
        if is_told {
            self.shown.add_all(other.hidden);
            return;
        }
        self.hidden.add_all(other.hidden);
        self.hidden_cells += other.hidden_cells;
        self.hidden_patients = self.hidden_patients.max(other.hidden_patients);
        self.hidden_forms = self.hidden_forms.max(other.hidden_forms);
    }

    pub(super) const fn hides(&self) -> bool {
        self.hidden_cells > 0
    }

    /// Whether it is no sum, but one hidden cell.
    pub(super) const fn is_one_hidden(&self) -> bool {
        self.hidden_cells == 1 && self.shown.whole == 0
    }

    /// A number: none of those that are shown is not none.
    pub(super) fn number(&self, exact: bool) -> Option<u64> {
        if self.is_one_hidden() {
            return None;
        }
        if self.hides() {
            return tens(self.shown.part, self.hidden.part);
        }
        Some(self.shown.part).filter(|many| exact || *many > 0)
    }

    /// A share with its numbers: above what is hidden in tens and whole per cent.
    pub(super) fn share(&self, audience: &Audience) -> Option<FormShare> {
        let Self { shown, hidden, .. } = self;
        if !self.hides() {
            return Some(FormShare::from(*shown)).filter(|_| audience.exact || shown.whole > 0);
        }
        if self.is_one_hidden() {
            return None;
        }
        let share = FormShare {
            part: tens(shown.part, hidden.part),
            whole: tens(shown.whole, hidden.whole),
            rest: tens(shown.rest(), hidden.rest()),
            fraction: self.whole_per_cent(audience, 1),
        };
        Some(share).filter(|share| *share != FormShare::default())
    }

    /// The share of all in whole per cent, the hidden ones included; `None` of nothing. Where something is hidden it is told only
    /// if that would be shown were it one cell, of so many forms at least: else the share would tell of few of them, less those
    /// that are shown.
    pub(super) fn whole_per_cent(&self, audience: &Audience, least: u64) -> Option<f64> {
        let Self { hidden, hidden_patients, hidden_forms, .. } = *self;
        let tells_of_many = audience.shows_share(hidden, hidden_patients) && hidden_forms >= least;
        if self.hides() && !tells_of_many {
            return None;
        }
        let mut all = self.shown;
        all.add_all(hidden);
        all.whole_per_cent()
    }
}

/// So many shown and so many hidden ones, rounded down to tens each by themselves; `None` below ten. Were they rounded together,
/// whoever asks for the same hidden ones with ever more that are shown would see at which of them the next ten is reached, and
/// so how many are hidden.
pub(super) fn tens(shown: u64, hidden: u64) -> Option<u64> {
    let tens = |many: u64| many / LEAST_COUNT * LEAST_COUNT;
    Some(tens(shown) + tens(hidden)).filter(|many| *many > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn share(part: u64, whole: u64) -> Share {
        Share { part, whole }
    }

    fn per_cent(sum: &Sum) -> Option<f64> {
        sum.whole_per_cent(&Audience::default(), LEAST_COUNT)
    }

    #[test]
    fn a_share_is_of_everything_or_not_told() {
        let mut sum = Sum::default();
        assert_eq!(per_cent(&sum), None, "of nothing");
        sum.add(share(199, 200), 20, true);
        assert_eq!(per_cent(&sum), Some(0.99), "what lacks something is not whole");
        sum.add(share(7, 10), 10, false);
        assert_eq!(per_cent(&sum), None, "it would tell that three are missing");
        sum.add(share(7, 10), 10, false);
        assert_eq!(per_cent(&sum), Some(0.96), "213 of 220");
    }

    #[test]
    fn what_is_hidden_together_is_of_many() {
        let sum = |cells: [(Share, u64); 2]| {
            let mut sum = Sum::default();
            for (share, patients) in cells {
                sum.add(share, patients, false);
            }
            sum
        };
        assert_eq!(per_cent(&sum([(share(7, 7), 7), (share(2, 2), 2)])), None, "of nine");
        assert_eq!(per_cent(&sum([(share(7, 7), 7), (share(3, 3), 3)])), Some(1.0));
        assert_eq!(per_cent(&sum([(share(9, 10), 10), (share(7, 10), 10)])), None, "four are missing");
        assert_eq!(per_cent(&sum([(share(9, 9), 4), (share(9, 9), 4)])), None, "perhaps of four patients");
    }

    #[test]
    fn a_sum_of_sums_tells_of_no_few_that_none_of_them_tells() {
        let (mut told, mut kept) = (Sum::default(), Sum::default());
        told.add(share(7, 10), 10, false);
        told.add(share(6, 10), 10, false);
        kept.add(share(20, 20), 20, true);
        kept.add(share(7, 10), 10, false);
        let mut both = Sum::default();
        both.add_sum(&told, true);
        assert_eq!(per_cent(&both), Some(0.65));
        both.add_sum(&kept, false);
        assert_eq!(per_cent(&both), None, "less the one that is told it would tell of three");
        both.add_sum(&kept, false);
        assert_eq!(per_cent(&both), Some(0.83), "67 of 80");
        let mut few = Sum::default();
        few.add(share(8, 8), 8, false);
        let mut fields = Sum::default();
        for _ in 0..9 {
            fields.add_sum(&few, false);
        }
        assert_eq!(per_cent(&fields), None, "nine fields of eight contents");
    }
}
