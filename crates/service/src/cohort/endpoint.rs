//! The dates that endpoints rest on: death, and the last day known alive (domain brief 3.1).

use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::partial_date::{PartialDate, Precision};
use cartotek_domain::variable::VariableValue;
use cartotek_forms::Contribution;
use chrono::{Days, NaiveDate};

/// Milestones that show the patient alive on their day. A questionnaire does so too when somebody else fills it in: the
/// answers are those of a living patient, and rules refuse one after the death.
const ALIVE: [&str; 12] = [
    "apheresis_date",
    "pre_infusion_date",
    "infusion_date",
    "assessment_date",
    "response_date",
    "prom_completed_date",
    CONTACT,
    "last_contact_date",
    "relapse_date",
    "subsequent_therapy_start",
    "second_malignancy_date",
    "returned_to_follow_up_date",
];
/// The contact of a follow-up, which may also be the one that found the patient dead.
const CONTACT: &str = "contact_date";
/// What a follow-up says of it; the variable `vital_status` follows from all records.
const VITAL_STATUS: &str = "follow_up_vital_status";

/// Days of a patient's life as far as its records tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Life {
    /// The month of birth.
    pub(super) birth: Option<PartialDate>,
    /// The latest day on which the patient is known to have been alive, never after the death.
    pub(super) last_alive: Option<NaiveDate>,
    /// The day of death, and whether it was imputed. Who is known to be dead without a date has died on the day of the
    /// contact that found it: counted as living, the dead would lengthen every estimate.
    pub(super) death: Option<(NaiveDate, bool)>,
}

impl Life {
    /// The life that all records of a patient, in clinical order, tell of.
    pub(super) fn of<'c>(records: impl Iterator<Item = &'c Contribution> + Clone) -> Self {
        let birth = records.clone().find_map(|record| dates(record, "birth_year_month").next());
        let last_alive = records.clone().flat_map(alive).max();
        let died =
            records.clone().flat_map(|record| dates(record, "death_date")).min_by_key(|date| date.first());
        let death = match died {
            Some(date) => Some(on_a_day(date, last_alive)),
            None => found_dead(records, last_alive).map(|day| (day, true)),
        };
        let last_alive = match (last_alive, death) {
            (Some(alive), Some((death, _))) => Some(alive.min(death)),
            _ => last_alive,
        };
        Self { birth, last_alive, death }
    }
}

/// Days on which a record shows the patient alive; of a partial date only its first day is certain not to be too late.
fn alive(record: &Contribution) -> impl Iterator<Item = NaiveDate> {
    let dead = says_dead(record);
    let names = ALIVE.into_iter().filter(move |name| !(dead && *name == CONTACT));
    names.flat_map(|name| dates(record, name)).map(PartialDate::first)
}

fn says_dead(record: &Contribution) -> bool {
    let dead = |value: &VariableValue| matches!(value, VariableValue::Code(code) if code == "dead");
    record.variables.iter().any(|(id, value)| id == VITAL_STATUS && dead(value))
}

/// The first contact that found the patient dead; without its date, the last day of which anything is known.
fn found_dead<'c>(
    records: impl Iterator<Item = &'c Contribution> + Clone,
    last_alive: Option<NaiveDate>,
) -> Option<NaiveDate> {
    let mut dead = records.filter(|record| says_dead(record)).peekable();
    dead.peek()?;
    dead.flat_map(|record| dates(record, CONTACT)).map(PartialDate::first).min().or(last_alive)
}

fn dates(record: &Contribution, name: &str) -> impl Iterator<Item = PartialDate> {
    record.milestones.iter().filter(move |(known, _)| known == name).filter_map(|(_, value)| match value {
        MilestoneValue::Date(date) => Some(*date),
        _ => None,
    })
}

