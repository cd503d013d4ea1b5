//! Bodies: read within limits, screened for identifiers, parsed into a type, with findings that never echo.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use cartotek_crypto::hash::sha256;
use cartotek_domain::finding::Finding;
use cartotek_domain::identifier::{self, FieldKind};
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_service::{Act, IdempotencyKey, Service, ServiceError, content};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::circumstances::request_id_of;
use crate::http::payload::read;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{Writing, identifier_outside, parse};
use crate::http::shape;
use crate::http::strict::Strict;

/// The largest JSON body, in bytes.
pub(crate) const JSON_LIMIT: usize = 1 << 20;

/// A body that a client may send.
pub(crate) trait Body: DeserializeOwned + 'static {
    /// How strictly the guard looks at the string at a JSON pointer; `None` leaves the subtree to the use case,
    /// which knows the form.
    fn field_kind(_pointer: &str) -> Option<FieldKind> {
        Some(FieldKind::Structured)
    }
}

/// A body with the circumstances of its request: dry run, idempotency key.
pub(crate) struct Sent<T> {
    /// The body.
    pub(crate) body: T,
    /// The circumstances.
    pub(crate) act: Act,
}

impl<T: Body> FromRequest for Sent<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let bytes = read(&request, payload, JSON_LIMIT);
        Box::pin(async move {
            let bytes = bytes.await?;
            expect_json(&request)?;
            let act = act(&request, &bytes)?;
            let value = content::parse(&bytes)
                .map_err(|finding| ApiError::found(&request, Problem::MalformedBody, vec![finding]))?;
            screen::<T>(&request, &value)?;
            Ok(Self { body: typed(&request, value)?, act })
        })
    }
}

/// A write without a body: its circumstances alone. A body is refused, so that nothing is ignored.
pub(crate) struct Bare(pub(crate) Act);

impl FromRequest for Bare {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let bytes = read(&request, payload, JSON_LIMIT);
        Box::pin(async move {
            if !bytes.await?.is_empty() {
                let message = Text::new(
                    "Anropet ska inte ha något innehåll; skicka det utan.",
                    "No body belongs here; send none.",
                );
                let finding = Finding::error("API-BODY", "", message);
                return Err(ApiError::found(&request, Problem::MalformedBody, vec![finding]));
            }
            act(&request, &[]).map(Self)
        })
    }
}

/// The circumstances of a write: query parameters, `Idempotency-Key` and what it stands for.
pub(crate) fn act(request: &HttpRequest, body: &[u8]) -> Result<Act, ApiError> {
    let writing: Writing = parse(request)?;
    keyed_act(request, body, writing.dry_run)
}

/// The circumstances of a write whose query parameters were read already.
pub(crate) fn keyed_act(request: &HttpRequest, body: &[u8], dry_run: bool) -> Result<Act, ApiError> {
    let key = idempotency_key(request)?.map(|key| IdempotencyKey {
        key,
        fingerprint: sha256(&[
            request.method().as_str().as_bytes(),
            b" ",
            request.uri().to_string().as_bytes(),
            b"\n",
            body,
        ]),
    });
    Ok(Act { dry_run, key, ..Act::new(request_id_of(request)) })
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let Some(value) = request.headers().get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or("");
    if refused_text(request, text, FieldKind::Structured) {
        let finding = identifier_outside("huvudet Idempotency-Key", "the header Idempotency-Key");
        return Err(ApiError::found(request, Problem::PersonIdDetected, vec![finding]));
    }
    if (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(text.to_owned()));
    }
    let message = Text::new(
        "Idempotency-Key ska vara 1–200 synliga ASCII-tecken utan personuppgifter, helst en UUID.",
        "Idempotency-Key must be 1 to 200 visible ASCII characters without personal data, best a UUID.",
    );
    Err(ApiError::found(request, Problem::InvalidParameter, vec![Finding::error("API-HEADER", "", message)]))
}

fn expect_json(request: &HttpRequest) -> Result<(), ApiError> {
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = kind.split(';').next().unwrap_or("").trim();
    let encoded = request.headers().contains_key(header::CONTENT_ENCODING);
    if essence.eq_ignore_ascii_case("application/json") && !encoded {
        return Ok(());
    }
    Err(unsupported(request, &["application/json"]))
}

/// What is told of a content type that is not among the `expected`, or of a body that is compressed.
pub(crate) fn unsupported(request: &HttpRequest, expected: &[&str]) -> ApiError {
    let (sv, en) = (expected.join(" eller "), expected.join(" or "));
    let message = Text::new(
        format!("Ange Content-Type: {sv} och skicka innehållet i UTF-8, utan Content-Encoding."),
        format!("Give Content-Type: {en} and send the body in UTF-8, without Content-Encoding."),
    );
    let finding = Finding::error("API-HEADER", "", message);
    ApiError::found(request, Problem::UnsupportedMediaType, vec![finding])
}

fn screen<T: Body>(request: &HttpRequest, value: &Value) -> Result<(), ApiError> {
    let today = today(request)?;
    let kind = |pointer: &str| T::field_kind(pointer).unwrap_or(FieldKind::FreeText);
    let findings: Vec<_> = identifier::screen(value, today, &kind)
        .iter()
        .filter(|hit| hit.refused && T::field_kind(&hit.pointer).is_some())
        .map(identifier::finding)
        .collect();
    if findings.is_empty() {
        Ok(())
    } else {
        Err(ApiError::found(request, Problem::PersonIdDetected, findings))
    }
}

/// Whether the guard refuses a text outside the body: a header, a query parameter, a path segment.
pub(crate) fn refused_text(request: &HttpRequest, text: &str, kind: FieldKind) -> bool {
    let today = today(request);
    today.is_ok_and(|today| matches!(identifier::detect(text, today, kind), identifier::Verdict::Refused(_)))
}

fn today(request: &HttpRequest) -> Result<chrono::NaiveDate, ApiError> {
    let service = request.app_data::<Data<Service>>();
    let service = service.ok_or_else(|| ServiceError::Defect("the application has no service".to_owned()));
    Ok(service.for_request(request)?.today())
}

fn typed<T: DeserializeOwned>(request: &HttpRequest, value: Value) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| {
        let pointer = pointer(error.path());
        let finding = shape::finding(pointer, &error.inner().to_string());
        ApiError::found(request, Problem::ContentInvalid, vec![finding])
    })
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let parts = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{key}")),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    parts.collect()
}
