//! Transfer of a patient to another site.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, post};
use cartotek_domain::access::permission::ManagePatient;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::patient::{Participation, ParticipationRole};
use cartotek_service::Service;
use cartotek_service::transfer::Transfer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Writing;
use crate::http::time::Day;
use crate::resource::patient::ParticipationView;

/// A patient's move to another site.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to_site": "ORE", "role": "following", "on": "2026-03-01", "keep_role": "treating"}))]
pub(crate) struct TransferDraft {
    /// The site that becomes responsible, whether or not it takes part already.
    #[schema(value_type = String, example = "ORE")]
    to_site: SiteCode,
    /// Its part in the care.
    role: ParticipationRole,
    /// The first day of its responsibility; yours ends the day before.
    #[schema(value_type = String, format = Date)]
    on: Day,
    /// The part in which your site goes on; without one it leaves the care.
    #[serde(default)]
    keep_role: Option<ParticipationRole>,
}

impl Body for TransferDraft {}

/// Who takes part after a transfer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Transfer)]
pub(crate) struct TransferView {
    /// Every participation, the ended ones too.
    participations: Vec<ParticipationView>,
}

impl From<Vec<Participation>> for TransferView {
    fn from(participations: Vec<Participation>) -> Self {
        Self { participations: participations.into_iter().map(ParticipationView::from).collect() }
    }
}

/// Hand the responsibility for a patient over to another site.
///
/// Done by the responsible site; a transfer back undoes it. Both sites read the whole history while they take part, and
/// each amends what it has entered itself. Consents stay as they are. Permission: `patients.manage`.
#[utoipa::path(tag = "patients", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN"),
    Writing,
), request_body = TransferDraft,
    responses((status = 200, description = "The other site is responsible.", body = TransferView)))]
#[post("/patients/{pseudonym}/transfer")]
pub(crate) async fn transfer(
    request: HttpRequest,
    caller: Permitted<ManagePatient>,
    pseudonym: Path<String>,
    sent: Sent<TransferDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let TransferDraft { to_site, role, on, keep_role } = sent.body;
    let transfer = Transfer { to_site, role, on: on.0, keep_role };
    let done = service.transfer(&caller.0, &sent.act, pseudonym, transfer).await.for_request(&request)?;
    Ok(Answer::ok(done, TransferView::from))
}
