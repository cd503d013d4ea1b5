//! What is expected of a patient: the schedule laid over the facts.
//!
//! The items follow from facts alone, never from today: they are stored, and rewritten when a fact changes.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::expectation::{Anchor, BaselineDefinition, Expectation, Expected};
use super::facts::{CourseFacts, PatientFacts};
use super::time_point::TimePoint;
use super::window::{Target, Window, WindowRule, shifted};
use super::{Schedule, TimePointDefinition};
use crate::names::named;
use crate::text::Text;

named! {
    /// Why an item is not expected after all.
    Closing {
        /// Consent was withdrawn, or registration objected to, by the target day, and no yes came before the grace ended.
        Withdrawn = "withdrawn",
        /// Consent is withdrawn or has ended, or registration is objected to, since a day after the target: while that
        /// holds, nobody can answer any more.
        Stopped = "stopped",
        /// The patient died before the window.
        Dead = "dead",
        /// The patient died without an infusion of the course, before the window closed or while a next product was
        /// awaited.
        DeadUninfused = "dead_uninfused",
        /// A later course carries on.
        Superseded = "superseded",
        /// The course was closed without an infusion.
        NotInfused = "not_infused",
    }
}

impl Closing {
    /// The reason in words.
    pub fn text(self) -> Text {
        match self {
            Self::Withdrawn => Text::new(
                "samtycket var återkallat, eller patienten hade motsatt sig registreringen, på måldagen",
                "consent had been withdrawn, or registration objected to, by the target day",
            ),
            Self::Stopped => Text::new(
                "samtycket är återkallat eller har löpt ut, eller patienten har motsatt sig registreringen: inget mer får samlas in",
                "consent is withdrawn or has ended, or registration objected to: nothing more may be collected",
            ),
            Self::Dead => Text::new(
                "patienten avled innan fönstret öppnade",
                "the patient died before the window opened",
            ),
            Self::DeadUninfused => {
                Text::new("patienten avled utan infusion", "the patient died without an infusion")
            }
            Self::Superseded => Text::new(
                "en senare behandlingsomgång tar över uppföljningen",
                "a later course takes over the follow-up",
            ),
            Self::NotInfused => Text::new(
                "behandlingsomgången avslutades utan infusion",
                "the course was closed without an infusion",
            ),
        }
    }
}

named! {
    /// Why an item that was expected never becomes overdue.
    Excuse {
        /// The patient was lost to follow-up.
        Lost = "lost",
        /// The patient has died; the date does not say whether before the window.
        DeathUnclear = "death_unclear",
        /// The patient died, or may have died, within the window, and the item asks for somebody alive.
        DiedWithin = "died_within",
        /// New therapy of the disease had begun when the window opened, and the item tells of the effect of this one.
        NewTherapy = "new_therapy",
    }
}

impl Excuse {
    /// The reason in words.
    pub fn text(self) -> Text {
        match self {
            Self::Lost => {
                Text::new("patienten var förlorad för uppföljning", "the patient was lost to follow-up")
            }
            Self::DeathUnclear => Text::new(
                "patienten är avliden, men dödsdatumet visar inte om fönstret nåddes; precisera datumet",
                "the patient has died, but the date does not show whether the window was reached; \
                 make the date more precise",
            ),
            Self::DiedWithin => Text::new(
                "patienten avled, eller kan ha avlidit, innan fönstret stängde",
                "the patient died, or may have died, before the window closed",
            ),
            Self::NewTherapy => Text::new(
                "ny behandling mot sjukdomen hade, eller kan ha, börjat när fönstret öppnade",
                "new therapy of the disease had begun, or may have, when the window opened",
            ),
        }
    }
}

/// One thing expected of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedItem {
    /// What satisfies it.
    pub what: Expected,
    /// The time point after day 0; `None` when it belongs to none.
    pub time_point: Option<TimePoint>,
    /// Whether it may be left out.
    pub optional: bool,
    /// The first day of its window.
    pub first: NaiveDate,
    /// The nominal day. May lie after the window when the next course cuts that short.
    pub target: NaiveDate,
    /// The last day of its window.
    pub last: NaiveDate,
    /// The last day on which it is not overdue.
    pub grace_until: NaiveDate,
    /// Why it is not expected after all; decides before `excuse`.
    pub closed: Option<Closing>,
    /// Why it never becomes overdue.
    pub excuse: Option<Excuse>,
    /// The first day on which it is not expected any more unless it was answered, because a yes ends by itself.
    pub stops_on: Option<NaiveDate>,
    /// What it is counted from.
    pub anchor: Anchor,
    /// The day of that.
    pub counted_from: NaiveDate,
}

/// What the schedule expects of a course.
pub fn expected_items(
    schedule: &Schedule,
    course: &CourseFacts,
    patient: &PatientFacts,
) -> Vec<ExpectedItem> {
    let baseline = schedule.baseline.iter().filter_map(|definition| {
        course.date_of(definition.anchor).map(|date| Frame::of_baseline(definition, date))
    });
    let scheduled = course.day0.into_iter().flat_map(|day0| {
        schedule.time_points.iter().map(move |definition| Frame::of_time_point(definition, day0))
    });
    let items = baseline.chain(scheduled).flat_map(|frame| frame.items(Some(course), patient));
    let asked_again: Vec<_> = if course.day0.is_some() && course.failed_product.is_some() {
        let next = schedule.baseline.iter().filter(|one| one.anchor == Anchor::FailedProduct);
        next.flat_map(|one| &one.expects).map(|one| &one.what).collect()
    } else {
        Vec::new()
    };
    // Of an infused course one product counts: after a failure the one that was awaited then.
    items.filter(|one| one.anchor == Anchor::FailedProduct || !asked_again.contains(&&one.what)).collect()
}

