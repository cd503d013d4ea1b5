//! How complete and timely the registry is (domain brief 2.4).
//!
//! Everything counts only courses with an infusion; the groups (site, form, field, period) are the caller's. A form
//! belongs to the period in which its grace ends.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::names::named;
use crate::schedule::{Expected, ExpectedItem, ItemState, Submitted, Target, TimeState};

/// Figures of a single site are shown only when it has at least so many courses (domain brief 5.6).
pub const LEAST_COURSES_OF_A_SITE: u64 = 5;

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Share {
    /// How many of them.
    pub part: u64,
    /// How many there are.
    pub whole: u64,
}

impl Share {
    fn add(&mut self, is_part: bool) {
        self.part += u64::from(is_part);
        self.whole += 1;
    }

    /// The part as a fraction; `None` of nothing.
    pub fn fraction(self) -> Option<f64> {
        quotient(self.part, self.whole)
    }
}

/// An expected item as it stands today.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'i> {
    /// The item.
    pub item: &'i ExpectedItem,
    /// What answers it.
    pub submitted: Option<&'i Submitted>,
    /// Its state.
    pub state: ItemState,
    /// Whether the course, or for an item of the patient any course, had an infusion.
    pub infused: bool,
}

impl Judged<'_> {
    /// Whether it is a required form of a course with an infusion.
    fn is_required(&self) -> bool {
        self.infused && !self.item.optional && matches!(self.item.what, Expected::Form { .. })
    }

    /// Whether it counts in the denominator of completeness: a required form whose grace has passed and that is
    /// applicable. One that may lie after the patient's death does not count until it is submitted.
    pub fn counts(&self, today: NaiveDate) -> bool {
        let is_settled = match self.state {
            ItemState::Completed | ItemState::CompletedOutOfWindow => true,
            ItemState::Awaited(time) | ItemState::Draft(time) => {
                matches!(time, TimeState::Overdue { .. } | TimeState::MissedLost)
            }
            ItemState::NotApplicable(_) => false,
        };
        is_settled && self.is_required() && self.item.grace_until < today
    }

    /// Whether it lowers completeness: the end of the drill-down.
    pub fn is_missing(&self, today: NaiveDate) -> bool {
        self.counts(today) && !self.state.is_completed()
    }
}

/// Completeness and timeliness of forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct FormCompleteness {
    /// Of the forms whose grace has passed: those completed, in the window or not.
    pub completed: Share,
    /// Of the completed forms: those first submitted before their grace ended.
    pub timely: Share,
}

impl FormCompleteness {
    fn add(&mut self, judged: &Judged<'_>, today: NaiveDate) {
        if judged.counts(today) {
            self.completed.add(judged.state.is_completed());
        }
        if judged.is_required() && judged.state.is_completed() {
            let is_timely = |submitted: &Submitted| submitted.first_submitted <= judged.item.grace_until;
            self.timely.add(judged.submitted.is_some_and(is_timely));
        }
    }
}

/// Completeness and timeliness of forms, by whatever `key` says of an item.
pub fn form_completeness<'i, K: Ord>(
    items: impl IntoIterator<Item = Judged<'i>>,
    today: NaiveDate,
    key: impl Fn(&Judged<'i>) -> K,
) -> BTreeMap<K, FormCompleteness> {
    let mut groups: BTreeMap<K, FormCompleteness> = BTreeMap::new();
    for judged in items {
        groups.entry(key(&judged)).or_default().add(&judged, today);
    }
    groups
}

named! {
    /// How a required field of a submitted form stands.
    FieldStanding {
        /// It has a value.
        Value = "value",
        /// It has a reason why there is none.
        Reason = "reason",
        /// It has neither.
        Absent = "absent",
    }
}

/// Completeness of required fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct FieldCompleteness {
    /// Those with a value or a reason.
    pub answered: Share,
    /// Those with a value.
    pub known: Share,
}

/// Completeness of required fields, by whatever stands beside each, e.g. the form and its pointer.
pub fn field_completeness<K: Ord>(
    fields: impl IntoIterator<Item = (K, FieldStanding)>,
) -> BTreeMap<K, FieldCompleteness> {
    let mut groups: BTreeMap<K, FieldCompleteness> = BTreeMap::new();
    for (key, standing) in fields {
        let group = groups.entry(key).or_default();
        group.answered.add(standing != FieldStanding::Absent);
        group.known.add(standing == FieldStanding::Value);
    }
    groups
}

/// The follow-up of an infused course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// The day of the first infusion.
    pub day0: NaiveDate,
    /// The last day on which the patient was known to be alive.
    pub last_contact: NaiveDate,
    /// The day of death.
    pub death: Option<NaiveDate>,
}

/// Days under observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PersonTime {
    /// Days from day 0 to the last contact or death.
    pub observed: u64,
    /// Days from day 0 to death or today.
    pub potential: u64,
}

impl PersonTime {
    /// Clark's C: how much of the follow-up that was possible took place; `None` when none was.
    pub fn completeness(self) -> Option<f64> {
        quotient(self.observed, self.potential)
    }
}

/// Observed and potential person-time until today, or until a horizon after day 0 if that comes first.
///
/// A death that is known ends both: the patient was followed to it.
pub fn person_time(
    courses: impl IntoIterator<Item = Followed>,
    today: NaiveDate,
    horizon: Option<Target>,
) -> PersonTime {
    let mut sum = PersonTime::default();
    for course in courses {
        let end = horizon.map_or(today, |horizon| horizon.after(course.day0).min(today));
        let days = |until: NaiveDate| u64::try_from((until.min(end) - course.day0).num_days()).unwrap_or(0);
        sum.observed += days(course.death.unwrap_or(course.last_contact));
        sum.potential += days(course.death.unwrap_or(end));
    }
    sum
}

/// The open findings per 100 submitted forms; `None` without a form.
pub fn findings_per_100_forms(open: u64, forms: u64) -> Option<f64> {
    quotient(open, forms).map(|per_form| 100.0 * per_form)
}

/// The median of days, e.g. until a finding was closed; `None` without one.
pub fn median_days(days: &[u32]) -> Option<f64> {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some(f64::midpoint((*lower).into(), (*upper).into()))
}

#[expect(clippy::cast_precision_loss, reason = "no count of forms or days comes near 2^53")]
fn quotient(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests;
