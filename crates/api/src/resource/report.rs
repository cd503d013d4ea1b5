//! Reports on the audit log: who has met one patient, and how the network was used. They show no content.

use std::collections::BTreeMap;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::Role;
use cartotek_domain::access::permission::{ReadAccessReport, ReviewLog};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::audit::Outcome;
use cartotek_domain::id::{ActorId, AuditEventId};
use cartotek_service::Service;
use cartotek_service::report::{
    AccessEntry, ActionTotals, ActorTotals, OutcomeTotals, RefusalTotals, Review, UnitTotals,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Params;
use crate::http::time::Instant;

/// One time that somebody met a patient's data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessEntry)]
pub(crate) struct AccessEntryView {
    /// The event.
    #[schema(value_type = uuid::Uuid)]
    event: AuditEventId,
    /// When.
    occurred_at: DateTime<Utc>,
    /// Who; absent when the server acted by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    actor: Option<ActorId>,
    /// Person or system.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_kind: Option<ActorKind>,
    /// The roles by which it was allowed.
    roles: Vec<Role>,
    /// The site, biobank or project it was done for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "KAR")]
    unit: Option<String>,
    /// The act: a permission, or method and path of a refused request.
    #[schema(example = "records.write")]
    action: String,
    /// How it ended.
    outcome: Outcome,
    /// The coded reason the caller stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// How many of this patient's rows of each table were touched.
    #[schema(example = json!({"record": 1, "revision": 1}))]
    tables: BTreeMap<String, u64>,
}

impl From<AccessEntry> for AccessEntryView {
    fn from(entry: AccessEntry) -> Self {
        Self {
            event: entry.event,
            occurred_at: entry.occurred_at,
            actor: entry.actor,
            actor_kind: entry.actor_kind,
            roles: entry.roles,
            unit: entry.unit,
            action: entry.action,
            outcome: entry.outcome,
            reason: entry.reason,
            tables: entry.tables,
        }
    }
}

/// How many events ended how.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutcomeTotals)]
pub(crate) struct OutcomesView {
    /// Changes.
    changed: u64,
    /// Reads of patients and of reports.
    read: u64,
    /// Refusals.
    refused: u64,
    /// Dry runs.
    dry_run: u64,
}

impl From<OutcomeTotals> for OutcomesView {
    fn from(totals: OutcomeTotals) -> Self {
        let OutcomeTotals { changed, read, refused, dry_run } = totals;
        Self { changed, read, refused, dry_run }
    }
}

/// The use of one act.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActionTotals)]
pub(crate) struct ActionView {
    /// The act.
    #[schema(example = "patients.read")]
    action: String,
    /// How often.
    events: OutcomesView,
}

impl From<ActionTotals> for ActionView {
    fn from(totals: ActionTotals) -> Self {
        Self { action: totals.action, events: totals.events.into() }
    }
}

/// What one actor did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActorTotals)]
pub(crate) struct ActorView {
    /// Who; absent for the server itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    actor: Option<ActorId>,
    /// Person or system.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<ActorKind>,
    /// How often.
    events: OutcomesView,
    /// How many patients it read.
    patients_read: u64,
    /// How many of its reads fell outside office hours.
    reads_outside_office_hours: u64,
}

impl From<ActorTotals> for ActorView {
    fn from(totals: ActorTotals) -> Self {
        let ActorTotals { actor, kind, events, patients_read, reads_outside_office_hours } = totals;
        Self { actor, kind, events: events.into(), patients_read, reads_outside_office_hours }
    }
}

/// What was done for one site, biobank or project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitTotals)]
pub(crate) struct UnitView {
    /// Its code: that of the event, else those of the roles the actor holds now.
    #[schema(example = "KAR")]
    unit: String,
    /// How often.
    events: OutcomesView,
    /// How many patients were read for it.
    patients_read: u64,
}

impl From<UnitTotals> for UnitView {
    fn from(totals: UnitTotals) -> Self {
        Self { unit: totals.unit, events: totals.events.into(), patients_read: totals.patients_read }
    }
}

/// How often one problem stood against a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusalTotals)]
pub(crate) struct RefusalView {
    /// The problem's code.
    #[schema(example = "not_found")]
    code: String,
    /// How often.
    events: u64,
}

impl From<RefusalTotals> for RefusalView {
    fn from(totals: RefusalTotals) -> Self {
        Self { code: totals.code, events: totals.events }
    }
}

/// How the network was used in a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogReview)]
pub(crate) struct ReviewView {
    /// Start of the period.
    from: DateTime<Utc>,
    /// End of the period, not part of it.
    to: DateTime<Utc>,
    /// How many events.
    events: OutcomesView,
    /// Reads outside Monday to Friday, 06 to 20 in Sweden.
    reads_outside_office_hours: u64,
    /// By act.
    actions: Vec<ActionView>,
    /// By actor; those who read most patients first.
    actors: Vec<ActorView>,
    /// By site, biobank and project.
    units: Vec<UnitView>,
    /// Refusals by code.
    refusals: Vec<RefusalView>,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        Self {
            from: review.from,
            to: review.to,
            events: review.events.into(),
            reads_outside_office_hours: review.reads_outside_office_hours,
            actions: review.actions.into_iter().map(ActionView::from).collect(),
            actors: review.actors.into_iter().map(ActorView::from).collect(),
            units: review.units.into_iter().map(UnitView::from).collect(),
            refusals: review.refusals.into_iter().map(RefusalView::from).collect(),
        }
    }
}

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Period {
    /// Its start.
    #[param(value_type = String, format = DateTime, example = "2026-01-01T00:00:00Z")]
    from: Instant,
    /// Its end, not part of it; at most 92 days later.
    #[param(value_type = String, format = DateTime, example = "2026-02-01T00:00:00Z")]
    to: Instant,
}

/// Read who has seen or changed what of a patient, and when.
///
/// A data manager asks about patients of the own sites, the auditor about all. Asking is itself an access, and stands
/// in the next report. Permission: `audit.access_report`.
#[utoipa::path(tag = "audit", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN"),
    Paging,
), responses((status = 200, description = "A page of accesses, oldest first.", body = Listed<AccessEntryView>)))]
#[get("/patients/{pseudonym}/access-report")]
pub(crate) async fn access_report(
    request: HttpRequest,
    caller: Permitted<ReadAccessReport>,
    reading: Reading,
    paging: Params<Paging>,
    pseudonym: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let page = page(&request, paging.0.cursor.as_deref(), paging.0.limit)?;
    let done = service.access_report(&caller.0, &reading.0, pseudonym, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |entries| Listed::new(entries, AccessEntryView::from)))
}

/// Read how the network was used in a period, for the systematic review of the log.
///
/// Permission: `audit.review`.
#[utoipa::path(tag = "audit", params(Period), responses(
    (status = 200, description = "The review.", body = ReviewView),
))]
#[get("/audit/review")]
pub(crate) async fn review_log(
    request: HttpRequest,
    caller: Permitted<ReviewLog>,
    reading: Reading,
    period: Params<Period>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let Period { from, to } = period.0;
    let done =
        service.review(&caller.0, &reading.0, from.0.to_utc(), to.0.to_utc()).await.for_request(&request)?;
    Ok(Answer::ok(done, ReviewView::from))
}
