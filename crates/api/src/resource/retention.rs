//! The retention report.

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::ReadRetention;
use cartotek_domain::retention::{Kept, RetentionClass};
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::report::{Counted, RetentionLine, RetentionReport};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::language_of;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params};

/// What is counted.
///
/// - `patients`: Patients of whom data of the class are kept.
/// - `events`: Events of the log.
/// - `rows`: Rows, of what is kept for a number of days.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Counted)]
enum CountedView {
    Patients,
    Events,
    Rows,
}

impl From<Counted> for CountedView {
    fn from(counted: Counted) -> Self {
        match counted {
            Counted::Patients => Self::Patients,
            Counted::Events => Self::Events,
            Counted::Rows => Self::Rows,
        }
    }
}

/// How much may be removed from a year on.
#[derive(Debug, Serialize, ToSchema)]
struct RetentionYear {
    /// The year; absent while no day is in sight.
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<i32>,
    /// How much.
    count: u64,
}

/// A kind of data, and how long it is kept by which law.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetentionRule)]
pub(crate) struct RetentionRuleView {
    /// Its code.
    #[schema(example = "atmp_traceability")]
    code: String,
    /// Its name.
    title: String,
    /// The law or decision that its time comes from.
    legal_source: String,
    /// `always`, `while_purpose_lasts`, `at_least_years`, `years_after` or `days`.
    #[schema(example = "years_after")]
    rule: &'static str,
    /// How many years or days.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
}

impl RetentionRuleView {
    pub(crate) fn new(class: RetentionClass, language: Language) -> Self {
        let (rule, number) = match class.kept {
            Kept::Always => ("always", None),
            Kept::WhilePurposeLasts => ("while_purpose_lasts", None),
            Kept::AtLeastYears { years } => ("at_least_years", Some(years)),
            Kept::YearsAfter { years, .. } => ("years_after", Some(years)),
            Kept::Days { days } => ("days", Some(days)),
        };
        Self {
            code: class.code,
            title: class.title.in_language(language).to_owned(),
            legal_source: class.legal_source.in_language(language).to_owned(),
            rule,
            number,
        }
    }
}

/// How much is kept of one kind of data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetentionClass)]
struct RetentionClassView {
    #[serde(flatten)]
    rule: RetentionRuleView,
    /// What is counted; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<CountedView>,
    /// From which year on how much may be removed.
    years: Vec<RetentionYear>,
    /// How much is older than it may be, or waits for an erasure.
    overdue: u64,
}

impl RetentionClassView {
    fn new(line: RetentionLine, language: Language) -> Self {
        let RetentionLine { class, counted, years, overdue } = line;
        Self {
            rule: RetentionRuleView::new(class, language),
            counted: counted.map(CountedView::from),
            years: years.into_iter().map(|(year, count)| RetentionYear { year, count }).collect(),
            overdue,
        }
    }
}

/// How much is kept of which kind of data, and until when.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetentionReport)]
pub(crate) struct RetentionReportView {
    /// The version of the retention table.
    version: u32,
    /// The kinds of data.
    classes: Vec<RetentionClassView>,
}

impl RetentionReportView {
    fn new(report: RetentionReport, language: Language) -> Self {
        let classes = report.classes.into_iter().map(|line| RetentionClassView::new(line, language));
        Self { version: report.version, classes: classes.collect() }
    }
}

/// Read how much is kept of which kind of data, and until when.
///
/// Counts alone, by the published retention table; no patient is named. Permission: `retention.read`.
#[utoipa::path(tag = "audit", responses(
    (status = 200, description = "The report.", body = RetentionReportView),
))]
#[get("/reports/retention")]
pub(crate) async fn retention_report(
    request: HttpRequest,
    caller: Permitted<ReadRetention>,
    _: Params<NoParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.retention_report(&caller.0).await.for_request(&request)?;
    let language = language_of(&request);
    Ok(Answer::ok(done, |report| RetentionReportView::new(report, language)))
}
