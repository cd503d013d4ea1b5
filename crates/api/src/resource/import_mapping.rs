//! Import mappings: what the columns of a site's own tables mean.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, put};
use cartotek_domain::access::permission::MapImports;
use cartotek_domain::code::mapping_name::MappingName;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::ActorId;
use cartotek_domain::import_mapping::{ImportMapping, MappedCode, MappedColumn};
use cartotek_service::Service;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::Listed;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::version::IfKnown;
use crate::http::words::Words;

/// What a cell means.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MappedCode)]
pub(crate) struct MappedCodeView {
    /// What stands in it.
    #[schema(value_type = String, example = "Besök", min_length = 1, max_length = 200)]
    cell: Words<200>,
    /// What is read instead: a code of the form, `true` or `false`, a reason as `#not_done`, or `#none` of a list without
    /// elements.
    #[schema(value_type = String, example = "visit", min_length = 1, max_length = 200)]
    code: Words<200>,
}

/// What a column means.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MappedColumn)]
pub(crate) struct MappedColumnView {
    /// What stands above it.
    #[schema(value_type = String, example = "Kontaktform", min_length = 1, max_length = 200)]
    heading: Words<200>,
    /// Where its values go: a JSON pointer into the content (`/infections/0/date`), or `patient`, `course`, `form` or
    /// `acknowledgement`.
    #[schema(value_type = String, example = "/contact_mode", min_length = 1, max_length = 200)]
    to: Words<200>,
    /// What the site writes for which code; every other cell is read as it is.
    #[serde(default)]
    codes: Vec<MappedCodeView>,
}

impl From<MappedColumn> for MappedColumnView {
    fn from(column: MappedColumn) -> Self {
        let code = |code: MappedCode| MappedCodeView { cell: Words(code.cell), code: Words(code.code) };
        let codes = column.codes.into_iter().map(code).collect();
        Self { heading: Words(column.heading), to: Words(column.to), codes }
    }
}

impl From<MappedColumnView> for MappedColumn {
    fn from(view: MappedColumnView) -> Self {
        let code = |code: MappedCodeView| MappedCode { cell: code.cell.0, code: code.code.0 };
        let codes = view.codes.into_iter().map(code).collect();
        Self { heading: view.heading.0, to: view.to.0, codes }
    }
}

/// The columns of a site's own tables that do not have the form's own names.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "columns": [
    { "heading": "Pseudonym", "to": "patient" },
    { "heading": "Kontaktdatum", "to": "/contact_date" },
    { "heading": "Kontaktform", "to": "/contact_mode", "codes": [{ "cell": "Besök", "code": "visit" }] },
] }))]
pub(crate) struct ImportMappingDraft {
    /// What they mean.
    columns: Vec<MappedColumnView>,
}

impl Body for ImportMappingDraft {}

/// One version of what a site's columns mean for a form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportMapping)]
pub(crate) struct ImportMappingView {
    /// The site.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// Code of the form.
    #[schema(example = "follow_up")]
    form: String,
    /// What the site calls it.
    #[schema(value_type = String, example = "lab-export")]
    name: MappingName,
    /// 1 for the first version, then 2, 3, …: the ETag for `If-Match`.
    #[schema(example = 1)]
    version: i64,
    /// What the columns mean.
    columns: Vec<MappedColumnView>,
    /// Who saved it.
    #[schema(value_type = uuid::Uuid)]
    author: ActorId,
    /// When.
    created_at: DateTime<Utc>,
}

impl From<ImportMapping> for ImportMappingView {
    fn from(mapping: ImportMapping) -> Self {
        let ImportMapping { id: _, site, form, name, version, columns, author, created_at, salt: _ } =
            mapping;
        let columns = columns.into_iter().map(MappedColumnView::from).collect();
        Self { site, form, name, version, columns, author, created_at }
    }
}

/// Which version is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionParams {
    /// An earlier version; the latest when absent.
    #[param(minimum = 1)]
    version: Option<i64>,
}

/// List a site's import mappings.
///
/// The latest version of each, by form and name. Permission: `imports.map`.
#[utoipa::path(tag = "imports", params(("code" = String, Path, description = "One of the caller's sites.", example = "KAR")),
    responses((status = 200, description = "The mappings.", body = Listed<ImportMappingView>)))]
#[get("/sites/{code}/import-mappings")]
pub(crate) async fn list_import_mappings(
    request: HttpRequest,
    caller: Permitted<MapImports>,
    reading: Reading,
    _: Params<NoParams>,
    code: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let site = path::parse(&request, &code)?;
    let done = service.mappings(&caller.0, &reading.0, site).await.for_request(&request)?;
    Ok(Answer::ok(done, |mappings| Listed::whole(mappings, ImportMappingView::from)))
}

/// Read an import mapping.
///
/// Permission: `imports.map`.
#[utoipa::path(tag = "imports", params(
    ("code" = String, Path, description = "One of the caller's sites.", example = "KAR"),
    ("form" = String, Path, description = "Code of the form.", example = "follow_up"),
    ("name" = String, Path, description = "What the site calls the mapping.", example = "lab-export"),
    VersionParams,
), responses((status = 200, description = "The mapping; an earlier version has no `ETag`.", body = ImportMappingView)))]
#[get("/sites/{code}/import-mappings/{form}/{name}")]
pub(crate) async fn read_import_mapping(
    request: HttpRequest,
    caller: Permitted<MapImports>,
    reading: Reading,
    params: Params<VersionParams>,
    names: Path<(String, String, String)>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (names, version) = (parsed(&request, &names)?, params.0.version);
    let done = service.mapping(&caller.0, &reading.0, names, version).await.for_request(&request)?;
    let latest = done.value.version;
    let answer = Answer::ok(done, ImportMappingView::from);
    Ok(if version.is_none() { answer.at_version(latest) } else { answer })
}

/// Save an import mapping.
///
/// An import with `mapping=<name>` reads by it what stands in the site's own tables, whatever the site calls its columns
/// and writes for its codes; headings that it does not name have the form's own meaning. A site may have a mapping of one
/// name for each form. Saving makes a new version; every version stays. Permission: `imports.map`.
#[utoipa::path(tag = "imports", params(
    ("code" = String, Path, description = "One of the caller's sites.", example = "KAR"),
    ("form" = String, Path, description = "Code of the form.", example = "follow_up"),
    ("name" = String, Path, description = "What the site calls the mapping: a–z, 0–9, `-` and `_`.", example = "lab-export"),
    ("If-Match" = Option<String>, Header, description = "The ETag you read; none for the first version.", example = "\"1\""),
    Writing,
), request_body = ImportMappingDraft,
    responses((status = 200, description = "The new version.", body = ImportMappingView)))]
#[put("/sites/{code}/import-mappings/{form}/{name}")]
pub(crate) async fn save_import_mapping(
    request: HttpRequest,
    caller: Permitted<MapImports>,
    names: Path<(String, String, String)>,
    version: IfKnown,
    sent: Sent<ImportMappingDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let names = parsed(&request, &names)?;
    let columns = sent.body.columns.into_iter().map(MappedColumn::from).collect();
    let done = service.save_mapping(&caller.0, &sent.act, names, version.0, columns).await;
    let done = done.for_request(&request)?;
    let version = done.value.version;
    Ok(Answer::ok(done, ImportMappingView::from).at_version(version))
}

fn parsed(
    request: &HttpRequest,
    names: &(String, String, String),
) -> Result<(SiteCode, String, MappingName), ApiError> {
    Ok((path::parse(request, &names.0)?, path::parse(request, &names.1)?, path::parse(request, &names.2)?))
}
