//! A registry on disk behind a running server, and as much in it as a job needs.
//!
//! Patients, courses and tubes are written past the service: they are what is there before, not what is measured.

use std::fmt::Write as _;
use std::net::SocketAddr;

use cartotek_crypto::pseudonym;
use cartotek_crypto::random::SeededRandom;
use cartotek_domain::course::{Course, CourseStatus};
use cartotek_domain::fact::Salt;
use cartotek_domain::id::{
    ActorId, AliquotId, CourseId, CustodyEventId, IdSource, ParticipationId, PatientId, SampleId,
};
use cartotek_domain::patient::{Participation, ParticipationRole, Patient};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{Aliquot, CustodyEvent, CustodyKind, Sample, SampleUse, Tube};
use cartotek_domain::time::{Timestamp, swedish_day};
use cartotek_persistence::{Engine, Store, StoreConfig, StoreError, WriteSession};
use cartotek_service::SystemIds;
use cartotek_tests::program::installation::Installation;
use cartotek_tests::program::network::{Network, SITES};
use cartotek_tests::program::server::Server;
use serde_json::{Value, json};

use crate::load::{Connection, request};

/// The time points of a follow-up, one record each per course.
pub(crate) const TIME_POINTS: [&str; 17] = [
    "D100", "M6", "M12", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Y8", "Y9", "Y10", "Y11", "Y12", "Y13", "Y14",
    "Y15",
];
/// Rows written in one transaction when the registry is filled.
const CHUNK: usize = 5_000;
/// The biobank that holds every tube.
const BIOBANK: &str = "KI-BB";

/// A course that nothing has been recorded of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) patient: PatientId,
    pub(crate) pseudonym: Pseudonym,
    pub(crate) course: CourseId,
}

/// The registry.
pub(crate) struct World {
    installation: Installation,
    network: Network,
    /// `None` while it is filled.
    server: Option<Server>,
    pub(crate) biobanker: String,
    random: SeededRandom,
    cases: Vec<Case>,
    sample: Option<SampleId>,
    tubes: usize,
}

impl World {
    /// A network and no patient.
    pub(crate) fn found(engine: Engine) -> Self {
        let installation = Installation::migrated(engine);
        let (network, server) = Network::found(&installation);
        let biobanker = network.found_biobank(&server, BIOBANK);
        let random = SeededRandom::new(1);
        Self {
            installation,
            network,
            server: Some(server),
            biobanker,
            random,
            cases: Vec::new(),
            sample: None,
            tubes: 0,
        }
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.as_ref().expect("the server runs").socket()
    }

    /// The token of the data manager of the one site that has patients.
    pub(crate) fn data_manager(&self) -> &str {
        &self.network.data_managers[0]
    }

    /// How the database is opened beside the server.
    pub(crate) fn store_config(&self) -> StoreConfig {
        self.installation.store_config()
    }

    /// So many courses that nothing has been recorded of.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Case> {
        self.cases.split_off(self.cases.len().checked_sub(count).expect("enough courses were prepared"))
    }

    /// Sees to so many courses that nothing has been recorded of.
    pub(crate) fn prepare_courses(&mut self, count: usize) {
        let cases: Vec<_> = (0..count).map(|_| self.draw()).collect();
        self.fill(&cases, |session, cases| insert_cases(session, cases));
        self.cases.extend(cases);
    }

    /// Sees to it that there are so many aliquots.
    pub(crate) fn prepare_aliquots(&mut self, count: usize) {
        if self.sample.is_none() {
            let case = self.draw();
            let sample = SampleId::next(&SystemIds);
            self.fill(&[case], move |session, cases| {
                insert_cases(session, cases)?;
                session.insert_samples(&[primary(sample, cases[0])])
            });
            self.sample = Some(sample);
            self.cases.push(case);
        }
        let (sample, patient) = (self.sample.expect("just made"), self.cases[self.cases.len() - 1].patient);
        let numbers: Vec<_> = (self.tubes..count).collect();
        self.fill(&numbers, move |session, numbers| {
            let aliquots: Vec<_> = numbers.iter().map(|number| aliquot(*number, sample, patient)).collect();
            let events: Vec<_> =
                (numbers[0]..).zip(&aliquots).map(|(number, tube)| made(number, tube)).collect();
            session.insert_custody_events(&events)?;
            let balances: Vec<_> = aliquots.iter().map(|tube| (tube.id.uuid(), tube.amount)).collect();
            session.insert_aliquots(&aliquots)?;
            session.put_balances(&balances)
        });
        self.tubes = self.tubes.max(count);
    }

    /// Megabytes that the server's process has in memory.
    pub(crate) fn memory(&self) -> f64 {
        self.server.as_ref().expect("the server runs").memory()
    }

    /// A case that nobody knows yet.
    pub(crate) fn draw(&self) -> Case {
        let pseudonym = pseudonym::draw(&self.random).expect("a seeded source does not run dry");
        Case { patient: PatientId::next(&SystemIds), pseudonym, course: CourseId::next(&SystemIds) }
    }

    /// Writes items in chunks while no server holds the database.
    fn fill<T: Clone + Send + 'static>(
        &mut self,
        items: &[T],
        write: impl Fn(&mut dyn WriteSession, &[T]) -> Result<(), StoreError> + Copy + Send + 'static,
    ) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
        let store = Store::open(&self.installation.store_config()).expect("the database opens");
        fill(&store, items, write);
        wait_for(store.shutdown());
        self.server = Some(self.installation.serve());
    }
}

