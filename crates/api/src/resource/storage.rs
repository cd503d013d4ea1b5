//! Storage units and boxes.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_domain::access::permission::{ManageStorage, ReadBox};
use cartotek_domain::code::barcode::Barcode;
use cartotek_domain::code::site::BiobankCode;
use cartotek_domain::id::{BoxId, StorageUnitId};
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::storage::{StorageBox, StorageUnit, TemperatureClass};
use cartotek_service::Service;
use cartotek_service::storage::{BoxFile, NewStorageBox, NewStorageUnit, Occupant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest, ProblemDocument};
use crate::http::query::{NoParams, Params, Writing};
use crate::resource::tube_view::TubeKind;

/// A freezer or tank.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StorageUnit)]
pub(crate) struct StorageUnitView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: StorageUnitId,
    /// The biobank that runs it.
    #[schema(value_type = String, example = "KI-BB")]
    biobank: BiobankCode,
    /// What the staff call it.
    #[schema(example = "Freezer 3")]
    name: String,
    /// How cold it is.
    temperature: TemperatureClass,
}

impl From<StorageUnit> for StorageUnitView {
    fn from(unit: StorageUnit) -> Self {
        let StorageUnit { id, biobank, name, temperature, salt: _ } = unit;
        Self { id, biobank, name, temperature }
    }
}

/// A freezer or tank to set up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"biobank": "KI-BB", "name": "Freezer 3", "temperature": "-60to-85"}))]
pub(crate) struct StorageUnitDraft {
    /// The biobank that runs it: one of the caller's.
    #[schema(value_type = String)]
    biobank: BiobankCode,
    /// What the staff call it, unique within the biobank.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// How cold it is.
    temperature: TemperatureClass,
}

impl Body for StorageUnitDraft {}

impl From<StorageUnitDraft> for NewStorageUnit {
    fn from(draft: StorageUnitDraft) -> Self {
        let StorageUnitDraft { biobank, name, temperature } = draft;
        Self { biobank, name, temperature }
    }
}

/// A box with lettered rows and numbered columns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StorageBox)]
pub(crate) struct StorageBoxView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: BoxId,
    /// The unit it stands in.
    #[schema(value_type = uuid::Uuid)]
    storage_unit: StorageUnitId,
    /// Its barcode.
    #[schema(example = "KIBB-BOX-0042")]
    barcode: String,
    /// Number of rows, lettered A, B, …
    rows: i16,
    /// Number of columns, numbered 1, 2, …
    columns: i16,
}

impl From<StorageBox> for StorageBoxView {
    fn from(storage_box: StorageBox) -> Self {
        let StorageBox { id, unit, barcode, rows, columns, salt: _ } = storage_box;
        Self { id, storage_unit: unit, barcode, rows, columns }
    }
}

/// A box to put into a unit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"barcode": "KIBB-BOX-0042", "rows": 9, "columns": 9}))]
pub(crate) struct StorageBoxDraft {
    /// Its barcode: 3 to 40 visible characters without spaces, unique in the network.
    #[schema(value_type = String, pattern = "^[!-~]{3,40}$")]
    barcode: Barcode,
    /// Number of rows.
    #[schema(minimum = 1, maximum = 26)]
    rows: i16,
    /// Number of columns.
    #[schema(minimum = 1, maximum = 99)]
    columns: i16,
}

impl Body for StorageBoxDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer == "/barcode" { FieldKind::Label } else { FieldKind::Structured })
    }
}

impl From<StorageBoxDraft> for NewStorageBox {
    fn from(draft: StorageBoxDraft) -> Self {
        let StorageBoxDraft { barcode, rows, columns } = draft;
        Self { barcode, rows, columns }
    }
}

/// A tube in a position.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Occupant)]
pub(crate) struct OccupantView {
    /// The position.
    #[schema(example = "A1")]
    position: String,
    /// Sample or aliquot.
    kind: TubeKind,
    /// The id of the tube.
    id: uuid::Uuid,
    /// Its barcode.
    #[schema(example = "KIBB-000018")]
    barcode: String,
}

impl From<Occupant> for OccupantView {
    fn from(occupant: Occupant) -> Self {
        let Occupant { position, tube, barcode } = occupant;
        Self { position, kind: tube.into(), id: tube.uuid(), barcode }
    }
}

/// A box with what lies in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoxFile)]
pub(crate) struct BoxFileView {
    /// The box.
    #[serde(flatten)]
    storage_box: StorageBoxView,
    /// How cold the unit is in which it stands.
    temperature: TemperatureClass,
    /// The occupied positions, row by row.
    occupants: Vec<OccupantView>,
    /// How many positions are free.
    free: usize,
}

