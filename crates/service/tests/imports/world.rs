//! Patients with a course, files about them, and the imports of these files.

use std::sync::Arc;

use cartotek_crypto::hash::sha256;
use cartotek_crypto::random::SeededRandom;
use cartotek_domain::access::{Granted, permission};
use cartotek_domain::course::Course;
use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Language;
use cartotek_forms::MilestoneView;
use cartotek_persistence::{Engine, StoreError};
use cartotek_service::import::{Atomicity, Format, Import, NewImport, RowFinding, RowStatus};
use cartotek_service::{Act, Done, IdempotencyKey, Page, Refusal, ServiceError};

use crate::common::TestGround;
use crate::common::seeded::{draw, indication, told};

/// The columns that a follow-up needs.
pub(crate) const HEADER: &str = "patient,course,time_point,contact_date,contact_mode,vital_status,disease_status,\
    relapse_progression,subsequent_therapy,second_malignancy,late_toxicity.late_icaht_grade,infections_occurred,\
    acknowledgement";

pub(crate) struct World {
    pub(crate) ground: TestGround,
    pub(crate) patients: Vec<Pseudonym>,
    pub(crate) courses: Vec<CourseId>,
}

impl World {
    /// A ground with patients of site KAR, each with one open course.
    pub(crate) async fn start(engine: Engine, patients: usize) -> Self {
        let ground = TestGround::start(engine).await;
        let (patients, courses) = enrol(&ground, "KAR", 1, patients).await;
        Self { ground, patients, courses }
    }

    /// A follow-up as a row; it has one warning, which is explained.
    pub(crate) fn row(&self, patient: usize, time_point: &str, contact: &str) -> String {
        let pseudonym = self.patients[patient];
        format!("{pseudonym},1,{time_point},{contact},visit,alive,CR,no,no,no,0,no,Infusion form follows")
    }

    pub(crate) fn granted(&self) -> Granted<permission::ImportRecords> {
        self.ground.data_manager("KAR")
    }

    /// An act with a key; the fingerprint is that of `body`.
    pub(crate) fn keyed(&self, key: &str, body: &str) -> Act {
        let fingerprint = sha256(&[body.as_bytes()]);
        Act { key: Some(IdempotencyKey { key: key.to_owned(), fingerprint }), ..self.ground.act() }
    }

    pub(crate) async fn try_import(&self, act: &Act, new: NewImport) -> Result<Done<Import>, ServiceError> {
        self.ground.service.import(&self.granted(), act, new, Arc::new(|_, _| ())).await
    }

    /// Imports follow-ups under a key of their own.
    pub(crate) async fn import(&self, text: &str, atomicity: Atomicity) -> Import {
        let act = self.keyed(&self.ground.act().request.to_string(), text);
        self.try_import(&act, csv(text, atomicity)).await.unwrap().value
    }

    pub(crate) async fn dry(&self, text: &str, atomicity: Atomicity) -> Import {
        let act = Act { dry_run: true, ..self.keyed("dry", text) };
        self.try_import(&act, csv(text, atomicity)).await.unwrap().value
    }

