//! What happens in the prepared registry, sealed in four checkpoints.

use std::path::Path;

use cartotek_domain::access::{Caller, GrantScope, Role, permission};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::erasure::ErasureReason;
use cartotek_domain::fact::Salt;
use cartotek_domain::id::CourseId;
use cartotek_domain::import_mapping::MappedColumn;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Record};
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use cartotek_domain::sample::{SampleUse, Tube};
use cartotek_domain::signature::SignatureMeaning;
use cartotek_domain::site::{Biobank, Site};
use cartotek_domain::storage::TemperatureClass;
use cartotek_service::Service;
use cartotek_service::clarification::NewClarification;
use cartotek_service::enrol::{Decision, Enrolment};
use cartotek_service::forms::SchemaSet;
use cartotek_service::lock::NewTarget;
use cartotek_service::record::NewRecord;
use cartotek_service::sample::{NewAliquot, Placement, Registration, Splitting};
use cartotek_service::storage::{NewStorageBox, NewStorageUnit};
use chrono::TimeDelta;
use serde_json::json;

use crate::registry::{TestClock, act, caller, data_manager, granted, refuse, second_manager};

/// The linkage value of the patient.
const LINKAGE: &str = "h1.0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a";

/// Lives through it all; gives the patient's pseudonym.
pub(crate) async fn live(service: &Service, clock: &TestClock, schemas: &Path) -> Pseudonym {
    let employed = found(service, schemas).await;
    service.seal_all().await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let manager = data_manager("KAR");
    let (patient, _) = enrol(service, &manager, Some(LINKAGE)).await;
    let submitted = record(service, &manager, &patient).await;
    certify(service, [&manager, &employed], &submitted).await;
    map(service, &manager).await;
    service.judge_timelines().await.unwrap();
    service.seal_all().await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    store(service, &patient).await;
    erase(service, &manager).await;
    service.seal_all().await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let reader = granted::<permission::ReadPatient>(&manager);
    service.patient(&reader, &act(service), patient).await.unwrap();
    refuse(service, 300).await;
    service.seal_all().await.unwrap();
    patient
}

/// Forms, the first administrator, sites and a biobank; gives the administrator as a data manager whose role is in the
/// registry, where an approval looks for it.
async fn found(service: &Service, schemas: &Path) -> Caller {
    let set = SchemaSet::read_folder(schemas).unwrap();
    service.publish_as_system(&act(service), set).await.unwrap();
    let (hsa_id, ends) = ("SE2321000016-T1".parse().unwrap(), service.now() + TimeDelta::days(30));
    let label = "tests".to_owned();
    let first = service.bootstrap(&act(service), ActorKind::Person, hsa_id, label, ends).await.unwrap();
    let manage = granted::<permission::ManageSites>(&caller(Role::Admin, GrantScope::Network));
    for code in ["KAR", "SUS"] {
        let site = Site {
            code: code.parse().unwrap(),
            name: format!("Hospital {code}"),
            region: "Region Stockholm".to_owned(),
            organisation_number: "232100-0016".parse().unwrap(),
            hsa_prefix: "SE2321000016-".to_owned(),
            can_infuse: true,
            salt: Salt::default(),
        };
        service.create_site(&manage, &act(service), site).await.unwrap();
    }
    let biobank = Biobank {
        code: "KI-BB".parse().unwrap(),
        name: "KI Biobank".to_owned(),
        register_number: "222".to_owned(),
        salt: Salt::default(),
    };
    service.create_biobank(&manage, &act(service), biobank).await.unwrap();
    let link = ("KI-BB".parse().unwrap(), "KAR".parse().unwrap());
    service.link_biobank_site(&manage, &act(service), link.0, link.1).await.unwrap();
    let employed = Caller { actor: first.value.token.actor, ..data_manager("KAR") };
    let (actors, scope) = (caller(Role::Admin, GrantScope::Network), Some(employed.grants[0].scope.clone()));
    service
        .grant_role(&granted(&actors), &act(service), employed.actor, Role::DataManager, scope)
        .await
        .unwrap();
    employed
}

