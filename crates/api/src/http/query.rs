//! Query parameters: typed, unknown ones refused, screened for identifiers.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::http::body::refused_text;
use crate::http::problem::ApiError;

/// Query parameters of type `T`.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for Params<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parse(request).map(Self))
    }
}

/// What every write takes in its query.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Writing {
    /// Do everything but keep nothing: the real transaction, rolled back, with the same answer but for ids and
    /// pseudonyms.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// The query parameters; one that is not known, or not of its type, is refused.
pub(crate) fn parse<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    if decoded(request).iter().any(|text| refused_text(request, text)) {
        return Err(ApiError::refused(request, Problem::PersonIdDetected));
    }
    Query::<T>::from_query(request.query_string()).map(Query::into_inner).map_err(|error| {
        let message = error.to_string();
        let message = message.trim_start_matches("Query deserialize error: ");
        if message.starts_with("unknown field") {
            let known = message.split("expected ").nth(1).unwrap_or("");
            let text =
                Text::new(format!("Kända parametrar: {known}."), format!("Known parameters: {known}."));
            ApiError::found(
                request,
                Problem::UnknownParameter,
                vec![Finding::error("API-PARAMETER", "", text)],
            )
        } else {
            ApiError::refused(request, Problem::InvalidParameter)
        }
    })
}

/// The names and values of the query, percent-decoded; one by one, since only a whole value is known to be an id.
fn decoded(request: &HttpRequest) -> Vec<String> {
    match Query::<Vec<(String, String)>>::from_query(request.query_string()) {
        Ok(pairs) => pairs.into_inner().into_iter().flat_map(|(name, value)| [name, value]).collect(),
        Err(_) => vec![request.query_string().to_owned()],
    }
}

/// An operation without query parameters: any is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParams {}
