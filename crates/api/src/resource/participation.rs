//! The sites that take part in the care of a patient.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, post};
use cartotek_domain::access::permission::ManagePatient;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::patient::ParticipationRole;
use cartotek_service::Service;
use cartotek_service::participation::Joining;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Writing;
use crate::http::time::Day;
use crate::http::version::IfMatch;
use crate::resource::patient::ParticipationView;

/// A site that joins the care of a patient.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site": "ORE", "role": "following", "from": "2026-02-01"}))]
pub(crate) struct ParticipationDraft {
    /// The site.
    #[schema(value_type = String, example = "ORE")]
    site: SiteCode,
    /// Its part.
    role: ParticipationRole,
    /// First day.
    #[schema(value_type = String, format = Date)]
    from: Day,
}

impl Body for ParticipationDraft {}

/// The end of a site's part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "2026-03-01"}))]
pub(crate) struct ParticipationEnd {
    /// Last day.
    #[schema(value_type = String, format = Date)]
    to: Day,
}

impl Body for ParticipationEnd {}

/// Let another site take part in the care.
///
/// Done by the responsible site, which it stays: another takes over by a transfer (`POST /patients/{pseudonym}/transfer`).
/// Permission: `patients.manage`.
#[utoipa::path(tag = "patients", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN"),
    Writing,
), request_body = ParticipationDraft,
    responses((status = 201, description = "The site takes part.", body = ParticipationView)))]
#[post("/patients/{pseudonym}/participations")]
pub(crate) async fn add_participation(
    request: HttpRequest,
    caller: Permitted<ManagePatient>,
    pseudonym: Path<String>,
    sent: Sent<ParticipationDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let ParticipationDraft { site, role, from } = sent.body;
    let joining = Joining { site, role, from: from.0 };
    let done =
        service.add_participation(&caller.0, &sent.act, pseudonym, joining).await.for_request(&request)?;
    let version = done.value.version;
    Ok(Answer::created(done, ParticipationView::from).at_version(version))
}

/// End a site's part in the care.
///
/// Done by the site itself or the responsible one. Permission: `patients.manage`.
#[utoipa::path(tag = "patients", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN"),
    ("id" = uuid::Uuid, Path, description = "Id of the participation."),
    ("If-Match" = String, Header, description = "Its `version`, in quotation marks.", example = "\"1\""),
    Writing,
), request_body = ParticipationEnd,
    responses((status = 200, description = "The site's part has an end.", body = ParticipationView)))]
#[post("/patients/{pseudonym}/participations/{id}/end")]
pub(crate) async fn end_participation(
    request: HttpRequest,
    caller: Permitted<ManagePatient>,
    names: Path<(String, String)>,
    version: IfMatch,
    sent: Sent<ParticipationEnd>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (pseudonym, id) = (path::parse(&request, &names.0)?, path::parse(&request, &names.1)?);
    let done =
        service.end_participation(&caller.0, &sent.act, pseudonym, id, version.0, sent.body.to.0).await;
    let done = done.for_request(&request)?;
    let version = done.value.version;
    Ok(Answer::ok(done, ParticipationView::from).at_version(version))
}
