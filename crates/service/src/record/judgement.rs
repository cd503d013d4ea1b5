//! Judging a content before the transaction that keeps it.

use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::record::Record;
use cartotek_persistence::ReadSession;

use crate::Service;
use crate::error::ServiceError;
use crate::foresee::Foreseen;
use crate::journal::Journal;
use crate::record::prepare::Prepared;
use crate::record::standing::Standing;

/// A content in its place: whose it is, of which course, and the record that it is to replace.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) prepared: Prepared,
    pub(crate) course: Option<CourseId>,
    pub(crate) except: Option<RecordId>,
}

/// What the rules find by what is known of the patient, and what else decides.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) consents: Vec<Consent>,
    pub(crate) courses: Vec<Course>,
    pub(crate) findings: Vec<Finding>,
}

impl Place {
    /// Judges the content by what is known now.
    pub(crate) fn judge(
        &self,
        session: &mut dyn ReadSession,
        patient: PatientId,
    ) -> Result<Judged, ServiceError> {
        let standing = Standing::read(session, patient)?;
        let findings = standing.findings(&self.prepared, self.course, self.except)?;
        let Standing { consents, courses, .. } = standing;
        Ok(Judged { consents, courses, findings })
    }
}

/// A judgement about a change of a record, foreseen.
#[derive(Debug)]
pub(crate) struct Judgement {
    place: Place,
    foreseen: Option<Foreseen<Judged>>,
}

impl Judgement {
    /// What holds in the transaction under way, of a locked patient.
    pub(crate) fn now(&self, journal: &mut Journal<'_>, patient: PatientId) -> Result<Judged, ServiceError> {
        match journal.still(self.foreseen.as_ref()) {
            Some(judged) => Ok(judged.clone()),
            None => self.place.judge(journal.read(), patient),
        }
    }
}

impl Service {
    /// Judges a content in the place of a record's.
    pub(super) async fn judge(&self, record: &Record, prepared: &Prepared) -> Judgement {
        let patient = record.patient;
        let place = Place { prepared: prepared.clone(), course: record.course, except: Some(record.id) };
        let again = place.clone();
        let judge = move |session: &mut dyn ReadSession| Ok((patient, again.judge(session, patient)?));
        Judgement { foreseen: self.foresee("judge record", judge).await, place }
    }
}
