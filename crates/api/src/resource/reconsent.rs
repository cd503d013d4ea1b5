//! Re-consent: the patients who are asked anew about what a guardian agreed to.

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::ReadPatient;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::ConsentPurpose;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_service::Service;
use cartotek_service::reconsent::Reconsent;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::bounds::SOON_DAYS;
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::Listed;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Params;
use crate::resource::worklist::default_soon;

/// How far ahead the list looks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReconsentParams {
    /// How many days before they are asked patients are listed.
    #[serde(default = "default_soon")]
    #[param(maximum = 366, default = 30)]
    soon_days: u32,
}

/// A patient who is asked anew about what a guardian agreed to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reconsent)]
pub(crate) struct ReconsentView {
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// The responsible site.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// The day from which the patient, then of age, is asked.
    reconsent_from: NaiveDate,
    /// Whether that day has come.
    due_for_reconsent: bool,
    /// What a guardian's yes stands for until the patient decides.
    purposes: Vec<ConsentPurpose>,
}

impl From<Reconsent> for ReconsentView {
    fn from(reconsent: Reconsent) -> Self {
        let Reconsent { pseudonym, site, from, is_due, purposes } = reconsent;
        Self { patient: pseudonym, site, reconsent_from: from, due_for_reconsent: is_due, purposes }
    }
}

/// List the patients who decide, now or soon, about what a guardian agreed to.
///
/// Those of the sites that answer for them, whose month of birth is registered: from the month after the 18th birthday on,
/// until the patient's own decision about each purpose is recorded. Permission: `patients.read`.
#[utoipa::path(tag = "patients", params(ReconsentParams), responses(
    (status = 200, description = "The patients, who waits longest at the top.", body = Listed<ReconsentView>),
))]
#[get("/reconsents")]
pub(crate) async fn list_reconsents(
    request: HttpRequest,
    caller: Permitted<ReadPatient>,
    reading: Reading,
    params: Params<ReconsentParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let soon = SOON_DAYS.check(&request, params.0.soon_days)?;
    let done = service.reconsents(&caller.0, &reading.0, soon).await.for_request(&request)?;
    Ok(Answer::ok(done, |patients| Listed::whole(patients, ReconsentView::from)))
}
