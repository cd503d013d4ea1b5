//! Answers: JSON with the receipt of the event, the version and the place of what was created.

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use cartotek_service::{Done, Receipt};
use serde::Serialize;

use crate::http::dry_run::nameless;
use crate::http::version::etag;

/// The header that names the event of an answer.
pub(crate) const RECEIPT: &str = "cartotek-receipt";

/// A receipt as it stands in its header.
pub(crate) fn receipt_text(receipt: &Receipt) -> String {
    format!("{} {}", receipt.event, receipt.leaf_hash)
}

/// An answer with its headers.
pub(crate) struct Answer<V> {
    view: V,
    status: StatusCode,
    receipt: Option<Receipt>,
    replayed: bool,
    rolled_back: bool,
    version: Option<i64>,
    location: Option<String>,
}

impl<V: Serialize> Answer<V> {
    /// 200 with what a use case answered, shown as `view` says.
    pub(crate) fn ok<T>(done: Done<T>, view: impl FnOnce(T) -> V) -> Self {
        let Done { value, receipt, replayed, rolled_back } = done;
        let (view, status) = (view(value), StatusCode::OK);
        Self { view, status, receipt, replayed, rolled_back, version: None, location: None }
    }

    /// 201 with what was created.
    pub(crate) fn created<T>(done: Done<T>, view: impl FnOnce(T) -> V) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(done, view) }
    }

    /// With the version of what is shown; what a dry run shows has none.
    pub(crate) fn at_version(self, version: i64) -> Self {
        Self { version: (!self.rolled_back).then_some(version), ..self }
    }

    /// With the place of what was created; a dry run created nothing and gets none.
    pub(crate) fn located(self, location: impl Into<String>) -> Self {
        let location = self.receipt.is_some().then(|| location.into());
        Self { location, ..self }
    }
}

impl<V: Serialize> Responder for Answer<V> {
    type Body = BoxBody;

    fn respond_to(self, _request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(receipt) = &self.receipt {
            response.insert_header((RECEIPT, receipt_text(receipt)));
        }
        if self.replayed {
            response.insert_header(("idempotency-replayed", "true"));
        }
        if let Some(version) = self.version {
            response.insert_header((header::ETAG, etag(version)));
        }
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if self.rolled_back {
            return response.json(serde_json::to_value(self.view).map(nameless).unwrap_or_default());
        }
        response.json(self.view)
    }
}
