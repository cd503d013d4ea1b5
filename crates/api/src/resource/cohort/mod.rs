//! Research questions: the codebook, counts of cohorts and their survival.

mod answer;
mod expression;
mod variable;

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_domain::access::permission::{AskCohort, ReadVariables};
use cartotek_service::Service;
use cartotek_service::cohort::{By, CountQuestion, SurvivalQuestion, SurvivalRequest, VariableQuery};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::language_of;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{Params, Writing};
use crate::resource::cohort::answer::{CountAnswer, SurvivalAnswer};
use crate::resource::cohort::expression::CohortExpression;
use crate::resource::cohort::variable::CodebookView;

/// A cohort to count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "where": {"all": [
        {"variable": "age_at_infusion", "at_least": 18, "less_than": 65},
        {"variable": "indication", "in": ["LBCL", "FL"]},
        {"not": {"variable": "crs_max_grade", "at_least": 3}}
    ]},
    "by": {"variable": "age_at_infusion", "edges": [40, 60]}
}))]
pub(crate) struct CohortCountQuestion {
    /// Which courses; `{"all": []}` for every one.
    #[serde(rename = "where")]
    #[schema(value_type = CohortExpression)]
    filter: Value,
    /// By which variable to break the count down.
    #[serde(default)]
    by: Option<CohortBreakdownBy>,
}

impl Body for CohortCountQuestion {}

/// By which variable a count is broken down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CohortBreakdownBy {
    /// Id of the variable; see `/variables`. Codes are grouped by code, dates by year.
    #[schema(example = "age_at_infusion")]
    variable: String,
    /// For a number: 1 to 20 ascending limits; a group begins at its lower limit.
    #[serde(default)]
    #[schema(max_items = 20, example = json!([40, 60]))]
    edges: Vec<f64>,
}

/// A cohort whose survival to estimate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "where": {"variable": "infusion_date", "at_least": "2024-01-01"},
    "strata": "indication",
    "times": [0, 180, 365, 730]
}))]
pub(crate) struct CohortSurvivalQuestion {
    /// Which courses; `{"all": []}` for every one.
    #[serde(rename = "where")]
    #[schema(value_type = CohortExpression)]
    filter: Value,
    /// Id of a code variable that divides the cohort; its value at the patient's first course counts.
    #[serde(default)]
    #[schema(example = "indication")]
    strata: Option<String>,
    /// Days after infusion for which to give numbers at risk; usually 0, 90, 180, 365, 730, 1095 and 1825.
    #[serde(default)]
    #[schema(max_items = 100)]
    times: Option<Vec<u32>>,
}

impl Body for CohortSurvivalQuestion {}

impl From<CohortSurvivalQuestion> for SurvivalQuestion {
    fn from(question: CohortSurvivalQuestion) -> Self {
        let CohortSurvivalQuestion { filter, strata, times } = question;
        let usual = SurvivalRequest::default();
        Self { filter, request: SurvivalRequest { strata, times: times.unwrap_or(usual.times) } }
    }
}

/// Which variables are looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VariableParams {
    /// Words that stand in the id or the name, in Swedish or English, in any order.
    #[param(example = "crs grade")]
    text: Option<String>,
    /// Only of this form; `course` or `computed` for what follows from the course and all its records.
    #[param(example = "acute_toxicity")]
    form: Option<String>,
}

/// List the variables that a cohort expression may name, or look for some of them.
///
/// The codebook: with texts in both languages, codes, units and the conditions that fit each variable. Permission:
/// `variables.read`.
#[utoipa::path(tag = "cohorts", params(VariableParams), responses(
    (status = 200, description = "The variables, the computed ones first.", body = CodebookView),
))]
#[get("/variables")]
pub(crate) async fn list_variables(
    request: HttpRequest,
    caller: Permitted<ReadVariables>,
    params: Params<VariableParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let VariableParams { text, form } = params.0;
    let done = service.variables(&caller.0, &VariableQuery { text, form }).for_request(&request)?;
    let language = language_of(&request);
    Ok(Answer::ok(done, |entries| CodebookView::new(entries, language)))
}

/// Count the patients and courses of a cohort.
///
/// A data manager gets exact figures about the own sites' patients; a researcher or coordinator gets protected figures
/// over the network: below 10 hidden (null, zero too), others rounded to 10. Changes nothing; the question is logged as a
/// hash. Permission: `cohorts.ask`.
#[utoipa::path(tag = "cohorts", params(Writing), request_body = CohortCountQuestion, responses(
    (status = 200, description = "The figures, the question in words and what was done to protect them.", body = CountAnswer),
))]
#[post("/cohorts/count")]
pub(crate) async fn count_cohort(
    request: HttpRequest,
    caller: Permitted<AskCohort>,
    sent: Sent<CohortCountQuestion>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let CohortCountQuestion { filter, by } = sent.body;
    let by = by.map(|CohortBreakdownBy { variable, edges }| By { variable, edges });
    let question = CountQuestion { filter, by };
    let done = service.count_cohort(&caller.0, &sent.act, question).await.for_request(&request)?;
    let language = language_of(&request);
    Ok(Answer::ok(done, |answer| CountAnswer::new(answer, language)))
}

/// Estimate the overall survival of a cohort.
///
/// Kaplan–Meier from the first infusion to death of any cause, with 95 % intervals, numbers at risk and strata; exact
/// or protected as for a count. Changes nothing; the question is logged as a hash. Permission: `cohorts.ask`.
#[utoipa::path(tag = "cohorts", params(Writing), request_body = CohortSurvivalQuestion, responses(
    (status = 200, description = "The curves, the question in words and what was done to protect them.", body = SurvivalAnswer),
))]
#[post("/cohorts/survival")]
pub(crate) async fn cohort_survival(
    request: HttpRequest,
    caller: Permitted<AskCohort>,
    sent: Sent<CohortSurvivalQuestion>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.cohort_survival(&caller.0, &sent.act, sent.body.into()).await.for_request(&request)?;
    let language = language_of(&request);
    Ok(Answer::ok(done, |answer| SurvivalAnswer::new(answer, language)))
}
