//! Judging a content before the transaction that keeps it.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Record;
use cartotek_persistence::{ReadSession, StoreError};

use crate::Service;
use crate::error::ServiceError;
use crate::record::prepare::Prepared;
use crate::record::standing::Standing;

/// What is known of a patient beside the milestones.
#[derive(Debug, PartialEq)]
pub(crate) struct Premises {
    pub(crate) consents: Vec<Consent>,
    pub(crate) courses: Vec<Course>,
}

impl Premises {
    /// The premises of any judgement about a patient.
    pub(crate) fn of(session: &mut dyn ReadSession, patient: PatientId) -> Result<Self, ServiceError> {
        Ok(Self { consents: session.consents(patient)?, courses: session.courses(&[patient])? })
    }

    /// Everything that is known of the same patient.
    pub(crate) fn standing(
        &self,
        session: &mut dyn ReadSession,
        patient: PatientId,
    ) -> Result<Standing, ServiceError> {
        let milestones =
            session.milestones(&[patient])?.into_iter().map(|(_, milestone)| milestone).collect();
        Ok(Standing { milestones, consents: self.consents.clone(), courses: self.courses.clone() })
    }
}

/// What the rules find by what was known of the patient before the transaction that keeps the content. It spares the one
/// writer the milestones and the rules, as long as nobody has changed in between what they rest on.
#[derive(Debug)]
pub(crate) struct Judgement {
    prepared: Prepared,
    course: Option<CourseId>,
    except: Option<RecordId>,
    /// `None` when nothing was judged in advance.
    passed: Option<Passed>,
}

/// What was found, and what it rests on: milestones change with a revision only.
#[derive(Debug)]
struct Passed {
    premises: Premises,
    revisions: i64,
    findings: Vec<Finding>,
}

impl Judgement {
    fn pass(&self, session: &mut dyn ReadSession, patient: PatientId) -> Result<Passed, ServiceError> {
        let premises = Premises::of(session, patient)?;
        let revisions = session.revision_count(patient)?;
        let standing = premises.standing(session, patient)?;
        let findings = standing.findings(&self.prepared, self.course, self.except)?;
        Ok(Passed { premises, revisions, findings })
    }

    /// What the rules find by what is known now.
    pub(crate) fn findings(
        &self,
        session: &mut dyn ReadSession,
        patient: PatientId,
        now: &Premises,
    ) -> Result<Vec<Finding>, ServiceError> {
        if let Some(passed) = &self.passed
            && passed.premises == *now
            && passed.revisions == session.revision_count(patient)?
        {
            return Ok(passed.findings.clone());
        }
        now.standing(session, patient)?.findings(&self.prepared, self.course, self.except)
    }
}

impl Service {
    /// Judges a content in the place of a record's.
    pub(super) async fn judge(&self, record: &Record, prepared: &Prepared) -> Judgement {
        let patient = record.patient;
        self.judge_as(prepared, record.course, Some(record.id), move |_| Ok(Some(patient))).await
    }

    /// Judges a content as a new record of a patient.
    pub(super) async fn judge_new(
        &self,
        granted: &Granted<permission::WriteRecord>,
        prepared: &Prepared,
        pseudonym: Pseudonym,
        course: Option<CourseId>,
    ) -> Judgement {
        let scope = granted.own_patients(prepared.today());
        let find = move |session: &mut dyn ReadSession| {
            Ok(session.patient(&pseudonym, &scope)?.map(|patient| patient.id))
        };
        self.judge_as(prepared, course, None, find).await
    }

    async fn judge_as(
        &self,
        prepared: &Prepared,
        course: Option<CourseId>,
        except: Option<RecordId>,
        find: impl FnOnce(&mut dyn ReadSession) -> Result<Option<PatientId>, StoreError> + Send + 'static,
    ) -> Judgement {
        let unjudged = Judgement { prepared: prepared.clone(), course, except, passed: None };
        if !self.store().has_one_writer() {
            return unjudged;
        }
        let judge = move |session: &mut dyn ReadSession| match find(session)? {
            Some(patient) => unjudged.pass(session, patient).map(Some),
            None => Ok(None),
        };
        // What fails here, e.g. for want of a reader, the write does itself.
        let passed = self.store().read("judge record", judge).await.unwrap_or_default();
        Judgement { prepared: prepared.clone(), course, except, passed }
    }
}