/// Writes items in chunks.
pub(crate) fn fill<T: Clone + Send + 'static>(
    store: &Store,
    items: &[T],
    write: impl Fn(&mut dyn WriteSession, &[T]) -> Result<(), StoreError> + Copy + Send + 'static,
) {
    for chunk in items.chunks(CHUNK) {
        let chunk = chunk.to_vec();
        wait_for(store.write("fill", move |session| write(session, &chunk)))
            .expect("what is written is valid");
    }
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

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

fn participation(case: &Case) -> Participation {
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

fn course(case: &Case) -> Course {
    Course {
        id: case.course,
        patient: case.patient,
        number: 1,
        indication: "LBCL".to_owned(),
        opened_on: swedish_day(instant()),
        status: CourseStatus::Open,
        outcome: None,
        closed_on: None,
        created_at: instant(),
        version: 1,
        salt: Salt::default(),
    }
}

fn primary(id: SampleId, case: Case) -> Sample {
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

fn aliquot(number: usize, sample: SampleId, patient: PatientId) -> Aliquot {
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

fn made(number: usize, tube: &Aliquot) -> CustodyEvent {
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

/// The barcode of an aliquot; its order is not that in which they were made.
pub(crate) fn barcode(number: usize) -> String {
    let scattered = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("B{scattered:016X}")
}

/// A follow-up of about sixty answers.
pub(crate) fn follow_up(time_point: usize) -> Value {
    let contact = contact_date(time_point);
    json!({
        "time_point": TIME_POINTS[time_point], "contact_date": contact, "contact_mode": "visit",
        "vital_status": "alive", "ecog": 1, "disease_status": "CR", "reported_best_response": "CR",
        "relapse_progression": "no", "subsequent_therapy": "no", "further_infusion": "no",
        "second_malignancy": "no", "pregnancy": "no",
        "late_toxicity": {
            "late_icaht_grade": 1, "min_anc": 1.3, "late_t_icaht_grade": 1, "min_platelets": 88, "rbc_units": 2,
            "plt_units": 0, "stem_cell_boost": "no", "movement_disorder": "no", "cranial_neuropathy": "no",
        },
        "infections_occurred": "yes",
        "infections": [{
            "date": contact, "organism_group": "viral", "organism_text": "Cytomegalovirus", "site": "blood",
            "severity": "moderate", "ctcae_grade": 2, "microbiologically_confirmed": "yes",
            "outcome": "resolved", "previously_reported": "no",
        }],
        "b_cell_aplasia": { "date": contact, "cd19_per_ul": 2, "status": "present" },
        "hypogammaglobulinaemia": { "date": contact, "igg": 4.8, "severity": "mild", "ivig_given": "yes" },
        "car_persistence": [{
            "date": contact, "method": "flow", "specimen": "blood", "value": 0.8, "unit": "pct_CD3",
            "detectable": "yes",
        }],
    })
}

fn contact_date(time_point: usize) -> String {
    match time_point {
        0 => "2010-06-09".to_owned(),
        1 => "2010-08-28".to_owned(),
        years => format!("{}-03-15", 2009 + years),
    }
}

/// The body that submits a follow-up.
pub(crate) fn submission(case: Case, time_point: usize) -> Vec<u8> {
    let body = json!({
        "patient": case.pseudonym, "course": case.course, "form": "follow_up", "submit": true,
        "content": follow_up(time_point),
        "acknowledgements": [
            { "rule": "R-FU-05", "pointer": "/contact_date", "reason": "The infusion form follows." },
        ],
    });
    body.to_string().into_bytes()
}

/// A file with a follow-up per line.
pub(crate) fn csv(cases: &[Case], rows: usize) -> Vec<u8> {
    let mut file = "patient,course,time_point,contact_date,contact_mode,vital_status,ecog,disease_status,\
        reported_best_response,relapse_progression,subsequent_therapy,further_infusion,second_malignancy,pregnancy,\
        late_toxicity.late_icaht_grade,late_toxicity.min_anc,infections_occurred,acknowledgement\n"
        .to_owned();
    for row in 0..rows {
        let (case, point) = (cases[row / TIME_POINTS.len()], row % TIME_POINTS.len());
        let _ = writeln!(
            file,
            "{},1,{},{},visit,alive,1,CR,CR,no,no,no,no,no,1,1.3,no,Infusion form follows",
            case.pseudonym,
            TIME_POINTS[point],
            contact_date(point),
        );
    }
    file.into_bytes()
}

/// The same kind of content as [`submission`], a line of JSON each.
pub(crate) fn ndjson(cases: &[Case], rows: usize) -> Vec<u8> {
    let mut file = String::new();
    for row in 0..rows {
        let (case, point) = (cases[row / TIME_POINTS.len()], row % TIME_POINTS.len());
        let line: Value = serde_json::from_slice(&submission(case, point)).expect("a body is JSON");
        let line = json!({
            "patient": line["patient"], "course": 1, "content": line["content"],
            "acknowledgements": line["acknowledgements"],
        });
        let _ = writeln!(file, "{line}");
    }
    file.into_bytes()
}

/// What a GET answers.
pub(crate) fn get(address: SocketAddr, token: &str, path: &str) -> Value {
    let (status, body) = Connection::open(address).ask(&request("GET", path, token, "", &[]));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("an answer in JSON")
}
