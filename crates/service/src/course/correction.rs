//! Correcting a course that was opened for another indication, or on another day, than the right one.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::course::Course;
use cartotek_domain::id::CourseId;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::AmendmentReason;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;

use super::begun::{BEGINNING, opened_too_late};
use super::closing::check_order;
use super::{CourseFile, current, file, replace};
use crate::Service;
use crate::act::{Act, Done};
use crate::enrol::in_the_future;
use crate::error::ServiceError;
use crate::record::mark::check_courses_unlocked;

/// What is right of a course; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CourseCorrection {
    /// Code of the indication group.
    pub indication: Option<String>,
    /// Day of referral or first apheresis.
    pub opened_on: Option<NaiveDate>,
}

impl Service {
    /// Corrects the indication or the opening day of a course, be it open, infused or closed. What is expected of the patient
    /// and what rules find follow; what it said before stays in the audit trail as a hash.
    ///
    /// # Errors
    /// `not_found` unless one of the caller's sites takes part; `stale_version`; `wrong_state` when it says so already;
    /// `record_locked`; `content_invalid` for an unknown indication, a day in the future, after the closing or after the
    /// course began, or a patient who has opted out.
    pub async fn correct_course(
        &self,
        granted: &Granted<permission::ManagePatient>,
        act: &Act,
        id: CourseId,
        expected: i64,
        correction: CourseCorrection,
        reason: AmendmentReason,
    ) -> Result<Done<CourseFile>, ServiceError> {
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        if correction.opened_on.is_some_and(|day| day > today) {
            return Err(ServiceError::invalid(vec![in_the_future("/opened_on")]));
        }
        self.change(granted, act, "correct course", move |journal| {
            let (before, site) = current(journal, &granted_again, id, expected, today)?;
            let after = service.corrected(&before, &correction)?;
            check_begun(journal.read(), &after)?;
            let days = [before.opened_on, after.opened_on];
            check_courses_unlocked(journal.read(), before.patient, &site, &days)?;
            journal.because(reason.name());
            let after = replace(journal, &before, after)?;
            file(journal.read(), after)
        })
        .await
    }

    /// The course as it is right, by the checks of its opening and its closing.
    fn corrected(&self, before: &Course, correction: &CourseCorrection) -> Result<Course, ServiceError> {
        let after = Course {
            indication: correction.indication.clone().unwrap_or_else(|| before.indication.clone()),
            opened_on: correction.opened_on.unwrap_or(before.opened_on),
            version: before.version + 1,
            ..before.clone()
        };
        if (&after.indication, after.opened_on) == (&before.indication, before.opened_on) {
            return Err(says_so_already());
        }
        let pointer = if correction.indication.is_some() { "/indication" } else { "/opened_on" };
        self.check_indication(&after.indication, after.opened_on, pointer)?;
        if let Some(closed_on) = after.closed_on {
            check_order(after.opened_on, closed_on, "/opened_on")?;
        }
        Ok(after)
    }
}

/// Refuses to open a course after its first apheresis or its day 0.
fn check_begun(session: &mut dyn ReadSession, course: &Course) -> Result<(), ServiceError> {
    let begun = session.milestones_named(course.patient, &BEGINNING)?;
    let days = begun.iter().filter(|one| one.course == Some(course.id)).filter_map(|one| one.clinical_date);
    let late = days.min().and_then(|first| opened_too_late(course, first, "/opened_on"));
    late.map_or(Ok(()), |finding| Err(ServiceError::invalid(vec![finding])))
}

fn says_so_already() -> ServiceError {
    ServiceError::explained(
        Problem::WrongState,
        "Behandlingsomgången har redan den indikationen och öppningsdagen. Ange den av dem som ska vara en annan.",
        "The course has that indication and opening day already. Give the one of them that is to be another.",
    )
}
