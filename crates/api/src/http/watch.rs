//! Around every request: an id, the caller, a durable event when a known caller was refused, `no-store`, and a line in
//! the log.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use cartotek_domain::access::Caller;
use cartotek_domain::id::RequestId;
use cartotek_domain::problem::Problem;
use cartotek_service::{Act, Concerned, Service};
use tracing::Instrument as _;

use crate::http::caller::{Identity, identify};
use crate::http::problem::{ApiError, Refused};

/// The header that names the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Below it lie the files of the API's documentation, the same for everybody.
const DOCUMENTATION: &str = "/docs/";

pub(crate) async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let service = request.app_data::<Data<Service>>().cloned();
    let id = service.as_ref().map(|service| RequestId::next(service.ids()));
    if let (Some(service), Some(id)) = (&service, id) {
        let identity = identify(service, request.headers()).await;
        request.extensions_mut().insert(id);
        request.extensions_mut().insert(identity);
    }
    let span = tracing::info_span!("request", id = id.map(tracing::field::display));
    let mut response = match next.call(request).instrument(span.clone()).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => return Err(error),
    };
    let refused = response.response().extensions().get::<Refused>().cloned();
    let identity = response.request().extensions().get::<Identity>().cloned();
    if let (Some(service), Some(id), Some(refused), Some(Ok(caller))) = (&service, id, refused, identity) {
        response = witness(service, id, refused, &caller, response).await;
    }
    if let Some(id) = id
        && let Ok(value) = HeaderValue::from_str(&id.to_string())
    {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    forbid_storing(&mut response);
    span.in_scope(|| note(&response, started));
    Ok(response)
}

/// Nobody between here and the client keeps an answer, unless its handler says so.
fn forbid_storing(response: &mut ServiceResponse) {
    let is_file = response.status().is_success() && response.request().path().starts_with(DOCUMENTATION);
    if !is_file && !response.headers().contains_key(CACHE_CONTROL) {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Counts the request and logs it: by the template of its path, because the path itself may name a patient.
fn note(response: &ServiceResponse, started: Instant) {
    let (request, status) = (response.request(), response.status().as_u16());
    let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
    let method = if matches!(route.as_str(), "unknown") { "any" } else { method_name(request.method()) };
    let elapsed = started.elapsed();
    tracing::info!(method, route, status, milliseconds = elapsed.as_millis(), "answered");
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.to_string())];
    metrics::histogram!("cartotek_request_seconds", &labels).record(elapsed);
}

/// A method by its name; one that no route has may be any word of the client, an identifier too.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

async fn witness(
    service: &Service,
    id: RequestId,
    refused: Refused,
    caller: &Caller,
    response: ServiceResponse,
) -> ServiceResponse {
    let Refused { problem, subjects } = refused;
    if problem == Problem::Unavailable {
        return response;
    }
    let request = response.request();
    let (method, route) = (method_name(request.method()), request.match_pattern());
    let action = format!("{method} {}", route.as_deref().unwrap_or("unknown"));
    let patient = request.match_info().get("pseudonym").and_then(|text| text.parse().ok());
    let concerned = Concerned { subjects, patient };
    if service.witness_refusal(caller, &Act::new(id), &action, problem, concerned).await.is_ok() {
        return response;
    }
    // What cannot be recorded is not answered.
    let (request, _) = response.into_parts();
    let error = ApiError::refused(&request, Problem::Unavailable);
    ServiceResponse::from_err(error, request)
}
