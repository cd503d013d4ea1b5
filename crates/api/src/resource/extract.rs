//! The data-subject extract: everything that is held on one patient, as one document.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::ExtractPatient;
use cartotek_service::Service;

use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params};
use crate::resource::extract_view::ExtractView;

/// Read everything that is held on a patient, as one document (GDPR article 15).
///
/// For the responsible site, which knows who the patient is. Every revision of every form with questions and codes in
/// words (Swedish or English by `Accept-Language`), samples, consents, and who has seen or changed what. Of a record that was
/// annulled it says that it was, when and why: what stood in it may be another person's. Reading it is
/// itself an access. Permission: `patients.extract`.
#[utoipa::path(tag = "patients",
    params(("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN")),
    responses((status = 200, description = "The extract.", body = ExtractView)))]
#[get("/patients/{pseudonym}/extract")]
pub(crate) async fn extract(
    request: HttpRequest,
    caller: Permitted<ExtractPatient>,
    reading: Reading,
    _: Params<NoParams>,
    pseudonym: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let done = service.extract(&caller.0, &reading.0, pseudonym).await.for_request(&request)?;
    let language = language_of(&request);
    Ok(Answer::ok(done, |extract| ExtractView::new(extract, language)))
}
