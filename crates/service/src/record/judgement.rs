//! Judging a content in its place, by all that is known of the patient.

use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_persistence::ReadSession;

use crate::error::ServiceError;
use crate::record::prepare::Prepared;
use crate::record::standing::Standing;

/// What the rules find by what is known of the patient, and what else decides.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) consents: Vec<Consent>,
    pub(crate) courses: Vec<Course>,
    pub(crate) findings: Vec<Finding>,
}

/// Judges a content of a patient and, where its form is about one, a course: as a new record, or in the place of `except`,
/// whose own milestones do not count.
pub(super) fn judge(
    session: &mut dyn ReadSession,
    patient: PatientId,
    prepared: &Prepared,
    course: Option<CourseId>,
    except: Option<RecordId>,
) -> Result<Judged, ServiceError> {
    let standing = Standing::read_for(session, patient, prepared.form()?)?;
    let findings = standing.findings(prepared, course, except)?;
    let Standing { consents, courses, .. } = standing;
    Ok(Judged { consents, courses, findings })
}
