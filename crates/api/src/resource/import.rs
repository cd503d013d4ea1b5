//! Imports: many filled forms from one file, its report, and the file given back.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, get, post};
use cartotek_domain::access::permission::ImportRecords;
use cartotek_domain::code::mapping_name::MappingName;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::ImportId;
use cartotek_service::import::{Atomicity, Format, ImportFile, NewImport};
use cartotek_service::{Service, ServiceError};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::answer::{Answer, RECEIPT, receipt_text};
use crate::http::body::Bare;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::upload::{Upload, UploadParams};
use crate::resource::import_view::{ImportView, ListedImportView, RowFindingView};

/// What is imported, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportParams {
    /// Code of the form. Without it each row says which form it fills in: in the column or member `form`, or by the name
    /// of its sheet.
    #[param(example = "follow_up")]
    form: Option<String>,
    /// Version of the form; the latest when absent.
    #[param(minimum = 1)]
    version: Option<u32>,
    /// The site that owns the records: one of the caller's own.
    #[param(value_type = String, example = "KAR")]
    site: SiteCode,
    /// The name of the site's mapping by which a table is read; by the form's own names when absent.
    #[param(value_type = Option<String>, example = "lab-export", pattern = "^[a-z][a-z0-9_-]{0,39}$")]
    mapping: Option<MappingName>,
    /// What is kept when a row is refused: `all` keeps nothing (at most 2 000 rows), `row` keeps the other rows.
    #[param(value_type = String, example = "row", default = "all", pattern = "^(all|row)$")]
    #[serde(default = "all")]
    atomic: Atomicity,
    /// Check everything and report, but keep no record.
    #[serde(default)]
    dry_run: bool,
}

const fn all() -> Atomicity {
    Atomicity::All
}

impl UploadParams for ImportParams {
    fn dry_run(&self) -> bool {
        self.dry_run
    }
}

/// Import filled forms from a file.
///
/// Every row passes the same checks as a single submission; all errors of all rows are reported, with row and column.
/// A table has the columns of the form's template; the text in `acknowledgement` is the reason for every warning of the
/// row. It is separated by commas, semicolons or tabs and written in UTF-8 or Windows-1252; a workbook of Excel (XLSX) is
/// read sheet by sheet. A line of NDJSON is `{"patient", "course", "form", "content", "acknowledgements"}`. `course` is
/// the course's number or id. Without the parameter `form` a file may have rows of several forms, which are dealt with in
/// the order of the file, as sheets are in that of the workbook. What may be read in two ways is refused with its cell.
/// The answer comes when the last row has been dealt with. A file may always be sent again: rows that are there with
/// the same content are `already_there`. Permission: `imports.run`.
#[utoipa::path(tag = "imports", params(
    ImportParams,
    ("Idempotency-Key" = String, Header, description = "Makes a retry safe: the same key and request give the stored \
        answer, for 7 days; 409 `import_running` while the import runs. A dry run leaves the key free.",
        min_length = 1, max_length = 200, example = "0192f0c4-7d4b-7c0e-8a54-0d0f3f1f6b1e"),
), request_body(description = "The file, at most 256 MB.", content(
    (String = "text/csv", example = "patient,course,time_point,contact_date\nCT-7K3M9QX2A5,1,D100,2026-05-22\n"),
    (String = "application/x-ndjson",
        example = "{\"patient\": \"CT-7K3M9QX2A5\", \"course\": 1, \"content\": {\"time_point\": \"D100\"}}\n"),
    (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)), responses((status = 201, description = "The import has ended; `state` says whether rows were kept.", body = ImportView)))]
#[post("/imports")]
pub(crate) async fn run_import(
    request: HttpRequest,
    caller: Permitted<ImportRecords>,
    upload: Upload<ImportParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let language = language_of(&request);
    let Upload { params, act, format, file, slot } = upload;
    let ImportParams { form, version: form_version, site, mapping, atomic: atomicity, .. } = params;
    let new = NewImport { site, form, form_version, mapping, format, atomicity, language, file };
    // A task of its own: a client that goes away does not break the import off.
    let task = actix_web::rt::spawn(async move {
        let _held = slot;
        service.import(&caller.0, &act, new, Arc::new(|_, _| ())).await
    });
    let ended = task.await.unwrap_or_else(|_| Err(ServiceError::Defect("an import panicked".to_owned())));
    let done = ended.for_request(&request)?;
    let place = format!("/api/v1/imports/{}", done.value.id);
    Ok(Answer::created(done, |import| ImportView::new(import, language)).located(place))
}

/// List the imports of the caller's sites.
///
/// The newest first, those that are running among them; a report is kept until `expires_at`. Permission: `imports.run`.
#[utoipa::path(tag = "imports", params(Paging),
    responses((status = 200, description = "A page of imports.", body = Listed<ListedImportView>)))]
