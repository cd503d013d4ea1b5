//! A file as a body: its format by content type, its size and the time it takes limited, few at a time.

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

/// The content type of a workbook of Excel.
const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Files that one server holds at a time: they are in memory from their first byte until they have been worked on.
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
            Ok(Self { params, act, format, file, slot })
        })
    }
}

fn format(request: &HttpRequest) -> Result<Format, ApiError> {
    let headers = request.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let charset = parameters.split(';').find_map(|one| one.trim().split_once('='));
    let known = charset.is_none_or(|(name, value)| {
        let is = |charset| value.trim_matches('"').eq_ignore_ascii_case(charset);
        !name.eq_ignore_ascii_case("charset") || is("utf-8") || is("windows-1252")
    });
    let format = match essence.trim().to_ascii_lowercase().as_str() {
        "text/csv" => Some(Format::Csv),
        "application/x-ndjson" => Some(Format::Ndjson),
        WORKBOOK => Some(Format::Xlsx),
        _ => None,
    };
    format
        .filter(|_| known && !headers.contains_key(header::CONTENT_ENCODING))
        .ok_or_else(|| unsupported(request, &["text/csv", "application/x-ndjson", WORKBOOK]))
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use actix_web::ResponseError as _;
    use actix_web::error::PayloadError;
    use actix_web::test::TestRequest;
    use actix_web::web::Bytes;
    use futures_util::stream::{self, Stream};

    use super::*;
    use crate::http::query::NoParams;

    type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

    impl UploadParams for NoParams {
        fn dry_run(&self) -> bool {
            false
        }
    }

    async fn send(body: BodyStream) -> Result<Upload<NoParams>, ApiError> {
        let request = TestRequest::default().insert_header((header::CONTENT_TYPE, "text/csv"));
        let mut payload = Payload::Stream { payload: body };
        Upload::from_request(&request.to_http_request(), &mut payload).await
    }

    /// Clients that stand still hold every slot, until they are let go and the next one has its turn.
    #[actix_web::test]
    async fn a_stalled_upload_gives_its_slot_back() {
        tokio::time::pause();
        let stalled = || send(Box::pin(stream::pending()));
        let (one, two) = tokio::join!(stalled(), stalled());
        for stalled in [one, two] {
            assert_eq!(stalled.err().unwrap().error_response().status(), 408);
        }
        let file = stream::once(async { Ok::<_, PayloadError>(Bytes::from_static(b"patient")) });
        let upload = send(Box::pin(file)).await.ok().unwrap();
        assert_eq!((upload.file.as_slice(), SLOTS.available_permits()), (&b"patient"[..], 1));
        drop(upload);
        assert_eq!(SLOTS.available_permits(), 2);
    }
}
