//! Paths and methods that no route takes.

use std::sync::LazyLock;

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use cartotek_domain::problem::Problem;
use serde_json::Value;

use crate::http::problem::ApiError;

/// Path templates with their methods, from the OpenAPI document.
static ROUTES: LazyLock<Vec<(Vec<String>, String)>> = LazyLock::new(|| {
    let document = crate::document();
    let Some(paths) = document.get("paths").and_then(Value::as_object) else {
        return Vec::new();
    };
    paths
        .iter()
        .map(|(path, operations)| {
            let methods = operations
                .as_object()
                .map(|methods| methods.keys().map(|name| name.to_uppercase()).collect());
            (path.split('/').map(str::to_owned).collect(), methods.unwrap_or_else(Vec::new).join(", "))
        })
        .collect()
});

pub(crate) async fn unmatched(request: HttpRequest) -> HttpResponse {
    let segments: Vec<_> = request.path().split('/').collect();
    let fits = |template: &[String]| {
        template.len() == segments.len()
            && template
                .iter()
                .zip(&segments)
                .all(|(part, given)| part == given || (part.starts_with('{') && !given.is_empty()))
    };
    let Some((_, methods)) = ROUTES.iter().find(|(template, _)| fits(template)) else {
        return ApiError::refused(&request, Problem::NotFound).error_response();
    };
    let mut response = ApiError::refused(&request, Problem::MethodNotAllowed).error_response();
    if let Ok(value) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
