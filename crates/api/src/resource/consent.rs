//! Consent decisions.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_domain::access::permission::{ManagePatient, ReadPatient};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::id::ConsentId;
use cartotek_domain::identifier::FieldKind;
use cartotek_service::Service;
use cartotek_service::enrol::Decision;
use cartotek_service::patient::ListedConsent;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::Listed;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{Params, Writing};
use crate::http::time::{Day, Instant};
use crate::http::words::Words;

/// A consent decision about one purpose.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
pub(crate) struct ConsentView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ConsentId,
    /// What it is about.
    purpose: ConsentPurpose,
    /// What was decided.
    decision: ConsentDecision,
    /// The day it was signed or said.
    decided_on: NaiveDate,
    /// The last day it holds, where the form limits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<NaiveDate>,
    /// Version of the information and consent form.
    #[serde(skip_serializing_if = "Option::is_none")]
    form_version: Option<String>,
    /// Language of that form (BCP 47).
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// Who signed.
    signed_by: Signatory,
    /// The ethics approval it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    ethics_ref: Option<String>,
    /// Where the paper lies, in the hospital's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    document_ref: Option<String>,
    /// The site that took it.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// When it was entered.
    recorded_at: DateTime<Utc>,
}

impl From<Consent> for ConsentView {
    fn from(consent: Consent) -> Self {
        Self {
            id: consent.id,
            purpose: consent.purpose,
            decision: consent.decision,
            decided_on: consent.decided_on,
            valid_to: consent.valid_to,
            form_version: consent.form_version,
            language: consent.language,
            signed_by: consent.signed_by,
            ethics_ref: consent.ethics_ref,
            document_ref: consent.document_ref,
            site: consent.site,
            recorded_at: consent.recorded_at,
        }
    }
}

/// A consent decision among the others of its patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedConsent)]
pub(crate) struct ListedConsentView {
    #[serde(flatten)]
    consent: ConsentView,
    /// Whether it is the decision about its purpose that holds on the day asked about.
    in_force: bool,
    /// The day from which the patient, then of age, is asked again: only of a guardian's yes that holds, once the month
    /// of birth is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    reconsent_from: Option<NaiveDate>,
    /// Whether that day has come: the yes goes on holding, but waits for the patient's own decision.
    due_for_reconsent: bool,
}

impl From<ListedConsent> for ListedConsentView {
    fn from(listed: ListedConsent) -> Self {
        let ListedConsent { consent, in_force, reconsent_from, due_for_reconsent } = listed;
        Self { consent: consent.into(), in_force, reconsent_from, due_for_reconsent }
    }
}

/// A consent decision to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "purpose": "registry_research", "decision": "given", "decided_on": "2026-01-09", "form_version": "3",
    "language": "sv", "signed_by": "patient", "ethics_ref": "2024-01234-01", "document_ref": "binder 7, page 12"
}))]
pub(crate) struct ConsentDraft {
    /// What it is about.
    purpose: ConsentPurpose,
    /// What was decided.
    decision: ConsentDecision,
    /// The day it was signed or said.
    #[schema(value_type = String, format = Date)]
    decided_on: Day,
    /// The last day it holds, where the form limits it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    valid_to: Option<Day>,
    /// Version of the information and consent form.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 40)]
    form_version: Option<Words<40>>,
    /// Language of that form (BCP 47).
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "sv", min_length = 1, max_length = 35)]
    language: Option<Words<35>>,
    /// Who signed; the patient unless it says otherwise.
    #[serde(default = "patient_signs")]
    signed_by: Signatory,
    /// The ethics approval it rests on.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2024-01234-01", min_length = 1, max_length = 40)]
    ethics_ref: Option<Words<40>>,
    /// Where the paper lies, in the hospital's own words.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    document_ref: Option<Words<200>>,
}

pub(crate) const fn patient_signs() -> Signatory {
    Signatory::Patient
}

impl Body for ConsentDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer.ends_with("/document_ref") { FieldKind::FreeText } else { FieldKind::Structured })
    }
}

impl From<ConsentDraft> for Decision {
    fn from(draft: ConsentDraft) -> Self {
        Self {
            purpose: draft.purpose,
            decision: draft.decision,
            decided_on: draft.decided_on.0,
            valid_to: draft.valid_to.map(|day| day.0),
            form_version: draft.form_version.map(|words| words.0),
            language: draft.language.map(|words| words.0),
            signed_by: draft.signed_by,
            ethics_ref: draft.ethics_ref.map(|words| words.0),
            document_ref: draft.document_ref.map(|words| words.0),
        }
    }
}

/// Which consent decisions are shown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConsentParams {
    /// Only what had been entered by this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Instant>,
    /// The day for which `in_force` is told; that of `as_of`, or today, unless given.
    #[param(value_type = Option<String>, format = Date)]
    on: Option<Day>,
}

/// List a patient's consent decisions and which of them hold, also as they were known earlier.
///
/// Permission: `patients.read`.
#[utoipa::path(tag = "patients", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN"),
    ConsentParams,
), responses((status = 200, description = "Every decision, in the order entered.", body = Listed<ListedConsentView>)))]
#[get("/patients/{pseudonym}/consents")]
pub(crate) async fn list_consents(
    request: HttpRequest,
    caller: Permitted<ReadPatient>,
    reading: Reading,
    params: Params<ConsentParams>,
    pseudonym: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let as_of = params.0.as_of.map(|instant| instant.0.to_utc());
    let on = params.0.on.map(|day| day.0);
    let done = service.consents(&caller.0, &reading.0, pseudonym, as_of, on).await.for_request(&request)?;
    Ok(Answer::ok(done, |consents| Listed::whole(consents, ListedConsentView::from)))
}

/// Record a consent decision; earlier ones stay.
///
/// `withdrawn` takes back a yes that holds on its day; a no from the start is `refused` (or `opted_out`). Permission: `patients.manage`.
#[utoipa::path(tag = "patients", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN"),
    Writing,
), request_body = ConsentDraft, responses((status = 201, description = "The decision is recorded.", body = ConsentView)))]
#[post("/patients/{pseudonym}/consents")]
pub(crate) async fn record_consent(
    request: HttpRequest,
    caller: Permitted<ManagePatient>,
    pseudonym: Path<String>,
    sent: Sent<ConsentDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let done = service
        .record_consent(&caller.0, &sent.act, pseudonym, sent.body.into())
        .await
        .for_request(&request)?;
    Ok(Answer::created(done, ConsentView::from))
}
