//! Figures of forms as sums of what is shown and what is hidden.

use cartotek_domain::completeness::{Delays, Share};

use super::audience::Audience;
use super::form::{FormFigures, FormGroup};
use super::form_figures::Cell;
use super::sum::{Sum, tens};

/// What the figures of a group are the sums of.
#[derive(Debug, Default)]
pub(super) struct Sums {
    cells: u64,
    due: Sum,
    overdue_uninfused: Sum,
    completed: Sum,
    lost: Sum,
    /// What of `lost` is hidden of cells of which it is shown how many are missing.
    lost_of_shown: Share,
    timely: Sum,
    delays: Delays,
}

impl Sums {
    /// Adds a cell: to what is hidden, for others, what is of a few.
    pub(super) fn add(&mut self, cell: &Cell, audience: &Audience) {
        let Cell { counted, settled, answered, due, overdue_uninfused } = cell;
        let number = |sum: &mut Sum, many: u64, patients: u64| {
            sum.add(Share { part: many, whole: many }, patients, audience.shows(patients));
        };
        self.cells += 1;
        number(&mut self.due, counted.due, *due);
        // Missing less missed are the overdue of infused courses, and what they leave of all that are overdue are the
        // others: so each part is shown only if it is of no few by itself, however many they are together.
        number(&mut self.overdue_uninfused, counted.overdue_uninfused, *overdue_uninfused);
        let completed = audience.shows_share(counted.completed, *settled);
        self.completed.add(counted.completed, *settled, completed);
        // Where it is hidden how many are missing, so is what became of them.
        let lost = completed && audience.shows_share(counted.lost, *settled);
        self.lost.add(counted.lost, *settled, lost);
        if completed && !lost {
            self.lost_of_shown.add_all(counted.lost);
        }
        self.timely.add(counted.timely, *answered, audience.shows_share(counted.timely, *answered));
        self.delays.add_all(&counted.delays);
    }

    pub(super) fn figures(&self, group: FormGroup, audience: &Audience) -> FormFigures {
        let forms = if self.timely.is_one_hidden() { 0 } else { self.delays.count() };
        FormFigures {
            group,
            due: self.due.number(audience.exact),
            overdue: self.overdue(audience.exact),
            completed: self.completed.share(audience),
            missed: self.missed(audience.exact),
            timely: self.timely.share(audience),
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
        let Self { lost, overdue_uninfused: others, .. } = self;
        let shown = lost.shown.rest() + others.shown.part;
        let hides = self.hides_missing() || others.hides();
        if !hides || self.cells == 1 {
            return Some(shown).filter(|many| exact || *many > 0);
        }
        let one_is_hidden = shown == 0 && lost.hidden_cells + others.hidden_cells == 1;
        if one_is_hidden || self.lost_of_shown.tells_of_few() {
            return None;
        }
        tens(shown, lost.hidden.rest() + others.hidden.part)
    }

    /// How many were missed. As how many are overdue it is hidden where these and those are of a few, together, of cells whose
    /// missing are shown: each would tell the other.
    fn missed(&self, exact: bool) -> Option<u64> {
        let Self { completed, lost, .. } = self;
        if !self.hides_missing() {
            return Some(lost.shown.part).filter(|_| exact || completed.shown.whole > 0);
        }
        if lost.is_one_hidden() || self.lost_of_shown.tells_of_few() {
            return None;
        }
        tens(lost.shown.part, lost.hidden.part)
    }
}
