//! Figures of the query load in the making.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::completeness::{Delays, LEAST_COUNT, QueryLoad, Share};
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

    /// The figures by group, and for whom. For others each is the sum of those of its sites, forms and periods that are shown,
    /// and there is none of which nothing is.
    pub(super) fn figures(self) -> (BTreeMap<FormGroup, LoadFigures>, Audience) {
        let Self { question, audience, cells } = self;
        let mut groups: BTreeMap<FormGroup, QueryLoad> = BTreeMap::new();
        for (cell, counted) in cells {
            groups.entry(question.group(cell)).or_default().add_all(&counted.shown(&audience));
        }
        let figures =
            groups.into_iter().map(|(group, load)| (group.clone(), of_group(group, load, &audience)));
        let is_shown =
            |one: &LoadFigures| one.open_per_100_forms.is_some() || one.median_days_to_close.is_some();
        (figures.filter(|(_, one)| is_shown(one)).collect(), audience)
    }
}

impl Cell {
    /// What the figures of a group take from it: for others nothing of few forms, nor about few patients, nor where few of
    /// them have what is counted, or few have not.
    fn shown(self, audience: &Audience) -> QueryLoad {
        let Self { load, patients, waiting, answered } = self;
        if audience.exact {
            return load;
        }
        let count = |patients: &BTreeSet<PatientId>| u64::try_from(patients.len()).unwrap_or(u64::MAX);
        let whole = count(&patients);
        let tells_of_many = |part: &BTreeSet<PatientId>| {
            load.forms >= LEAST_COUNT && audience.share(Share { part: count(part), whole }, whole).whole > 0
        };
        let (open, closed) = (tells_of_many(&waiting), tells_of_many(&answered));
        QueryLoad {
            forms: if open { load.forms } else { 0 },
            open: if open { load.open } else { 0 },
            closed: if closed { load.closed } else { Delays::default() },
        }
    }
}

fn of_group(group: FormGroup, load: QueryLoad, audience: &Audience) -> LoadFigures {
    let open = load.open_per_100_forms();
    LoadFigures {
        group,
        open_per_100_forms: if audience.exact { open } else { open.map(f64::round) },
        median_days_to_close: audience.median(&load.closed, load.closed.count()),
        counts: audience.exact.then_some(load),
    }
}
