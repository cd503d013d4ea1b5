//! Closing a course that ends without an infusion, and opening one again that was closed by mistake.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::course::{Course, CourseOutcome, CourseStatus};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::CourseId;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::AmendmentReason;
use cartotek_domain::text::Text;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;

use super::{current, day0, replace};
use crate::Service;
use crate::act::{Act, Done};
use crate::enrol::in_the_future;
use crate::error::ServiceError;
use crate::record::mark::check_courses_unlocked;

impl Service {
    /// Closes a course that ends without an infusion.
    ///
    /// # Errors
    /// `not_found` unless one of the caller's sites takes part; `stale_version`; `wrong_state` when it is closed or was
    /// infused; `record_locked`; `content_invalid` for a day before it was opened or in the future, or a patient who has
    /// opted out.
    pub async fn close_course(
        &self,
        granted: &Granted<permission::ManagePatient>,
        act: &Act,
        id: CourseId,
        expected: i64,
        outcome: CourseOutcome,
        closed_on: NaiveDate,
    ) -> Result<Done<Course>, ServiceError> {
        let (granted_again, today) = (granted.clone(), self.today());
        if closed_on > today {
            return Err(ServiceError::invalid(vec![in_the_future("/closed_on")]));
        }
        self.change(granted, act, "close course", move |journal| {
            let (before, site) = current(journal, &granted_again, id, expected, today)?;
            check_closable(journal.read(), &before, closed_on)?;
            check_courses_unlocked(journal.read(), before.patient, &site, &[closed_on])?;
            let after = Course {
                status: CourseStatus::Closed,
                outcome: Some(outcome),
                closed_on: Some(closed_on),
                version: before.version + 1,
                ..before.clone()
            };
            replace(journal, &before, after)
        })
        .await
    }

    /// Opens a course again that was closed by mistake, as if it had never been closed. What is expected of the patient
    /// and what rules find follow; that it was closed, and why it is not, stays in the audit trail.
    ///
    /// # Errors
    /// `not_found` unless one of the caller's sites takes part; `stale_version`; `wrong_state` when it is not closed or the
    /// patient has a later course; `record_locked`; `content_invalid` for a patient who has opted out.
    pub async fn reopen_course(
        &self,
        granted: &Granted<permission::ManagePatient>,
        act: &Act,
        id: CourseId,
        expected: i64,
        reason: AmendmentReason,
    ) -> Result<Done<Course>, ServiceError> {
        let (granted_again, today) = (granted.clone(), self.today());
        self.change(granted, act, "reopen course", move |journal| {
            let (before, site) = current(journal, &granted_again, id, expected, today)?;
            check_reopenable(journal.read(), &before)?;
            check_courses_unlocked(journal.read(), before.patient, &site, before.closed_on.as_slice())?;
            journal.because(reason.name());
            let after = Course {
                status: CourseStatus::Open,
                outcome: None,
                closed_on: None,
                version: before.version + 1,
                ..before.clone()
            };
            replace(journal, &before, after)
        })
        .await
    }
}

fn check_closable(
    session: &mut dyn ReadSession,
    course: &Course,
    closed_on: NaiveDate,
) -> Result<(), ServiceError> {
    if course.status == CourseStatus::Closed {
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Behandlingsomgången är redan avslutad. Öppna en ny om behandlingen fortsätter, eller öppna den här igen om \
             den avslutades av misstag.",
            "The course is closed already. Open a new one if treatment goes on, or open this one again if it was closed by \
             mistake.",
        ));
    }
    if day0(session, course.patient, course.id)?.is_some() {
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Behandlingsomgången har en infusion och avslutas inte som utebliven.",
            "The course has an infusion and cannot be closed as one without.",
        ));
    }
    check_order(course.opened_on, closed_on, "/closed_on")
}

/// A course is not closed before it is opened.
pub(super) fn check_order(
    opened_on: NaiveDate,
    closed_on: NaiveDate,
    pointer: &str,
) -> Result<(), ServiceError> {
    if closed_on >= opened_on {
        return Ok(());
    }
    let message = Text::new(
        "Behandlingsomgången avslutades innan den öppnades.",
        "The course was closed before it was opened.",
    );
    Err(ServiceError::invalid(vec![Finding::error("R-DATE-01", pointer, message)]))
}

/// A later course has taken the place of the closed one: two would run side by side.
fn check_reopenable(session: &mut dyn ReadSession, course: &Course) -> Result<(), ServiceError> {
    if course.status == CourseStatus::Open {
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Behandlingsomgången är inte avslutad. Fortsätt i den: den behöver inte öppnas igen.",
            "The course is not closed. Go on in it: it need not be opened again.",
        ));
    }
    let courses = session.courses(&[course.patient])?;
    let Some(last) = courses.last().filter(|last| last.number > course.number) else { return Ok(()) };
    let number = last.number;
    Err(ServiceError::explained(
        Problem::WrongState,
        format!(
            "Patienten har redan en senare behandlingsomgång, nummer {number}. Fortsätt i den, eller öppna den igen om den \
             avslutades av misstag; annullera det som hör dit men registrerats här, och registrera det där."
        ),
        format!(
            "The patient has a later course already, number {number}. Go on in that one, or open it again if it was closed \
             by mistake; annul what belongs there but was recorded here, and record it there."
        ),
    ))
}
