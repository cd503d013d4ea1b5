//! Primary samples, their custody, and barcodes.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_domain::access::permission::{ReadSample, RegisterSample};
use cartotek_domain::code::barcode::Barcode;
use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::CourseId;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::sample::SampleUse;
use cartotek_service::Service;
use cartotek_service::sample::{Registration, SampleFile, Scanned};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest, ProblemDocument};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::time::Instant;
use crate::resource::sample_view::{AliquotView, AmountDraft, SampleFileView, SampleLineView, SampleView};
use crate::resource::storage::StorageBoxView;
use crate::resource::tube_view::CustodyEventView;

/// A primary sample to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "barcode": "KIBB-000017", "patient": "CT-7K3M9Q2XAN", "biobank": "KI-BB", "collection_site": "KAR",
    "material": "WB_EDTA", "collected_at": "2026-02-19T08:30:00+01:00", "time_point": "SCREEN",
    "taken_for": "research", "amount": {"value": 4.5, "unit": "mL"}
}))]
pub(crate) struct SampleDraft {
    /// Its barcode: 3 to 40 visible characters without spaces, unique in the network.
    #[schema(value_type = String, pattern = "^[!-~]{3,40}$")]
    barcode: Barcode,
    /// The patient.
    #[schema(value_type = String)]
    patient: Pseudonym,
    /// The course; needed for a time point that is counted from day 0.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    course: Option<CourseId>,
    /// The biobank that will hold it.
    #[schema(value_type = String)]
    biobank: BiobankCode,
    /// Where it was collected.
    #[schema(value_type = String)]
    collection_site: SiteCode,
    /// Code of the material (code list `material`).
    #[schema(max_length = 40)]
    material: String,
    /// When it was collected, with the offset from UTC at the place.
    #[schema(value_type = String, format = DateTime)]
    collected_at: Instant,
    /// Code of the time point (code list `sample_time_point`); `M24` is read as `Y2`.
    #[schema(max_length = 40)]
    time_point: String,
    /// What it was taken for; the patient's yes to that must hold on the day of collection.
    taken_for: SampleUse,
    /// How much was collected.
    amount: AmountDraft,
}

impl Body for SampleDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer == "/barcode" { FieldKind::Label } else { FieldKind::Structured })
    }
}

impl SampleDraft {
    fn parse(self) -> Result<Registration, Finding> {
        Ok(Registration {
            amount: self.amount.parse("/amount")?,
            barcode: self.barcode,
            patient: self.patient,
            course: self.course,
            biobank: self.biobank,
            collection_site: self.collection_site,
            material: self.material,
            collected_at: self.collected_at.0,
            time_point: self.time_point,
            taken_for: self.taken_for,
        })
    }
}

/// Which samples a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SampleParams {
    /// Only of this patient.
    #[param(value_type = Option<String>)]
    patient: Option<Pseudonym>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many items.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// What a barcode sticks on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Scanned)]
pub(crate) enum ScannedView {
    /// A primary sample.
    Sample {
        /// The sample.
        sample: Box<SampleFileView>,
    },
    /// An aliquot.
    Aliquot {
        /// The aliquot.
        aliquot: Box<AliquotView>,
        /// The primary sample it comes from.
        sample: Box<SampleView>,
    },
    /// A storage box.
    Box {
        /// The box.
        #[serde(rename = "box")]
        storage_box: StorageBoxView,
    },
}

impl From<Scanned> for ScannedView {
    fn from(scanned: Scanned) -> Self {
        match scanned {
            Scanned::Sample(file) => Self::Sample { sample: Box::new((*file).into()) },
            Scanned::Aliquot { aliquot, sample, pseudonym } => Self::Aliquot {
                aliquot: Box::new((*aliquot).into()),
                sample: Box::new(SampleView::new(*sample, pseudonym)),
            },
            Scanned::StorageBox(storage_box) => Self::Box { storage_box: storage_box.into() },
        }
    }
}

