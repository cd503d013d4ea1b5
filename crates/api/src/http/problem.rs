//! The only place that knows `application/problem+json` (RFC 9457).

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use cartotek_domain::audit::Subject;
use cartotek_domain::finding::{Finding, Severity};
use cartotek_domain::id::RequestId;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Language;
use cartotek_service::{Refusal, ServiceError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::circumstances::{language_of, request_id_of};

/// Why a request failed, in the words of the client's language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "https://cartotek.example/problems/content_invalid",
    "title": "The content breaks rules; see findings.",
    "status": 422,
    "code": "content_invalid",
    "findings": [{
        "rule": "R-DATE-02", "severity": "error", "pointer": "/consents/0/decided_on",
        "message": "The day lies in the future; correct it."
    }],
    "request_id": "01980000-0000-7000-8000-000000000000"
}))]
pub(crate) struct ProblemDocument {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// What went wrong, in Swedish or English.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable code of the kind of problem; match on this.
    code: String,
    /// What is wrong in this request and how to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What the rules found, with the place of each.
    findings: Vec<FindingView>,
    /// For a stale version: the version that is current.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<i64>,
    /// For a stale version: from the version you had to the current one (RFC 6902).
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Value>,
    /// Names the request in the server's log.
    request_id: String,
}

/// What a rule found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub(crate) struct FindingView {
    /// The stable id of the rule.
    #[schema(example = "R-CRS-02")]
    pub(crate) rule: String,
    /// Error, warning or notice.
    #[schema(value_type = String, example = "error")]
    pub(crate) severity: Severity,
    /// Where: a JSON pointer (RFC 6901), empty for the whole. The schema and the rules of a form point into the form's
    /// content, all else into the body.
    #[schema(example = "/crs/max_grade")]
    pub(crate) pointer: String,
    /// What is wrong and how to mend it, in Swedish or English.
    pub(crate) message: String,
}

impl FindingView {
    pub(crate) fn new(finding: &Finding, language: Language) -> Self {
        Self {
            rule: finding.rule.clone(),
            severity: finding.severity,
            pointer: finding.pointer.clone(),
            message: finding.message.in_language(language).to_owned(),
        }
    }
}

/// An error on its way to becoming a problem document.
#[derive(Debug)]
pub(crate) struct ApiError {
    refusal: Box<Refusal>,
    language: Language,
    request_id: RequestId,
}

/// Left in the response for the watcher, which records refusals.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    /// Why.
    pub(crate) problem: Problem,
    /// Whom and what it concerns.
    pub(crate) subjects: Vec<Subject>,
}

impl ApiError {
    /// The error of a request.
    pub(crate) fn new(request: &HttpRequest, error: ServiceError) -> Self {
        let refusal = match error {
            ServiceError::Refused(refusal) => refusal,
            other => {
                tracing::error!(error = %other, request_id = %request_id_of(request), "request failed");
                Box::new(Refusal::new(other.problem()))
            }
        };
        Self { refusal, language: language_of(request), request_id: request_id_of(request) }
    }

    /// A refusal that the problem's title explains.
    pub(crate) fn refused(request: &HttpRequest, problem: Problem) -> Self {
        Self::new(request, ServiceError::refused(problem))
    }

    /// A refusal with findings.
    pub(crate) fn found(request: &HttpRequest, problem: Problem, findings: Vec<Finding>) -> Self {
        let refusal = Refusal { findings, ..Refusal::new(problem) };
        Self::new(request, ServiceError::Refused(Box::new(refusal)))
    }

    /// What is told of a refusal without findings that the client can mend: its explanation, else its title. Who is
    /// unknown, or asks for what is not there, learns nothing more.
    fn whole(&self) -> Option<Finding> {
        let Refusal { problem, detail, findings, .. } = &*self.refusal;
        let tells = (400..500).contains(&problem.status()) && ![401, 404].contains(&problem.status());
        (tells && findings.is_empty()).then(|| {
            let rule = format!("API-{}", problem.code().to_uppercase().replace('_', "-"));
            Finding::error(rule, "", detail.clone().unwrap_or_else(|| problem.title()))
        })
    }

    fn document(&self) -> ProblemDocument {
        let Refusal { problem, detail, findings, current, .. } = &*self.refusal;
        let whole = self.whole();
        ProblemDocument {
            kind: format!("https://cartotek.example/problems/{}", problem.code()),
            title: problem.title().in_language(self.language).to_owned(),
            status: problem.status(),
            code: problem.code().to_owned(),
            detail: detail.as_ref().map(|text| text.in_language(self.language).to_owned()),
            findings: findings
                .iter()
                .chain(&whole)
                .map(|finding| FindingView::new(finding, self.language))
                .collect(),
            current_version: current.as_ref().map(|current| current.version),
            changes: current.as_ref().and_then(|current| current.changes.clone()),
            request_id: self.request_id.to_string(),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.refusal.problem.code())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.refusal.problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type("application/problem+json");
        response.insert_header((header::CONTENT_LANGUAGE, crate::http::circumstances::tag(self.language)));
        match self.refusal.problem {
            Problem::Unavailable | Problem::TooManyRequests => {
                response.insert_header((header::RETRY_AFTER, self.refusal.retry_after.unwrap_or(1)));
            }
            Problem::Unauthenticated => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            _ => {}
        }
        let body = serde_json::to_string(&self.document()).unwrap_or_default();
        let mut response = response.body(body);
        let Refusal { problem, subjects, .. } = &*self.refusal;
        response.extensions_mut().insert(Refused { problem: *problem, subjects: subjects.clone() });
        response
    }
}

/// Gives service results the request they belong to.
pub(crate) trait ForRequest<T> {
    /// The result with its error turned into a problem document.
    fn for_request(self, request: &HttpRequest) -> Result<T, ApiError>;
}

impl<T> ForRequest<T> for Result<T, ServiceError> {
    fn for_request(self, request: &HttpRequest) -> Result<T, ApiError> {
        self.map_err(|error| ApiError::new(request, error))
    }
}
