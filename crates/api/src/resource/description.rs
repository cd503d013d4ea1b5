//! The service's own description: the OpenAPI document with the published forms in it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use cartotek_service::Service;

use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params};

/// Read the OpenAPI document.
///
/// With the contents of the published forms as components. Needs no token.
#[utoipa::path(tag = "operations", security(()), responses((status = 200, description = "OpenAPI 3.1.", body = Object)))]
#[get("/openapi.json")]
pub(crate) async fn openapi(
    request: HttpRequest,
    _: Params<NoParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let published = service.forms().for_request(&request)?;
    Ok(HttpResponse::Ok().json(crate::document_with(&published.forms)))
}
