//! What a request to an operation about the patient of the scene consists of.

use cartotek_domain::access::Role;
use serde_json::{Value, json};

use super::{IMPORT, Scene};
use crate::TestApp;
use crate::body;
use crate::client::{Client, Request};
use crate::operation::Operation;

impl Scene {
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
            "name" => Some(self.mapping.clone()),
            _ => self.id(operation, parameter),
        };
        let target = operation.target_with(&fill);
        match operation.id() {
            "list_records"
            | "list_record_findings"
            | "list_samples"
            | "list_clarifications"
            | "list_worklist"
            | "list_missing_items"
            | "list_follow_up_gaps"
            | "list_load_records" => format!("{target}?patient={}", self.pseudonym),
            "list_field_records" => format!("{target}&patient={}", self.pseudonym),
            "run_import" => IMPORT.to_owned(),
            "read_changes" if !self.since.is_empty() => format!("{target}?since={}", self.since),
            _ => target,
        }
    }

    /// A body that the operation accepts for this patient: the document's example where nothing is said here.
    pub fn body(&self, operation: &Operation) -> Value {
        let course = Some(self.course.as_str());
        match operation.id() {
            "enrol" => body::enrolment("KAR"),
            "record_consent" => body::withdrawal(),
            "transfer" => body::transfer("ORE"),
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
            "migrate_records" | "preview_migration" => json!({
                "form": "referral", "to": 2, "site": "KAR", "records": [self.draft],
                "acknowledgement": "Asked from version 2 on.",
            }),
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
