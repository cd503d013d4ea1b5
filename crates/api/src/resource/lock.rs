//! Locks over records.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_domain::access::permission::{LockRecord, ReadRecord};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::RecordId;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Text;
use cartotek_service::Service;
use cartotek_service::lock::NewTarget;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::{Listed, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::time::Day;
use crate::http::words::Words;
use crate::resource::lock_view::LockView;

/// A lock to put on: on a record, on a patient, or on a site up to a day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site": "KAR", "cut_off": "2026-01-31", "reason": "Data of January are frozen."}))]
pub(crate) struct LockDraft {
    /// The record that is locked.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    record: Option<RecordId>,
    /// The patient all of whose records are locked, those to come too, and whose courses stay as they are.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Option<Pseudonym>,
    /// The site whose records are locked up to `cut_off`, those to come too.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "KAR")]
    site: Option<SiteCode>,
    /// The last clinical date that is locked. A record without one counts as of the day of its first submission, and a
    /// date known to the month or year as of its first possible day.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    cut_off: Option<Day>,
    /// Why, in your words; no identifiers.
    #[schema(value_type = String, example = "Data of January are frozen.", min_length = 1, max_length = 500)]
    reason: Words<500>,
}

impl Body for LockDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer == "/reason" { FieldKind::FreeText } else { FieldKind::Structured })
    }
}

impl LockDraft {
    /// What is to be locked and why; a finding when it is not one thing.
    fn parse(self) -> Result<(NewTarget, String), Finding> {
        let target = match (self.record, self.patient, self.site, self.cut_off) {
            (Some(record), None, None, None) => NewTarget::Record(record),
            (None, Some(patient), None, None) => NewTarget::Patient(patient),
            (None, None, Some(site), Some(cut_off)) => NewTarget::Site(site, cut_off.0),
            _ => {
                let text = Text::new(
                    "Ange en sak att låsa: record, eller patient, eller site med cut_off.",
                    "Give one thing to lock: record, or patient, or site with cut_off.",
                );
                return Err(Finding::error("API-SHAPE", "", text));
            }
        };
        Ok((target, self.reason.0))
    }
}

/// Which locks a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LockParams {
    /// `true`: only those that hold now; `false`: only those that have ended.
    holds: Option<bool>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many items.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// List the locks over your sites and their patients.
///
/// Permission: `records.read`.
#[utoipa::path(tag = "locks", params(LockParams), responses(
    (status = 200, description = "A page of locks, in the order put on.", body = Listed<LockView>),
))]
#[get("/locks")]
pub(crate) async fn list_locks(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    params: Params<LockParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let page = page(&request, params.0.cursor.as_deref(), params.0.limit)?;
    let done = service.locks(&caller.0, &reading.0, params.0.holds, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |locks| Listed::new(locks, LockView::from)))
}

/// Lock a record, a patient's records, or a site's up to a day.
///
/// A record is locked by the site that owns it, a patient by the responsible site, a site by itself. While the lock holds, no
/// door changes what it covers or adds to it (409 `record_locked`): with a patient the courses, with a site what it does to
/// courses up to that day. Permission: `records.lock`.
#[utoipa::path(tag = "locks", params(Writing), request_body = LockDraft,
    responses((status = 201, description = "The lock holds.", body = LockView)))]
#[post("/locks")]
pub(crate) async fn create_lock(
    request: HttpRequest,
    caller: Permitted<LockRecord>,
    sent: Sent<LockDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let parsed = sent.body.parse();
    let (target, reason) =
        parsed.map_err(|finding| ApiError::found(&request, Problem::ContentInvalid, vec![finding]))?;
    let done = service.create_lock(&caller.0, &sent.act, target, reason).await.for_request(&request)?;
    let place = format!("/api/v1/locks/{}", done.value.lock.id);
    Ok(Answer::created(done, LockView::from).located(place))
}

/// Read a lock with the requests that it be ended.
///
/// Permission: `records.read`.
#[utoipa::path(tag = "locks", params(("id" = uuid::Uuid, Path, description = "Id of the lock.")),
    responses((status = 200, description = "The lock.", body = LockView)))]
#[get("/locks/{id}")]
pub(crate) async fn read_lock(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.lock(&caller.0, &reading.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, LockView::from))
}
