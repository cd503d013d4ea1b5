//! Figures of forms from what was counted, as the caller may see them.

use std::collections::BTreeMap;

use cartotek_domain::completeness::{Delays, FormCompleteness};
use cartotek_persistence::session::completeness::{CountedItems, CountedPatients, ItemGroup};

use super::audience::Audience;
use super::form::{FormFigures, FormGroup, FormQuestion};

/// The figures by group. For others each is the sum of those of its sites, forms and time points that are shown, and there
/// is none of which nothing is.
pub(super) fn figures(
    question: &FormQuestion,
    items: Vec<CountedItems>,
    patients: Vec<CountedPatients>,
    audience: &Audience,
) -> BTreeMap<FormGroup, FormFigures> {
    let mut cells: BTreeMap<ItemGroup, FormCompleteness> = BTreeMap::new();
    for CountedItems { group, reckoned, items } in items {
        cells.entry(group).or_default().add(reckoned, items);
    }
    let patients: BTreeMap<ItemGroup, (u64, u64)> =
        patients.into_iter().map(|one| (one.group, (one.settled, one.answered))).collect();
    let mut groups: BTreeMap<FormGroup, FormCompleteness> = BTreeMap::new();
    for (cell, counted) in cells {
        let (settled, answered) = patients.get(&cell).copied().unwrap_or_default();
        let shown = shown(counted, settled, answered, audience);
        groups.entry(question.group(cell)).or_default().add_all(&shown);
    }
    let figures =
        groups.into_iter().map(|(group, counted)| (group.clone(), of_group(group, &counted, audience)));
    figures.filter(|(_, one)| audience.exact || one.completed.is_some() || one.timely.is_some()).collect()
}

/// What the figures of a group take from items about so many patients.
fn shown(counted: FormCompleteness, settled: u64, answered: u64, audience: &Audience) -> FormCompleteness {
    let FormCompleteness { completed, timely, delays } = counted;
    let (completed, timely) = (audience.share(completed, settled), audience.share(timely, answered));
    let delays = if timely.whole > 0 { delays } else { Delays::default() };
    FormCompleteness { completed, timely, delays }
}

fn of_group(group: FormGroup, counted: &FormCompleteness, audience: &Audience) -> FormFigures {
    FormFigures {
        group,
        completed: audience.sum(counted.completed),
        timely: audience.sum(counted.timely),
        median_delay: audience.median(&counted.delays, counted.timely.whole),
    }
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
