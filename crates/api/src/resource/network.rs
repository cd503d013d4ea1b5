//! Sites and biobanks.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post, put};
use cartotek_domain::access::permission::{ManageSites, ReadNetwork};
use cartotek_domain::code::organisation_number::OrganisationNumber;
use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::fact::Salt;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::site::{Biobank, BiobankSite, Site};
use cartotek_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::Listed;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::words::Words;

/// A hospital of the network.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Site, example = json!({
    "code": "KAR", "name": "Karolinska universitetssjukhuset", "region": "Region Stockholm",
    "organisation_number": "232100-0016", "hsa_prefix": "SE2321000016-", "can_infuse": true
}))]
pub(crate) struct SiteView {
    /// Three capital letters.
    #[schema(value_type = String, example = "KAR", pattern = "^[A-Z]{3}$")]
    code: SiteCode,
    /// Its name.
    #[schema(value_type = String, example = "Karolinska universitetssjukhuset", min_length = 1, max_length = 200)]
    name: Words<200>,
    /// The health-care region.
    #[schema(value_type = String, example = "Region Stockholm", min_length = 1, max_length = 200)]
    region: Words<200>,
    /// Organisation number of the region.
    #[schema(value_type = String, example = "232100-0016", pattern = "^[0-9]{6}-?[0-9]{4}$")]
    organisation_number: OrganisationNumber,
    /// Prefix of the HSA-ids of its staff.
    #[schema(value_type = String, example = "SE2321000016-", min_length = 1, max_length = 40)]
    hsa_prefix: Words<40>,
    /// Whether it infuses CAR T cells.
    can_infuse: bool,
}

impl Body for SiteView {}

impl From<Site> for SiteView {
    fn from(site: Site) -> Self {
        let Site { code, name, region, organisation_number, hsa_prefix, can_infuse, salt: _ } = site;
        Self {
            code,
            name: Words(name),
            region: Words(region),
            organisation_number,
            hsa_prefix: Words(hsa_prefix),
            can_infuse,
        }
    }
}

impl From<SiteView> for Site {
    fn from(view: SiteView) -> Self {
        let SiteView { code, name, region, organisation_number, hsa_prefix, can_infuse } = view;
        Self {
            code,
            name: name.0,
            region: region.0,
            organisation_number,
            hsa_prefix: hsa_prefix.0,
            can_infuse,
            salt: Salt::default(),
        }
    }
}

/// A biobank: the legal holder of samples.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Biobank, example = json!({"code": "KI-BB", "name": "KI Biobank", "register_number": "222"}))]
pub(crate) struct BiobankView {
    /// Capital letters, digits and hyphens.
    #[schema(value_type = String, example = "KI-BB", pattern = "^[A-Z0-9][A-Z0-9-]{1,15}$")]
    code: BiobankCode,
    /// Its name.
    #[schema(value_type = String, example = "KI Biobank", min_length = 1, max_length = 200)]
    name: Words<200>,
    /// Its number in the IVO register.
    #[schema(value_type = String, example = "222", min_length = 1, max_length = 40)]
    register_number: Words<40>,
}

impl Body for BiobankView {
    fn field_kind(_pointer: &str) -> Option<FieldKind> {
        Some(FieldKind::Structured)
    }
}

impl From<Biobank> for BiobankView {
    fn from(biobank: Biobank) -> Self {
        let Biobank { code, name, register_number, salt: _ } = biobank;
        Self { code, name: Words(name), register_number: Words(register_number) }
    }
}

/// Whose patients a biobank may register.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BiobankSite)]
pub(crate) struct BiobankSiteView {
    /// The biobank.
    #[schema(value_type = String, example = "KI-BB")]
    biobank: BiobankCode,
    /// The site.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
}

impl From<BiobankSite> for BiobankSiteView {
    fn from(link: BiobankSite) -> Self {
        Self { biobank: link.biobank, site: link.site }
    }
}

/// List the sites of the network.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "network", responses(
    (status = 200, description = "Every site, by code.", body = Listed<SiteView>),
))]
#[get("/sites")]
pub(crate) async fn list_sites(
    request: HttpRequest,
    caller: Permitted<ReadNetwork>,
    reading: Reading,
    _: Params<NoParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.sites(&caller.0, &reading.0).await.for_request(&request)?;
    Ok(Answer::ok(done, |sites| Listed::whole(sites, SiteView::from)))
}

