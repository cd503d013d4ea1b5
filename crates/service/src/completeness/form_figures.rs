//! Figures of forms from what was counted, as the caller may see them.

use std::collections::BTreeMap;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::FormCompleteness;
use cartotek_persistence::session::completeness::{CountedItems, CountedPatients, DueItems, ItemGroup};

use super::audience::Audience;
use super::form::{FormFigures, FormGroup, FormQuestion};
use super::form_sum::FormSums;

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// The items that should be there or are.
    pub(super) items: Vec<CountedItems>,
    /// The patients behind them; not needed where nothing is hidden.
    pub(super) patients: Vec<CountedPatients>,
    /// The items that are due, and those that are overdue without an infusion.
    pub(super) due: Vec<DueItems>,
}

/// What is counted of a site, form and time point.
#[derive(Debug, Default)]
pub(super) struct Cell {
    pub(super) counted: FormCompleteness,
    /// Patients with a form whose grace has passed.
    pub(super) settled: u64,
    /// Patients with a form that is there.
    pub(super) answered: u64,
    /// Patients with a form that is due.
    pub(super) due: u64,
    /// Patients with a form that is overdue without an infusion.
    pub(super) overdue_uninfused: u64,
}

/// The figures by group: for others none of which nothing is shown.
pub(super) fn figures(
    question: &FormQuestion,
    counts: Counts,
    audience: &Audience,
) -> BTreeMap<FormGroup, FormFigures> {
    let mut groups: BTreeMap<FormGroup, BTreeMap<Option<SiteCode>, FormSums>> = BTreeMap::new();
    for (cell, counted) in cells(counts) {
        let site = cell.site.clone();
        let sites = groups.entry(question.group(cell)).or_default();
        sites.entry(site).or_default().add(&counted, audience);
    }
    let figures = groups.into_iter().map(|(group, sites)| {
        let mut all = FormSums::default();
        for site in sites.values() {
            all.add_sums(site, audience);
        }
        (group.clone(), all.figures(group, audience))
    });
    let is_shown = |one: &FormFigures| {
        let numbers = one.due.is_some() || one.overdue.is_some();
        numbers || one.completed.is_some() || one.timely.is_some()
    };
    figures.filter(|(_, one)| is_shown(one)).collect()
}

fn cells(counts: Counts) -> BTreeMap<ItemGroup, Cell> {
    let mut cells: BTreeMap<ItemGroup, Cell> = BTreeMap::new();
    for CountedItems { group, reckoned, items } in counts.items {
        cells.entry(group).or_default().counted.add(reckoned, items);
    }
    for DueItems { group, overdue, items, patients } in counts.due {
        let cell = cells.entry(group).or_default();
        if overdue {
            (cell.counted.overdue_uninfused, cell.overdue_uninfused) = (items, patients);
        } else {
            (cell.counted.due, cell.due) = (items, patients);
        }
    }
    for CountedPatients { group, settled, answered } in counts.patients {
        if let Some(cell) = cells.get_mut(&group) {
            (cell.settled, cell.answered) = (settled, answered);
        }
    }
    cells
}

impl FormQuestion {
    /// The group of items, as far as the question tells them apart.
    fn group(&self, ItemGroup { site, form, time_point, period }: ItemGroup) -> FormGroup {
        FormGroup {
            site: site.filter(|_| self.by_site),
            form: form.filter(|_| self.by_form),
            time_point: time_point.filter(|_| self.by_time_point),
            period,
        }
    }
}

#[cfg(test)]
mod tests;
