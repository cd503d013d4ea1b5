//! Versions: `ETag` on what can change, `If-Match` to change it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;

use crate::http::problem::ApiError;

/// The version a client has read and wants to change: the number in `If-Match: "3"`.
pub(crate) struct IfMatch(pub(crate) i64);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(read(request).map(Self))
    }
}

/// The same for what may not be there yet: nothing when the client has read none.
pub(crate) struct IfKnown(pub(crate) Option<i64>);

impl FromRequest for IfKnown {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let known = request.headers().contains_key(header::IF_MATCH);
        ready(known.then(|| read(request)).transpose().map(Self))
    }
}

fn read(request: &HttpRequest) -> Result<i64, ApiError> {
    let Some(value) = request.headers().get(header::IF_MATCH) else {
        return Err(ApiError::refused(request, Problem::PreconditionRequired));
    };
    let number =
        value.to_str().ok().and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    number.ok_or_else(|| {
        let message = Text::new(
            "If-Match ska vara den ETag som du läste, t.ex. \"3\".",
            "If-Match must be the ETag you read, e.g. \"3\".",
        );
        ApiError::found(request, Problem::InvalidParameter, vec![Finding::error("API-HEADER", "", message)])
    })
}

/// The ETag of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}