/// List the samples of the caller's biobanks and of its sites' patients.
///
/// Permission: `samples.read`.
#[utoipa::path(tag = "samples", params(SampleParams), responses(
    (status = 200, description = "A page of samples, in the order registered.", body = Listed<SampleLineView>),
))]
#[get("/samples")]
pub(crate) async fn list_samples(
    request: HttpRequest,
    caller: Permitted<ReadSample>,
    reading: Reading,
    params: Params<SampleParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let SampleParams { patient, cursor, limit } = params.0;
    let page = page(&request, cursor.as_deref(), limit)?;
    let done = service.samples(&caller.0, &reading.0, patient, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |samples| Listed::new(samples, SampleLineView::from)))
}

/// Register a primary sample.
///
/// For a data manager of a site that takes part in the patient's care, and for staff of the biobank that will hold the
/// sample. The patient's yes to `biobank_research`, `biobank_care` or both must hold on the day of collection.
/// Permission: `samples.register`.
#[utoipa::path(tag = "samples", params(Writing), request_body = SampleDraft, responses(
    (status = 201, description = "The sample is registered.", body = SampleFileView),
    (status = 429, description = "Too many barcodes of others were tried.", body = ProblemDocument,
        content_type = "application/problem+json"),
))]
#[post("/samples")]
pub(crate) async fn register_sample(
    request: HttpRequest,
    caller: Permitted<RegisterSample>,
    sent: Sent<SampleDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let registration = sent.body.parse();
    let registration =
        registration.map_err(|finding| ApiError::found(&request, Problem::ContentInvalid, vec![finding]))?;
    let done = service.register_sample(&caller.0, &sent.act, registration).await.for_request(&request)?;
    let SampleFile { sample, state, .. } = &done.value.file;
    let (place, version) = (format!("/api/v1/samples/{}", sample.id), state.version);
    let language = language_of(&request);
    let answer = Answer::created(done, |one| SampleFileView::registered(one, language));
    Ok(answer.located(place).at_version(version))
}

/// Read a sample with its aliquots.
///
/// Permission: `samples.read`.
#[utoipa::path(tag = "samples", params(("id" = uuid::Uuid, Path, description = "Id of the sample.")),
    responses((status = 200, description = "The sample.", body = SampleFileView)))]
#[get("/samples/{id}")]
pub(crate) async fn read_sample(
    request: HttpRequest,
    caller: Permitted<ReadSample>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.sample(&caller.0, &reading.0, id).await.for_request(&request)?;
    let version = done.value.state.version;
    Ok(Answer::ok(done, SampleFileView::from).at_version(version))
}

/// List what happened to a sample and its aliquots.
///
/// Permission: `samples.read`.
#[utoipa::path(tag = "samples", params(("id" = uuid::Uuid, Path, description = "Id of the sample."), Paging),
    responses((status = 200, description = "A page of steps, in the order recorded.", body = Listed<CustodyEventView>)))]
#[get("/samples/{id}/custody-events")]
pub(crate) async fn list_custody_events(
    request: HttpRequest,
    caller: Permitted<ReadSample>,
    reading: Reading,
    paging: Params<Paging>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let page = page(&request, paging.0.cursor.as_deref(), paging.0.limit)?;
    let done = service.custody_events(&caller.0, &reading.0, id, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |events| Listed::new(events, CustodyEventView::from)))
}

/// Find what a barcode sticks on.
///
/// Permission: `samples.read`.
#[utoipa::path(tag = "samples",
    params(("barcode" = String, Path, description = "The barcode as scanned.", example = "KIBB-000017")),
    responses((status = 200, description = "A sample, an aliquot or a box.", body = ScannedView)))]
#[get("/barcodes/{barcode}")]
pub(crate) async fn scan(
    request: HttpRequest,
    caller: Permitted<ReadSample>,
    reading: Reading,
    _: Params<NoParams>,
    barcode: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let barcode = path::parse_label(&request, &barcode)?;
    let done = service.scan(&caller.0, &reading.0, barcode).await.for_request(&request)?;
    let version = match &done.value {
        Scanned::Sample(file) => Some(file.state.version),
        Scanned::Aliquot { aliquot, .. } => Some(aliquot.state.version),
        Scanned::StorageBox(_) => None,
    };
    let answer = Answer::ok(done, ScannedView::from);
    Ok(match version {
        Some(version) => answer.at_version(version),
        None => answer,
    })
}
