//! Patients, participations and consents.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_crypto::linkage::LinkageValue;
use cartotek_domain::access::permission::{EnrolPatient, ManagePatient, ReadPatient};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ConsentId, ParticipationId};
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::patient::{Participation, ParticipationRole, Patient};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_service::Service;
use cartotek_service::enrol::{Decision, Enrolment, PatientFile};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};

/// A pseudonymised patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Patient)]
pub(crate) struct PatientView {
    /// The pseudonym, issued by the registry.
    #[schema(value_type = String, example = "CT-7K3M9Q2XAT")]
    pseudonym: Pseudonym,
    /// When the patient was enrolled.
    enrolled_at: DateTime<Utc>,
}

impl From<Patient> for PatientView {
    fn from(patient: Patient) -> Self {
        Self { pseudonym: patient.pseudonym, enrolled_at: patient.created_at }
    }
}

/// A site's part in the care of a patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Participation)]
pub(crate) struct ParticipationView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ParticipationId,
    /// The site.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// Its part.
    role: ParticipationRole,
    /// Whether it owns the worklist.
    responsible: bool,
    /// First day.
    from: NaiveDate,
    /// Last day, once it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<NaiveDate>,
    /// Version of this row: the ETag for `If-Match`.
    version: i64,
}

impl From<Participation> for ParticipationView {
    fn from(one: Participation) -> Self {
        let Participation { id, patient: _, site, role, responsible, valid_from, valid_to, version, salt: _ } =
            one;
        Self { id, site, role, responsible, from: valid_from, to: valid_to, version }
    }
}

/// A consent decision about one purpose.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
pub(crate) struct ConsentView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ConsentId,
    /// What it is about, what was decided and how.
    #[serde(flatten)]
    decision: ConsentDraft,
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
            site: consent.site,
            recorded_at: consent.recorded_at,
            decision: ConsentDraft {
                purpose: consent.purpose,
                decision: consent.decision,
                decided_on: consent.decided_on,
                valid_to: consent.valid_to,
                form_version: consent.form_version,
                language: consent.language,
                signed_by: consent.signed_by,
                ethics_ref: consent.ethics_ref,
                document_ref: consent.document_ref,
            },
        }
    }
}

/// A consent decision to record.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentDraft {
    /// What it is about.
    purpose: ConsentPurpose,
    /// What was decided.
    decision: ConsentDecision,
    /// The day it was signed or said.
    decided_on: NaiveDate,
    /// The last day it holds, where the form limits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_to: Option<NaiveDate>,
    /// Version of the information and consent form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40)]
    form_version: Option<String>,
    /// Language of that form (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "sv", max_length = 35)]
    language: Option<String>,
    /// Who signed; the patient unless it says otherwise.
    #[serde(default = "patient_signs")]
    signed_by: Signatory,
    /// The ethics approval it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2024-01234-01", max_length = 40)]
    ethics_ref: Option<String>,
    /// Where the paper lies, in the hospital's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    document_ref: Option<String>,
}

const fn patient_signs() -> Signatory {
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
            decided_on: draft.decided_on,
            valid_to: draft.valid_to,
            form_version: draft.form_version,
            language: draft.language,
            signed_by: draft.signed_by,
            ethics_ref: draft.ethics_ref,
            document_ref: draft.document_ref,
        }
    }
}

/// A patient with the participations and consents the caller may see.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PatientFile)]
pub(crate) struct PatientFileView {
    /// The patient.
    #[serde(flatten)]
    patient: PatientView,
    /// The sites that take part in the care.
    participations: Vec<ParticipationView>,
    /// The consent decisions.
    consents: Vec<ConsentView>,
}

impl From<PatientFile> for PatientFileView {
    fn from(file: PatientFile) -> Self {
        Self {
            patient: file.patient.into(),
            participations: file.participations.into_iter().map(ParticipationView::from).collect(),
            consents: file.consents.into_iter().map(ConsentView::from).collect(),
        }
    }
}

