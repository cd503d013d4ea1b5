//! A patient of Karolinska with everything that routes can name, and for every operation the path and body that
//! suit it.
//!
//! A new resource below `/api/v1` that names patients adds its ids to [`Scene::id`] and its bodies to
//! [`Scene::body`]; the tests that walk all operations then cover it.

use cartotek_domain::access::Role;
use cartotek_domain::pseudonym::Pseudonym;
use serde_json::{Value, json};

use crate::TestApp;
use crate::body;
use crate::client::{Client, Request, TestResponse};
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
    /// What all barcodes of the scene end in.
    pub mark: String,
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
    }

    async fn add_lock(&mut self, manager: &Client, second: &Client) {
        let event = body::record(&self.pseudonym, Some(&self.course), "event", json!({}));
        let event = created(manager.post("/api/v1/records").json(&event)).await;
        self.lock = created(manager.post("/api/v1/locks").json(&body::record_lock(&event))).await;
        let path = format!("/api/v1/locks/{}/unlock-requests", self.lock);
        self.unlock_request =
            created(second.post(&path).json(&json!({ "reason": "The event is known." }))).await;
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
            "erase" => {
                let scene = Self::build(app).await;
                let path = format!("/api/v1/patients/{}/consents", scene.pseudonym);
                app.data_manager("KAR").post(&path).json(&body::objection()).send().await.expect(201);
                scene
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
            clarification: id(12),
            assignee: id(13),
            mark: pseudonym.to_string().replace("CT-", ""),
        }
    }

    /// The id for a parameter of the operation's path; `None` where it names nothing of the scene.
    pub fn id(&self, operation: &Operation, parameter: &str) -> Option<String> {
        let of_draft = ["submit", "replace_draft"].contains(&operation.id());
        let before = operation.path.split(&format!("/{{{parameter}}}")).next()?;
        let id = match before.rsplit('/').next()? {
            "patients" | "donors" => &self.pseudonym,
            "participations" => &self.participation,
            "courses" => &self.course,
            "records" if of_draft => &self.draft,
            "records" => &self.submitted,
            "storage-units" => &self.unit,
            "boxes" => &self.storage_box,
            "samples" => &self.sample,
            "aliquots" => &self.aliquot,
            "imports" => &self.import,
            "clarifications" => &self.clarification,
            "locks" => &self.lock,
            "unlock-requests" => &self.unlock_request,
            "barcodes" => return Some(self.barcode("SAMPLE")),
            _ => return None,
        };
        Some(id.clone())
    }

    /// Whether the operation's path names something of a patient.
    pub fn is_named_by(&self, operation: &Operation) -> bool {
        let parameters = operation.parameters("path");
        parameters.iter().any(|one| self.id(operation, one["name"].as_str().unwrap()).is_some())
    }

    /// Path and query of the operation for this patient.
    pub fn target(&self, operation: &Operation) -> String {
        let fill = |parameter: &str| match parameter {
            "number" => Some("1".to_owned()),
            _ => self.id(operation, parameter),
        };
        let target = operation.target_with(&fill);
        match operation.id() {
            "list_records"
            | "list_record_findings"
            | "list_samples"
            | "list_clarifications"
            | "list_worklist" => {
                format!("{target}?patient={}", self.pseudonym)
            }
            "run_import" => IMPORT.to_owned(),
            _ => target,
        }
    }

    /// A body that the operation accepts for this patient: the document's example where nothing is said here.
    pub fn body(&self, operation: &Operation) -> Value {
        let course = Some(self.course.as_str());
        match operation.id() {
            "enrol" => body::enrolment("KAR"),
            "record_consent" => body::withdrawal(),
            "add_participation" => body::participation("SKA"),
            "end_participation" => json!({ "to": "2026-03-01" }),
            "open_course" => body::course(),
            "close_course" => json!({ "outcome": "other", "closed_on": "2026-03-01" }),
            "create_record" => body::record(&self.pseudonym, course, "event", json!({})),
            "validate" => {
                let mut body = body::record(&self.pseudonym, course, "infusion", body::infusion());
                body.as_object_mut().unwrap().remove("submit");
                body
            }
            "replace_draft" => json!({ "content": body::infusion() }),
            "submit" => json!({ "acknowledgements": [{
                "rule": "R-INF-04B", "pointer": "/batch_id", "reason": "The product form follows.",
            }] }),
            "open_clarification" => body::clarification(),
            "answer_clarification" => body::clarification_answer(),
            "assign_clarification" => json!({ "assignee": self.assignee }),
            "run_clarifications" => json!({ "form": "infusion", "site": "KAR" }),
            "create_lock" => body::record_lock(&self.submitted),
            "register_sample" => body::sample(&self.pseudonym, "KI-BB", &self.barcode("NEXT")),
            "aliquot_sample" | "aliquot_aliquot" => body::splitting(&self.barcode("PART"), 1),
            "place_sample" | "place_aliquot" => body::placement(&self.storage_box, "B1"),
            "create_storage_unit" => body::storage_unit("KI-BB", &self.barcode("UNIT")),
            "create_box" => body::storage_box(&self.barcode("BOX2")),
            "run_import" => self.registration_row().into(),
            "amend" => {
                let mut content = body::registration();
                content["sex"] = "female".into();
                json!({ "content": content, "reason": "data_entry", "text": "Wrong box ticked." })
            }
            _ => operation.body_example(),
        }
    }

    /// A request to the operation about this patient.
    pub fn request(&self, operation: &Operation, client: &Client) -> Request {
        operation.request_with(client, &self.target(operation), &self.body(operation))
    }

    /// The caller of Karolinska or KI Biobank who may use the operation.
    pub fn caller(app: &TestApp, operation: &Operation) -> Client {
        app.with_role(operation.permitted_role())
    }

    /// The callers of Uppsala who hold the operation's permission and have nothing to do with this patient.
    pub fn strangers(app: &TestApp, operation: &Operation) -> Vec<Client> {
        let roles = operation.policy().map_or(&[][..], |policy| policy.roles);
        let stranger = |role: &Role| match role {
            Role::DataManager => Some(app.data_manager("UPP")),
            Role::BiobankStaff => Some(app.biobank_staff("UPP-BB")),
            _ => None,
        };
        roles.iter().filter_map(stranger).collect()
    }
}

async fn created(request: Request) -> String {
    let answer: TestResponse = request.send().await.expect(201);
    id_of(&answer.json)
}

fn id_of(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}
