//! The audit log for whoever holds a receipt or a checkpoint: the key, checkpoints and proofs.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use cartotek_crypto::hash::Hash;
use cartotek_domain::access::permission::ProveAudit;
use cartotek_domain::id::AuditEventId;
use cartotek_service::Service;
use cartotek_service::proof::{Consistency, Inclusion, StoredCheckpoint};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::problem::{ApiError, ForRequest, ProblemDocument};
use crate::http::query::{NoParams, Params};

/// The key that verifies the log's checkpoints.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditKey)]
pub(crate) struct KeyView {
    /// Name, id and Ed25519 public key, as C2SP tools take it.
    #[schema(example = "cartotek.example/log+d9449684+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea")]
    key: String,
}

/// A signed statement of the log's size and root.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Checkpoint)]
pub(crate) struct CheckpointView {
    /// How many events the log had.
    #[schema(example = 42)]
    size: i64,
    /// The root of the Merkle tree over them (RFC 9162), lower-case hexadecimal.
    #[schema(value_type = String, example = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    root: Hash,
    /// When it was signed.
    signed_at: DateTime<Utc>,
    /// The signed note (C2SP tlog-checkpoint): keep it, and ask later for a proof of consistency.
    note: String,
}

impl From<StoredCheckpoint> for CheckpointView {
    fn from(stored: StoredCheckpoint) -> Self {
        Self {
            size: stored.tree_size,
            root: Hash::from_bytes(stored.root),
            signed_at: stored.signed_at,
            note: stored.note,
        }
    }
}

/// The proof that an event is in the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InclusionProof)]
pub(crate) struct InclusionView {
    /// The event.
    #[schema(value_type = uuid::Uuid)]
    event: AuditEventId,
    /// Its place in the log, counted from 0.
    #[schema(example = 41)]
    leaf_index: u64,
    /// The hash of its leaf, which the receipt names too.
    #[schema(value_type = String)]
    leaf_hash: Hash,
    /// The smallest checkpoint that contains it.
    checkpoint: CheckpointView,
    /// The neighbours on its way to the root, from below (RFC 9162 2.1.3).
    #[schema(value_type = Vec<String>)]
    proof: Vec<Hash>,
}

impl From<Inclusion> for InclusionView {
    fn from(inclusion: Inclusion) -> Self {
        let Inclusion { event, leaf_index, leaf_hash, checkpoint, proof } = inclusion;
        Self { event, leaf_index, leaf_hash, checkpoint: checkpoint.into(), proof }
    }
}

/// The proof that the log of one checkpoint is the beginning of that of another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsistencyProof)]
pub(crate) struct ConsistencyView {
    /// The smaller checkpoint.
    from: CheckpointView,
    /// The larger checkpoint.
    to: CheckpointView,
    /// The hashes that join them (RFC 9162 2.1.4).
    #[schema(value_type = Vec<String>)]
    proof: Vec<Hash>,
}

impl From<Consistency> for ConsistencyView {
    fn from(consistency: Consistency) -> Self {
        let Consistency { from, to, proof } = consistency;
        Self { from: from.into(), to: to.into(), proof }
    }
}

/// Which checkpoint.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckpointParams {
    /// Its size; the latest checkpoint when absent.
    #[param(minimum = 1)]
    size: Option<u64>,
}

/// Which event.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InclusionParams {
    /// Its id: the first word of the header `cartotek-receipt`.
    #[param(value_type = uuid::Uuid)]
    event: AuditEventId,
}

/// Between which checkpoints.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConsistencyParams {
    /// Size of the smaller checkpoint.
    #[param(minimum = 1)]
    from: u64,
    /// Size of the larger checkpoint; the latest when absent.
    #[param(minimum = 1)]
    to: Option<u64>,
}

/// Read the key that verifies the log's checkpoints.
///
/// Permission: `audit.prove`.
#[utoipa::path(tag = "audit", responses((status = 200, description = "The key.", body = KeyView)))]
#[get("/audit/key")]
pub(crate) async fn read_key(
    caller: Permitted<ProveAudit>,
    _: Params<NoParams>,
    service: Data<Service>,
) -> impl Responder {
    HttpResponse::Ok().json(KeyView { key: service.verifier_key(&caller.0) })
}

/// Read a checkpoint of the log.
///
/// A checkpoint that is kept elsewhere is what makes a cut or rewritten log visible. Permission: `audit.prove`.
#[utoipa::path(tag = "audit", params(CheckpointParams), responses(
    (status = 200, description = "The checkpoint.", body = CheckpointView),
))]
#[get("/audit/checkpoint")]
pub(crate) async fn read_checkpoint(
    request: HttpRequest,
    caller: Permitted<ProveAudit>,
    reading: Reading,
    params: Params<CheckpointParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.checkpoint(&caller.0, &reading.0, params.0.size).await.for_request(&request)?;
    Ok(Answer::ok(done, CheckpointView::from))
}

/// Prove that an event is in the log.
///
/// It contains hashes alone and tells nothing of the event. Permission: `audit.prove`.
#[utoipa::path(tag = "audit", params(InclusionParams), responses(
    (status = 200, description = "The proof.", body = InclusionView),
    (status = 409, description = "The event is not sealed yet; try again in a second.", body = ProblemDocument,
        content_type = "application/problem+json"),
))]
#[get("/audit/proof")]
pub(crate) async fn prove_inclusion(
    request: HttpRequest,
    caller: Permitted<ProveAudit>,
    reading: Reading,
    params: Params<InclusionParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.inclusion(&caller.0, &reading.0, params.0.event).await.for_request(&request)?;
    Ok(Answer::ok(done, InclusionView::from))
}

/// Prove that the log only grew between two checkpoints.
///
/// Permission: `audit.prove`.
#[utoipa::path(tag = "audit", params(ConsistencyParams), responses(
    (status = 200, description = "The proof.", body = ConsistencyView),
))]
#[get("/audit/consistency")]
pub(crate) async fn prove_consistency(
    request: HttpRequest,
    caller: Permitted<ProveAudit>,
    reading: Reading,
    params: Params<ConsistencyParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let ConsistencyParams { from, to } = params.0;
    let done = service.consistency(&caller.0, &reading.0, from, to).await.for_request(&request)?;
    Ok(Answer::ok(done, ConsistencyView::from))
}
