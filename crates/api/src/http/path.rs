//! Path segments: what does not parse cannot exist, so it is not found.

use std::str::FromStr;

use actix_web::HttpRequest;
use cartotek_domain::problem::Problem;

use crate::http::problem::ApiError;

/// The segment as a code or id.
pub(crate) fn parse<T: FromStr>(request: &HttpRequest, segment: &str) -> Result<T, ApiError> {
    segment.parse().map_err(|_| ApiError::refused(request, Problem::NotFound))
}
