//! The permission a handler needs, as a type in its signature.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use cartotek_domain::access::{Caller, Granted, Permission, Policy};
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_service::{Service, ServiceError};

use crate::http::problem::ApiError;

/// Who sent a request, found out before anything else of it is read: whatever is refused then has its witness.
pub(crate) type Identity = Result<Arc<Caller>, ServiceError>;

/// The caller whose token the request brings.
pub(crate) async fn identify(service: &Service, headers: &HeaderMap) -> Identity {
    let token = bearer(headers).ok_or_else(|| ServiceError::refused(Problem::Unauthenticated))?;
    service.authenticate(token).await
}

/// Proof that the caller is known and holds the permission `P`. It stands before every extractor that may refuse.
pub(crate) struct Permitted<P: Permission>(pub(crate) Granted<P>);

impl<P: Permission> FromRequest for Permitted<P> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(permit(request).map(Self))
    }
}

fn permit<P: Permission>(request: &HttpRequest) -> Result<Granted<P>, ApiError> {
    let identity = request.extensions().get::<Identity>().cloned();
    let identity =
        identity.ok_or_else(|| ServiceError::Defect("nobody asked who the caller is".to_owned())).flatten();
    let caller = identity.map_err(|error| ApiError::new(request, error))?;
    Granted::prove(&caller)
        .ok_or_else(|| ApiError::found(request, Problem::PermissionMissing, vec![needed(P::POLICY)]))
}

fn needed(policy: &Policy) -> Finding {
    let roles: Vec<_> = policy.roles.iter().map(|role| role.name()).collect();
    let (name, roles) = (policy.name, roles.join(", "));
    let message = Text::new(
        format!(
            "Det krävs behörigheten {name}, som dessa roller ger: {roles}. Be administratören om en sådan roll."
        ),
        format!(
            "This needs the permission {name}, which these roles hold: {roles}. Ask the administrator for one of them."
        ),
    );
    Finding::error("API-PERMISSION", "", message)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
