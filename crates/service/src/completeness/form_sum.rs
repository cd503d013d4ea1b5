//! Figures of forms as sums of what is shown and what is hidden.

use cartotek_domain::completeness::{Delays, LEAST_PATIENTS, Share};

use super::audience::Audience;
use super::form::{FormFigures, FormGroup};
use super::form_figures::Cell;
use super::sum::Sum;

/// What the figures of a group are the sums of.
#[derive(Debug, Default)]
pub(super) struct FormSums {
    cells: u64,
    due: Sum,
    /// With an infusion and without.
    overdue: Sum,
    completed: Sum,
    lost: Sum,
    /// What of `lost` is hidden of cells of which it is shown how many are missing.
    lost_of_shown: Sum,
    timely: Sum,
    /// What came before its grace had passed, of cells of which it is shown how many of the settled are there: a few of each.
    early_of_shown: Sum,
    delays: Delays,
}

impl FormSums {
    /// Adds a cell: to what is hidden, for others, what is of a few.
    pub(super) fn add(&mut self, cell: &Cell, audience: &Audience) {
        let Cell { counted, settled, answered, due, overdue_uninfused } = cell;
        let number = |sum: &mut Sum, many: u64, patients: u64, is_shown: bool| {
            sum.add(Share { part: many, whole: many }, patients, is_shown);
        };
        self.cells += 1;
        number(&mut self.due, counted.due, *due, audience.shows(*due));
        let completed = audience.shows_share(counted.completed, *settled);
        self.completed.add(counted.completed, *settled, completed);
        // Where it is hidden how many are missing, so is what became of them.
        let lost = completed && audience.shows_share(counted.lost, *settled);
        self.lost.add(counted.lost, *settled, lost);
        if completed && !lost {
            self.lost_of_shown.add(counted.lost, *settled, false);
        }
        // Missing less missed are the overdue of infused courses, and what they leave of all that are overdue are the
        // others: so each part is shown only if it is of no few by itself, however many they are together.
        number(&mut self.overdue, counted.lost.rest(), *settled, lost);
        let others = audience.shows(*overdue_uninfused);
        number(&mut self.overdue, counted.overdue_uninfused, *overdue_uninfused, others);
        // All that came, less those that are there of the settled, are those whose grace still runs.
        let early = counted.timely.whole.saturating_sub(counted.completed.part);
        let tells_few = !audience.exact && completed && matches!(early, 1..LEAST_PATIENTS);
        if tells_few {
            self.early_of_shown.add(Share { part: 0, whole: early }, *answered, false);
        }
        let timely = !tells_few && audience.shows_share(counted.timely, *answered);
        self.timely.add(counted.timely, *answered, timely);
        self.delays.add_all(&counted.delays);
    }

    /// Adds the cells of a site.
    pub(super) fn add_sums(&mut self, site: &Self, audience: &Audience) {
        let add_number = |all: &mut Sum, one: &Sum| all.add_sum(one, one.is_open());
        let add_share =
            |all: &mut Sum, one: &Sum| all.add_sum(one, one.whole_per_cent(audience, 1).is_some());
        self.cells += site.cells;
        add_number(&mut self.due, &site.due);
        add_number(&mut self.overdue, &site.overdue);
        add_share(&mut self.completed, &site.completed);
        add_number(&mut self.lost, &site.lost);
        add_number(&mut self.lost_of_shown, &site.lost_of_shown);
        add_share(&mut self.timely, &site.timely);
        add_number(&mut self.early_of_shown, &site.early_of_shown);
        self.delays.add_all(&site.delays);
    }

    pub(super) fn figures(&self, group: FormGroup, audience: &Audience) -> FormFigures {
        let forms = if self.timely.is_one_hidden() { 0 } else { self.delays.count() };
        FormFigures {
            group,
            due: self.due.number(audience.exact),
            overdue: self.overdue(audience.exact),
            completed: self.completed.share(audience),
            missed: self.missed(audience.exact),
            timely: self.timely.share(audience).filter(|_| self.early_of_shown.is_open()),
            median_delay: audience.median(&self.delays, forms),
        }
    }

    /// Whether it is hidden of some of the missing whether they are overdue or were missed.
    const fn hides_missing(&self) -> bool {
        self.completed.hides() || self.lost.hides()
    }

    /// How many are overdue, with an infusion or without. What is shown of a single cell is told although another part of
    /// it is not, so that none and a few are alike.
    fn overdue(&self, exact: bool) -> Option<u64> {
        let Self { overdue, .. } = self;
        let hides = self.hides_missing() || overdue.hides();
        if !hides || self.cells == 1 {
            return Some(overdue.shown.part).filter(|many| exact || *many > 0);
        }
        if overdue.is_one_hidden() || !self.lost_of_shown.is_open() {
            return None;
        }
        overdue.part().in_tens()
    }

    /// How many were missed. As how many are overdue it is hidden where it would tell of a few of cells whose missing are shown:
    /// each would tell the other.
    fn missed(&self, exact: bool) -> Option<u64> {
        let Self { completed, lost, .. } = self;
        if !self.hides_missing() {
            return Some(lost.shown.part).filter(|_| exact || completed.shown.whole > 0);
        }
        if lost.is_one_hidden() || !self.lost_of_shown.is_open() {
            return None;
        }
        lost.part().in_tens()
    }
}
