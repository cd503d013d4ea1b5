//! Patients, participations and consents.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_crypto::linkage::LinkageValue;
use cartotek_domain::access::permission::{EnrolPatient, ReadPatient};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::course::{Course, CourseStatus};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, ParticipationId};
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::patient::{Participation, ParticipationRole, Patient};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_service::Service;
use cartotek_service::enrol::{Decision, Enrolment, PatientFile};
use cartotek_service::patient::ListedPatient;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::time::Day;
use crate::resource::consent::{ConsentDraft, ConsentView};

/// A pseudonymised patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Patient)]
pub(crate) struct PatientView {
    /// The pseudonym, issued by the registry.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    pseudonym: Pseudonym,
}

impl From<Patient> for PatientView {
    fn from(patient: Patient) -> Self {
        Self { pseudonym: patient.pseudonym }
    }
}

/// A course in the list of patients.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedCourse)]
pub(crate) struct ListedCourseView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CourseId,
    /// 1 for the patient's first course, then 2, 3, …
    number: i32,
    /// Code of the indication group.
    #[schema(example = "LBCL")]
    indication: String,
    /// Where it stands.
    status: CourseStatus,
}

impl From<Course> for ListedCourseView {
    fn from(course: Course) -> Self {
        let Course { id, number, indication, status, .. } = course;
        Self { id, number, indication, status }
    }
}

/// A patient in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedPatient)]
pub(crate) struct ListedPatientView {
    /// The patient.
    #[serde(flatten)]
    patient: PatientView,
    /// The courses, by number.
    courses: Vec<ListedCourseView>,
}

impl From<ListedPatient> for ListedPatientView {
    fn from(listed: ListedPatient) -> Self {
        let courses = listed.courses.into_iter().map(ListedCourseView::from).collect();
        Self { patient: listed.patient.into(), courses }
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
    /// Whether it owns the worklist. The answer to an enrolment does not say: it would tell whether another site has
    /// enrolled the patient before.
    #[serde(skip_serializing_if = "Option::is_none")]
    responsible: Option<bool>,
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
        Self { id, site, role, responsible: Some(responsible), from: valid_from, to: valid_to, version }
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

impl PatientFileView {
    /// A patient that was just enrolled, as if no other site knew of it.
    fn enrolled(file: PatientFile) -> Self {
        let mut view = Self::from(file);
        for participation in &mut view.participations {
            participation.responsible = None;
        }
        view
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
    #[schema(value_type = String, format = Date)]
    from: Day,
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

/// List the patients of the caller's sites with their courses.
///
/// Permission: `patients.read`.
#[utoipa::path(tag = "patients", params(Paging), responses(
    (status = 200, description = "A page of patients, by pseudonym.", body = Listed<ListedPatientView>),
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
    Ok(Answer::ok(done, |patients| Listed::new(patients, ListedPatientView::from)))
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
    let enrolment = Enrolment { site, role, from: from.0, consents, linkage };
    let done = service.enrol(&caller.0, &sent.act, enrolment).await.for_request(&request)?;
    let place = format!("/api/v1/patients/{}", done.value.patient.pseudonym);
    Ok(Answer::created(done, PatientFileView::enrolled).located(place))
}

/// Read a patient.
///
/// Permission: `patients.read`.
#[utoipa::path(tag = "patients",
    params(("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN")),
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

fn linkage_value(request: &HttpRequest, text: &str) -> Result<LinkageValue, ApiError> {
    text.parse().map_err(|error: cartotek_crypto::linkage::MalformedLinkage| {
        let finding = Finding::error("API-SHAPE", "/linkage", error.text());
        ApiError::found(request, Problem::ContentInvalid, vec![finding])
    })
}
