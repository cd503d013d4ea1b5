//! What several stories do on the way to their point.

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::id::{BoxId, SampleId};
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::sample::SampleUse;
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::storage::{StorageUnit, TemperatureClass};
use cartotek_service::enrol::Enrolment;
use cartotek_service::sample::{NewAliquot, Placement, Registered, Registration, Splitting};
use cartotek_service::storage::{NewStorageBox, NewStorageUnit};
use cartotek_service::{Done, Refusal, ServiceError};

use crate::common::{TestGround, decision};

pub(crate) fn millilitres(value: f64) -> Amount {
    Amount::from_written(value, "mL").unwrap()
}

/// Enrols a patient of `site` who has said yes to research on samples.
pub(crate) async fn patient(ground: &TestGround, site: &str) -> Pseudonym {
    let enrolment = Enrolment {
        site: site.parse().unwrap(),
        role: ParticipationRole::Treating,
        from: "2026-01-10".parse().unwrap(),
        consents: vec![decision(ConsentPurpose::BiobankResearch, ConsentDecision::Given, "2026-01-10")],
        linkage: None,
    };
    let done = ground.service.enrol(&ground.data_manager(site), &ground.act(), enrolment).await.unwrap();
    done.value.patient.pseudonym
}

/// Blood of a patient of Karolinska, for KI Biobank.
pub(crate) fn blood(patient: &Pseudonym, barcode: &str) -> Registration {
    Registration {
        barcode: barcode.parse().unwrap(),
        patient: *patient,
        course: None,
        biobank: "KI-BB".parse().unwrap(),
        collection_site: "KAR".parse().unwrap(),
        material: "WB_EDTA".to_owned(),
        collected_at: "2026-02-19T08:30:00+01:00".parse().unwrap(),
        time_point: "SCREEN".to_owned(),
        taken_for: SampleUse::Research,
        amount: millilitres(10.0),
    }
}

pub(crate) async fn register(
    ground: &TestGround,
    wanted: Registration,
) -> Result<Done<Registered>, ServiceError> {
    ground.service.register_sample(&ground.staff("KI-BB"), &ground.act(), wanted).await
}

pub(crate) async fn registered(ground: &TestGround, barcode: &str) -> SampleId {
    let patient = patient(ground, "KAR").await;
    register(ground, blood(&patient, barcode)).await.unwrap().value.file.sample.id
}

pub(crate) fn aliquots(parts: &[(&str, f64)]) -> Splitting {
    let aliquot = |(barcode, amount): &(&str, f64)| NewAliquot {
        barcode: barcode.parse().unwrap(),
        amount: millilitres(*amount),
    };
    Splitting { aliquots: parts.iter().map(aliquot).collect(), loss: None }
}

pub(crate) async fn unit(ground: &TestGround, biobank: &str, name: &str) -> StorageUnit {
    let new = NewStorageUnit {
        biobank: biobank.parse().unwrap(),
        name: name.to_owned(),
        temperature: TemperatureClass::Minus80,
    };
    ground.service.create_storage_unit(&ground.staff(biobank), &ground.act(), new).await.unwrap().value
}

/// A box of nine by nine in a freezer of its own.
pub(crate) async fn storage_box(ground: &TestGround, biobank: &str, barcode: &str) -> BoxId {
    let unit = unit(ground, biobank, barcode).await;
    let new = NewStorageBox { barcode: barcode.parse().unwrap(), rows: 9, columns: 9 };
    let done = ground.service.create_storage_box(&ground.staff(biobank), &ground.act(), unit.id, new).await;
    done.unwrap().value.id
}

pub(crate) fn at(storage_box: BoxId, position: &str) -> Placement {
    Placement { storage_box, position: position.to_owned() }
}

pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<Done<T>, ServiceError>) -> Refusal {
    match outcome.unwrap_err() {
        ServiceError::Refused(refusal) => *refusal,
        other => panic!("{other}"),
    }
}

pub(crate) fn places(refusal: &Refusal) -> Vec<(&str, &str)> {
    refusal.findings.iter().map(|one| (one.rule.as_str(), one.pointer.as_str())).collect()
}
