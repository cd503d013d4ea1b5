//! Answers to counts.

use serde::{Deserialize, Serialize};

use super::suppression::{Margin, hidden};
use super::{Answer, Audience, THRESHOLD, figure};
use crate::count::{CohortCount, Figures, GroupKey};

/// Size of a cohort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountView {
    /// Distinct patients; null when hidden. In a protected breakdown: the sum of its published groups.
    pub patients: Option<u64>,
    /// Courses; null when hidden. In a protected breakdown: the sum of its published groups.
    pub courses: Option<u64>,
    /// The groups, if asked for.
    pub breakdown: Option<BreakdownView>,
}

/// A cohort by one variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BreakdownView {
    /// Id of the variable.
    pub variable: String,
    /// The groups in the variable's order, missing values last. A patient with courses in several groups counts
    /// in each. A protected answer leaves out years before the first and after the last published one.
    pub groups: Vec<GroupView>,
}

/// Size of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupView {
    /// What its courses have in common.
    pub key: GroupKey,
    /// Distinct patients; null when hidden.
    pub patients: Option<u64>,
    /// Courses; null when hidden.
    pub courses: Option<u64>,
}

impl CohortCount {
    /// The figures as the audience may see them.
    pub fn answer(&self, audience: Audience) -> Answer<CountView> {
        let breakdown = self.by.as_ref().map(|variable| BreakdownView {
            variable: variable.clone(),
            groups: match audience {
                Audience::Exact => {
                    self.groups.iter().map(|(key, figures)| view(key, *figures, audience)).collect()
                }
                Audience::Protected => self.protected_groups(),
            },
        });
        let shown = |of: fn(&GroupView) -> Option<u64>, exact: u64| match (audience, &breakdown) {
            (Audience::Protected, Some(breakdown)) => {
                Some(breakdown.groups.iter().filter_map(of).sum()).filter(|sum| *sum > 0)
            }
            _ => figure(audience, exact),
        };
        let patients = shown(|group| group.patients, self.total.patients);
        // Few patients may have many courses.
        let courses = patients.and(shown(|group| group.courses, self.total.courses));
        Answer::new(audience, self.as_of, CountView { patients, courses, breakdown })
    }

    fn protected_groups(&self) -> Vec<GroupView> {
        let small: Vec<bool> = self.groups.iter().map(|(_, figures)| figures.patients < THRESHOLD).collect();
        let margin = |total: u64, of: fn(&Figures) -> u64, adds_up: bool| {
            let groups: Vec<u64> = self.groups.iter().map(|(_, figures)| of(figures)).collect();
            Margin::of(total, &groups, adds_up)
        };
        // A patient may count in several groups, a course in one.
        let margins = [
            margin(self.total.courses, |figures| figures.courses, true),
            margin(self.total.patients, |figures| figures.patients, false),
        ];
        let hidden = hidden(&small, &margins);
        let mut groups: Vec<GroupView> = self
            .groups
            .iter()
            .zip(hidden)
            .map(|((key, figures), hidden)| {
                view(key, if hidden { Figures::default() } else { *figures }, Audience::Protected)
            })
            .collect();
        trim_years(&mut groups);
        groups
    }
}

fn view(key: &GroupKey, figures: Figures, audience: Audience) -> GroupView {
    GroupView {
        key: key.clone(),
        patients: figure(audience, figures.patients),
        courses: figure(audience, figures.courses),
    }
}

/// The first and last year of a cohort are those of single persons: only published years bound the list.
fn trim_years(groups: &mut Vec<GroupView>) {
    let published: Vec<i32> = groups
        .iter()
        .filter(|group| group.patients.is_some())
        .filter_map(|group| if let GroupKey::Year { year } = group.key { Some(year) } else { None })
        .collect();
    let (first, last) = (published.first().copied(), published.last().copied());
    groups.retain(|group| match group.key {
        GroupKey::Year { year } => {
            first.is_some_and(|first| first <= year) && last.is_some_and(|last| year <= last)
        }
        _ => true,
    });
}
