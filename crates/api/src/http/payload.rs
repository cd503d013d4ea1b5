//! The bytes of a body: within a size, and not too slowly.

use std::future::Future;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use crate::http::problem::ApiError;

/// How long a client may send nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long a body may take to arrive, however little of it comes.
const LEAST_TIME: Duration = Duration::from_mins(1);
/// How much longer it may take for every byte that has come: 1 MB a second, so that the largest file gets through a
/// line of 10 Mbit/s, and whoever sends drop by drop holds a place for a minute.
const TIME_PER_BYTE: Duration = Duration::from_micros(1);

/// Why a body did not come whole.
enum Cut {
    TooSlow,
    TooLarge,
    Broken,
}

/// Reads a body of at most `limit` bytes; one that stands still or trickles in is given up.
pub(crate) fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Result<Vec<u8>, ApiError>> + use<> {
    let (request, payload) = (request.clone(), payload.take());
    async move {
        collect(payload, limit).await.map_err(|cut| {
            let (problem, message) = match cut {
                Cut::TooSlow => (Problem::RequestTimeout, too_slow()),
                Cut::TooLarge => (Problem::BodyTooLarge, too_large(limit)),
                Cut::Broken => (Problem::MalformedBody, broken_off()),
            };
            ApiError::found(&request, problem, vec![Finding::error("API-BODY", "", message)])
        })
    }
}

async fn collect(mut payload: Payload, limit: usize) -> Result<Vec<u8>, Cut> {
    let started = Instant::now();
    let mut body = Vec::new();
    loop {
        let received = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let end = started + LEAST_TIME + TIME_PER_BYTE * received;
        let until = end.min(Instant::now() + LONGEST_PAUSE);
        let chunk = timeout_at(until, payload.next()).await.map_err(|_| Cut::TooSlow)?;
        let Some(chunk) = chunk else { return Ok(body) };
        let chunk = chunk.map_err(|_| Cut::Broken)?;
        if body.len() + chunk.len() > limit {
            return Err(Cut::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
}

fn too_slow() -> Text {
    let (pause, least) = (LONGEST_PAUSE.as_secs(), LEAST_TIME.as_secs());
    Text::new(
        format!(
            "Överföringen gick för långsamt: den får stå still i högst {pause} sekunder och ta högst {least} sekunder \
             plus en för varje megabyte. Skicka igen eller dela upp innehållet."
        ),
        format!(
            "The transfer was too slow: it may stand still for at most {pause} seconds and take at most {least} \
             seconds plus one for each megabyte. Send again, or split the body."
        ),
    )
}

fn too_large(limit: usize) -> Text {
    let megabytes = limit >> 20;
    Text::new(
        format!("Högst {megabytes} MB ({limit} byte) tas emot; dela upp innehållet."),
        format!("At most {megabytes} MB ({limit} bytes) are taken; split the body."),
    )
}

fn broken_off() -> Text {
    Text::new("Överföringen avbröts; skicka igen.", "The transfer broke off; send again.")
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use actix_web::ResponseError as _;
    use actix_web::error::PayloadError;
    use actix_web::test::TestRequest;
    use actix_web::web::Bytes;
    use futures_util::stream::{self, Stream};
    use tokio::time::sleep;

    use super::*;

    type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

    const LIMIT: usize = 16_000_000;

    /// A body that comes in steps: how many seconds nothing, then how many bytes.
    fn in_steps(steps: Vec<(u64, usize)>) -> BodyStream {
        Box::pin(stream::unfold(steps.into_iter(), |mut steps| async move {
            let (seconds, size) = steps.next()?;
            sleep(Duration::from_secs(seconds)).await;
            Some((Ok::<_, PayloadError>(Bytes::from(vec![b' '; size])), steps))
        }))
    }

    /// The length of the body, or the status of its refusal; and after how many seconds.
    async fn outcome(steps: Vec<(u64, usize)>) -> (Result<usize, u16>, u64) {
        let request = TestRequest::default().to_http_request();
        let started = Instant::now();
        let mut payload = Payload::Stream { payload: in_steps(steps) };
        let body = read(&request, &mut payload, LIMIT).await;
        let outcome = body.map(|body| body.len()).map_err(|error| error.error_response().status().as_u16());
        (outcome, started.elapsed().as_secs())
    }

    #[actix_web::test]
    async fn a_slow_body_arrives_and_one_that_stalls_or_trickles_is_given_up() {
        tokio::time::pause();
        for (name, steps, expected) in [
            ("nothing comes", vec![(3600, 1)], (Err(408), 30)),
            ("it stalls", vec![(0, 10_000_000), (3600, 1)], (Err(408), 30)),
            ("it trickles", vec![(10, 1); 100], (Err(408), 60)),
            ("it is slow", vec![(10, 2_000_000); 7], (Ok(14_000_000), 70)),
            ("it is too large", vec![(1, 10_000_000); 2], (Err(413), 2)),
        ] {
            assert_eq!(outcome(steps).await, expected, "{name}");
        }
    }

    /// 10 Mbit/s less what the protocols take of it.
    #[test]
    fn the_largest_file_gets_through_a_slow_line() {
        let largest = u32::try_from(cartotek_service::import::LARGEST_FILE).unwrap();
        let needed = Duration::from_secs(u64::from(largest) / 1_150_000);
        assert!(needed < LEAST_TIME + TIME_PER_BYTE * largest);
    }
}
