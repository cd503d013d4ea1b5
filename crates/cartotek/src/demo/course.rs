//! The way of a demo course from referral to infusion, or to the end without one.

use cartotek_domain::course::CourseOutcome;
use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::outcome::Outcome;
use super::person::Person;
use super::product::Product;
use super::random::Dice;
use super::toxicity::Toxicity;

/// One course as it happened.
#[derive(Debug)]
pub(super) struct Course {
    /// The product that was ordered.
    pub(super) product: &'static Product,
    /// The day of referral.
    pub(super) opened: NaiveDate,
    /// Every batch, in the order made.
    pub(super) batches: Vec<Batch>,
    /// Every infusion with its dose in 10⁶ cells; empty when there was none.
    pub(super) infusions: Vec<(NaiveDate, f64)>,
    /// How and when it ended without an infusion.
    pub(super) closing: Option<(CourseOutcome, NaiveDate)>,
    /// What followed from the infusion.
    pub(super) after: Option<(Toxicity, Outcome)>,
}

/// One manufactured batch.
#[derive(Debug)]
pub(super) struct Batch {
    /// Its number.
    pub(super) id: String,
    /// Collection of the starting material.
    pub(super) apheresis: NaiveDate,
    /// Start of manufacture.
    pub(super) started: NaiveDate,
    /// Release, or the day it was given up.
    pub(super) released: NaiveDate,
    /// Receipt by the hospital, if it could be used.
    pub(super) received: Option<NaiveDate>,
    /// Whether it was released within specification.
    pub(super) in_specification: bool,
}

/// A day so many days later.
pub(super) fn plus(day: NaiveDate, days: i64) -> NaiveDate {
    let distance = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(distance) } else { day.checked_add_days(distance) };
    moved.unwrap_or(day)
}

/// The day of the first assessment after an infusion: day 28, or the Monday after it.
pub(super) fn day28(day0: NaiveDate) -> NaiveDate {
    let day = plus(day0, 28);
    match day.weekday() {
        Weekday::Sat => plus(day, 2),
        Weekday::Sun => plus(day, 1),
        _ => day,
    }
}

impl Course {
    /// What happened to somebody who was referred on a day.
    pub(super) fn happen(
        dice: &mut Dice,
        person: &Person,
        product: &'static Product,
        opened: NaiveDate,
    ) -> Self {
        let mut course =
            Self { product, opened, batches: Vec::new(), infusions: Vec::new(), closing: None, after: None };
        if dice.chance(0.03) {
            course.closing = Some((CourseOutcome::Declined, plus(opened, dice.between(15, 25))));
            return course;
        }
        let mut apheresis = plus(opened, dice.between(16, 34));
        while course.batches.len() < 2 {
            let batch = Batch::make(dice, product, apheresis);
            let (released, received) = (batch.released, batch.received);
            course.batches.push(batch);
            if let Some(received) = received {
                course.infuse(dice, person, received);
                return course;
            }
            apheresis = plus(released, dice.between(5, 14));
            if dice.chance(0.4) {
                break;
            }
        }
        let given_up = course.batches.last().map_or(opened, |batch| plus(batch.released, 12));
        course.closing = Some((CourseOutcome::ManufacturingFailure, given_up));
        course
    }

    fn infuse(&mut self, dice: &mut Dice, person: &Person, received: NaiveDate) {
        let last =
            [(CourseOutcome::Progression, 5), (CourseOutcome::Death, 3), (CourseOutcome::Withdrawal, 1)];
        if dice.chance(0.06) {
            let outcome = dice.pick(&last).unwrap_or(CourseOutcome::Progression);
            self.closing = Some((outcome, plus(received, dice.between(12, 30))));
            return;
        }
        let day0 = plus(received, dice.between(6, 12));
        for dose in self.product.doses(dice, person.weight_kg) {
            let day = self.infusions.first().map_or(day0, |_| plus(day0, dice.between(8, 11)));
            self.infusions.push((day, dose));
        }
        let is_child = person.months_on(day0) < 144;
        let toxicity = Toxicity::draw(dice, self.product, is_child);
        let outcome = Outcome::draw(dice, self.product, day0, &toxicity);
        // The second half of a split dose is not given to somebody who has died of the first.
        self.infusions.retain(|(day, _)| *day < outcome.death.date);
        self.after = Some((toxicity, outcome));
    }

    /// The day of the first infusion.
    pub(super) fn day0(&self) -> Option<NaiveDate> {
        self.infusions.first().map(|(day, _)| *day)
    }

    /// What followed from the infusion.
    pub(super) fn outcome(&self) -> Option<&Outcome> {
        self.after.as_ref().map(|(_, outcome)| outcome)
    }

    /// Whether a relapse was treated.
    pub(super) fn has_further_therapy(&self) -> bool {
        self.outcome().is_some_and(|outcome| outcome.therapy.is_some())
    }

    /// The last day on which something of its beginning happened.
    pub(super) fn settled(&self) -> NaiveDate {
        self.infusions.last().map(|(day, _)| *day).or(self.closing.map(|(_, day)| day)).unwrap_or(self.opened)
    }
}

impl Batch {
    fn make(dice: &mut Dice, product: &Product, apheresis: NaiveDate) -> Self {
        let started = plus(apheresis, dice.between(1, 3));
        let released = plus(started, dice.between(product.days.0, product.days.1));
        let received = plus(released, dice.between(1, 4));
        let fails = dice.chance(0.04);
        Self {
            id: format!("{}-{:06}", product.batch, dice.between(1, 999_999)),
            apheresis,
            started,
            released,
            received: (!fails).then_some(received),
            in_specification: !dice.chance(0.03),
        }
    }
}
