//! Samples, put past the service: cohorts know them only as what keeps a course.

use cartotek_domain::access::{PatientScope, Role};
use cartotek_domain::fact::Salt;
use cartotek_domain::id::{RequestId, SampleId};
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use cartotek_domain::sample::{Sample, SampleUse};
use cartotek_domain::site::Biobank;
use cartotek_persistence::{ReadSession, WriteSession};
use cartotek_service::Act;
use uuid::Uuid;

use crate::network::{Network, Treated, granted};

/// A sample that refers to the patient's course.
pub(crate) async fn refer_to_course(network: &Network, patient: &Treated) {
    let biobank = Biobank {
        code: "KI-BB".parse().unwrap(),
        name: "KI Biobank".to_owned(),
        register_number: "222".to_owned(),
        salt: Salt::default(),
    };
    let act = Act::new(RequestId::from_uuid(Uuid::from_u128(5)));
    network.service.create_biobank(&granted(Role::Admin, ""), &act, biobank).await.unwrap();
    let (pseudonym, course) = (patient.pseudonym, patient.course);
    let find = move |session: &mut dyn ReadSession| session.patient(&pseudonym, &PatientScope::Every);
    let found = network.database.store.read("look", find).await.unwrap().unwrap();
    let sample = Sample {
        id: SampleId::from_uuid(Uuid::from_u128(4)),
        barcode: "TUBE-1".to_owned(),
        patient: found.id,
        course: Some(course),
        biobank: "KI-BB".parse().unwrap(),
        collection_site: "KAR".parse().unwrap(),
        material: "WB_EDTA".to_owned(),
        collected_at: "2026-02-19T08:30:00Z".parse().unwrap(),
        collected_offset: 3600,
        time_point: "UNSCHEDULED".to_owned(),
        taken_for: SampleUse::Research,
        amount: Amount::new(1, AmountUnit::Nanolitre).unwrap(),
        created_at: network.service.now(),
        salt: Salt::default(),
    };
    let insert = move |tx: &mut dyn WriteSession| tx.insert_samples(std::slice::from_ref(&sample));
    network.database.store.write("draw", insert).await.unwrap();
}
