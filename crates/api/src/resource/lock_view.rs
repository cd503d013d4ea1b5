//! What locks look like on the wire.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ActorId, CourseId, LockId, RecordId, UnlockRequestId};
use cartotek_domain::lock::{LockKind, LockTarget};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::unlock::{UnlockRequest, UnlockStatus};
use cartotek_service::lock::LockFile;
use cartotek_service::record::RecordKey;
use cartotek_service::unlock_list::ListedRequest;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A lock: while it holds, nobody changes what it is put on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lock)]
pub(crate) struct LockView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: LockId,
    /// What it is put on.
    kind: LockKind,
    /// The record, of a lock on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    record: Option<RecordId>,
    /// The patient, of a lock on a record or a patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Option<Pseudonym>,
    /// The site, of a lock on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "KAR")]
    site: Option<SiteCode>,
    /// The last day that is locked, of a lock on a site.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_off: Option<NaiveDate>,
    /// Why.
    reason: String,
    /// Who locked.
    #[schema(value_type = uuid::Uuid)]
    locked_by: ActorId,
    /// When.
    locked_at: DateTime<Utc>,
    /// When it ended; absent while it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
    /// The requests that it be ended, in the order made.
    unlock_requests: Vec<UnlockRequestView>,
}

impl From<LockFile> for LockView {
    fn from(file: LockFile) -> Self {
        let LockFile { lock, pseudonym, requests } = file;
        let kind = lock.target.kind();
        let (record, site, cut_off) = parts(lock.target);
        Self {
            id: lock.id,
            kind,
            record,
            patient: pseudonym,
            site,
            cut_off,
            reason: lock.reason,
            locked_by: lock.locked_by,
            locked_at: lock.locked_at,
            ended_at: lock.ended_at,
            unlock_requests: requests.into_iter().map(UnlockRequestView::from).collect(),
        }
    }
}

/// The record of a lock on one; the site and the last day of a lock on a site.
fn parts(target: LockTarget) -> (Option<RecordId>, Option<SiteCode>, Option<NaiveDate>) {
    match target {
        LockTarget::Record { record, .. } => (Some(record), None, None),
        LockTarget::Patient { .. } => (None, None, None),
        LockTarget::Site { site, cut_off } => (None, Some(site), Some(cut_off)),
    }
}

/// A request that a lock be ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnlockRequest)]
pub(crate) struct UnlockRequestView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: UnlockRequestId,
    /// The lock.
    #[schema(value_type = uuid::Uuid)]
    lock: LockId,
    /// Why.
    reason: String,
    /// Who asks.
    #[schema(value_type = uuid::Uuid)]
    requested_by: ActorId,
    /// When.
    requested_at: DateTime<Utc>,
    /// Where it stands; only a pending one can be approved, refused or withdrawn.
    status: UnlockStatus,
    /// The other person, who approved or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    decided_by: Option<ActorId>,
    /// When it was approved, refused, withdrawn, or lapsed because the lock ended; absent while it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<DateTime<Utc>>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
}

impl From<UnlockRequest> for UnlockRequestView {
    fn from(request: UnlockRequest) -> Self {
        Self {
            id: request.id,
            lock: request.lock,
            reason: request.reason,
            requested_by: request.requested_by,
            requested_at: request.requested_at,
            status: request.state.status(),
            decided_by: request.state.decided_by(),
            decided_at: request.state.decided_at(),
            refusal: request.state.refusal().map(str::to_owned),
        }
    }
}

/// A request that a lock be ended, with what the lock is put on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedUnlockRequest)]
pub(crate) struct ListedRequestView {
    #[serde(flatten)]
    request: UnlockRequestView,
    /// What the lock is put on.
    kind: LockKind,
    /// The record, of a lock on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    record: Option<RecordId>,
    /// Code of the form of that record.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "follow_up")]
    form: Option<String>,
    /// The course of that record, of a form about a course.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    course: Option<CourseId>,
    /// What tells that record from the others of its form and patient or course, as in the list of records.
    #[serde(skip_serializing_if = "RecordKey::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>, required = false, example = json!({"time_point": "D100"}))]
    key: RecordKey,
    /// The patient, of a lock on a record or a patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Option<Pseudonym>,
    /// The site, of a lock on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "KAR")]
    site: Option<SiteCode>,
    /// The last day that is locked, of a lock on a site.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_off: Option<NaiveDate>,
}

impl From<ListedRequest> for ListedRequestView {
    fn from(listed: ListedRequest) -> Self {
        let kind = listed.target.kind();
        let (record, site, cut_off) = parts(listed.target);
        let (locked, key) = listed.record.unzip();
        let (form, course) = locked.map_or((None, None), |record| (Some(record.form), record.course));
        let (request, key, patient) = (listed.request.into(), key.unwrap_or_default(), listed.pseudonym);
        Self { request, kind, record, form, course, key, patient, site, cut_off }
    }
}
