//! Courses: opening an attempt at treatment, reading it; `closing` ends one without an infusion, `correction` says of one
//! what is right, `begun` that none begins before it is opened.

mod begun;
mod closing;
mod correction;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::course::{Course, CourseStatus};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Text;
use cartotek_forms::DerivedValue;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub(crate) use crate::course::begun::begins_too_early;
pub use crate::course::correction::CourseCorrection;

use crate::Service;
use crate::act::{Act, Done};
use crate::enrol::in_the_future;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::{acting, acting_for, all_seen, seen};
use crate::record::mark::check_courses_unlocked;
use crate::record::objection::{check_collectable, check_not_opted_out};
use crate::record::standing::Standing;

/// The milestone that says that a course was infused.
pub(crate) const INFUSION: &str = "infusion_date";

impl Service {
    /// The courses of a patient, by number.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn courses(
        &self,
        granted: &Granted<permission::ReadPatient>,
        act: &Act,
        pseudonym: Pseudonym,
    ) -> Result<Done<Vec<CourseFile>>, ServiceError> {
        let scope = granted.patients(self.today());
        self.show(granted, act, "list courses", move |session| {
            let patient = session.patient(&pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?;
            let courses = session.courses(&[patient.id])?;
            let mut seen = all_seen(&courses);
            seen.push(self::seen(&patient));
            let files = courses.into_iter().map(|course| file(session, course)).collect::<Result<_, _>>()?;
            Ok((files, seen))
        })
        .await
    }

    /// One course.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn course(
        &self,
        granted: &Granted<permission::ReadPatient>,
        act: &Act,
        id: CourseId,
    ) -> Result<Done<CourseFile>, ServiceError> {
        let scope = granted.patients(self.today());
        self.show(granted, act, "read course", move |session| {
            let course = session.course(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let seen = vec![seen(&course)];
            Ok((file(session, course)?, seen))
        })
        .await
    }

    /// What follows for a course from the milestones of all its records.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn course_values(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        id: CourseId,
    ) -> Result<Done<Vec<DerivedValue>>, ServiceError> {
        let scope = granted.patients(self.today());
        let published = self.forms()?;
        self.show(granted, act, "read course values", move |session| {
            let course = session.course(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let standing = Standing::read(session, course.patient)?;
            let view = standing.view_of_course(course.id);
            Ok((published.forms.course_values(&view), vec![seen(&course)]))
        })
        .await
    }

    /// Opens the patient's next course.
    ///
    /// # Errors
    /// `not_found` unless one of the caller's sites takes part; `wrong_state` while the course before is neither
    /// infused nor closed; `record_locked`; `content_invalid` for an unknown indication, a day in the future, or a patient of
    /// whom nothing may be collected.
    pub async fn open_course(
        &self,
        granted: &Granted<permission::ManagePatient>,
        act: &Act,
        pseudonym: Pseudonym,
        indication: String,
        opened_on: NaiveDate,
    ) -> Result<Done<Course>, ServiceError> {
        let today = self.today();
        self.check_indication(&indication, opened_on, "/indication")?;
        if opened_on > today {
            return Err(ServiceError::invalid(vec![in_the_future("/opened_on")]));
        }
        let (service, granted_again) = (self.clone(), granted.clone());
        self.create(granted, act, "open course", move |journal| {
            let (patient, site) = acting(journal, &granted_again, &pseudonym, today)?;
            check_collectable(&journal.read().consents(patient.id)?, today)?;
            check_courses_unlocked(journal.read(), patient.id, &site, &[opened_on])?;
            let courses = journal.read().courses(&[patient.id])?;
            if let Some(last) = courses.last() {
                check_ended(journal.read(), patient.id, last)?;
            }
            let course = Course {
                id: CourseId::next(service.ids()),
                patient: patient.id,
                number: courses.last().map_or(1, |last| last.number + 1),
                indication: indication.clone(),
                opened_on,
                status: CourseStatus::Open,
                outcome: None,
                closed_on: None,
                created_at: service.now(),
                version: 1,
                salt: service.salt()?,
            };
            journal.insert(&course)?;
            Ok(course)
        })
        .await
    }

    fn check_indication(&self, indication: &str, day: NaiveDate, pointer: &str) -> Result<(), ServiceError> {
        let published = self.forms()?;
        let list = published.forms.code_list("indication_group").ok_or_else(|| {
            ServiceError::Defect("the code list indication_group is not published".to_owned())
        })?;
        if list.on(day).any(|code| code.code == indication) {
            return Ok(());
        }
        let codes = list.on(day).map(|code| code.code.as_str()).collect::<Vec<_>>().join(", ");
        if codes.is_empty() {
            let message = Text::new(
                "Ingen indikation fanns den dagen; kontrollera dagen.",
                "There was no indication on that day; check the day.",
            );
            return Err(ServiceError::invalid(vec![Finding::error("CODE-UNKNOWN", "/opened_on", message)]));
        }
        let message = Text::new(
            format!("Okänd indikation. Ange en av {codes}."),
            format!("Unknown indication. Give one of {codes}."),
        );
        Err(ServiceError::invalid(vec![Finding::error("CODE-UNKNOWN", pointer, message)]))
    }
}

/// A course with its day 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseFile {
    /// The course.
    pub course: Course,
    /// The day of its first infusion, once there was one.
    pub day0: Option<NaiveDate>,
}

pub(crate) fn file(session: &mut dyn ReadSession, course: Course) -> Result<CourseFile, ServiceError> {
    let day0 = day0(session, course.patient, course.id)?;
    Ok(CourseFile { course, day0 })
}

/// Day 0 of a course: the day of its first infusion.
pub(crate) fn day0(
    session: &mut dyn ReadSession,
    patient: PatientId,
    course: CourseId,
) -> Result<Option<NaiveDate>, ServiceError> {
    let infusions = session.milestones_named(patient, &[INFUSION])?;
    let infusions = infusions.iter().filter_map(|milestone| match &milestone.value {
        MilestoneValue::Date(date) if milestone.course == Some(course) => Some(date.first()),
        _ => None,
    });
    Ok(infusions.min())
}

/// The course as the caller has read it, its patient locked, and the site for which the caller acts.
fn current(
    journal: &mut Journal<'_>,
    granted: &Granted<permission::ManagePatient>,
    id: CourseId,
    expected: i64,
    today: NaiveDate,
) -> Result<(Course, SiteCode), ServiceError> {
    let scope = granted.own_patients(today);
    let found = journal.read().course(id, &scope)?.ok_or_else(ServiceError::not_found)?;
    let site = acting_for(journal, granted, found.patient, today)?;
    check_not_opted_out(&journal.read().consents(found.patient)?, today)?;
    let course = journal.read().course(id, &scope)?.ok_or_else(ServiceError::not_found)?;
    if course.version != expected {
        return Err(ServiceError::stale(course.version, None));
    }
    Ok((course, site))
}

fn replace(journal: &mut Journal<'_>, before: &Course, after: Course) -> Result<Course, ServiceError> {
    if !journal.replace(before, &after)? {
        return Err(ServiceError::stale(before.version + 1, None));
    }
    Ok(after)
}

fn check_ended(session: &mut dyn ReadSession, patient: PatientId, last: &Course) -> Result<(), ServiceError> {
    if last.status == CourseStatus::Closed || day0(session, patient, last.id)?.is_some() {
        return Ok(());
    }
    Err(ServiceError::explained(
        Problem::WrongState,
        "Patientens förra behandlingsomgång är varken infunderad eller avslutad. Avsluta den först, eller fortsätt i den.",
        "The patient's course before is neither infused nor closed. Close it first, or go on in it.",
    ))
}
