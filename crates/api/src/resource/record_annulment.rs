//! Annulling records that should never have been.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, post};
use cartotek_domain::access::permission::WriteRecord;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_service::Service;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::language_of;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Writing;
use crate::http::version::IfMatch;
use crate::http::words::Words;
use crate::resource::record_view::RecordFileView;

/// Why a record is annulled.
///
/// - `entered_in_error`: It should never have been.
/// - `duplicate`: It was entered twice.
/// - `other_patient`: It was another patient's. Its contents are destroyed: those of what was submitted only once it is
///   annulled for another reason, and by another person.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AnnulmentReason {
    EnteredInError,
    Duplicate,
    OtherPatient,
}

impl From<AnnulmentReason> for AmendmentReason {
    fn from(reason: AnnulmentReason) -> Self {
        match reason {
            AnnulmentReason::EnteredInError => Self::EnteredInError,
            AnnulmentReason::Duplicate => Self::Duplicate,
            AnnulmentReason::OtherPatient => Self::OtherPatient,
        }
    }
}

/// Why a record is annulled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "entered_in_error", "text": "The infusion was put off." }))]
pub(crate) struct Annulment {
    /// The coded reason.
    reason: AnnulmentReason,
    /// Why, in your words, which stay: no identifiers, and nothing of the contents that are another patient's.
    #[schema(value_type = String, example = "The infusion was put off.", min_length = 1, max_length = 500)]
    text: Words<500>,
}

impl Body for Annulment {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer == "/text" { FieldKind::FreeText } else { FieldKind::Structured })
    }
}

/// Annul a record that should never have been.
///
/// A draft, or a submitted record. It answers and tells nothing any more, and its key is free. Its contents stay readable, but
/// not with the reason `other_patient`: then those of all its revisions are destroyed, with the words of reasons, questions,
/// answers and locks about it, the hashes that were signed, the answers of keyed requests about the patient, and the
/// imports of the site that name the patient and may hold this form, with their other rows. That takes two persons of what
/// was submitted: one annuls it for another reason, another annuls it again with `other_patient`.
/// There is no way back: what is right is a new record. Only the site that owns it may annul it. Permission:
/// `records.write`.
#[utoipa::path(tag = "records", params(
    ("id" = uuid::Uuid, Path, description = "Id of the record."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = Annulment, responses((status = 200, description = "It is annulled.", body = RecordFileView)))]
#[post("/records/{id}/annulment")]
pub(crate) async fn annul(
    request: HttpRequest,
    caller: Permitted<WriteRecord>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<Annulment>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let language = language_of(&request);
    let Annulment { reason, text } = sent.body;
    let why = Amendment { reason: reason.into(), text: text.0 };
    let done = service.annul_record(&caller.0, &sent.act, id, version.0, why).await.for_request(&request)?;
    let number = done.value.record.revision;
    Ok(Answer::ok(done, |file| RecordFileView::new(file, language)).at_version(number))
}
