//! Exports for other registries.

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use cartotek_domain::access::Granted;
use cartotek_domain::access::permission::ExportRecords;
use cartotek_service::export::ExportPart;
use cartotek_service::{Act, Service, ServiceError};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::answer::{RECEIPT, receipt_text};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Params;

/// What is exported.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// Name of the table: the code of a form, or one of its lists as `acute_toxicity.infections`.
    #[param(example = "patient_registration")]
    table: String,
    /// Version of the table; the latest when absent.
    #[param(minimum = 1)]
    version: Option<u32>,
}

/// Export a form for EBMT.
///
/// The submitted records of the caller's patients whose consent `sharing_ebmt` holds today, as CSV: one row per record, or
/// per element of one of its lists, with the columns of `schemas/exchange/ebmt/<table>/<version>.json`. The names of the
/// columns are our own: the item lists of EBMT could not be read, and no compatibility is claimed. Permission:
/// `records.export`.
#[utoipa::path(tag = "exports", params(ExportParams), responses(
    (status = 200, description = "The rows.", body = String, content_type = "text/csv",
        example = "patient,site,sex\r\nCT-7K3M9Q2XAN,KAR,female\r\n"),
))]
#[get("/exports/ebmt")]
pub(crate) async fn export_ebmt(
    request: HttpRequest,
    caller: Permitted<ExportRecords>,
    reading: Reading,
    params: Params<ExportParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let ExportParams { table, version } = params.0;
    let done = service.export_ebmt(&caller.0, &reading.0, &table, version).await.for_request(&request)?;
    let first = done.value;
    let name = format!("attachment; filename=\"ebmt-{}-{}.csv\"", first.table, first.version);
    let mut response = HttpResponse::Ok();
    response.content_type("text/csv; charset=utf-8").insert_header((header::CONTENT_DISPOSITION, name));
    if let Some(receipt) = &done.receipt {
        response.insert_header((RECEIPT, receipt_text(receipt)));
    }
    Ok(response.streaming(parts(service, caller.0, reading.0, first)))
}

/// The parts one by one, each read, and its reading recorded, when the one before has left.
fn parts(
    service: Data<Service>,
    granted: Granted<ExportRecords>,
    act: Act,
    first: ExportPart,
) -> impl Stream<Item = Result<Bytes, ServiceError>> + 'static {
    stream::try_unfold((first, false), move |(part, has_left)| {
        let (service, granted, act) = (service.clone(), granted.clone(), act.clone());
        async move {
            let part =
                if has_left { service.next_export_part(&granted, &act, part).await? } else { Some(part) };
            Ok(part.map(|mut part| (Bytes::from(std::mem::take(&mut part.text)), (part, true))))
        }
    })
}
