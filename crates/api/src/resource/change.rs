//! The change feed: what has changed, for whoever keeps a copy or waits for something.

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::ReadChanges;
use cartotek_domain::change::{Change, ChangeAct, ChangeEvent, ChangeKind, FeedCursor, Since};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::AuditEventId;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Text;
use cartotek_service::Service;
use cartotek_service::feed::Feed;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::page;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Params;

/// From where the feed is read, and how much of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedParams {
    /// `cursor` of an earlier answer; `latest` for what happens from now on; absent for everything from the beginning.
    #[param(example = "latest")]
    since: Option<String>,
    /// At most this many events.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// A part of the change feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangeFeed)]
pub(crate) struct FeedView {
    /// The events, in the order of the log.
    items: Vec<ChangeEventView>,
    /// Where the feed goes on: `since` of the next request. That of an empty part at the end of the feed is the one that
    /// was sent.
    #[schema(value_type = String, example = "0000000000001267ba7816bf8f01cfea414140de5dae2223")]
    cursor: String,
    /// Whether the feed goes on already: ask again at once.
    more: bool,
}

/// What one transaction has changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangeEvent)]
pub(crate) struct ChangeEventView {
    /// Its place in the log, from 0. It grows, with gaps where others have acted.
    #[schema(example = 4710)]
    number: i64,
    /// The event: the first word of the header `cartotek-receipt` of who made the change.
    #[schema(value_type = uuid::Uuid)]
    event: AuditEventId,
    /// When it happened.
    occurred_at: DateTime<Utc>,
    /// What has changed, each thing once.
    changes: Vec<ChangeView>,
}

/// One thing that has changed; its content is read where it lies.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub(crate) struct ChangeView {
    /// What kind of thing.
    #[schema(example = "record")]
    kind: ChangeKind,
    /// Its id, code or pseudonym, as the API names it.
    #[schema(example = "01980000-0000-7000-8000-000000000000")]
    id: String,
    /// The patient it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Option<Pseudonym>,
    /// The version it has now, where it has one: who has read this version need not read again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    version: Option<i64>,
    /// `created`, `changed`, or `erased`: then all copies of the patient's data are to be erased.
    #[schema(example = "changed")]
    change: ChangeAct,
}

impl From<Feed> for FeedView {
    fn from(feed: Feed) -> Self {
        let items = feed.events.into_iter().map(ChangeEventView::from).collect();
        Self { items, cursor: feed.cursor.to_string(), more: feed.more }
    }
}

impl From<ChangeEvent> for ChangeEventView {
    fn from(told: ChangeEvent) -> Self {
        let ChangeEvent { number, event, occurred_at, changes } = told;
        Self { number, event, occurred_at, changes: changes.into_iter().map(ChangeView::from).collect() }
    }
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        let Change { kind, id, patient, version, act } = change;
        Self { kind, id, patient, version, change: act }
    }
}

/// Follow what has changed.
///
/// Of everything that the caller may read now: what kind of thing, its id and version, whose it is, and when; no content.
/// Changes come in the order of the log and without a gap, within a second of being made. Data that were erased since are
/// told of by their erasure alone. A cursor stays valid. Permission: `changes.read`.
#[utoipa::path(tag = "changes", params(FeedParams), responses(
    (status = 200, description = "A part of the feed.", body = FeedView),
))]
#[get("/changes")]
pub(crate) async fn read_changes(
    request: HttpRequest,
    caller: Permitted<ReadChanges>,
    reading: Reading,
    params: Params<FeedParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let limit = page::<FeedCursor>(&request, None, params.0.limit)?.limit;
    let since = params.0.since.map_or(Ok(Since::Beginning), |text| text.parse());
    let since = since.map_err(|_| no_cursor(&request))?;
    let done = service.changes(&caller.0, &reading.0, since, limit).await.for_request(&request)?;
    Ok(Answer::ok(done, FeedView::from))
}

fn no_cursor(request: &HttpRequest) -> ApiError {
    let message = Text::new(
        "since ska vara cursor från ett tidigare svar, eller latest; utelämna den för allt från början.",
        "since must be the cursor of an earlier answer, or latest; leave it out for everything from the beginning.",
    );
    ApiError::found(request, Problem::InvalidParameter, vec![Finding::error("API-PARAMETER", "", message)])
}
