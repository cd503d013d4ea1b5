//! The bytes of a body: within a size and a time.

use std::future::Future;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;

use crate::http::problem::ApiError;

/// How long a client may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_mins(1);

/// Reads a body of at most `limit` bytes; one that trickles in is given up.
pub(crate) fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Result<Bytes, ApiError>> + use<> {
    let request = request.clone();
    let payload = actix_web::web::Payload::from_request(&request, payload);
    async move {
        let broken = || {
            let message =
                Text::new("Överföringen avbröts; skicka igen.", "The transfer broke off; send again.");
            found(&request, Problem::MalformedBody, message)
        };
        let payload = payload.await.map_err(|_| broken())?;
        tokio::time::timeout(BODY_TIMEOUT, payload.to_bytes_limited(limit))
            .await
            .map_err(|_| too_slow(&request))?
            .map_err(|_| too_large(&request, limit))?
            .map_err(|_| broken())
    }
}

fn too_slow(request: &HttpRequest) -> ApiError {
    let seconds = BODY_TIMEOUT.as_secs();
    let message = Text::new(
        format!("Innehållet ska komma fram inom {seconds} sekunder; dela upp det eller skicka igen."),
        format!("The body must arrive within {seconds} seconds; split it or send again."),
    );
    found(request, Problem::RequestTimeout, message)
}

fn too_large(request: &HttpRequest, limit: usize) -> ApiError {
    let megabytes = limit >> 20;
    let message = Text::new(
        format!("Högst {megabytes} MB ({limit} byte) tas emot; dela upp innehållet."),
        format!("At most {megabytes} MB ({limit} bytes) are taken; split the body."),
    );
    found(request, Problem::BodyTooLarge, message)
}

fn found(request: &HttpRequest, problem: Problem, message: Text) -> ApiError {
    ApiError::found(request, problem, vec![Finding::error("API-BODY", "", message)])
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use actix_web::test::TestRequest;
    use futures_util::stream::Stream;

    use super::*;

    type BoxedPayloadStream =
        std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, actix_web::error::PayloadError>>>>;

    #[actix_web::test]
    async fn a_body_that_never_ends_is_given_up() {
        tokio::time::pause();
        let request = TestRequest::default().to_http_request();
        let never: BoxedPayloadStream = Box::pin(futures_util::stream::pending());
        let mut payload = Payload::Stream { payload: never };
        let error = read(&request, &mut payload, 1 << 20).await.unwrap_err();
        assert_eq!(error.error_response().status(), 408);
    }
}
