//! Figures of forms from what was counted, as the caller may see them.

use std::collections::BTreeMap;

use cartotek_domain::completeness::{Delays, FormCompleteness, Share};
use cartotek_persistence::session::completeness::{CountedItems, CountedPatients, DueItems, ItemGroup};

use super::audience::Audience;
use super::form::{FormFigures, FormGroup, FormQuestion};

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
struct Cell {
    counted: FormCompleteness,
    /// Patients with a form whose grace has passed.
    settled: u64,
    /// Patients with a form that is there.
    answered: u64,
    /// Patients with a form that is due.
    due: u64,
    /// Patients with a form that is overdue without an infusion.
    overdue_uninfused: u64,
}

/// The figures by group. For others each is the sum of those of its sites, forms and time points that are shown, and there
/// is none of which nothing is.
pub(super) fn figures(
    question: &FormQuestion,
    counts: Counts,
    audience: &Audience,
) -> BTreeMap<FormGroup, FormFigures> {
    let mut groups: BTreeMap<FormGroup, FormCompleteness> = BTreeMap::new();
    for (cell, counted) in cells(counts) {
        groups.entry(question.group(cell)).or_default().add_all(&counted.shown(audience));
    }
    let figures =
        groups.into_iter().map(|(group, counted)| (group.clone(), of_group(group, &counted, audience)));
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

impl Cell {
    /// What the figures of a group take from it: for others nothing of a few.
    fn shown(self, audience: &Audience) -> FormCompleteness {
        let FormCompleteness { due, overdue_uninfused, completed, lost, timely, delays } = self.counted;
        let number = |many: u64, patients: u64| if audience.shows(patients) { many } else { 0 };
        let completed = audience.share(completed, self.settled);
        // Where it is hidden how many are missing, so is what became of them.
        let lost = if completed.whole > 0 { audience.share(lost, self.settled) } else { Share::default() };
        let timely = audience.share(timely, self.answered);
        FormCompleteness {
            due: number(due, self.due),
            // Missing less missed are the overdue of infused courses, and what they leave of all that are overdue are the
            // others: so each part is shown only if it is of no few by itself, however many they are together.
            overdue_uninfused: number(overdue_uninfused, self.overdue_uninfused),
            completed,
            lost,
            timely,
            delays: if timely.whole > 0 { delays } else { Delays::default() },
        }
    }
}

fn of_group(group: FormGroup, counted: &FormCompleteness, audience: &Audience) -> FormFigures {
    let completed = audience.sum(counted.completed);
    let nothing_is_missing = completed.is_some_and(|share| share.rest() == 0);
    // None of those that are shown is not none.
    let number = |many: u64| Some(many).filter(|many| audience.exact || *many > 0);
    FormFigures {
        group,
        due: number(counted.due),
        overdue: number(counted.overdue()),
        completed,
        lost: audience.sum(counted.lost).or_else(|| nothing_is_missing.then(Share::default)),
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

#[cfg(test)]
mod tests {
    use cartotek_domain::completeness::Reckoned;

    use super::*;

    fn cell(time_point: &str) -> ItemGroup {
        ItemGroup { time_point: Some(time_point.parse().unwrap()), ..ItemGroup::default() }
    }

    /// So many forms at a time point that are missing, each of another patient, some of them lost.
    fn missing(time_point: &str, overdue: u64, lost: u64) -> Counts {
        let item = |lost, items| {
            let reckoned = Reckoned { settled: true, submission: None, lost };
            CountedItems { group: cell(time_point), reckoned, items }
        };
        let patients = CountedPatients { group: cell(time_point), settled: overdue + lost, answered: 0 };
        Counts { items: vec![item(false, overdue), item(true, lost)], patients: vec![patients], due: vec![] }
    }

    /// So many forms that are due, or overdue without an infusion, each of another patient.
    fn waiting(time_point: &str, overdue: bool, patients: u64) -> Counts {
        let due = DueItems { group: cell(time_point), overdue, items: patients, patients };
        Counts { due: vec![due], ..Counts::default() }
    }

    fn due(time_point: &str, patients: u64) -> Counts {
        waiting(time_point, false, patients)
    }

    fn uninfused(time_point: &str, patients: u64) -> Counts {
        waiting(time_point, true, patients)
    }

    fn together(parts: [Counts; 2]) -> Counts {
        let [mut all, other] = parts;
        all.items.extend(other.items);
        all.patients.extend(other.patients);
        all.due.extend(other.due);
        all
    }

    /// How many of all are missing, how many overdue, missed by the lost, and due.
    fn total(counts: Counts, exact: bool) -> Option<[Option<u64>; 4]> {
        let audience = Audience { exact, ..Audience::default() };
        let figures = figures(&FormQuestion::default(), counts, &audience);
        let one = figures.into_values().next()?;
        Some([one.completed.map(Share::rest), one.overdue, one.lost.map(|lost| lost.part), one.due])
    }

    #[test]
    fn a_site_sees_every_one() {
        for (counts, expected) in [
            (missing("D100", 1, 2), [3, 1, 2, 0]),
            (due("D100", 3), [0, 0, 0, 3]),
            (together([missing("D100", 0, 1), due("M6", 1)]), [1, 0, 1, 1]),
            (uninfused("D100", 3), [0, 3, 0, 0]),
            (together([missing("D100", 1, 2), uninfused("D100", 3)]), [3, 4, 2, 0]),
        ] {
            assert_eq!(total(counts, true), Some(expected.map(Some)));
        }
    }

    #[test]
    fn others_see_no_few_that_are_overdue_lost_or_due() {
        let seen = |overdue, lost| total(missing("D100", overdue, lost), false);
        assert_eq!(seen(5, 0), Some([Some(5), Some(5), Some(0), None]));
        assert_eq!(seen(0, 5), Some([Some(5), None, Some(5), None]), "none is not told from a few");
        assert_eq!(seen(6, 5), Some([Some(11), Some(6), Some(5), None]));
        for (overdue, lost) in [(6, 1), (6, 4), (1, 6), (4, 6)] {
            assert_eq!(seen(overdue, lost), Some([Some(overdue + lost), None, None, None]));
        }
        assert_eq!(seen(4, 0), None);
        assert_eq!(total(due("D100", 4), false), None);
        assert_eq!(total(due("D100", 5), false), Some([None, None, None, Some(5)]));
        assert_eq!(total(uninfused("D100", 4), false), None);
        assert_eq!(total(uninfused("D100", 5), false), Some([None, Some(5), None, None]));
    }

    #[test]
    fn ten_forms_of_four_patients_are_a_few() {
        for overdue in [false, true] {
            let few = DueItems { group: cell("D100"), overdue, items: 10, patients: 4 };
            assert_eq!(total(Counts { due: vec![few], ..Counts::default() }, false), None);
        }
    }

    #[test]
    fn no_difference_tells_others_of_few_with_an_infusion_or_without() {
        let is_few = |number: u64| (1..5).contains(&number);
        let mut seen = 0;
        for (overdue, lost, without) in (0..1000).map(|n| (n / 100, n / 10 % 10, n % 10)) {
            let counts = together([missing("D100", overdue, lost), uninfused("D100", without)]);
            let Some([missing, all, missed, _]) = total(counts, false) else { continue };
            assert!(![missing, all, missed].into_iter().flatten().any(is_few), "{overdue} {lost} {without}");
            let Some((missing, missed)) = missing.zip(missed) else { continue };
            let infused = missing - missed;
            let others = all.unwrap_or(0) - infused;
            assert!(!is_few(infused) && !is_few(others), "{overdue} {lost} {without}");
            seen += 1;
        }
        assert!(seen > 100, "{seen}");
        let alike = |without| together([missing("D100", 6, 0), uninfused("D100", without)]);
        for few in 0..=4 {
            assert_eq!(total(alike(few), false), Some([Some(6), Some(6), Some(0), None]), "{few}");
        }
        assert_eq!(total(alike(5), false), Some([Some(6), Some(11), Some(0), None]));
        let three_and_three = together([missing("D100", 3, 0), uninfused("D100", 3)]);
        assert_eq!(total(three_and_three, false), None, "six together, but each part is of a few");
    }

    #[test]
    fn a_total_is_of_what_is_shown() {
        let parts = || [missing("D100", 6, 1), missing("M6", 7, 0)];
        assert_eq!(total(together(parts()), false), Some([Some(14), Some(7), Some(0), None]));
        assert_eq!(total(together(parts()), true), Some([14, 13, 1, 0].map(Some)));
        assert_eq!(total(together([due("D100", 4), due("M6", 6)]), false).unwrap()[3], Some(6));
        let both = together([uninfused("D100", 4), uninfused("M6", 6)]);
        assert_eq!(total(both, false).unwrap()[1], Some(6));
    }
}
