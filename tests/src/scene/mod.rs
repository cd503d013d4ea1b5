//! A patient of Karolinska with everything that routes can name, and for every operation the path and body that
//! suit it.
//!
//! A new resource below `/api/v1` that names patients adds its ids to [`Scene::id`] and its bodies to
//! [`Scene::body`]; the tests that walk all operations then cover it.

mod request;

use cartotek_domain::access::Role;
use cartotek_domain::id::{ImportId, RequestId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::session::job::ImportJob;
use cartotek_persistence::{StoreError, WriteSession};
use cartotek_service::Act;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::TestApp;
use crate::body;
use crate::client::{Client, Request, TestResponse};
use crate::next_version::{next_version, second_version};
use crate::operation::Operation;

/// An import of registration forms by Karolinska.
const IMPORT: &str = "/api/v1/imports?form=patient_registration&site=KAR";

/// The patient with what belongs to it.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// The patient.
    pub pseudonym: String,
    /// The participation of Örebro, which follows the patient.
    pub participation: String,
    /// An open course; empty where there is none yet.
    pub course: String,
    /// A draft of an infusion form.
    pub draft: String,
    /// A registration form that the second data manager has submitted.
    pub submitted: String,
    /// A clarification about it, asked by Karolinska of itself.
    pub clarification: String,
    /// Who may be named to answer it.
    pub assignee: String,
    /// A lock on a draft of an event form, which nothing else needs.
    pub lock: String,
    /// The second data manager's request that it be ended.
    pub unlock_request: String,
    /// A storage unit of KI Biobank.
    pub unit: String,
    /// A box in it.
    pub storage_box: String,
    /// A sample of the patient in position A1.
    pub sample: String,
    /// An aliquot of it in position A2.
    pub aliquot: String,
    /// An import that named the patient.
    pub import: String,
    /// The name of an import mapping of Karolinska.
    pub mapping: String,
    /// What all barcodes of the scene end in.
    pub mark: String,
    /// The place in the change feed before all of this; empty where nobody has asked for it.
    pub since: String,
}

impl Scene {
    /// A patient with participations, a course, records and samples.
    pub async fn build(app: &TestApp) -> Self {
        let mut scene = Self::without_course(app).await;
        scene.add_records(&app.data_manager("KAR"), &app.second_manager()).await;
        scene.add_lock(&app.data_manager("KAR"), &app.second_manager()).await;
        scene.assignee = app.person(Role::DataManager, "KAR").actor.to_string();
        scene.add_samples(&app.biobank_staff("KI-BB")).await;
        scene
    }

