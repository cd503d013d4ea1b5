//! Query parameters: typed, unknown ones refused, screened for identifiers.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use cartotek_domain::finding::Finding;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::http::body::refused_text;
use crate::http::problem::ApiError;
use crate::http::shape::parameter_finding;

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
    screen(request)?;
    let pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let read = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs));
    read.map_err(|error| {
        let message = error.inner().to_string();
        let problem = if message.starts_with("unknown field") {
            Problem::UnknownParameter
        } else {
            Problem::InvalidParameter
        };
        // Beyond an unknown parameter, the path leads to one of the operation's own.
        let name = error.path().to_string();
        ApiError::found(request, problem, vec![parameter_finding(Some(&name), &message)])
    })
}

/// Looks at the names and values one by one, since only a whole value is known to be an id.
fn screen(request: &HttpRequest) -> Result<(), ApiError> {
    let pairs = form_urlencoded::parse(request.query_string().as_bytes());
    for text in pairs.flat_map(|(name, value)| [name, value]) {
        if refused_text(request, &text, FieldKind::Structured) {
            return Err(ApiError::found(
                request,
                Problem::PersonIdDetected,
                vec![identifier_outside("en frågeparameter", "a parameter of the query")],
            ));
        }
        if text.contains('\0') {
            let message = Text::new(
                "En parameter innehåller tecknet NUL; ta bort det.",
                "A parameter holds the character NUL; remove it.",
            );
            return Err(ApiError::found(
                request,
                Problem::InvalidParameter,
                vec![Finding::error("API-PARAMETER", "", message)],
            ));
        }
    }
    Ok(())
}

/// What is told of an identifier that stands outside the body.
pub(crate) fn identifier_outside(sv: &str, en: &str) -> Finding {
    let message = Text::new(
        format!(
            "I {sv} står något som liknar en direkt identitet. Ta bort det och använd pseudonymen (CT-…)."
        ),
        format!("Something in {en} looks like a direct identifier. Remove it and use the pseudonym (CT-…)."),
    );
    Finding::error("R-ID-01", "", message)
}

/// An operation without query parameters: any is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParams {}
