//! Verifications and electronic signatures of records.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_domain::access::permission::{ReadRecord, SignRecord, VerifyRecord};
use cartotek_domain::id::{ActorId, RecordId, SignatureId};
use cartotek_domain::signature::SignatureMeaning;
use cartotek_domain::verification::Verification;
use cartotek_service::Service;
use cartotek_service::record::{SignatureFile, VerificationFile};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Bare, Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::Listed;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::version::IfMatch;

/// The verification of a record's content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verification)]
pub(crate) struct VerificationView {
    /// The record.
    #[schema(value_type = uuid::Uuid)]
    record: RecordId,
    /// Number of the revision that was verified.
    revision: i64,
    /// Who verified it.
    #[schema(value_type = uuid::Uuid)]
    verifier: ActorId,
    /// When.
    verified_at: DateTime<Utc>,
    /// Whether it holds: the revision is the latest one.
    valid: bool,
}

impl From<VerificationFile> for VerificationView {
    fn from(file: VerificationFile) -> Self {
        let VerificationFile { verification, valid } = file;
        let Verification { record, revision, verifier, verified_at, .. } = verification;
        Self { record, revision, verifier, verified_at, valid }
    }
}

/// A signature under a record's content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Signature)]
pub(crate) struct SignatureView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: SignatureId,
    /// Number of the revision that was signed.
    revision: i64,
    /// SHA-256 of that revision's content as canonical JSON.
    content_sha256: String,
    /// What the signature says.
    meaning: SignatureMeaning,
    /// Who signed.
    #[schema(value_type = uuid::Uuid)]
    signer: ActorId,
    /// When.
    signed_at: DateTime<Utc>,
    /// Whether it holds: the revision is the latest one and its content still has that hash.
    valid: bool,
    /// Number of the revision that voided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_by: Option<i64>,
}

impl From<SignatureFile> for SignatureView {
    fn from(file: SignatureFile) -> Self {
        let SignatureFile { signature, valid, voided_by } = file;
        Self {
            id: signature.id,
            revision: signature.revision,
            content_sha256: signature.content_sha256,
            meaning: signature.meaning,
            signer: signature.signer,
            signed_at: signature.signed_at,
            valid,
            voided_by,
        }
    }
}

/// A signature to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"meaning": "approved"}))]
pub(crate) struct SignatureDraft {
    /// What it says.
    meaning: SignatureMeaning,
}

impl Body for SignatureDraft {}

/// List the verifications of a record, with whether each still holds.
///
/// Permission: `records.read`.
#[utoipa::path(tag = "records", params(("id" = uuid::Uuid, Path, description = "Id of the record.")),
    responses((status = 200, description = "Every verification, by revision.", body = Listed<VerificationView>)))]
#[get("/records/{id}/verifications")]
pub(crate) async fn list_verifications(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.verifications(&caller.0, &reading.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, |verifications| Listed::whole(verifications, VerificationView::from)))
}

/// Verify a submitted record that another person has written.
///
/// Holds for the revision in `If-Match`; an amendment makes the record unverified again. Persons only. Permission:
/// `records.verify`.
#[utoipa::path(tag = "records", params(
    ("id" = uuid::Uuid, Path, description = "Id of the record."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), responses((status = 201, description = "It is verified.", body = VerificationView)))]
#[post("/records/{id}/verification")]
pub(crate) async fn verify(
    request: HttpRequest,
    caller: Permitted<VerifyRecord>,
    id: Path<String>,
    version: IfMatch,
    act: Bare,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.verify_record(&caller.0, &act.0, id, version.0).await.for_request(&request)?;
    Ok(Answer::created(done, VerificationView::from))
}

/// List the signatures under a record, with whether each still holds.
///
/// Permission: `records.read`.
#[utoipa::path(tag = "records", params(("id" = uuid::Uuid, Path, description = "Id of the record.")),
    responses((status = 200, description = "Every signature, in the order made.", body = Listed<SignatureView>)))]
#[get("/records/{id}/signatures")]
pub(crate) async fn list_signatures(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.signatures(&caller.0, &reading.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, |signatures| Listed::whole(signatures, SignatureView::from)))
}

/// Sign the content of a submitted record.
///
/// The signature is bound to the content of the revision in `If-Match`; any later revision voids it. Persons only.
/// Permission: `records.sign`.
#[utoipa::path(tag = "records", params(
    ("id" = uuid::Uuid, Path, description = "Id of the record."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = SignatureDraft, responses((status = 201, description = "It is signed.", body = SignatureView)))]
#[post("/records/{id}/signatures")]
pub(crate) async fn sign(
    request: HttpRequest,
    caller: Permitted<SignRecord>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<SignatureDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.sign_record(&caller.0, &sent.act, id, version.0, sent.body.meaning).await;
    Ok(Answer::created(done.for_request(&request)?, SignatureView::from))
}