    /// A patient with participations alone.
    pub async fn without_course(app: &TestApp) -> Self {
        let manager = app.data_manager("KAR");
        let answer = manager.post("/api/v1/patients").json(&body::donor("KAR")).send().await.expect(201);
        let pseudonym = answer.json["pseudonym"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/patients/{pseudonym}/participations");
        let participation = created(manager.post(&path).json(&body::participation("ORE"))).await;
        let mark = pseudonym.replace("CT-", "");
        Self { pseudonym, participation, mark, ..Self::default() }
    }

    async fn add_records(&mut self, manager: &Client, second: &Client) {
        let path = format!("/api/v1/patients/{}/courses", self.pseudonym);
        self.course = created(manager.post(&path).json(&body::course())).await;
        let draft = body::record(&self.pseudonym, Some(&self.course), "infusion", body::infusion());
        self.draft = created(manager.post("/api/v1/records").json(&draft)).await;
        let mut submitted = body::record(&self.pseudonym, None, "patient_registration", body::registration());
        submitted["submit"] = true.into();
        self.submitted = created(second.post("/api/v1/records").json(&submitted)).await;
        let path = format!("/api/v1/records/{}/clarifications", self.submitted);
        self.clarification = created(manager.post(&path).json(&body::clarification())).await;
        let import = manager.post(IMPORT).header("Idempotency-Key", &self.mark);
        self.import = created(import.bytes("application/x-ndjson", self.registration_row())).await;
        self.mapping = format!("lab-{}", self.mark.to_lowercase());
        let path = format!("/api/v1/sites/KAR/import-mappings/follow_up/{}", self.mapping);
        manager.put(&path).json(&body::import_mapping()).send().await.expect(200);
    }

    async fn add_lock(&mut self, manager: &Client, second: &Client) {
        let event = body::record(&self.pseudonym, Some(&self.course), "event", json!({}));
        let event = created(manager.post("/api/v1/records").json(&event)).await;
        self.lock = created(manager.post("/api/v1/locks").json(&body::record_lock(&event))).await;
        self.unlock_request = self.ask_to_unlock(second).await;
    }

    async fn ask_to_unlock(&self, client: &Client) -> String {
        let path = format!("/api/v1/locks/{}/unlock-requests", self.lock);
        created(client.post(&path).json(&json!({ "reason": "The event is known." }))).await
    }

    /// A line of an import: the patient's registration.
    fn registration_row(&self) -> String {
        json!({ "patient": self.pseudonym, "content": body::registration() }).to_string()
    }

    async fn add_samples(&mut self, staff: &Client) {
        let unit = body::storage_unit("KI-BB", &self.mark);
        self.unit = created(staff.post("/api/v1/storage-units").json(&unit)).await;
        let path = format!("/api/v1/storage-units/{}/boxes", self.unit);
        self.storage_box = created(staff.post(&path).json(&body::storage_box(&self.barcode("BOX")))).await;
        let sample = body::sample(&self.pseudonym, "KI-BB", &self.barcode("SAMPLE"));
        self.sample = created(staff.post("/api/v1/samples").json(&sample)).await;
        let path = format!("/api/v1/samples/{}/aliquots", self.sample);
        let split =
            staff.post(&path).json(&body::splitting(&self.barcode("ALIQUOT"), 4)).send().await.expect(201);
        self.aliquot = id_of(&split.json["aliquots"][0]);
        for (path, version, position) in [
            (format!("samples/{}", self.sample), "\"2\"", "A1"),
            (format!("aliquots/{}", self.aliquot), "\"3\"", "A2"),
        ] {
            let place = staff.put(&format!("/api/v1/{path}/position")).header("If-Match", version);
            place.json(&body::placement(&self.storage_box, position)).send().await.expect(200);
        }
    }

    fn barcode(&self, what: &str) -> String {
        format!("{what}-{}", self.mark)
    }

    /// The scene in which the operation succeeds.
    pub async fn for_operation(app: &TestApp, operation: &Operation) -> Self {
        match operation.id() {
            "open_course" | "run_import" => Self::without_course(app).await,
            "cancel_import" => Self { import: running_import(app).await, ..Self::build(app).await },
            "read_changes" => {
                // Until the lease of the server that prepared the database has ended.
                app.clock.advance(TimeDelta::seconds(11));
                app.service.seal_all().await.unwrap();
                let latest = app.data_manager("KAR").get("/api/v1/changes?since=latest").send().await;
                let since = latest.expect(200).json["cursor"].as_str().unwrap().to_owned();
                let scene = Self { since, ..Self::build(app).await };
                app.service.seal_all().await.unwrap();
                scene
            }
            "export_ebmt" => {
                let scene = Self::build(app).await;
                let path = format!("/api/v1/patients/{}/consents", scene.pseudonym);
                app.data_manager("KAR").post(&path).json(&body::sharing()).send().await.expect(201);
                scene
            }
            "list_reconsents" => {
                let scene = Self::build(app).await;
                let path = format!("/api/v1/patients/{}/consents", scene.pseudonym);
                app.data_manager("KAR").post(&path).json(&body::guardians_yes()).send().await.expect(201);
                scene
            }
            "migrate_records" | "preview_migration" => {
                let scene = Self::build(app).await;
                let second = next_version("referral", &second_version("referral"), &json!({}), None);
                let act = Act::new(RequestId::next(app.service.ids()));
                app.service.publish_as_system(&act, second).await.unwrap();
                let mut draft = body::record(&scene.pseudonym, Some(&scene.course), "referral", json!({}));
                draft["form_version"] = 1.into();
                let draft = created(app.data_manager("KAR").post("/api/v1/records").json(&draft)).await;
                Self { draft, ..scene }
            }
            "reopen_course" => {
                let scene = Self::build(app).await;
                let close = scene.request(&Operation::of_id("close_course"), &app.data_manager("KAR"));
                close.send().await.expect(200);
                scene
            }
            "erase" => {
                let scene = Self::build(app).await;
                let path = format!("/api/v1/patients/{}/consents", scene.pseudonym);
                app.data_manager("KAR").post(&path).json(&body::objection()).send().await.expect(201);
                scene
            }
            "withdraw_unlock" => {
                let scene = Self::build(app).await;
                Self { unlock_request: scene.ask_to_unlock(&app.data_manager("KAR")).await, ..scene }
            }
            "reopen_clarification" => {
                let scene = Self::build(app).await;
                let path = format!("/api/v1/clarifications/{}/answer", scene.clarification);
                let answer = app.data_manager("KAR").post(&path).header("If-Match", "\"1\"");
                answer.json(&body::clarification_answer()).send().await.expect(200);
                scene
            }
            _ => Self::build(app).await,
        }
    }

    /// A scene whose ids are well formed and name nothing.
    pub fn of_nothing() -> Self {
        let id = |number: u8| format!("01980000-0000-7000-8000-0000000000{number:02x}");
        let pseudonym = (0..=255).find_map(|byte| Pseudonym::from_random([byte; 9])).expect("a pseudonym");
        Self {
            pseudonym: pseudonym.to_string(),
            participation: id(1),
            course: id(2),
            draft: id(3),
            submitted: id(4),
            unit: id(5),
            storage_box: id(6),
            sample: id(7),
            aliquot: id(8),
            import: id(9),
            lock: id(10),
            unlock_request: id(11),
            mapping: "nothing".to_owned(),
            clarification: id(12),
            assignee: id(13),
            mark: pseudonym.to_string().replace("CT-", ""),
            since: String::new(),
        }
    }
}

/// An import of Karolinska that goes on for ever.
async fn running_import(app: &TestApp) -> String {
    let now = app.service.now();
    let job = ImportJob {
        id: ImportId::next(app.service.ids()),
        actor: app.person(Role::DataManager, "KAR").actor,
        site: "KAR".parse().unwrap(),
        form: Some("patient_registration".to_owned()),
        format: "csv".to_owned(),
        atomicity: "row".to_owned(),
        dry_run: false,
        state: "running".to_owned(),
        rows_total: 100_000,
        rows_accepted: 0,
        rows_refused: 0,
        rows_done: 0,
        mapping: None,
        started_at: now,
        finished_at: None,
        expires_at: now + TimeDelta::minutes(2),
    };
    let id = job.id.to_string();
    let work = move |tx: &mut dyn WriteSession| tx.insert_import_job(&job);
    app.database.store.write::<_, StoreError>("begin import", work).await.unwrap();
    id
}

async fn created(request: Request) -> String {
    let answer: TestResponse = request.send().await.expect(201);
    id_of(&answer.json)
}

fn id_of(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}
