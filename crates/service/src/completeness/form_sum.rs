//! Figures of forms as sums of what is shown and what is hidden: the one place that says which of them are told how.

use cartotek_domain::completeness::{Delays, LEAST_COUNT, Share};

use super::audience::Audience;
use super::form::{FormFigures, FormGroup, FormShare};
use super::form_figures::Cell;

/// What a figure is the sum of. A number is a share of itself.
#[derive(Debug, Default)]
struct Sum {
    /// What is in cells that are shown.
    shown: Share,
    /// What is in cells that are hidden; nothing of the own sites.
    hidden: Share,
    hidden_cells: u64,
    /// How many patients the hidden ones are about at least.
    hidden_patients: u64,
}

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

impl Sum {
    fn add(&mut self, share: Share, patients: u64, is_shown: bool) {
        if is_shown {
            self.shown.add_all(share);
        } else if share.whole > 0 {
            self.hidden.add_all(share);
            self.hidden_cells += 1;
            self.hidden_patients = self.hidden_patients.max(patients);
        }
    }

    const fn hides(&self) -> bool {
        self.hidden_cells > 0
    }

    /// Whether it is no sum, but one hidden cell.
    const fn is_one_hidden(&self) -> bool {
        self.hidden_cells == 1 && self.shown.whole == 0
    }

    /// A number: none of those that are shown is not none.
    fn number(&self, exact: bool) -> Option<u64> {
        if self.is_one_hidden() {
            return None;
        }
        if self.hides() {
            return tens(self.shown.part, self.hidden.part);
        }
        Some(self.shown.part).filter(|many| exact || *many > 0)
    }

    fn all(&self) -> Share {
        let mut all = self.shown;
        all.add_all(self.hidden);
        all
    }

    /// A share: above what is hidden in tens and whole per cent, these only if the hidden ones together would be shown. Else
    /// it would tell of few of them, less those that are shown.
    fn share(&self, audience: &Audience) -> Option<FormShare> {
        let Self { shown, hidden, .. } = self;
        if !self.hides() {
            return Some(FormShare::from(*shown)).filter(|_| audience.exact || shown.whole > 0);
        }
        if self.is_one_hidden() {
            return None;
        }
        let is_told = audience.shows_share(*hidden, self.hidden_patients);
        let share = FormShare {
            part: tens(shown.part, hidden.part),
            whole: tens(shown.whole, hidden.whole),
            rest: tens(shown.rest(), hidden.rest()),
            fraction: self.all().whole_per_cent().filter(|_| is_told),
        };
        Some(share).filter(|share| *share != FormShare::default())
    }
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

/// So many shown and so many hidden ones, rounded down to tens each by themselves; `None` below ten. Were they rounded together,
/// whoever asks for the same hidden ones with ever more that are shown would see at which of them the next ten is reached, and
/// so how many are hidden.
fn tens(shown: u64, hidden: u64) -> Option<u64> {
    let tens = |many: u64| many / LEAST_COUNT * LEAST_COUNT;
    Some(tens(shown) + tens(hidden)).filter(|many| *many > 0)
}
