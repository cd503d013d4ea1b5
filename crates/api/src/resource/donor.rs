//! Donors: the patients of a biobank's samples.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::ReadDonor;
use cartotek_domain::consent::ConsentPurpose;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_service::Service;
use cartotek_service::donor::DonorFile;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params};
use crate::resource::sample_view::SampleCourseView;

/// A patient in a list of donors.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Donor)]
pub(crate) struct DonorView {
    /// The pseudonym.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    pseudonym: Pseudonym,
}

/// A patient as a biobank sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DonorFile)]
pub(crate) struct DonorFileView {
    /// The pseudonym.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    pseudonym: Pseudonym,
    /// The courses with day 0, by number.
    courses: Vec<SampleCourseView>,
    /// What the patient's yes covers today.
    consent_purposes: Vec<ConsentPurpose>,
}

impl From<DonorFile> for DonorFileView {
    fn from(file: DonorFile) -> Self {
        let DonorFile { pseudonym, courses, purposes } = file;
        let courses = courses.into_iter().map(SampleCourseView::from).collect();
        Self { pseudonym, courses, consent_purposes: purposes }
    }
}

/// List the patients whose samples the caller's biobanks register.
///
/// Permission: `donors.read`.
#[utoipa::path(tag = "samples", params(Paging), responses(
    (status = 200, description = "A page of donors, by pseudonym.", body = Listed<DonorView>),
))]
#[get("/donors")]
pub(crate) async fn list_donors(
    request: HttpRequest,
    caller: Permitted<ReadDonor>,
    reading: Reading,
    paging: Params<Paging>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let page = page(&request, paging.0.cursor.as_deref(), paging.0.limit)?;
    let done = service.donors(&caller.0, &reading.0, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |donors| Listed::new(donors, |one| DonorView { pseudonym: one.pseudonym })))
}

/// Read what a biobank may know of a patient: courses with day 0, and what the consent covers.
///
/// Permission: `donors.read`.
#[utoipa::path(tag = "samples",
    params(("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN")),
    responses((status = 200, description = "The donor.", body = DonorFileView)))]
#[get("/donors/{pseudonym}")]
pub(crate) async fn read_donor(
    request: HttpRequest,
    caller: Permitted<ReadDonor>,
    reading: Reading,
    _: Params<NoParams>,
    pseudonym: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let done = service.donor(&caller.0, &reading.0, pseudonym).await.for_request(&request)?;
    Ok(Answer::ok(done, DonorFileView::from))
}
