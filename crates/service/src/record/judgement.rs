//! Judging a content in its place, by all that is known of the patient.

use std::collections::BTreeSet;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::lock::RecordLock;
use cartotek_domain::patient::Participation;
use cartotek_domain::record::Record;
use cartotek_domain::schedule::ScheduleEntry;
use cartotek_persistence::ReadSession;
use cartotek_persistence::session::known::{Known, KnownQuestion};

use crate::error::ServiceError;
use crate::publish::GENERATION;
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
    judge_by(standing, prepared, course, except)
}

fn judge_by(
    standing: Standing,
    prepared: &Prepared,
    course: Option<CourseId>,
    except: Option<RecordId>,
) -> Result<Judged, ServiceError> {
    let findings = standing.findings(prepared, course, except)?;
    let Standing { consents, courses, .. } = standing;
    Ok(Judged { consents, courses, findings })
}

/// A content judged as a new record, with what decides about such a one.
#[derive(Debug)]
pub(super) struct JudgedNew {
    /// What the rules find, and what else decides.
    pub(super) judged: Judged,
    /// Everybody's part in the care.
    pub(super) participations: Vec<Participation>,
    /// The locks over the patient and over the sites.
    pub(super) locks: Vec<RecordLock>,
    /// What there is at its place.
    pub(super) place: Place,
    /// The generation of the documents.
    pub(super) generation: i64,
}

/// What there is at the place that a record is to take.
#[derive(Debug)]
pub(super) struct Place {
    /// The record that has the key already.
    pub(super) same_key: Option<Record>,
    /// The items of the form that the subject is expected to have, where they have been read with the rest.
    pub(super) expected: Option<Vec<ScheduleEntry>>,
}

/// Judges a content as a new record of a locked patient, with a key, that one of these sites is to own.
pub(super) fn judge_new(
    session: &mut dyn ReadSession,
    patient: PatientId,
    prepared: &Prepared,
    course: Option<CourseId>,
    natural_key: &str,
    sites: &BTreeSet<SiteCode>,
) -> Result<JudgedNew, ServiceError> {
    let form = prepared.form()?;
    let milestones: Vec<_> = Standing::looked_at(form).collect();
    let known = session.known(&KnownQuestion {
        patient,
        subject: course.map_or_else(|| patient.uuid(), CourseId::uuid),
        form: form.code(),
        natural_key,
        milestones: &milestones,
        sites: &sites.iter().collect::<Vec<_>>(),
        generation: GENERATION,
    })?;
    let Known { participations, consents, courses, milestones, locks, same_key, expected, generation } =
        known;
    let judged = judge_by(Standing::new(milestones, consents, courses), prepared, course, None)?;
    let place = Place { same_key, expected: Some(expected) };
    Ok(JudgedNew { judged, participations, locks, place, generation })
}
