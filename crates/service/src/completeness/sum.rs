//! Totals above something hidden: the one place that says when they tell of a few.
//!
//! Were a total the sum of what is shown, it would lean: a cell of which a few are missing is hidden, and one of which none is
//! missing is shown. So it is of everything, or not told. Less what is shown it tells how many are hidden together, and at the
//! edges of what these can be each of them: five cells of one to four are one each if they are five together, and four each if
//! they are twenty. So it is told only while each hidden few may still be any of one to four, to whoever knows their sum, how
//! many they are, and everything else.

use cartotek_domain::completeness::{LEAST_COUNT, LEAST_PATIENTS, Share, in_tens};

use super::audience::Audience;
use super::form::FormShare;

/// The most that is a few.
const MOST_OF_FEW: u64 = LEAST_PATIENTS - 1;

/// What a figure is the sum of. A number is a share of itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    /// What is in cells that are shown.
    pub(super) shown: Share,
    /// What is in cells that are hidden; nothing of the own sites.
    hidden: Share,
    hidden_cells: u64,
    parts: Untold,
    rests: Untold,
    wholes: Untold,
    shares: UntoldShares,
}

/// Hidden numbers that the total of no site tells.
#[derive(Debug, Clone, Copy, Default)]
struct Untold {
    /// How many of them are one to four.
    cells: u64,
    /// How many these are together.
    few: u64,
    /// How many the others are together.
    others: u64,
}

/// Hidden shares that the total of no site tells.
#[derive(Debug, Clone, Copy, Default)]
struct UntoldShares {
    cells: u64,
    all: Share,
    /// How many patients they are about at least.
    patients: u64,
    rests: Untold,
    /// Their parts, where some are of the rest: where none is, the part is the whole, of which a share does not tell.
    parts: Untold,
}

/// A number of which something is hidden.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    shown: u64,
    hidden: u64,
    untold: Untold,
}

impl Sum {
    /// Adds a cell.
    pub(super) fn add(&mut self, share: Share, patients: u64, is_shown: bool) {
        if is_shown {
            self.shown.add_all(share);
        } else if share.whole > 0 {
            self.hidden.add_all(share);
            self.hidden_cells += 1;
            self.parts.add(share.part);
            self.rests.add(share.rest());
            self.wholes.add(share.whole);
            self.shares.add(share, patients);
        }
    }

    /// Adds the cells of a site whose share is told by itself, or not. What its own total may tell is as good as shown: what is
    /// left of this one is of what no other tells.
    pub(super) fn add_sum(&mut self, site: &Self, is_told: bool) {
        self.shown.add_all(site.shown);
        self.hidden.add_all(site.hidden);
        self.hidden_cells += site.hidden_cells;
        self.parts.add_unless_open(site.parts);
        self.rests.add_unless_open(site.rests);
        self.wholes.add_unless_open(site.wholes);
        if !is_told {
            self.shares.add_all(site.shares);
        }
    }

    pub(super) const fn hides(&self) -> bool {
        self.hidden_cells > 0
    }

    /// Whether it is no sum, but one hidden cell.
    pub(super) const fn is_one_hidden(&self) -> bool {
        self.hidden_cells == 1 && self.shown.whole == 0
    }

    /// What is shown and what is hidden.
    pub(super) const fn all(&self) -> Share {
        let mut all = self.shown;
        all.add_all(self.hidden);
        all
    }

    /// Whether each hidden few may still be any of one to four to whoever knows the share of all exactly.
    pub(super) const fn is_open(&self) -> bool {
        self.shares.rests.is_open() && self.shares.parts.is_open()
    }

    pub(super) const fn part(&self) -> Number {
        Number { shown: self.shown.part, hidden: self.hidden.part, untold: self.parts }
    }

    const fn rest(&self) -> Number {
        Number { shown: self.shown.rest(), hidden: self.hidden.rest(), untold: self.rests }
    }

    const fn whole(&self) -> Number {
        Number { shown: self.shown.whole, hidden: self.hidden.whole, untold: self.wholes }
    }

