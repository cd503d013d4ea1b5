//! Figures of the query load in the making.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::completeness::{LEAST_COUNT, QueryLoad, Share};
use cartotek_domain::id::PatientId;

use super::audience::Audience;
use super::field::EVENTS;
use super::form::FormGroup;
use super::query_load::{AskedAbout, LoadFigures, LoadQuestion};

/// What is counted of the forms of a site, form and period.
#[derive(Debug, Default)]
struct Cell {
    load: QueryLoad,
    /// The patients with such a form.
    patients: BTreeSet<PatientId>,
    /// Those of them with a clarification that is not closed.
    waiting: BTreeSet<PatientId>,
    /// Those of them with one that is.
    answered: BTreeSet<PatientId>,
}

/// Figures in the making.
pub(super) struct Tally {
    question: LoadQuestion,
    audience: Audience,
    cells: BTreeMap<FormGroup, Cell>,
}

impl Tally {
    pub(super) fn new(question: LoadQuestion, audience: Audience) -> Self {
        Self { question, audience, cells: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, forms: Vec<AskedAbout>) {
        for AskedAbout { site, record, clarifications } in forms {
            let hidden = self.audience.left_out.contains(&record.patient) || record.form == EVENTS;
            if !self.audience.exact && hidden {
                continue;
            }
            let Some(cell) = self.question.cell(&record, site) else { continue };
            let cell = self.cells.entry(cell).or_default();
            cell.load.add(clarifications.iter().map(|file| (&file.clarification, &file.state)));
            cell.patients.insert(record.patient);
            for file in clarifications {
                let patients =
                    if file.state.closed_at.is_none() { &mut cell.waiting } else { &mut cell.answered };
                patients.insert(record.patient);
            }
        }
    }

    /// The figures by group, and for whom: for others none of which nothing is shown.
    pub(super) fn figures(self) -> (BTreeMap<FormGroup, LoadFigures>, Audience) {
        let Self { question, audience, cells } = self;
        let mut groups: BTreeMap<FormGroup, Sums> = BTreeMap::new();
        for (cell, counted) in cells {
            groups.entry(question.group(cell)).or_default().add(&counted, &audience);
        }
        let figures = groups.into_iter().map(|(group, sums)| (group.clone(), sums.figures(group, &audience)));
        let is_shown =
            |one: &LoadFigures| one.open_per_100_forms.is_some() || one.median_days_to_close.is_some();
        (figures.filter(|(_, one)| is_shown(one)).collect(), audience)
    }
}

impl Cell {
    fn add_all(&mut self, other: &Self) {
        self.load.add_all(&other.load);
        self.patients.extend(&other.patients);
        self.waiting.extend(&other.waiting);
        self.answered.extend(&other.answered);
    }

    /// Whether the caller sees what some of its patients have: others not of few forms, nor about few patients, nor where
    /// few of them have it, or few have not.
    fn shows(&self, those: &BTreeSet<PatientId>, audience: &Audience) -> bool {
        let count = |patients: &BTreeSet<PatientId>| u64::try_from(patients.len()).unwrap_or(u64::MAX);
        let whole = count(&self.patients);
        let share = Share { part: count(those), whole };
        audience.exact || self.load.forms >= LEAST_COUNT && audience.shows_share(share, whole)
    }
}

/// What the figures of a group are of: of everything, be it hidden or not, as those of forms (`sum`).
#[derive(Debug, Default)]
struct Sums {
    all: QueryLoad,
    /// What is hidden of what waits, as if it were one cell; nothing of the own sites.
    waiting: Cell,
    /// The same of what is closed.
    answered: Cell,
}

impl Sums {
    /// Adds a cell: to what is hidden, for others, what is of a few.
    fn add(&mut self, cell: &Cell, audience: &Audience) {
        self.all.add_all(&cell.load);
        if !cell.shows(&cell.waiting, audience) {
            self.waiting.add_all(cell);
        }
        if !cell.shows(&cell.answered, audience) {
            self.answered.add_all(cell);
        }
    }

    /// A figure above something hidden is told only if that would be shown were it one cell: else it would tell of a few, less
    /// what is shown. In whole numbers it is rounded up, so that it is never 0 while something waits.
    fn figures(self, group: FormGroup, audience: &Audience) -> LoadFigures {
        let Self { all, waiting, answered } = self;
        let told = |hidden: &Cell, those: &BTreeSet<PatientId>| {
            hidden.load.forms == 0 || hidden.shows(those, audience)
        };
        let open = all.open_per_100_forms().filter(|_| told(&waiting, &waiting.waiting));
        let days = audience.median(&all.closed, all.closed.count());
        LoadFigures {
            group,
            open_per_100_forms: if audience.exact { open } else { open.map(f64::ceil) },
            median_days_to_close: days.filter(|_| told(&answered, &answered.answered)),
            counts: audience.exact.then_some(all),
        }
    }
}