#[get("/imports")]
pub(crate) async fn list_imports(
    request: HttpRequest,
    caller: Permitted<ImportRecords>,
    reading: Reading,
    paging: Params<Paging>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let page = page(&request, paging.0.cursor.as_deref(), paging.0.limit)?;
    let done = service.imports(&caller.0, &reading.0, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |imports| Listed::new(imports, ListedImportView::from)))
}

/// Read an import.
///
/// Permission: `imports.run`.
#[utoipa::path(tag = "imports", params(("id" = uuid::Uuid, Path, description = "Id of the import.")),
    responses((status = 200, description = "The import, as far as it has come.", body = ImportView)))]
#[get("/imports/{id}")]
pub(crate) async fn read_import(
    request: HttpRequest,
    caller: Permitted<ImportRecords>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id: ImportId = path::parse(&request, &id)?;
    let done = service.import_status(&caller.0, &reading.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, |import| ImportView::new(import, language_of(&request))))
}

/// Cancel an import.
///
/// It ends after the rows that are being written: `state` is `cancelling` until then, and `cancelled` afterwards, or `done`
/// when nothing was left. What has been kept stays; its report and file tell of the rows that were dealt with. To go on, send
/// the file again with a new key. 409 when it does not run. Permission: `imports.run`.
#[utoipa::path(tag = "imports", params(("id" = uuid::Uuid, Path, description = "Id of the import."), Writing),
    responses((status = 200, description = "The import will end.", body = ImportView)))]
#[post("/imports/{id}/cancellation")]
pub(crate) async fn cancel_import(
    request: HttpRequest,
    caller: Permitted<ImportRecords>,
    id: Path<String>,
    bare: Bare,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id: ImportId = path::parse(&request, &id)?;
    let done = service.cancel_import(&caller.0, &bare.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, |import| ImportView::new(import, language_of(&request))))
}

/// List the findings of an import.
///
/// In the order of the file; at most 100 000 are listed. 409 while the import runs. Permission: `imports.run`.
#[utoipa::path(tag = "imports", params(("id" = uuid::Uuid, Path, description = "Id of the import."), Paging),
    responses(
        (status = 200, description = "A page of findings.", body = Listed<RowFindingView>),
        (status = 409, description = "The import is running.", body = crate::http::problem::ProblemDocument,
            content_type = "application/problem+json"),
    ))]
#[get("/imports/{id}/findings")]
pub(crate) async fn list_findings(
    request: HttpRequest,
    caller: Permitted<ImportRecords>,
    reading: Reading,
    paging: Params<Paging>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id: ImportId = path::parse(&request, &id)?;
    let page = page(&request, paging.0.cursor.as_deref(), paging.0.limit)?;
    let done = service.import_findings(&caller.0, &reading.0, id, page).await.for_request(&request)?;
    let language = language_of(&request);
    Ok(Answer::ok(done, |findings| Listed::new(findings, |one| RowFindingView::new(one, language))))
}

/// Get the file of an import back.
///
/// The caller's own file with two more columns (members of NDJSON), `_status` and `_errors`; it may be mended and sent
/// again as it is. The file's own cells come back byte for byte, except that a cell in which the identifier guard
/// found a direct identifier comes back empty: it was never kept. A workbook comes back as CSV of the same rows, with
/// semicolons and, of several sheets, a column `form`; a table in Windows-1252 comes back in UTF-8. Texts are in the
/// language of the request that sent the file. 409 while the import runs. Permission: `imports.run`.
#[utoipa::path(tag = "imports", params(("id" = uuid::Uuid, Path, description = "Id of the import.")), responses(
    (status = 200, description = "The file.", content((String = "text/csv"), (String = "application/x-ndjson"))),
    (status = 409, description = "The import is running.", body = crate::http::problem::ProblemDocument,
        content_type = "application/problem+json"),
))]
#[get("/imports/{id}/file")]
pub(crate) async fn read_file(
    request: HttpRequest,
    caller: Permitted<ImportRecords>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id: ImportId = path::parse(&request, &id)?;
    let done = service.import_file(&caller.0, &reading.0, id).await.for_request(&request)?;
    let file = done.value;
    let (kind, extension) = match file.format {
        Format::Csv | Format::Xlsx => ("text/csv; charset=utf-8", "csv"),
        Format::Ndjson => ("application/x-ndjson", "ndjson"),
    };
    let name = format!("attachment; filename=\"import-{id}.{extension}\"");
    let mut response = HttpResponse::Ok();
    response.content_type(kind).insert_header((header::CONTENT_DISPOSITION, name));
    if let Some(receipt) = &done.receipt {
        response.insert_header((RECEIPT, receipt_text(receipt)));
    }
    Ok(response.streaming(parts(service, file)))
}

/// The file part by part, each read when the one before has left.
fn parts(
    service: Data<Service>,
    file: ImportFile,
) -> impl Stream<Item = Result<Bytes, ServiceError>> + 'static {
    stream::try_unfold(0, move |part| {
        let service = service.clone();
        async move {
            let bytes = service.import_file_part(file, part).await?;
            Ok(bytes.map(|bytes| (Bytes::from(bytes), part + 1)))
        }
    })
}