impl From<BoxFile> for BoxFileView {
    fn from(file: BoxFile) -> Self {
        Self {
            storage_box: file.storage_box.into(),
            temperature: file.unit.temperature,
            occupants: file.occupants.into_iter().map(OccupantView::from).collect(),
            free: file.free,
        }
    }
}

/// List the storage units of the caller's biobanks.
///
/// Permission: `storage.manage`.
#[utoipa::path(tag = "storage", responses(
    (status = 200, description = "Every unit, by name.", body = Listed<StorageUnitView>),
))]
#[get("/storage-units")]
pub(crate) async fn list_storage_units(
    request: HttpRequest,
    caller: Permitted<ManageStorage>,
    reading: Reading,
    _: Params<NoParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.storage_units(&caller.0, &reading.0).await.for_request(&request)?;
    Ok(Answer::ok(done, |units| Listed::whole(units, StorageUnitView::from)))
}

/// Set up a storage unit of one of the caller's biobanks.
///
/// Permission: `storage.manage`.
#[utoipa::path(tag = "storage", params(Writing), request_body = StorageUnitDraft, responses(
    (status = 201, description = "The unit is set up.", body = StorageUnitView),
))]
#[post("/storage-units")]
pub(crate) async fn create_storage_unit(
    request: HttpRequest,
    caller: Permitted<ManageStorage>,
    sent: Sent<StorageUnitDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let new = sent.body.into();
    let done = service.create_storage_unit(&caller.0, &sent.act, new).await.for_request(&request)?;
    let place = format!("/api/v1/storage-units/{}", done.value.id);
    Ok(Answer::created(done, StorageUnitView::from).located(place))
}

/// Read a storage unit.
///
/// Permission: `storage.manage`.
#[utoipa::path(tag = "storage", params(("id" = uuid::Uuid, Path, description = "Id of the unit.")),
    responses((status = 200, description = "The unit.", body = StorageUnitView)))]
#[get("/storage-units/{id}")]
pub(crate) async fn read_storage_unit(
    request: HttpRequest,
    caller: Permitted<ManageStorage>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.storage_unit(&caller.0, &reading.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, StorageUnitView::from))
}

/// List the boxes of a storage unit.
///
/// Permission: `storage.manage`.
#[utoipa::path(tag = "storage", params(("id" = uuid::Uuid, Path, description = "Id of the unit."), Paging),
    responses((status = 200, description = "A page of boxes, in the order set up.", body = Listed<StorageBoxView>)))]
#[get("/storage-units/{id}/boxes")]
pub(crate) async fn list_boxes(
    request: HttpRequest,
    caller: Permitted<ManageStorage>,
    reading: Reading,
    paging: Params<Paging>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let page = page(&request, paging.0.cursor.as_deref(), paging.0.limit)?;
    let done = service.storage_boxes(&caller.0, &reading.0, id, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |boxes| Listed::new(boxes, StorageBoxView::from)))
}

/// Put a box into a storage unit.
///
/// Permission: `storage.manage`.
#[utoipa::path(tag = "storage", params(("id" = uuid::Uuid, Path, description = "Id of the unit."), Writing),
    request_body = StorageBoxDraft, responses(
    (status = 201, description = "The box is there.", body = StorageBoxView),
    (status = 429, description = "Too many barcodes of others were tried.", body = ProblemDocument,
        content_type = "application/problem+json"),
))]
#[post("/storage-units/{id}/boxes")]
pub(crate) async fn create_box(
    request: HttpRequest,
    caller: Permitted<ManageStorage>,
    id: Path<String>,
    sent: Sent<StorageBoxDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let new = sent.body.into();
    let done = service.create_storage_box(&caller.0, &sent.act, id, new).await.for_request(&request)?;
    let place = format!("/api/v1/boxes/{}", done.value.id);
    Ok(Answer::created(done, StorageBoxView::from).located(place))
}

/// Read a box: what lies in which position.
///
/// Permission: `boxes.read`.
#[utoipa::path(tag = "storage", params(("id" = uuid::Uuid, Path, description = "Id of the box.")),
    responses((status = 200, description = "The box.", body = BoxFileView)))]
#[get("/boxes/{id}")]
pub(crate) async fn read_box(
    request: HttpRequest,
    caller: Permitted<ReadBox>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.storage_box(&caller.0, &reading.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, BoxFileView::from))
}
