//! What is there before something is measured: patients, courses and tubes, as rows.

use cartotek_domain::course::{Course, CourseStatus};
use cartotek_domain::fact::Salt;
use cartotek_domain::id::{
    ActorId, AliquotId, CustodyEventId, IdSource, ParticipationId, PatientId, SampleId,
};
use cartotek_domain::patient::{Participation, ParticipationRole, Patient};
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{Aliquot, CustodyEvent, CustodyKind, Sample, SampleUse, Tube};
use cartotek_domain::time::{Timestamp, swedish_day};
use cartotek_persistence::{StoreError, WriteSession};
use cartotek_service::SystemIds;
use cartotek_tests::program::network::SITES;

use crate::world::Case;

/// The biobank that holds every tube.
pub(crate) const BIOBANK: &str = "KI-BB";

fn instant() -> Timestamp {
    "2010-03-01T12:00:00Z".parse().expect("an instant")
}

pub(crate) fn insert_cases(session: &mut dyn WriteSession, cases: &[Case]) -> Result<(), StoreError> {
    let (created_at, salt) = (instant(), Salt::default());
    let patients: Vec<_> = cases
        .iter()
        .map(|case| Patient { id: case.patient, pseudonym: case.pseudonym, created_at, salt })
        .collect();
    session.insert_patients(&patients)?;
    let participations: Vec<_> = cases.iter().map(participation).collect();
    session.insert_participations(&participations)?;
    let courses: Vec<_> = cases.iter().map(course).collect();
    session.insert_courses(&courses)
}

/// The first site treats the patient.
pub(crate) fn participation(case: &Case) -> Participation {
    Participation {
        id: ParticipationId::next(&SystemIds),
        patient: case.patient,
        site: SITES[0].parse().expect("a code of a site"),
        role: ParticipationRole::Treating,
        responsible: true,
        valid_from: swedish_day(instant()),
        valid_to: None,
        version: 1,
        salt: Salt::default(),
    }
}

/// The patient's first course, open since the referral.
pub(crate) fn course(case: &Case) -> Course {
    Course {
        id: case.course,
        patient: case.patient,
        number: 1,
        indication: "LBCL".to_owned(),
        opened_on: "2010-01-04".parse().expect("a day"),
        status: CourseStatus::Open,
        outcome: None,
        closed_on: None,
        created_at: instant(),
        version: 1,
        salt: Salt::default(),
    }
}

pub(crate) fn primary(id: SampleId, case: Case) -> Sample {
    Sample {
        id,
        barcode: "BENCH".to_owned(),
        patient: case.patient,
        course: None,
        biobank: BIOBANK.parse().expect("a code of a biobank"),
        collection_site: SITES[0].parse().expect("a code of a site"),
        material: "WB_EDTA".to_owned(),
        collected_at: instant(),
        collected_offset: 0,
        time_point: "UNSCHEDULED".to_owned(),
        taken_for: SampleUse::Care,
        amount: Amount::from_written(1000.0, "mL").expect("an amount"),
        created_at: instant(),
        salt: Salt::default(),
    }
}

pub(crate) fn aliquot(number: usize, sample: SampleId, patient: PatientId) -> Aliquot {
    Aliquot {
        id: AliquotId::next(&SystemIds as &dyn IdSource),
        sample,
        parent: None,
        patient,
        biobank: BIOBANK.parse().expect("a code of a biobank"),
        barcode: barcode(number),
        material: "WB_EDTA".to_owned(),
        amount: Amount::from_written(100.0, "nL").expect("an amount"),
        created_at: instant(),
        salt: Salt::default(),
    }
}

pub(crate) fn made(number: usize, tube: &Aliquot) -> CustodyEvent {
    CustodyEvent {
        id: CustodyEventId::next(&SystemIds),
        tube: Tube::Aliquot(tube.id),
        sample: tube.sample,
        number: i64::try_from(number).expect("a step of a sample") + 1,
        patient: tube.patient,
        kind: CustodyKind::Created,
        occurred_at: tube.created_at,
        actor: ActorId::next(&SystemIds),
        place: None,
        salt: Salt::default(),
    }
}

/// The barcode of an aliquot; its order is not that in which they were made. Letters alone: among many numbers some look
/// like a person's, and no registry would take them.
pub(crate) fn barcode(number: usize) -> String {
    let scattered = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let letter =
        |place: u32| char::from(b'A' + u8::try_from(scattered >> (4 * place) & 15).unwrap_or_default());
    (0..16).map(letter).collect()
}
