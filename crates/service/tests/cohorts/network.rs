//! A small network whose patients are enrolled, treated and followed through the use cases.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cartotek_crypto::keys::KeyRing;
use cartotek_crypto::random::SeededRandom;
use cartotek_domain::access::{AuthMethod, Caller, Grant, GrantScope, Granted, Permission, Role};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::fact::Salt;
use cartotek_domain::finding::Severity;
use cartotek_domain::id::{ActorId, CourseId, IdSource, RecordId, RequestId, RoleGrantId};
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Amendment, AmendmentReason};
use cartotek_domain::site::Site;
use cartotek_domain::time::{Clock, Timestamp};
use cartotek_persistence::Engine;
use cartotek_persistence::testing::TestDatabase;
use cartotek_service::cohort::CountQuestion;
use cartotek_service::enrol::{Decision, Enrolment};
use cartotek_service::forms::SchemaSet;
use cartotek_service::record::{Correction, NewRecord};
use cartotek_service::{Act, Ground, Service};
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::content::{death, decision};

/// A clock that stands still until a test moves it.
struct StillClock(Mutex<Timestamp>);

impl Clock for StillClock {
    fn read(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct CountedIds(AtomicU64);

impl IdSource for CountedIds {
    fn next(&self) -> Uuid {
        let number = u128::from(self.0.fetch_add(1, Ordering::Relaxed));
        Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0000 + number)
    }
}

/// The service on a database of its own.
pub(crate) struct Network {
    pub(crate) service: Service,
    pub(crate) database: TestDatabase,
    clock: Arc<StillClock>,
    batches: AtomicU64,
}

/// A patient with a course.
#[derive(Clone)]
pub(crate) struct Treated {
    pub(crate) site: &'static str,
    pub(crate) pseudonym: Pseudonym,
    pub(crate) course: CourseId,
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Proof that a caller with this role may do it; the scope is a site, or empty for the network.
pub(crate) fn granted<P: Permission>(role: Role, site: &str) -> Granted<P> {
    let scope = if site.is_empty() { GrantScope::Network } else { GrantScope::Site(site.parse().unwrap()) };
    let caller = Caller {
        actor: ActorId::from_uuid(Uuid::from_u128(1)),
        kind: ActorKind::Person,
        method: AuthMethod::Token,
        grants: vec![Grant { id: RoleGrantId::from_uuid(Uuid::from_u128(2)), role, scope }],
        biobank_sites: std::collections::BTreeMap::new(),
    };
    Granted::prove(&caller).unwrap()
}

pub(crate) fn act() -> Act {
    Act::new(RequestId::from_uuid(Uuid::from_u128(3)))
}

pub(crate) fn every_course() -> CountQuestion {
    count(json!({"all": []}))
}

pub(crate) fn count(filter: Value) -> CountQuestion {
    CountQuestion { filter, by: None }
}

impl Network {
    /// The sites KAR and UPP with the published forms, on 20 November 2026.
    pub(crate) async fn start(engine: Engine) -> Self {
        let database = TestDatabase::new(engine);
        let clock = Arc::new(StillClock(Mutex::new("2026-11-20T09:00:00Z".parse().unwrap())));
        let service = another_server(&database, &clock, 0).await;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
        service.publish_as_system(&act(), SchemaSet::read_folder(&folder).unwrap()).await.unwrap();
        for code in ["KAR", "UPP"] {
            let site = Site {
                code: code.parse().unwrap(),
                name: format!("Hospital {code}"),
                region: "Region".to_owned(),
                organisation_number: "232100-0016".parse().unwrap(),
                hsa_prefix: "SE2321000016-".to_owned(),
                can_infuse: true,
                salt: Salt::default(),
            };
            service.create_site(&granted(Role::Admin, ""), &act(), site).await.unwrap();
        }
        Self { service, database, clock, batches: AtomicU64::new(1) }
    }

    /// Another server on the same database; it has no view yet.
    pub(crate) async fn another_server(&self) -> Service {
        another_server(&self.database, &self.clock, 1 << 40).await
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.clock.0.lock().unwrap() += by;
    }

    pub(crate) async fn enrol(&self, site: &'static str, consent_to: Option<NaiveDate>) -> Pseudonym {
        let consent = Decision {
            valid_to: consent_to,
            ..decision(ConsentPurpose::RegistryResearch, ConsentDecision::Given, "2026-01-05")
        };
        let enrolment = Enrolment {
            site: site.parse().unwrap(),
            role: ParticipationRole::Treating,
            from: day("2026-01-05"),
            consents: vec![consent],
            linkage: None,
        };
        let done = self.service.enrol(&granted(Role::DataManager, site), &act(), enrolment).await.unwrap();
        done.value.patient.pseudonym
    }

    pub(crate) async fn decide(&self, patient: &Treated, decision: Decision) {
        let granted = granted(Role::DataManager, patient.site);
        self.service.record_consent(&granted, &act(), patient.pseudonym, decision).await.unwrap();
    }

    pub(crate) async fn open_course(
        &self,
        site: &'static str,
        pseudonym: Pseudonym,
        indication: &str,
    ) -> CourseId {
        let granted = granted(Role::DataManager, site);
        let opened = day("2026-01-05");
        let course =
            self.service.open_course(&granted, &act(), pseudonym, indication.to_owned(), opened).await;
        course.unwrap().value.id
    }

