//! Figures of the query load in the making.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{LEAST_COUNT, QueryLoad, Share};
use cartotek_domain::id::PatientId;

use super::audience::Audience;
use super::field::EVENTS;
use super::form::FormGroup;
use super::query_load::{AskedAbout, LoadFigures, LoadQuestion};
use super::sum::Sum;

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
        let mut groups: BTreeMap<FormGroup, BTreeMap<Option<SiteCode>, LoadSums>> = BTreeMap::new();
        for (cell, counted) in cells {
            let site = cell.site.clone();
            let sites = groups.entry(question.group(cell)).or_default();
            sites.entry(site).or_default().add(&counted, &audience);
        }
        let figures = groups.into_iter().map(|(group, sites)| {
            let mut all = LoadSums::default();
            for site in sites.values() {
                all.add_sums(site, &audience);
            }
            (group.clone(), all.figures(group, &audience))
        });
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

    /// How many of its patients have something.
    fn share(&self, those: Those) -> Share {
        let count = |patients: &BTreeSet<PatientId>| u64::try_from(patients.len()).unwrap_or(u64::MAX);
        Share { part: count(those(self)), whole: count(&self.patients) }
    }

    /// Whether the caller sees what some of its patients have: others not of few forms, nor about few patients, nor where
    /// few of them have it, or few have not.
    fn shows(&self, those: Those, audience: &Audience) -> bool {
        let share = self.share(those);
        audience.exact || self.load.forms >= LEAST_COUNT && audience.shows_share(share, share.whole)
    }
}

/// Which patients of a cell have something.
type Those = fn(&Cell) -> &BTreeSet<PatientId>;

const WAITING: Those = |cell| &cell.waiting;
const ANSWERED: Those = |cell| &cell.answered;

/// What the figures of a group are of: of everything, be it hidden or not.
#[derive(Debug, Default)]
struct LoadSums {
    all: QueryLoad,
    waiting: Having,
    answered: Having,
}

impl LoadSums {
    /// Adds a cell.
    fn add(&mut self, cell: &Cell, audience: &Audience) {
        self.all.add_all(&cell.load);
        self.waiting.add(cell, WAITING, audience);
        self.answered.add(cell, ANSWERED, audience);
    }

    /// Adds the cells of a site.
    fn add_sums(&mut self, site: &Self, audience: &Audience) {
        self.all.add_all(&site.all);
        self.waiting.add_all(&site.waiting, WAITING, audience);
        self.answered.add_all(&site.answered, ANSWERED, audience);
    }

    /// In whole numbers the load is rounded up, so that it is never 0 while something waits.
    fn figures(self, group: FormGroup, audience: &Audience) -> LoadFigures {
        let Self { all, waiting, answered } = self;
        let open = all.open_per_100_forms().filter(|_| waiting.is_told(WAITING, audience));
        let days = audience.median(&all.closed, all.closed.count());
        LoadFigures {
            group,
            open_per_100_forms: if audience.exact { open } else { open.map(f64::ceil) },
            median_days_to_close: days.filter(|_| answered.is_told(ANSWERED, audience)),
            counts: audience.exact.then_some(all),
        }
    }
}

/// Patients of whom some have something.
#[derive(Debug, Default)]
struct Having {
    /// The cells, by how many of their patients have it not.
    without: Sum,
    /// What is hidden and no other total tells, as if it were one cell; nothing of the own sites.
    untold: Cell,
}

impl Having {
    /// Adds a cell: to what is hidden, for others, what is of a few.
    fn add(&mut self, cell: &Cell, those: Those, audience: &Audience) {
        let (share, is_shown) = (cell.share(those), cell.shows(those, audience));
        let without = Share { part: share.rest(), whole: share.whole };
        self.without.add(without, share.whole, is_shown);
        if !is_shown {
            self.untold.add_all(cell);
        }
    }

    /// Adds the cells of a site.
    fn add_all(&mut self, site: &Self, those: Those, audience: &Audience) {
        let is_told = site.is_told(those, audience);
        self.without.add_sum(&site.without, is_told);
        if !is_told {
            self.untold.add_all(&site.untold);
        }
    }

    /// A figure above something hidden is told only if that would be shown were it one cell, each patient counted once, and each
    /// few of its cells stays open: else it would tell of them, less what is shown.
    fn is_told(&self, those: Those, audience: &Audience) -> bool {
        let Self { without, untold } = self;
        untold.load.forms == 0 || untold.shows(those, audience) && without.is_open()
    }
}