/// The day that stands for a date, and whether it is imputed (domain brief 3.1). Month known: the 15th, but not before the
/// fact that is known to come first. The brief is silent on a year alone: 1 July by the same rule, because a date left
/// out would count the dead as living.
pub(super) fn on_a_day(date: PartialDate, not_before: Option<NaiveDate>) -> (NaiveDate, bool) {
    if date.precision() == Precision::Day {
        return (date.first(), false);
    }
    let middle = middle(date);
    (not_before.map_or(middle, |fact| fact.max(middle)).min(date.last()), true)
}

/// The middle of the days that a date may stand for.
pub(super) fn middle(date: PartialDate) -> NaiveDate {
    let after = match date.precision() {
        Precision::Day => 0,
        Precision::Month => 14,
        Precision::Year if date.first().leap_year() => 182,
        Precision::Year => 181,
    };
    date.first() + Days::new(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn record(milestones: &[(&str, &str)]) -> Contribution {
        let date = |text: &str| MilestoneValue::Date(text.parse().unwrap());
        Contribution {
            milestones: milestones.iter().map(|(name, text)| ((*name).to_owned(), date(text))).collect(),
            ..Contribution::default()
        }
    }

    #[test]
    fn a_partial_death_lies_in_the_middle_but_not_before_the_last_fact() {
        for (date, alive, expected) in [
            ("2026-08-03", None, ("2026-08-03", false)),
            ("2026-08", None, ("2026-08-15", true)),
            ("2026-08", Some("2026-08-10"), ("2026-08-15", true)),
            ("2026-08", Some("2026-08-20"), ("2026-08-20", true)),
            ("2026-08", Some("2026-09-20"), ("2026-08-31", true)),
            ("2025", None, ("2025-07-01", true)),
            ("2024", None, ("2024-07-01", true)),
            ("2024", Some("2024-11-02"), ("2024-11-02", true)),
        ] {
            let (expected, imputed) = expected;
            assert_eq!(on_a_day(date.parse().unwrap(), alive.map(day)), (day(expected), imputed), "{date}");
        }
    }

    #[test]
    fn what_was_done_with_or_answered_by_a_patient_shows_life() {
        for name in ["pre_infusion_date", "infusion_date", "response_date", "prom_completed_date"] {
            let records = [record(&[("apheresis_date", "2026-01-12")]), record(&[(name, "2026-05-20")])];
            assert_eq!(Life::of(records.iter()).last_alive, Some(day("2026-05-20")), "{name}");
        }
        let not_life = [record(&[("birth_year_month", "1961-04"), ("lost_to_follow_up_date", "2026-05-20")])];
        assert_eq!(Life::of(not_life.iter()).last_alive, None);
    }

    #[test]
    fn the_latest_fact_shows_the_patient_alive_unless_it_found_a_death() {
        let records = [
            record(&[("infusion_date", "2026-02-12")]),
            record(&[("relapse_date", "2026-06")]),
            record(&[("contact_date", "2026-05-22")]),
        ];
        assert_eq!(Life::of(records.iter()).last_alive, Some(day("2026-06-01")));

        let mut dead = record(&[("contact_date", "2026-09-01")]);
        dead.variables.push((VITAL_STATUS.to_owned(), VariableValue::Code("dead".to_owned())));
        let with_dead = || records.iter().chain([&dead]);
        assert_eq!(Life::of(with_dead()).last_alive, Some(day("2026-06-01")));

        assert_eq!(
            Life::of(with_dead()).death,
            Some((day("2026-09-01"), true)),
            "dead on the day that found it"
        );
        dead.milestones.clear();
        let undated = records.iter().chain([&dead]);
        assert_eq!(Life::of(undated).death, Some((day("2026-06-01"), true)), "dead after the last fact");

        let death = record(&[("death_date", "2026-05-30")]);
        let life = Life::of(records.iter().chain([&dead, &death]));
        assert_eq!(life.death, Some((day("2026-05-30"), false)));
        assert_eq!(life.last_alive, Some(day("2026-05-30")), "nobody is alive after the death");
    }
}
