//! Forms: every published version as JSON Schema, its template and example, and the code lists.

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use cartotek_domain::access::permission::ReadNetwork;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::forms::{CodeList, Form, Subject};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::http::caller::Permitted;
use crate::http::circumstances::language_of;
use crate::http::list::Listed;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params};
use crate::http::time::Day;

/// A version of a form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Form)]
pub(crate) struct FormView {
    /// Its code.
    #[schema(example = "infusion")]
    code: String,
    /// Its version.
    version: u32,
    /// Its name.
    title: String,
    /// What it is for.
    description: String,
    /// What it is about.
    #[schema(value_type = String, example = "course")]
    subject: Subject,
    /// The parts in the care whose sites write it, beside the responsible one, which writes every form.
    written_by: Vec<ParticipationRole>,
    /// SHA-256 of the published bytes, which records pin.
    sha256: String,
    /// Where the schema lies.
    #[schema(example = "/api/v1/forms/infusion/versions/1")]
    schema: String,
}

impl FormView {
    fn new(form: &Form, sha256: &str, language: Language) -> Self {
        Self {
            code: form.code().to_owned(),
            version: form.version(),
            title: form.title().in_language(language).to_owned(),
            description: form.description().in_language(language).to_owned(),
            subject: form.subject(),
            written_by: form.written_by().to_vec(),
            sha256: sha256.to_owned(),
            schema: format!("/api/v1/forms/{}/versions/{}", form.code(), form.version()),
        }
    }
}

/// A code of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Code)]
pub(crate) struct CodeView {
    /// The code.
    #[schema(example = "axicabtagene_ciloleucel")]
    code: String,
    /// What it means.
    title: String,
    /// The first day it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<NaiveDate>,
    /// The last day it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<NaiveDate>,
}

/// A code list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CodeList)]
pub(crate) struct CodeListView {
    /// Its id.
    #[schema(example = "product")]
    id: String,
    /// What it lists.
    title: String,
    /// The codes.
    codes: Vec<CodeView>,
}

impl CodeListView {
    fn new(list: &CodeList, language: Language) -> Self {
        let code = |code: &cartotek_service::forms::Code| CodeView {
            code: code.code.clone(),
            title: code.title.in_language(language).to_owned(),
            valid_from: code.valid_from,
            valid_to: code.valid_to,
        };
        Self {
            id: list.id.clone(),
            title: list.title.in_language(language).to_owned(),
            codes: list.codes.iter().map(code).collect(),
        }
    }
}

/// As of which day code lists are written into a schema.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SchemaParams {
    /// Write the codes that are valid on this day into the schema as `enum`.
    #[param(value_type = Option<String>, format = Date)]
    as_of: Option<Day>,
}

/// List the forms, every version.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "forms", responses((status = 200, description = "Every version of every form.", body = Listed<FormView>)))]
#[get("/forms")]
pub(crate) async fn list_forms(
    request: HttpRequest,
    _caller: Permitted<ReadNetwork>,
    _: Params<NoParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let language = language_of(&request);
    let published = service.forms().for_request(&request)?;
    let forms: Vec<_> =
        published.forms.forms().map(|form| FormView::new(form, published.sha256(form), language)).collect();
    Ok(HttpResponse::Ok().json(Listed::whole(forms, |form| form)))
}

/// Read a version of a form as JSON Schema.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "forms", params(
    ("code" = String, Path, description = "Code of the form.", example = "infusion"),
    ("version" = u32, Path, description = "Its version.", example = 1),
    SchemaParams,
), responses((status = 200, description = "The schema, as published.", body = Object, content_type = "application/schema+json")))]
#[get("/forms/{code}/versions/{version}")]
pub(crate) async fn read_form(
    request: HttpRequest,
    _caller: Permitted<ReadNetwork>,
    params: Params<SchemaParams>,
    names: Path<(String, String)>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let published = service.forms().for_request(&request)?;
    let form = find(&request, &published.forms, &names)?;
    let mut response = HttpResponse::Ok();
    response.content_type("application/schema+json");
    Ok(match params.0.as_of {
        None => response.body(form.bytes().to_vec()),
        Some(day) => response.body(published.forms.expand_code_lists(form, day.0).to_string()),
    })
}

/// Get a CSV template of a form.
///
/// The header that an import of the form takes, ready to be filled. Permission: `network.read`.
#[utoipa::path(tag = "forms", params(
    ("code" = String, Path, description = "Code of the form.", example = "infusion"),
    ("version" = u32, Path, description = "Its version.", example = 1),
), responses((status = 200, description = "The header.", body = String, content_type = "text/csv")))]
#[get("/forms/{code}/versions/{version}/template.csv")]
pub(crate) async fn template(
    request: HttpRequest,
    _caller: Permitted<ReadNetwork>,
    _: Params<NoParams>,
    names: Path<(String, String)>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let published = service.forms().for_request(&request)?;
    let form = find(&request, &published.forms, &names)?;
    let name = format!("attachment; filename=\"{}-{}.csv\"", form.code(), form.version());
    let mut response = HttpResponse::Ok();
    response.content_type("text/csv; charset=utf-8").insert_header((header::CONTENT_DISPOSITION, name));
    Ok(response.body(format!("patient,course,acknowledgement,{}", form.csv_template())))
}

/// Get an example content of a form.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "forms", params(
    ("code" = String, Path, description = "Code of the form.", example = "infusion"),
    ("version" = u32, Path, description = "Its version.", example = 1),
), responses((status = 200, description = "A valid content.", body = Object)))]
#[get("/forms/{code}/versions/{version}/example")]
pub(crate) async fn example(
    request: HttpRequest,
    _caller: Permitted<ReadNetwork>,
    _: Params<NoParams>,
    names: Path<(String, String)>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let published = service.forms().for_request(&request)?;
    let example: Option<Value> = find(&request, &published.forms, &names)?.example().cloned();
    let example = example.ok_or_else(|| ApiError::refused(&request, Problem::NotFound))?;
    Ok(HttpResponse::Ok().json(example))
}

/// List the code lists with their codes.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "forms", responses((status = 200, description = "Every code list.", body = Listed<CodeListView>)))]
#[get("/code-lists")]
pub(crate) async fn list_code_lists(
    request: HttpRequest,
    _caller: Permitted<ReadNetwork>,
    _: Params<NoParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let language = language_of(&request);
    let published = service.forms().for_request(&request)?;
    let lists: Vec<_> = published.forms.code_lists().map(|list| CodeListView::new(list, language)).collect();
    Ok(HttpResponse::Ok().json(Listed::whole(lists, |list| list)))
}

/// Read a code list.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "forms", params(("id" = String, Path, description = "Id of the list.", example = "product")),
    responses((status = 200, description = "The list.", body = CodeListView)))]
#[get("/code-lists/{id}")]
pub(crate) async fn read_code_list(
    request: HttpRequest,
    _caller: Permitted<ReadNetwork>,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let published = service.forms().for_request(&request)?;
    let list =
        published.forms.code_list(&id).ok_or_else(|| ApiError::refused(&request, Problem::NotFound))?;
    Ok(HttpResponse::Ok().json(CodeListView::new(list, language_of(&request))))
}

fn find<'f>(
    request: &HttpRequest,
    forms: &'f cartotek_service::forms::Forms,
    names: &(String, String),
) -> Result<&'f Form, ApiError> {
    let version = path::parse(request, &names.1)?;
    forms.form(&names.0, Some(version)).ok_or_else(|| ApiError::refused(request, Problem::NotFound))
}
