//! What the service counts, for a monitoring system.

use actix_web::web::Data;
use actix_web::{HttpResponse, Responder, get};
use cartotek_domain::access::permission::ReadMetrics;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::http::caller::Permitted;
use crate::http::query::{NoParams, Params};

/// The content type of the Prometheus text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Read the service's metrics.
///
/// In the text format of Prometheus. Counts and durations only: no label holds a patient, a caller or a path with
/// ids. Permission: `metrics.read`.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain",
        example = "cartotek_request_seconds_count{method=\"GET\",route=\"/api/v1/sites\",status=\"200\"} 17"))
)]
#[get("/metrics")]
pub(crate) async fn read(
    _permitted: Permitted<ReadMetrics>,
    _params: Params<NoParams>,
    recorder: Option<Data<PrometheusHandle>>,
) -> impl Responder {
    // Without a recorder nothing has been counted.
    let text = recorder.map_or_else(String::new, |recorder| recorder.render());
    HttpResponse::Ok().content_type(TEXT).body(text)
}