/// Read a site.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "network", params(("code" = String, Path, description = "Code of the site.", example = "KAR")),
    responses((status = 200, description = "The site.", body = SiteView)))]
#[get("/sites/{code}")]
pub(crate) async fn read_site(
    request: HttpRequest,
    caller: Permitted<ReadNetwork>,
    reading: Reading,
    _: Params<NoParams>,
    code: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let code = crate::http::path::parse(&request, &code)?;
    let done = service.site(&caller.0, &reading.0, code).await.for_request(&request)?;
    Ok(Answer::ok(done, SiteView::from))
}

/// Add a site.
///
/// Permission: `sites.manage`.
#[utoipa::path(tag = "network", params(Writing), request_body = SiteView, responses(
    (status = 201, description = "The site was added.", body = SiteView),
))]
#[post("/sites")]
pub(crate) async fn create_site(
    request: HttpRequest,
    caller: Permitted<ManageSites>,
    sent: Sent<SiteView>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.create_site(&caller.0, &sent.act, sent.body.into()).await.for_request(&request)?;
    let place = format!("/api/v1/sites/{}", done.value.code);
    Ok(Answer::created(done, SiteView::from).located(place))
}

/// List the biobanks of the network.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "network", responses(
    (status = 200, description = "Every biobank, by code.", body = Listed<BiobankView>),
))]
#[get("/biobanks")]
pub(crate) async fn list_biobanks(
    request: HttpRequest,
    caller: Permitted<ReadNetwork>,
    reading: Reading,
    _: Params<NoParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.biobanks(&caller.0, &reading.0).await.for_request(&request)?;
    Ok(Answer::ok(done, |biobanks| Listed::whole(biobanks, BiobankView::from)))
}

/// Read a biobank.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "network", params(("code" = String, Path, description = "Code of the biobank.", example = "KI-BB")),
    responses((status = 200, description = "The biobank.", body = BiobankView)))]
#[get("/biobanks/{code}")]
pub(crate) async fn read_biobank(
    request: HttpRequest,
    caller: Permitted<ReadNetwork>,
    reading: Reading,
    _: Params<NoParams>,
    code: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let code = crate::http::path::parse(&request, &code)?;
    let done = service.biobank(&caller.0, &reading.0, code).await.for_request(&request)?;
    Ok(Answer::ok(done, BiobankView::from))
}

/// Add a biobank.
///
/// Permission: `sites.manage`.
#[utoipa::path(tag = "network", params(Writing), request_body = BiobankView, responses(
    (status = 201, description = "The biobank was added.", body = BiobankView),
))]
#[post("/biobanks")]
pub(crate) async fn create_biobank(
    request: HttpRequest,
    caller: Permitted<ManageSites>,
    sent: Sent<BiobankView>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let BiobankView { code, name, register_number } = sent.body;
    let (name, register_number) = (name.0, register_number.0);
    let biobank = Biobank { code, name, register_number, salt: Salt::default() };
    let done = service.create_biobank(&caller.0, &sent.act, biobank).await.for_request(&request)?;
    let place = format!("/api/v1/biobanks/{}", done.value.code);
    Ok(Answer::created(done, BiobankView::from).located(place))
}

/// Let a biobank register samples of a site's patients.
///
/// Permission: `sites.manage`.
#[utoipa::path(tag = "network", params(
    ("biobank" = String, Path, description = "Code of the biobank.", example = "KI-BB"),
    ("site" = String, Path, description = "Code of the site.", example = "KAR"),
    Writing,
), responses((status = 201, description = "The biobank may register them.", body = BiobankSiteView)))]
#[put("/biobanks/{biobank}/sites/{site}")]
pub(crate) async fn link_site(
    request: HttpRequest,
    caller: Permitted<ManageSites>,
    act: crate::http::body::Bare,
    codes: Path<(String, String)>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let biobank = crate::http::path::parse(&request, &codes.0)?;
    let site = crate::http::path::parse(&request, &codes.1)?;
    let done = service.link_biobank_site(&caller.0, &act.0, biobank, site).await.for_request(&request)?;
    Ok(Answer::created(done, BiobankSiteView::from))
}
