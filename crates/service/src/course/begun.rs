//! A course is opened by the day on which it begins: one rule for the correction of its opening and for what tells that it has
//! begun.

use cartotek_domain::course::Course;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::CourseId;
use cartotek_domain::text::Text;
use chrono::NaiveDate;

use super::INFUSION;
use crate::error::ServiceError;
use crate::record::prepare::Prepared;
use crate::schedule::APHERESIS;

/// The milestones that tell that a course has begun.
pub(super) const BEGINNING: [&str; 2] = [APHERESIS, INFUSION];

/// What is wrong with a course that has begun by a day (`R-DATE-01`); nothing unless it was opened after that.
pub(super) fn opened_too_late(course: &Course, begun: NaiveDate, pointer: &str) -> Option<Finding> {
    let opened = course.opened_on;
    if begun >= opened {
        return None;
    }
    let text = Text::new(
        format!(
            "Behandlingsomgången öppnades {opened}, efter en leukaferes eller infusion {begun}. Rätta det datum som är fel: en \
             omgång öppnas senast den dag då den börjar."
        ),
        format!(
            "The course was opened on {opened}, after a leukapheresis or infusion on {begun}. Correct the date that is wrong: \
             a course is opened by the day on which it begins."
        ),
    );
    Some(Finding::error("R-DATE-01", pointer, text))
}

/// The same of a content that tells that its course has begun.
///
/// # Errors
/// When its form is not published.
pub(crate) fn begins_too_early(
    courses: &[Course],
    course: Option<CourseId>,
    prepared: &Prepared,
) -> Result<Option<Finding>, ServiceError> {
    let checked = prepared.checked();
    let tells = checked.milestones.iter().any(|(name, _)| BEGINNING.contains(&name.as_str()));
    let course = courses.iter().find(|one| tells && Some(one.id) == course);
    let Some((course, begun)) = course.zip(checked.clinical_date) else { return Ok(None) };
    let pointer = prepared.form()?.clinical_date_at(prepared.content()).unwrap_or_default();
    // A date that may stand for a day after the opening contradicts nothing.
    Ok(opened_too_late(course, begun.last(), pointer))
}
