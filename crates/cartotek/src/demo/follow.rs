//! The contacts of a demo course after day 0, at the time points of the schedule.

use cartotek_domain::schedule::{Schedule, TimePoint, Window};
use chrono::NaiveDate;

use super::course::plus;
use super::random::Dice;

/// Follow-up forms begin with this time point.
const FIRST: TimePoint = TimePoint::Day(100);

/// One contact.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    /// The code of its time point.
    pub(super) time_point: String,
    /// Its day.
    pub(super) date: NaiveDate,
    /// Whether the day lies in the window.
    pub(super) in_window: bool,
    /// The day of assessment and questionnaires, in the window even when the contact is not.
    pub(super) assessed: NaiveDate,
    /// The day on which its form is begun.
    pub(super) begun: NaiveDate,
    /// The day on which its form is submitted.
    pub(super) submitted: NaiveDate,
}

/// The contacts after a day 0; a few are missed, a few lie outside their window.
pub(super) fn contacts(dice: &mut Dice, schedule: &Schedule, day0: NaiveDate) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for definition in schedule.time_points.iter().skip_while(|definition| definition.code != FIRST) {
        let window = definition.form_window(day0);
        let (late, missed) = (dice.chance(0.04), dice.chance(0.06));
        let date = if late { plus(window.last, dice.between(3, 20)) } else { within(dice, &window) };
        let contact = Contact {
            time_point: definition.code.to_string(),
            date,
            in_window: !late,
            assessed: date.min(window.last),
            begun: plus(date, dice.between(1, 5)),
            submitted: plus(date, dice.between(16, 45)),
        };
        if !missed {
            contacts.push(contact);
        }
    }
    contacts
}

/// A day near the target, within the window.
fn within(dice: &mut Dice, window: &Window) -> NaiveDate {
    plus(window.target, dice.between(-12, 14)).clamp(window.first, window.last)
}
