//! The facts that shape what is expected of a patient.
//!
//! Which site is responsible is not among them: a transfer moves the items to another worklist and changes none.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::expectation::Anchor;
use super::item::{Closing, Excuse};
use super::window::Window;
use crate::partial_date::PartialDate;

/// A time that may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The first day after it, once it has ended.
    pub until: Option<NaiveDate>,
}

impl Period {
    /// Whether a day lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// A loss to follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Loss {
    /// The last day on which the patient was known to be alive.
    pub last_contact: NaiveDate,
    /// The day on which the loss was declared.
    pub declared: NaiveDate,
    /// The day on which contact was regained.
    pub returned: Option<NaiveDate>,
}

impl Loss {
    /// Whether the patient was lost at a time point: its target lies after the declaration, or its whole window after
    /// the last contact (a loss is declared a year later), and contact was not regained by the target.
    pub fn covers(self, window: Window) -> bool {
        let lost = self.declared <= window.target || self.last_contact < window.first;
        lost && self.returned.is_none_or(|returned| window.target < returned)
    }
}

/// What the registry knows of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientFacts {
    /// The day of enrolment.
    pub enrolled_on: NaiveDate,
    /// The day of death.
    pub death: Option<PartialDate>,
    /// The first contact that found the patient dead; counts while no day of death is known.
    pub found_dead: Option<NaiveDate>,
    /// Losses to follow-up.
    pub losses: Vec<Loss>,
    /// When nothing may be collected: consent withdrawn or registration objected to; ended by a new consent.
    pub withdrawals: Vec<Period>,
    /// Whether by the latest decision nothing may be collected until another is made.
    pub stopped: bool,
    /// The first day on which nothing may be collected any more, because a yes ends by itself.
    pub stops_on: Option<NaiveDate>,
}

impl PatientFacts {
    /// What bears on what is counted from an anchor: a death does not where the anchor may lie after it.
    pub(super) fn as_counted_from(&self, anchor: Anchor) -> Cow<'_, Self> {
        if anchor.may_follow_death() {
            Cow::Owned(Self { death: None, found_dead: None, ..self.clone() })
        } else {
            Cow::Borrowed(self)
        }
    }

    /// Why nothing is expected in a window, if so. A no counts that holds on the target day, unless a new yes leaves a day
    /// of the window: no form may be dated in the no. A death counts only if it lies before the window for certain: by its
    /// day, or because a contact before the window found the patient dead.
    pub(super) fn closing(&self, window: Window) -> Option<Closing> {
        let leaves_none = |period: &Period| period.until.is_none_or(|until| window.last < until);
        if self.withdrawals.iter().any(|period| period.contains(window.target) && leaves_none(period)) {
            return Some(Closing::Withdrawn);
        }
        self.dead_by().is_some_and(|day| day < window.first).then_some(Closing::Dead)
    }

    /// The day by which the patient has died for certain.
    fn dead_by(&self) -> Option<NaiveDate> {
        self.death.map(PartialDate::last).or(self.found_dead)
    }

    /// Why what is unanswered is not expected any more, if so. What a course without an infusion asks for ends with the
    /// patient, as it does when the course is closed: only what was past its window by then is left.
    pub(super) fn ending(&self, uninfused: bool, window: Window) -> Option<Closing> {
        if uninfused && self.dead_by().is_some_and(|day| day < window.last) {
            return Some(Closing::DeadUninfused);
        }
        self.stopped.then_some(Closing::Stopped)
    }

    /// Why what was expected in a window never becomes overdue, if so. The effect of a treatment is not looked for in a
    /// patient who may have died before the window closed; other forms of that period are still due, but not those of a
    /// course without an infusion.
    pub(super) fn excuse(&self, efficacy: bool, uninfused: bool, window: Window) -> Option<Excuse> {
        if self.losses.iter().any(|loss| loss.covers(window)) {
            return Some(Excuse::Lost);
        }
        let Some(death) = self.death else {
            let found = self.found_dead.is_some_and(|found| found <= window.last);
            return (efficacy && found).then_some(Excuse::DiedWithin);
        };
        if death.last() < window.first {
            return None;
        }
        if death.first() < window.first || (uninfused && death.first() < window.last) {
            Some(Excuse::DeathUnclear)
        } else {
            (efficacy && death.first() <= window.last).then_some(Excuse::DiedWithin)
        }
    }
}

