//! Whether the service lives, and whether it can write.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use cartotek_service::Service;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params};

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

/// Say whether the process lives.
///
/// Needs no token.
#[utoipa::path(tag = "operations", security(()), responses((status = 200, description = "It lives.", body = Health)))]
#[get("/health/live")]
pub(crate) async fn live(_: Params<NoParams>) -> impl Responder {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Say whether the service can write and seal.
///
/// Needs no token.
#[utoipa::path(tag = "operations", security(()), responses((status = 200, description = "It can write.", body = Health)))]
#[get("/health/ready")]
pub(crate) async fn ready(
    request: HttpRequest,
    _: Params<NoParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    service.ready().await.for_request(&request)?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}