    /// Why a file is not even begun.
    pub(crate) async fn refusal(&self, new: NewImport) -> Refusal {
        let act = self.keyed(&self.ground.act().request.to_string(), "");
        match self.try_import(&act, new).await {
            Err(ServiceError::Refused(refusal)) => *refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// All findings of an import, page by page.
    pub(crate) async fn findings(&self, import: &Import) -> Vec<RowFinding> {
        let (granted, act) = (self.granted(), self.ground.act());
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = Page { after, limit: 500 };
            let part = self.ground.service.import_findings(&granted, &act, import.id, page).await.unwrap();
            listed.extend(part.value.items);
            after = part.value.next;
            if after.is_none() {
                return listed;
            }
        }
    }

    /// The file of an import as it is given back.
    pub(crate) async fn file(&self, import: &Import) -> String {
        String::from_utf8(self.parts(import).await.concat()).unwrap()
    }

    /// The parts in which that file is given back.
    pub(crate) async fn parts(&self, import: &Import) -> Vec<Vec<u8>> {
        let service = &self.ground.service;
        let done = service.import_file(&self.granted(), &self.ground.act(), import.id).await.unwrap();
        let mut parts = Vec::new();
        while let Some(part) =
            service.import_file_part(done.value, i64::try_from(parts.len()).unwrap()).await.unwrap()
        {
            parts.push(part);
        }
        parts
    }

    /// Gives a patient the milestones of other records, and the course its indication.
    pub(crate) async fn seed(&self, patient: usize, view: &MilestoneView) {
        let (course, every) = (self.courses[patient], cartotek_domain::access::PatientScope::Every);
        let rows = told(view, self.patient_id(patient).await, course, self.ground.service.ids());
        let indication = indication(view);
        let work = move |tx: &mut dyn cartotek_persistence::WriteSession| {
            if let (Some(indication), Some(course)) = (&indication, tx.course(course, &every)?) {
                let version = course.version + 1;
                tx.update_course(&Course { indication: indication.clone(), version, ..course })?;
            }
            tx.insert_milestones(&rows)
        };
        self.ground.database.store.write::<_, StoreError>("seed milestones", work).await.unwrap();
    }

    pub(crate) async fn patient_id(&self, patient: usize) -> PatientId {
        let pseudonym = self.patients[patient];
        let work = move |session: &mut dyn cartotek_persistence::ReadSession| {
            session.patient(&pseudonym, &cartotek_domain::access::PatientScope::Every)
        };
        let found = self.ground.database.store.read::<_, StoreError>("find patient", work).await.unwrap();
        found.unwrap().id
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.ground.database.dump()[table].len()
    }
}

/// Puts patients of a site into the database, each with one open course.
pub(crate) async fn enrol(
    ground: &TestGround,
    site: &str,
    seed: u64,
    count: usize,
) -> (Vec<Pseudonym>, Vec<CourseId>) {
    let random = SeededRandom::new(seed);
    let (ids, now) = (ground.service.ids(), ground.service.now());
    let mut rows = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let (patient, participation, course) = draw(site, now, ids, &random);
        rows.0.push(patient);
        rows.1.push(participation);
        rows.2.push(course);
    }
    let known = (
        rows.0.iter().map(|patient| patient.pseudonym).collect(),
        rows.2.iter().map(|course| course.id).collect(),
    );
    let work = move |tx: &mut dyn cartotek_persistence::WriteSession| {
        tx.insert_patients(&rows.0)?;
        tx.insert_participations(&rows.1)?;
        tx.insert_courses(&rows.2)
    };
    ground.database.store.write::<_, StoreError>("enrol many", work).await.unwrap();
    known
}

pub(crate) fn csv(text: &str, atomicity: Atomicity) -> NewImport {
    NewImport {
        site: "KAR".parse().unwrap(),
        form: Some("follow_up".to_owned()),
        form_version: None,
        mapping: None,
        format: Format::Csv,
        atomicity,
        language: Language::En,
        file: text.as_bytes().to_vec(),
    }
}

pub(crate) fn table(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// Row, column and rule of each finding that is an error.
pub(crate) fn errors(findings: &[RowFinding]) -> Vec<(usize, &str, &str)> {
    findings
        .iter()
        .filter(|one| one.finding.is_error())
        .map(|one| (one.row, one.column.as_deref().unwrap_or(""), one.finding.rule.as_str()))
        .collect()
}

/// The `_status` of each row of a returned table.
pub(crate) fn statuses(file: &str) -> Vec<String> {
    let semicolons = file.lines().next().is_some_and(|header| header.contains(';'));
    let delimiter = if semicolons { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(file.as_bytes());
    let place = reader.headers().unwrap().iter().position(|name| name == "_status").unwrap();
    reader.records().filter_map(|row| row.unwrap().get(place).map(str::to_owned)).collect()
}

pub(crate) const ACCEPTED: &str = RowStatus::Accepted.name();
pub(crate) const REFUSED: &str = RowStatus::Refused.name();