/// What the registry knows of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseFacts {
    /// Family of its indication (attribute `family` of the code list `indication_group`).
    pub family: Option<String>,
    /// The day on which it was opened: referral or first apheresis.
    pub opened_on: NaiveDate,
    /// The day of the referral that was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// The day of the first apheresis.
    pub apheresis: Option<NaiveDate>,
    /// The day of the latest product that may not be infused, or of the apheresis after it.
    pub failed_product: Option<NaiveDate>,
    /// The day of the latest product that may be infused.
    pub infusable_product: Option<NaiveDate>,
    /// The day of the first infusion. A further infusion in the same course does not move it.
    pub day0: Option<NaiveDate>,
    /// The day of the first infusion that names its batch.
    pub batch_infused: Option<NaiveDate>,
    /// The day on which it was closed without an infusion.
    pub closed_on: Option<NaiveDate>,
    /// The first day on which a later course of the patient began: its lymphodepletion or, without it, its day 0.
    pub next_begins: Option<NaiveDate>,
    /// The first day 0 of the patient's later courses.
    pub next_day0: Option<NaiveDate>,
    /// When new therapy of the disease first began.
    pub new_therapy: Option<PartialDate>,
}

impl CourseFacts {
    /// The day from which windows are counted, if it is known.
    pub(super) fn date_of(&self, anchor: Anchor) -> Option<NaiveDate> {
        match anchor {
            // Of the patient, not of the course.
            Anchor::Enrolment => None,
            Anchor::Opening => Some(self.opened_on),
            Anchor::AcceptedReferral => self.accepted_on.filter(|_| !self.has_begun()),
            Anchor::Apheresis => self.apheresis,
            Anchor::FailedProduct => self.failed_product,
            Anchor::InfusableProduct => self.infusable_product.filter(|_| self.day0.is_none()),
            Anchor::Day0 => self.day0,
            // Cells kept from an earlier course are named by no batch: they have no product of this course.
            Anchor::InfusionWithoutApheresis => self.batch_infused.filter(|_| self.apheresis.is_none()),
        }
    }

    /// Whether cells were collected, made or given.
    fn has_begun(&self) -> bool {
        [self.apheresis, self.failed_product, self.infusable_product, self.day0].iter().any(Option::is_some)
    }

    /// The last day on which the effect of this course is followed: the day before lymphodepletion, or without it
    /// before the infusion, of the course that began next.
    pub fn efficacy_ends(&self) -> Option<NaiveDate> {
        self.next_begins.and_then(|next| next.pred_opt())
    }

    /// What keeps an item of this window from becoming overdue on account of the course.
    pub(super) fn excuse(&self, efficacy: bool, window: Window) -> Option<Excuse> {
        let begun = self.new_therapy.is_some_and(|start| start.first() <= window.first);
        (efficacy && begun).then_some(Excuse::NewTherapy)
    }

    /// Why nothing is expected of the course in a window, if so.
    ///
    /// The next course takes over what begins once it has begun: the effect from its lymphodepletion on, the rest,
    /// safety above all, from its day 0 on. A course that is closed without an infusion leaves open only what was
    /// past its window by then.
    pub(super) fn closing(&self, efficacy: bool, window: Window) -> Option<Closing> {
        let superseded = if efficacy {
            self.efficacy_ends().is_some_and(|end| end < window.first)
        } else {
            self.next_day0.is_some_and(|next| next <= window.first)
        };
        if superseded {
            return Some(Closing::Superseded);
        }
        let closed_on = self.closed_on.filter(|_| self.day0.is_none());
        closed_on.is_some_and(|closed_on| closed_on < window.last).then_some(Closing::NotInfused)
    }
}
