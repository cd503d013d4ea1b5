//! Patients that nobody enrolled, among milestones that no record tells: whom an example of a form is about.
//!
//! The tests of use cases (`crates/service/tests`) mount this file as their own, as they do the clock.

use cartotek_crypto::pseudonym;
use cartotek_crypto::random::RandomSource;
use cartotek_domain::course::{Course, CourseStatus};
use cartotek_domain::fact::Salt;
use cartotek_domain::id::{CourseId, IdSource, ParticipationId, PatientId, RecordId};
use cartotek_domain::milestone::{Milestone, MilestoneValue};
use cartotek_domain::patient::{Participation, ParticipationRole, Patient};
use cartotek_domain::time::Timestamp;
use cartotek_forms::MilestoneView;
use chrono::{Days, NaiveDate};

/// The milestone that no record tells, but the course itself.
const INDICATION: &str = "indication_group";

/// A patient of a site with one open course.
pub fn draw(
    site: &str,
    now: Timestamp,
    ids: &dyn IdSource,
    random: &dyn RandomSource,
) -> (Patient, Participation, Course) {
    let (id, salt) = (PatientId::next(ids), Salt::default());
    let patient = Patient { id, pseudonym: pseudonym::draw(random).unwrap(), created_at: now, salt };
    let participation = Participation {
        id: ParticipationId::next(ids),
        patient: id,
        site: site.parse().unwrap(),
        role: ParticipationRole::Treating,
        responsible: true,
        valid_from: "2009-01-01".parse().unwrap(),
        valid_to: None,
        version: 1,
        salt,
    };
    let course = Course {
        id: CourseId::next(ids),
        patient: id,
        number: 1,
        indication: "LBCL".to_owned(),
        opened_on: "2009-01-01".parse().unwrap(),
        status: CourseStatus::Open,
        outcome: None,
        closed_on: None,
        created_at: now,
        version: 1,
        salt,
    };
    (patient, participation, course)
}

/// The milestones of an example as other records would tell them: `view.course` in the course, the rest outside of it.
pub fn told(
    view: &MilestoneView,
    patient: PatientId,
    course: CourseId,
    ids: &dyn IdSource,
) -> Vec<(PatientId, Milestone)> {
    let mut rows = Vec::new();
    let mut put = |name: &String, values: Vec<&MilestoneValue>, course: Option<CourseId>| {
        for (day, value) in (0..).zip(values) {
            let clinical_date =
                NaiveDate::from_ymd_opt(2020, 1, 1).and_then(|first| first.checked_add_days(Days::new(day)));
            let record = RecordId::next(ids);
            let (name, value) = (name.clone(), value.clone());
            rows.push((patient, Milestone { record, course, clinical_date, name, value }));
        }
    };
    for (name, values) in view.course.iter().filter(|(name, _)| *name != INDICATION) {
        put(name, values.iter().collect(), Some(course));
    }
    for (name, values) in view.patient.iter().filter(|(name, _)| *name != INDICATION) {
        let mut others: Vec<_> = values.iter().collect();
        for value in view.course.get(name).into_iter().flatten() {
            if let Some(place) = others.iter().position(|other| *other == value) {
                others.remove(place);
            }
        }
        put(name, others, None);
    }
    rows
}

/// The indication for which the course of an example was opened, if it says so.
pub fn indication(view: &MilestoneView) -> Option<String> {
    match view.course.get(INDICATION).and_then(|values| values.last()) {
        Some(MilestoneValue::Code(code)) => Some(code.clone()),
        _ => None,
    }
}
