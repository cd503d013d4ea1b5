//! Versions of a form: how many records have which, and what leads from one to the next.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use cartotek_domain::access::permission::{CountForms, ReadNetwork};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::form_usage::FormUsage;
use cartotek_service::forms::FormMigration;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::Listed;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params};

/// How many records of a site have a version of a form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormUsage)]
pub(crate) struct FormUsageView {
    /// The version.
    version: u32,
    /// The site that owns them.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// How many are drafts; of others than the own sites in tens, and `null` of few.
    drafts: Option<u64>,
    /// How many are submitted; of others than the own sites in tens, and `null` of few.
    submitted: Option<u64>,
    /// How many of all of them are of patients whose care the site has left, so that it migrates them no more. Such a draft
    /// comes along with the records of the responsible site once that has saved it. Absent for others than the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_behind: Option<u64>,
    /// The later versions to which they can be migrated.
    leads_to: Vec<u32>,
}

impl From<FormUsage> for FormUsageView {
    fn from(usage: FormUsage) -> Self {
        let FormUsage { version, site, drafts, submitted, left_behind, leads_to } = usage;
        Self { version, site, drafts, submitted, left_behind, leads_to }
    }
}

/// What leads from one version of a form to a later one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormMigration)]
pub(crate) struct FormMigrationView {
    /// The version from which it leads.
    from: u32,
    /// The version to which it leads.
    to: u32,
    /// What it does.
    title: String,
    /// What those who use it must know.
    note: String,
    /// The document as published: what moves, what goes, what is computed.
    #[schema(value_type = Object)]
    document: Value,
}

impl FormMigrationView {
    fn new(migration: &FormMigration, language: Language) -> Self {
        Self {
            from: migration.from(),
            to: migration.to(),
            title: migration.title().in_language(language).to_owned(),
            note: migration.note().in_language(language).to_owned(),
            document: migration.document().clone(),
        }
    }
}

/// Count the records of each version of a form.
///
/// Those of the caller's sites, or by site for the roles of the network: these get figures of at least five patients, in
/// tens, and no others. Permission: `forms.count`.
#[utoipa::path(tag = "forms", params(("code" = String, Path, description = "Code of the form.", example = "infusion")),
    responses((status = 200, description = "The counts, by version and site.", body = Listed<FormUsageView>)))]
#[get("/forms/{code}/usage")]
pub(crate) async fn read_form_usage(
    request: HttpRequest,
    caller: Permitted<CountForms>,
    reading: Reading,
    _: Params<NoParams>,
    code: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.form_usage(&caller.0, &reading.0, code.into_inner()).await.for_request(&request)?;
    Ok(Answer::ok(done, |usage| Listed::whole(usage, FormUsageView::from)))
}

/// List the migrations of a form.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "forms", params(("code" = String, Path, description = "Code of the form.", example = "infusion")),
    responses((status = 200, description = "Every migration of the form, by version.", body = Listed<FormMigrationView>)))]
#[get("/forms/{code}/migrations")]
pub(crate) async fn list_form_migrations(
    request: HttpRequest,
    _caller: Permitted<ReadNetwork>,
    _: Params<NoParams>,
    code: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (language, published) = (language_of(&request), service.forms().for_request(&request)?);
    published.forms.form(&code, None).ok_or_else(|| ApiError::refused(&request, Problem::NotFound))?;
    let migrations = published.forms.migrations(&code).collect::<Vec<_>>();
    Ok(HttpResponse::Ok().json(Listed::whole(migrations, |one| FormMigrationView::new(one, language))))
}
