//! How much of the possible follow-up took place: Clark's C.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Share, quotient};
use crate::schedule::Target;

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

    /// The same in whole per cent as a fraction, as others see it (domain brief 5.6): rounded down, so that it is whole only if
    /// nobody was missed.
    pub fn whole_per_cent(self) -> Option<f64> {
        Share { part: self.observed, whole: self.potential }.whole_per_cent()
    }

    /// The days of possible follow-up that did not take place.
    pub const fn missing(self) -> u64 {
        self.potential.saturating_sub(self.observed)
    }
}

/// Observed and potential person-time until today, or until a horizon after day 0 if that comes first.
///
/// A death that is known ends both: the patient was followed to it. A course whose day 0 is still to come adds nothing.
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