fn given(purpose: ConsentPurpose) -> Decision {
    Decision {
        purpose,
        decision: ConsentDecision::Given,
        decided_on: "2026-01-10".parse().unwrap(),
        valid_to: None,
        form_version: None,
        language: None,
        signed_by: Signatory::Patient,
        ethics_ref: None,
        document_ref: None,
    }
}

/// A patient with a course.
async fn enrol(service: &Service, manager: &Caller, linkage: Option<&str>) -> (Pseudonym, CourseId) {
    let enrolment = Enrolment {
        site: "KAR".parse().unwrap(),
        role: ParticipationRole::Treating,
        from: "2026-01-10".parse().unwrap(),
        consents: [ConsentPurpose::RegistryResearch, ConsentPurpose::BiobankResearch].map(given).to_vec(),
        linkage: linkage.map(|value| value.parse().unwrap()),
    };
    let done = service.enrol(&granted(manager), &act(service), enrolment).await.unwrap();
    let patient = done.value.patient.pseudonym;
    let opened_on = "2026-01-12".parse().unwrap();
    let manage = granted::<permission::ManagePatient>(manager);
    let indication = "LBCL".to_owned();
    let course = service.open_course(&manage, &act(service), patient, indication, opened_on).await.unwrap();
    (patient, course.value.id)
}

/// A record that is drafted, replaced and submitted: several changes of one row; then a question about it.
async fn record(service: &Service, manager: &Caller, patient: &Pseudonym) -> Record {
    let write = granted::<permission::WriteRecord>(manager);
    let content = json!({
        "registration_date": "2026-01-12",
        "birth_year_month": "1961-04",
        "sex": "female",
        "region_of_residence": "14",
        "legal_basis": "quality_register",
    });
    let new = NewRecord {
        patient: *patient,
        course: None,
        form: "patient_registration".to_owned(),
        form_version: None,
        content: json!({"sex": "female"}),
        submission: None,
    };
    let draft = service.create_record(&write, &act(service), new).await.unwrap().value.record;
    let draft = service
        .replace_draft(&write, &act(service), draft.id, draft.revision, content)
        .await
        .unwrap()
        .value
        .record;
    let submitted =
        service.submit(&write, &act(service), draft.id, draft.revision, Vec::new()).await.unwrap();
    let (pointer, text) = ("/sex".to_owned(), "The referral says otherwise.".to_owned());
    let new = NewClarification { pointer, revision: None, text };
    service.open_clarification(&granted(manager), &act(service), draft.id, new).await.unwrap();
    submitted.value.record
}

/// A record that is verified, signed, locked and unlocked again.
async fn certify(service: &Service, [manager, employed]: [&Caller; 2], record: &Record) {
    let (second, id, version) = (second_manager("KAR"), record.id, record.revision);
    service.verify_record(&granted(&second), &act(service), id, version).await.unwrap();
    let meaning = SignatureMeaning::Entered;
    service.sign_record(&granted(manager), &act(service), id, version, meaning).await.unwrap();
    let (target, reason) = (NewTarget::Record(id), "Monitored.".to_owned());
    let lock = service.create_lock(&granted(manager), &act(service), target, reason).await.unwrap();
    let (lock, reason) = (lock.value.lock.id, "The source was corrected.".to_owned());
    let request = service.request_unlock(&granted(employed), &act(service), lock, reason).await.unwrap();
    service.approve_unlock(&granted(&second), &act(service), request.value.id).await.unwrap();
}

/// What a column of the site's own tables means.
async fn map(service: &Service, manager: &Caller) {
    let names = ("KAR".parse().unwrap(), "follow_up".to_owned(), "lab".parse().unwrap());
    let column = MappedColumn {
        heading: "Kontaktdatum".to_owned(),
        to: "/contact_date".to_owned(),
        codes: Vec::new(),
    };
    let granted = granted::<permission::MapImports>(manager);
    service.save_mapping(&granted, &act(service), names, None, vec![column]).await.unwrap();
}

