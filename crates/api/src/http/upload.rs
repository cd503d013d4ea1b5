//! A file as a body: its format by content type, its size limited, few at a time.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use cartotek_domain::problem::Problem;
use cartotek_service::Act;
use cartotek_service::import::{Format, LARGEST_FILE};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::http::body::{keyed_act, unsupported};
use crate::http::payload::read;
use crate::http::problem::ApiError;
use crate::http::query::parse;

/// Files that one server holds at a time: they are in memory while they are worked on.
static SLOTS: Semaphore = Semaphore::const_new(2);

/// How long an upload waits for a slot.
const PATIENCE: Duration = Duration::from_secs(30);

/// Query parameters of an upload.
pub(crate) trait UploadParams: DeserializeOwned + 'static {
    /// Whether nothing is to be kept.
    fn dry_run(&self) -> bool;
}

/// A file with its query parameters and the circumstances of its request.
pub(crate) struct Upload<T> {
    /// The query parameters.
    pub(crate) params: T,
    /// The circumstances.
    pub(crate) act: Act,
    /// The format that the content type says.
    pub(crate) format: Format,
    /// The file.
    pub(crate) file: Vec<u8>,
    /// To be held as long as the file is.
    pub(crate) slot: SemaphorePermit<'static>,
}

impl<T: UploadParams> FromRequest for Upload<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let bytes = read(&request, payload, LARGEST_FILE);
        Box::pin(async move {
            let params: T = parse(&request)?;
            let format = format(&request)?;
            let slot = tokio::time::timeout(PATIENCE, SLOTS.acquire()).await;
            let Ok(Ok(slot)) = slot else {
                return Err(ApiError::refused(&request, Problem::Unavailable));
            };
            let file = bytes.await?;
            let act = keyed_act(&request, &file, params.dry_run())?;
            Ok(Self { params, act, format, file: file.into(), slot })
        })
    }
}

fn format(request: &HttpRequest) -> Result<Format, ApiError> {
    let headers = request.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let charset = parameters.split(';').find_map(|one| one.trim().split_once('='));
    let utf8 = charset.is_none_or(|(name, value)| {
        !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    let format = match essence.trim().to_ascii_lowercase().as_str() {
        "text/csv" => Some(Format::Csv),
        "application/x-ndjson" => Some(Format::Ndjson),
        _ => None,
    };
    format
        .filter(|_| utf8 && !headers.contains_key(header::CONTENT_ENCODING))
        .ok_or_else(|| unsupported(request, "text/csv / application/x-ndjson"))
}