    /// A number: none of those that are shown is not none.
    pub(super) fn number(&self, exact: bool) -> Option<u64> {
        if self.is_one_hidden() {
            return None;
        }
        if self.hides() {
            return self.part().in_tens();
        }
        Some(self.shown.part).filter(|many| exact || *many > 0)
    }

    /// A share with its numbers, of which each two tell the third: above what is hidden in tens and whole per cent.
    pub(super) fn share(&self, audience: &Audience) -> Option<FormShare> {
        if !self.hides() {
            let shown = self.shown;
            return Some(FormShare::from(shown)).filter(|_| audience.exact || shown.whole > 0);
        }
        if self.is_one_hidden() {
            return None;
        }
        let numbers = [self.part(), self.whole(), self.rest()];
        let are_told = numbers.iter().all(Number::is_told);
        let [part, whole, rest] = numbers.map(|number| number.in_tens().filter(|_| are_told));
        let share = FormShare { part, whole, rest, fraction: self.whole_per_cent(audience, 1) };
        Some(share).filter(|share| *share != FormShare::default())
    }

    /// The share of all in whole per cent, the hidden ones included; `None` of nothing. Those that no other share tells must be
    /// so many together at least, about no few patients as far as one of them tells, and each few of them must stay open.
    pub(super) fn whole_per_cent(&self, audience: &Audience, least: u64) -> Option<f64> {
        let UntoldShares { cells, all, patients, .. } = self.shares;
        let tells_of_many = audience.shows(patients) && all.whole >= least && self.is_open();
        if cells > 0 && !tells_of_many {
            return None;
        }
        self.all().whole_per_cent()
    }
}

impl Untold {
    const fn add(&mut self, many: u64) {
        if matches!(many, 1..LEAST_PATIENTS) {
            self.cells += 1;
            self.few += many;
        } else {
            self.others += many;
        }
    }

    const fn add_all(&mut self, other: Self) {
        self.cells += other.cells;
        self.few += other.few;
        self.others += other.others;
    }

    const fn add_unless_open(&mut self, other: Self) {
        if !other.is_open() {
            self.add_all(other);
        }
    }

    /// Whether each few may still be any of one to four to whoever knows their sum: one of them, if the others are four each at
    /// most; four, if they are one each at least.
    const fn is_open(&self) -> bool {
        let Some(others) = self.cells.checked_sub(1) else { return true };
        MOST_OF_FEW + others <= self.few && self.few <= 1 + MOST_OF_FEW * others
    }

    /// Whether they make no ten, whatever each few is.
    const fn make_no_ten(&self) -> bool {
        MOST_OF_FEW * self.cells + self.others < LEAST_COUNT
    }
}

impl UntoldShares {
    fn add(&mut self, share: Share, patients: u64) {
        self.cells += 1;
        self.all.add_all(share);
        self.patients = self.patients.max(patients);
        self.rests.add(share.rest());
        if share.rest() > 0 {
            self.parts.add(share.part);
        }
    }

    fn add_all(&mut self, other: Self) {
        self.cells += other.cells;
        self.all.add_all(other.all);
        self.patients = self.patients.max(other.patients);
        self.rests.add_all(other.rests);
        self.parts.add_all(other.parts);
    }
}

impl Number {
    /// Whether it leaves each hidden few open: told exactly, or because there is nothing of them in its tens.
    const fn is_told(&self) -> bool {
        let Self { hidden, untold, .. } = self;
        let no_site_tells = *hidden == untold.few + untold.others;
        untold.is_open() || no_site_tells && untold.make_no_ten()
    }

    /// In tens; `None` below ten and where it would tell of a few.
    pub(super) fn in_tens(&self) -> Option<u64> {
        tens(self.shown, self.hidden).filter(|_| self.is_told())
    }
}

/// So many shown and so many hidden ones, rounded down to tens each by themselves; `None` below ten. Were they rounded together,
/// whoever asks for the same hidden ones with ever more that are shown would see at which of them the next ten is reached, and
/// so how many are hidden.
pub(super) fn tens(shown: u64, hidden: u64) -> Option<u64> {
    let tens = [shown, hidden].map(in_tens);
    tens.into_iter().flatten().reduce(|one, other| one + other)
}

#[cfg(test)]
mod tests;