/// Another patient, who was infused and then objected: what an erasure keeps.
async fn erase(service: &Service, manager: &Caller) {
    let (patient, course) = enrol(service, manager, None).await;
    let explained = Acknowledgement {
        rule: "R-INF-04B".to_owned(),
        pointer: "/batch_id".to_owned(),
        reason: "The product form comes later.".to_owned(),
    };
    let infusion = NewRecord {
        patient,
        course: Some(course),
        form: "infusion".to_owned(),
        form_version: None,
        content: json!({
            "infusion_no": 1, "infusion_date": "2026-02-12", "infusion_started_at": "2026-02-12T10:40:00+01:00",
            "batch_id": "KTE-48112", "bag_ids": ["KTE-48112-1"], "setting": "inpatient", "route": "iv",
            "entire_volume_infused": "yes", "dose_car_total_e6": 150,
            "post_thaw_viability_pct": 84, "premedication": ["paracetamol"], "infusion_reaction": "no",
        }),
        submission: Some(vec![explained]),
    };
    service.create_record(&granted(manager), &act(service), infusion).await.unwrap();
    let objection = Decision {
        decision: ConsentDecision::OptedOut,
        decided_on: "2026-02-13".parse().unwrap(),
        ..given(ConsentPurpose::RegistryQuality)
    };
    service.record_consent(&granted(manager), &act(service), patient, objection).await.unwrap();
    let reason = ErasureReason::PatientObjects;
    let erased = service.erase(&granted(manager), &act(service), patient, reason).await.unwrap().value;
    assert_eq!(erased.traceability, 1);
}

/// A sample that is split, stored and taken out again.
async fn store(service: &Service, patient: &Pseudonym) {
    let staff = caller(Role::BiobankStaff, GrantScope::Biobank("KI-BB".parse().unwrap()));
    let manage = granted::<permission::ManageStorage>(&staff);
    let unit = NewStorageUnit {
        biobank: "KI-BB".parse().unwrap(),
        name: "Freezer 1".to_owned(),
        temperature: TemperatureClass::Minus80,
    };
    let unit = service.create_storage_unit(&manage, &act(service), unit).await.unwrap().value;
    let new = NewStorageBox { barcode: "BOX-A-X".parse().unwrap(), rows: 9, columns: 9 };
    let storage_box = service.create_storage_box(&manage, &act(service), unit.id, new).await.unwrap().value;
    let volume = |quantity| Amount::new(quantity, AmountUnit::Nanolitre).unwrap();
    let registration = Registration {
        barcode: "TUBE-A-X".parse().unwrap(),
        patient: *patient,
        course: None,
        biobank: "KI-BB".parse().unwrap(),
        collection_site: "KAR".parse().unwrap(),
        material: "PLASMA_EDTA".to_owned(),
        collected_at: "2026-02-01T10:00:00+01:00".parse().unwrap(),
        time_point: "UNSCHEDULED".to_owned(),
        taken_for: SampleUse::Research,
        amount: volume(4_000_000),
    };
    let sample = service.register_sample(&granted(&staff), &act(service), registration).await.unwrap();
    let tube = Tube::Sample(sample.value.file.sample.id);
    let handle = granted::<permission::HandleSample>(&staff);
    let aliquot = |name: &str| NewAliquot { barcode: name.parse().unwrap(), amount: volume(1_000_000) };
    let splitting = Splitting { aliquots: vec![aliquot("PART-A-X"), aliquot("PART-B-X")], loss: None };
    let made = service.aliquot(&handle, &act(service), tube, splitting).await.unwrap().value.aliquots;
    let mut last = None;
    for (one, position) in made.iter().zip(["A1", "A2"]) {
        let placement = Placement { storage_box: storage_box.id, position: position.to_owned() };
        let (tube, version) = (Tube::Aliquot(one.aliquot.id), one.state.version);
        let placed = service.place_tube(&handle, &act(service), tube, version, placement).await.unwrap();
        last = Some((tube, placed.value.state.version));
    }
    let (tube, version) = last.unwrap();
    service.take_out_tube(&handle, &act(service), tube, version).await.unwrap();
}
