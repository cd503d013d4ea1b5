//! Path segments: what does not parse cannot exist, so it is not found; an identifier is refused as anywhere.

use std::str::FromStr;

use actix_web::HttpRequest;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::problem::Problem;

use crate::http::body::refused_text;
use crate::http::problem::ApiError;
use crate::http::query::identifier_outside;

/// The segment as a code or id.
pub(crate) fn parse<T: FromStr>(request: &HttpRequest, segment: &str) -> Result<T, ApiError> {
    screened(request, segment, FieldKind::Structured)
}

/// The segment as what stands on a label: screened as when the label was registered.
pub(crate) fn parse_label<T: FromStr>(request: &HttpRequest, segment: &str) -> Result<T, ApiError> {
    screened(request, segment, FieldKind::Label)
}

fn screened<T: FromStr>(request: &HttpRequest, segment: &str, kind: FieldKind) -> Result<T, ApiError> {
    if refused_text(request, segment, kind) {
        let finding = identifier_outside("ett led i sökvägen", "a segment of the path");
        return Err(ApiError::found(request, Problem::PersonIdDetected, vec![finding]));
    }
    segment.parse().map_err(|_| ApiError::refused(request, Problem::NotFound))
}
