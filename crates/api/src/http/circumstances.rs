//! The circumstances of a request: its id, the client's language, dry run, reason.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use cartotek_domain::id::RequestId;
use cartotek_domain::text::Language;
use cartotek_service::Act;
use std::future::{Ready, ready};
use uuid::Uuid;

use crate::http::problem::ApiError;

/// The id given to the request when it came in.
pub(crate) fn request_id_of(request: &HttpRequest) -> RequestId {
    request.extensions().get::<RequestId>().copied().unwrap_or(RequestId::from_uuid(Uuid::nil()))
}

/// The first of Swedish and English in `Accept-Language`; English when neither is asked for.
pub(crate) fn language_of(request: &HttpRequest) -> Language {
    let asked =
        request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut best = (0.0, Language::En);
    for part in asked.split(',') {
        let (range, quality) = part.split_once(';').unwrap_or((part, "q=1"));
        let quality: f32 =
            quality.trim().strip_prefix("q=").and_then(|text| text.parse().ok()).unwrap_or(1.0);
        let primary = range.trim().split('-').next().unwrap_or("");
        let language = if primary.eq_ignore_ascii_case("sv") {
            Language::Sv
        } else if primary.eq_ignore_ascii_case("en") {
            Language::En
        } else {
            continue;
        };
        if quality > best.0 {
            best = (quality, language);
        }
    }
    best.1
}

/// The language tag of an answer.
pub(crate) const fn tag(language: Language) -> &'static str {
    match language {
        Language::Sv => "sv",
        Language::En => "en",
    }
}

/// A request that only reads: its id.
pub(crate) struct Reading(pub(crate) Act);

impl FromRequest for Reading {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Ok(Self(Act::new(request_id_of(request)))))
    }
}