    /// A woman born in April 1961, enrolled and infused at the site.
    pub(crate) async fn treat(&self, site: &'static str, indication: &str, infused_on: &str) -> Treated {
        self.treat_with(site, indication, infused_on, None).await
    }

    /// The same with a consent to research that ends.
    pub(crate) async fn treat_with(
        &self,
        site: &'static str,
        indication: &str,
        infused_on: &str,
        consent_to: Option<NaiveDate>,
    ) -> Treated {
        let pseudonym = self.enrol(site, consent_to).await;
        let registration =
            json!({"birth_year_month": "1961-04", "sex": "female", "legal_basis": "quality_register"});
        self.submit(site, pseudonym, None, "patient_registration", registration).await;
        let course = self.open_course(site, pseudonym, indication).await;
        let patient = Treated { site, pseudonym, course };
        self.infuse(&patient, infused_on).await;
        patient
    }

    pub(crate) async fn infuse(&self, patient: &Treated, infused_on: &str) {
        let batch = self.make(patient, "2026-01-20", 91.5).await;
        let infusion = json!({
            "infusion_no": 1, "infusion_date": infused_on, "batch_id": batch, "setting": "inpatient",
            "route": "iv", "entire_volume_infused": "yes", "dose_car_total_e6": 150,
            "infusion_reaction": "no"
        });
        self.about(patient, "infusion", infusion).await;
    }

    /// A batch made for the course, with its viability.
    pub(crate) async fn make(&self, patient: &Treated, released_on: &str, viability: f64) -> String {
        let batch = format!("KTE-{}", 48_000 + self.batches.fetch_add(1, Ordering::Relaxed));
        let product = json!({
            "product_code": "axicabtagene_ciloleucel", "product_category": "commercial",
            "cell_source": "autologous", "batch_id": batch,
            "manufacturer": "Kite", "manufacturing_site": "Amsterdam",
            "release_date": released_on, "receipt_date": released_on, "expiry_date": "2027-02-01",
            "release_status": "released", "viability_pct": viability, "car_positive_pct": 52, "vcn": 2.1,
            "formulation": "cryopreserved", "total_viable_car_e6": 200
        });
        self.about(patient, "product", product).await;
        batch
    }

    /// Day 100 of a patient infused in February, alive.
    pub(crate) async fn follow(&self, patient: &Treated, contact: &str) {
        let content = json!({
            "time_point": "D100", "contact_date": contact, "contact_mode": "visit", "vital_status": "alive",
            "disease_status": "CR", "relapse_progression": "no", "subsequent_therapy": "no",
            "second_malignancy": "no", "late_toxicity": {"late_icaht_grade": 0}, "infections_occurred": "no"
        });
        self.about(patient, "follow_up", content).await;
    }

    pub(crate) async fn die(&self, patient: &Treated, date: &str) -> RecordId {
        self.about(patient, "event", death(date)).await
    }

    /// Submits a form about the course.
    pub(crate) async fn about(&self, patient: &Treated, form: &str, content: Value) -> RecordId {
        self.submit(patient.site, patient.pseudonym, Some(patient.course), form, content).await
    }

    async fn submit(
        &self,
        site: &'static str,
        patient: Pseudonym,
        course: Option<CourseId>,
        form: &str,
        content: Value,
    ) -> RecordId {
        let granted = granted(Role::DataManager, site);
        let subject = Some((patient, course));
        let checked = self.service.validate(&granted, &act(), form, None, content.clone(), subject).await;
        let findings = checked.unwrap().value.findings;
        let warnings = findings.iter().filter(|finding| finding.severity == Severity::Warning);
        let acknowledge = |rule: &str, pointer: &str| Acknowledgement {
            rule: rule.to_owned(),
            pointer: pointer.to_owned(),
            reason: "Confirmed in the chart.".to_owned(),
        };
        let submission = Some(warnings.map(|finding| acknowledge(&finding.rule, &finding.pointer)).collect());
        let new =
            NewRecord { patient, course, form: form.to_owned(), form_version: None, content, submission };
        let done = self.service.create_record(&granted, &act(), new).await;
        done.unwrap_or_else(|error| panic!("{form}: {error:?}")).value.record.id
    }

    pub(crate) async fn correct(&self, patient: &Treated, record: RecordId, content: Value) {
        let amendment =
            Amendment { reason: AmendmentReason::DataEntry, text: "Misread in the chart.".to_owned() };
        let correction = Correction { content, amendment, acknowledgements: Vec::new() };
        let granted = granted(Role::DataManager, patient.site);
        let done = self.service.amend(&granted, &act(), record, 1, correction).await;
        done.unwrap();
    }

    /// Seals what has happened and brings the view forward.
    pub(crate) async fn settle(&self) {
        self.service.seal_all().await.unwrap();
        self.service.refresh_cohorts().await.unwrap();
    }
}

async fn another_server(database: &TestDatabase, clock: &Arc<StillClock>, first_id: u64) -> Service {
    let ground = Ground {
        store: database.store.clone(),
        keys: Arc::new(KeyRing::generate("cartotek.example/log", &SeededRandom::new(0)).unwrap()),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        ids: Arc::new(CountedIds(AtomicU64::new(first_id))),
        random: Arc::new(SeededRandom::new(first_id + 1)),
    };
    Service::start(ground).await.unwrap()
}
