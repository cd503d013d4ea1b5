//! Erasure of a patient's clinical data.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, post};
use cartotek_domain::access::permission::ErasePatient;
use cartotek_domain::erasure::ErasureReason;
use cartotek_service::Service;
use cartotek_service::erase::Erased;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Writing;

/// Why a patient's clinical data are erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "patient_objects" }))]
pub(crate) struct ErasureOrder {
    /// The reason.
    reason: ErasureReason,
}

impl Body for ErasureOrder {}

/// How much was erased; in a dry run, how much would be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
pub(crate) struct ErasureView {
    /// Filled forms.
    records: usize,
    /// Their contents, with every earlier one.
    revisions: usize,
    /// Clarifications about them.
    clarifications: usize,
    /// What happened to these, in the words of those who asked and answered.
    clarification_events: usize,
    /// Verifications of them.
    verifications: usize,
    /// Signatures under them.
    signatures: usize,
    /// Locks over them and over the patient.
    locks: usize,
    /// Requests that such a lock be ended.
    unlock_requests: usize,
    /// Findings that stood in them.
    findings: usize,
    /// Dates and codes kept of them for rules.
    milestones: usize,
    /// Linkage values: the patient cannot be found by one any more.
    linkages: usize,
    /// Courses.
    courses: usize,
    /// Courses that stay because a sample refers to them.
    courses_kept: usize,
    /// Stored answers of keyed requests.
    answers: usize,
    /// Imports whose file names the patient, with their reports.
    imports: usize,
    /// Records of which the answers stay that the law on advanced therapies asks for.
    traceability: usize,
}

impl From<Erased> for ErasureView {
    fn from(erased: Erased) -> Self {
        Self {
            records: erased.records,
            revisions: erased.revisions,
            clarifications: erased.clarifications,
            clarification_events: erased.clarification_events,
            verifications: erased.verifications,
            signatures: erased.signatures,
            locks: erased.locks,
            unlock_requests: erased.unlock_requests,
            findings: erased.findings,
            milestones: erased.milestones,
            linkages: erased.linkages,
            courses: erased.courses,
            courses_kept: erased.courses_kept,
            answers: erased.answers,
            imports: erased.imports,
            traceability: erased.traceability,
        }
    }
}

/// Erase the clinical data of a patient who objects to the quality register.
///
/// Done by the responsible site, while an opt-out from `registry_quality` is in force. It cannot be undone. Pseudonym,
/// participations, consents and samples stay, the courses that samples refer to, and the answers by which a product can
/// be traced to the patient (30 years after the last infusion). `dry_run=true` tells how much would go. Permission: `patients.erase`.
#[utoipa::path(tag = "patients", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN"),
    Writing,
), request_body = ErasureOrder, responses((status = 200, description = "The data are erased.", body = ErasureView)))]
#[post("/patients/{pseudonym}/erasure")]
pub(crate) async fn erase(
    request: HttpRequest,
    caller: Permitted<ErasePatient>,
    pseudonym: Path<String>,
    sent: Sent<ErasureOrder>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let done = service.erase(&caller.0, &sent.act, pseudonym, sent.body.reason).await;
    Ok(Answer::ok(done.for_request(&request)?, ErasureView::from))
}