/// A patient to enrol.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "site": "KAR", "role": "treating", "from": "2026-01-10",
    "consents": [{"purpose": "registry_research", "decision": "given", "decided_on": "2026-01-09"}]
}))]
pub(crate) struct EnrolmentDraft {
    /// The enrolling site.
    #[schema(value_type = String)]
    site: SiteCode,
    /// Its part in the care.
    role: ParticipationRole,
    /// First day of that part.
    from: NaiveDate,
    /// The consent decisions taken; at least one.
    consents: Vec<ConsentDraft>,
    /// `h1.` and 64 hexadecimal digits, made by the hospital's linkage tool; stored only as a keyed hash.
    #[serde(default)]
    #[schema(pattern = "^h1\\.[0-9a-f]{64}$")]
    linkage: Option<String>,
}

impl Body for EnrolmentDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        if pointer == "/linkage" { Some(FieldKind::Label) } else { ConsentDraft::field_kind(pointer) }
    }
}

/// Which consent decisions are shown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConsentParams {
    /// Only what had been entered by this instant.
    as_of: Option<DateTime<Utc>>,
}

/// List the patients of the caller's sites.
///
/// Permission: `patients.read`.
#[utoipa::path(tag = "patients", params(Paging), responses(
    (status = 200, description = "A page of patients, by pseudonym.", body = Listed<PatientView>),
))]
#[get("/patients")]
pub(crate) async fn list_patients(
    request: HttpRequest,
    caller: Permitted<ReadPatient>,
    reading: Reading,
    paging: Params<Paging>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let page = page(&request, paging.0.cursor.as_deref(), paging.0.limit)?;
    let done = service.patients(&caller.0, &reading.0, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |patients| Listed::new(patients, PatientView::from)))
}

/// Enrol a patient with the first participation and consents.
///
/// The registry issues the pseudonym. With a `linkage` value that another site has sent before, the site joins the
/// care of that patient; the answer does not tell. Permission: `patients.enrol`.
#[utoipa::path(tag = "patients", params(Writing), request_body = EnrolmentDraft, responses(
    (status = 201, description = "The patient is enrolled.", body = PatientFileView),
))]
#[post("/patients")]
pub(crate) async fn enrol(
    request: HttpRequest,
    caller: Permitted<EnrolPatient>,
    sent: Sent<EnrolmentDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let EnrolmentDraft { site, role, from, consents, linkage } = sent.body;
    let linkage = linkage.map(|text| linkage_value(&request, &text)).transpose()?;
    let consents = consents.into_iter().map(Decision::from).collect();
    let enrolment = Enrolment { site, role, from, consents, linkage };
    let done = service.enrol(&caller.0, &sent.act, enrolment).await.for_request(&request)?;
    let place = format!("/api/v1/patients/{}", done.value.patient.pseudonym);
    Ok(Answer::created(done, PatientFileView::from).located(place))
}

/// Read a patient.
///
/// Permission: `patients.read`.
#[utoipa::path(tag = "patients",
    params(("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAT")),
    responses((status = 200, description = "The patient.", body = PatientFileView)))]
#[get("/patients/{pseudonym}")]
pub(crate) async fn read_patient(
    request: HttpRequest,
    caller: Permitted<ReadPatient>,
    reading: Reading,
    _: Params<NoParams>,
    pseudonym: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let done = service.patient(&caller.0, &reading.0, pseudonym).await.for_request(&request)?;
    Ok(Answer::ok(done, PatientFileView::from))
}

/// List a patient's consent decisions, also as they were known earlier.
///
/// Permission: `patients.read`.
#[utoipa::path(tag = "patients", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAT"),
    ConsentParams,
), responses((status = 200, description = "Every decision, in the order entered.", body = Listed<ConsentView>)))]
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
    let done =
        service.consents(&caller.0, &reading.0, pseudonym, params.0.as_of).await.for_request(&request)?;
    Ok(Answer::ok(done, |consents| Listed::whole(consents, ConsentView::from)))
}

/// Record a consent decision; earlier ones stay.
///
/// Permission: `patients.manage`.
#[utoipa::path(tag = "patients", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAT"),
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

fn linkage_value(request: &HttpRequest, text: &str) -> Result<LinkageValue, ApiError> {
    text.parse().map_err(|error: cartotek_crypto::linkage::MalformedLinkage| {
        let finding = Finding::error("API-SHAPE", "/linkage", error.text());
        ApiError::found(request, Problem::ContentInvalid, vec![finding])
    })
}
