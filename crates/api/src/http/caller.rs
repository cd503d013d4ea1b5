//! The permission a handler needs, as a type in its signature.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use cartotek_domain::access::{Granted, Permission};
use cartotek_domain::problem::Problem;
use cartotek_service::{Service, ServiceError};

use crate::http::problem::{ApiError, ForRequest, note_caller};

/// Proof that the caller is known and holds the permission `P`.
pub(crate) struct Permitted<P: Permission>(pub(crate) Granted<P>);

impl<P: Permission> FromRequest for Permitted<P> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { permit(&request).await.map(Self) })
    }
}

async fn permit<P: Permission>(request: &HttpRequest) -> Result<Granted<P>, ApiError> {
    let service = request.app_data::<Data<Service>>().ok_or_else(|| {
        ApiError::new(request, ServiceError::Defect("the application has no service".to_owned()))
    })?;
    let token = bearer(request).ok_or_else(|| ApiError::refused(request, Problem::Unauthenticated))?;
    let caller = service.authenticate(token).await.for_request(request)?;
    note_caller(request, caller.clone());
    Granted::prove(&caller).ok_or_else(|| ApiError::refused(request, Problem::PermissionMissing))
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