/// What the schedule expects of a patient, whatever the courses.
pub fn patient_items(schedule: &Schedule, patient: &PatientFacts) -> Vec<ExpectedItem> {
    schedule
        .baseline
        .iter()
        .filter(|definition| definition.anchor == Anchor::Enrolment)
        .flat_map(|definition| Frame::of_baseline(definition, patient.enrolled_on).items(None, patient))
        .collect()
}

/// A definition laid at a day.
struct Frame<'s> {
    time_point: Option<TimePoint>,
    anchor: Anchor,
    date: NaiveDate,
    target: Target,
    form_window: WindowRule,
    sample_window: WindowRule,
    grace_days: u32,
    expects: &'s [Expectation],
}

impl<'s> Frame<'s> {
    fn of_time_point(definition: &'s TimePointDefinition, day0: NaiveDate) -> Self {
        Self {
            time_point: Some(definition.code),
            anchor: Anchor::Day0,
            date: day0,
            target: definition.target,
            form_window: definition.window,
            sample_window: definition.sample_window,
            grace_days: definition.grace_days,
            expects: &definition.expects,
        }
    }

    fn of_baseline(definition: &'s BaselineDefinition, date: NaiveDate) -> Self {
        Self {
            time_point: None,
            anchor: definition.anchor,
            date,
            target: definition.target,
            form_window: definition.window,
            sample_window: definition.window,
            grace_days: definition.grace_days,
            expects: &definition.expects,
        }
    }

    fn items(&self, course: Option<&CourseFacts>, patient: &PatientFacts) -> Vec<ExpectedItem> {
        let family = course.and_then(|course| course.family.as_deref());
        let patient = patient.as_counted_from(self.anchor);
        self.expects
            .iter()
            .filter(|expectation| expectation.is_for(family))
            .map(|expectation| self.item(expectation, course, &patient))
            .collect()
    }

    fn item(
        &self,
        expectation: &Expectation,
        course: Option<&CourseFacts>,
        patient: &PatientFacts,
    ) -> ExpectedItem {
        let usual = match expectation.what {
            Expected::Form { .. } => self.form_window,
            Expected::Sample { .. } => self.sample_window,
        };
        let grace_days = i64::from(expectation.grace_days.unwrap_or(self.grace_days));
        let window = Window::new(self.date, self.target, expectation.window.unwrap_or(usual));
        let window = match expectation.window_of_the_dead {
            Some(rule) if patient.closing(window) == Some(Closing::Dead) => {
                Window::new(self.date, self.target, rule)
            }
            _ => window,
        };
        let uninfused = course.is_some_and(|course| course.day0.is_none());
        let ends = self.ended_within(uninfused, window);
        let of_course = || course.and_then(|course| course.closing(expectation.efficacy, ends));
        let end = course.filter(|_| expectation.efficacy).and_then(CourseFacts::efficacy_ends);
        // Cut short, it does not become overdue any sooner.
        let last = end.filter(|end| *end >= window.first).map_or(window.last, |end| end.min(window.last));
        ExpectedItem {
            what: expectation.what.clone(),
            time_point: self.time_point,
            optional: expectation.optional,
            first: window.first,
            target: window.target,
            last,
            grace_until: shifted(window.last, grace_days),
            closed: patient.closing(window).or_else(of_course).or_else(|| patient.ending(uninfused, ends)),
            excuse: patient
                .excuse(expectation.efficacy, uninfused, window)
                .or_else(|| course.and_then(|course| course.excuse(expectation.efficacy, window))),
            stops_on: patient.stops_on,
            anchor: self.anchor,
            counted_from: self.date,
        }
    }

    /// The window within which an end of course or patient is also the end of what was expected. What leads to an infusion
    /// is awaited past its window, but never past such an end; what was infused was there.
    fn ended_within(&self, uninfused: bool, window: Window) -> Window {
        if uninfused && self.anchor.awaits_infusion() {
            Window { first: NaiveDate::MAX, last: NaiveDate::MAX, ..window }
        } else {
            window
        }
    }
}

impl ExpectedItem {
    /// Whether a yes has ended by itself by a day, so that nobody can answer any more.
    pub fn has_stopped(&self, today: NaiveDate) -> bool {
        self.stops_on.is_some_and(|day| day <= today)
    }

    /// What made it due, by the schedule that it follows.
    pub fn why(&self, schedule: &Schedule) -> Text {
        let baseline = schedule.baseline.iter().find(|one| {
            one.anchor == self.anchor && one.expects.iter().any(|expectation| expectation.what == self.what)
        });
        let title = match self.time_point.and_then(|code| schedule.find(code)) {
            Some(definition) => Some(&definition.title),
            None => baseline.map(|definition| &definition.title),
        };
        let (title_sv, title_en) = title.map_or(("", ""), |title| (title.sv.as_str(), title.en.as_str()));
        let (name, version, from, day) =
            (&schedule.title, schedule.version, self.anchor.text(), self.counted_from);
        Text::new(
            format!("{}, version {version}: {title_sv}, räknat från {} ({day})", name.sv, from.sv),
            format!("{}, version {version}: {title_en}, counted from {} ({day})", name.en, from.en),
        )
    }
}

#[cfg(test)]
mod awaited;
#[cfg(test)]
mod next_product;
#[cfg(test)]
mod tests;
