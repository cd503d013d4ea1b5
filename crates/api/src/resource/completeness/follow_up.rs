//! Completeness of follow-up (Clark's C), and the courses whose follow-up falls short.

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::{ReadCompleteness, ReadWorklist};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::CourseId;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::completeness::{
    FollowUpFigures, FollowUpGap, FollowUpQuestion, FollowUpReport, GapQuery,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::parameter::Horizon;
use super::{INFUSED, explanation};
use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::{Listed, page};
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Params;
use crate::http::time::Day;

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FollowUpParams {
    /// Only of this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Until which day follow-up was possible, by what is known now; today unless you say.
    #[param(value_type = Option<String>, format = Date)]
    as_of: Option<Day>,
    /// How long after day 0 follow-up is asked for, as a time point: `M12`, `Y5`; without end unless you say.
    #[param(value_type = Option<String>)]
    horizon: Option<Horizon>,
}

/// The follow-up of the courses of a site, or of all sites together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FollowUpFigures)]
pub(crate) struct FollowUpFiguresView {
    /// The responsible site; absent for all together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "KAR")]
    site: Option<SiteCode>,
    /// How many courses were infused by then; for the coordinator rounded down to tens, `null` below ten. Of all sites together
    /// what is hidden of each counts too, in tens of its own: there may be up to nine more.
    #[schema(example = 3)]
    courses: Option<u64>,
    /// Days from day 0 to the last contact or death; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1600)]
    observed_days: Option<u64>,
    /// Days from day 0 to death, the horizon or the day asked about; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2300)]
    potential_days: Option<u64>,
    /// Clark's C: observed by potential days, for the coordinator in whole per cent, rounded down; absent when none
    /// were possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.696)]
    completeness: Option<f64>,
}

/// Completeness of follow-up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FollowUpCompleteness)]
pub(crate) struct FollowUpReportView {
    /// Until which day follow-up was possible.
    as_of: NaiveDate,
    /// By site.
    sites: Vec<FollowUpFiguresView>,
    /// Of all these sites together.
    together: FollowUpFiguresView,
    /// Sites that are in no figure, because they answer for fewer than five patients with an infused course.
    #[schema(value_type = Vec<String>)]
    hidden_sites: Vec<SiteCode>,
    /// About whom the figures are, and what is hidden.
    explanation: String,
}

impl From<FollowUpFigures> for FollowUpFiguresView {
    fn from(FollowUpFigures { site, courses, time, completeness }: FollowUpFigures) -> Self {
        let (observed_days, potential_days) =
            (time.map(|time| time.observed), time.map(|time| time.potential));
        Self { site, courses, observed_days, potential_days, completeness }
    }
}

impl FollowUpReportView {
    fn new(report: FollowUpReport, language: Language) -> Self {
        let FollowUpReport { as_of, sites, together, hidden_sites, exact } = report;
        Self {
            as_of,
            sites: sites.into_iter().map(FollowUpFiguresView::from).collect(),
            together: together.into(),
            hidden_sites,
            explanation: explanation(exact, INFUSED).in_language(language).to_owned(),
        }
    }
}

fn question(site: Option<SiteCode>, as_of: Option<Day>, horizon: Option<Horizon>) -> FollowUpQuestion {
    FollowUpQuestion { site, as_of: as_of.map(|day| day.0), horizon: horizon.map(|one| one.0) }
}

/// Read how much of the possible follow-up took place.
///
/// Clark's C of infused courses: the days from day 0 to the last contact or death, by the days to death, to the horizon or to
/// the day asked about. Dates are those of survival: `last_contact_date` and `death_date` of the codebook. A course belongs to
/// the site that is responsible today. Exact for a data manager's own sites; for the coordinator every site with five infused
/// patients or more by the day asked about, in whole per cent, rounded down, as of the last day of a quarter that has ended (the last one
/// unless asked otherwise) and to a horizon in months or years. The question is logged as a hash. Permission: `completeness.read`.
#[utoipa::path(tag = "completeness", params(FollowUpParams), responses(
    (status = 200, description = "The figures by site and together.", body = FollowUpReportView),
))]
#[get("/completeness/follow-up")]
pub(crate) async fn follow_up_completeness(
    request: HttpRequest,
    caller: Permitted<ReadCompleteness>,
    reading: Reading,
    params: Params<FollowUpParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let FollowUpParams { site, as_of, horizon } = params.0;
    let asked = service.follow_up_completeness(&caller.0, &reading.0, question(site, as_of, horizon));
    let (done, language) = (asked.await.for_request(&request)?, language_of(&request));
    Ok(Answer::ok(done, |report| FollowUpReportView::new(report, language)))
}

/// Which courses.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GapParams {
    /// Only of this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Only of this patient.
    #[param(value_type = Option<String>)]
    patient: Option<Pseudonym>,
    /// Until which day follow-up was possible, by what is known now; today unless you say.
    #[param(value_type = Option<String>, format = Date)]
    as_of: Option<Day>,
    /// How long after day 0 follow-up is asked for, as a time point: `M12`, `Y5`; without end unless you say.
    #[param(value_type = Option<String>)]
    horizon: Option<Horizon>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many courses.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// A course whose follow-up falls short.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FollowUpGap)]
pub(crate) struct FollowUpGapView {
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// The course.
    #[schema(value_type = uuid::Uuid)]
    course: CourseId,
    /// The day of the first infusion.
    day0: NaiveDate,
    /// The last day on which the patient was known to be alive.
    last_contact: NaiveDate,
    /// The day of death; imputed where only month or year is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    death: Option<NaiveDate>,
    /// Days from day 0 to the last contact or death.
    observed_days: u64,
    /// Days from day 0 to death, the horizon or the day asked about.
    potential_days: u64,
    /// Days that are missing.
    missing_days: u64,
}

impl From<FollowUpGap> for FollowUpGapView {
    fn from(FollowUpGap { pseudonym, course, followed, time }: FollowUpGap) -> Self {
        Self {
            patient: pseudonym,
            course,
            day0: followed.day0,
            last_contact: followed.last_contact,
            death: followed.death,
            observed_days: time.observed,
            potential_days: time.potential,
            missing_days: time.missing(),
        }
    }
}

/// List the courses whose follow-up falls short.
///
/// Those with the most missing days first; together they miss exactly the days that `/completeness/follow-up` lacks.
/// Permission: `worklist.read`.
#[utoipa::path(tag = "completeness", params(GapParams), responses(
    (status = 200, description = "A page of courses, those with the most missing days first.", body = Listed<FollowUpGapView>),
))]
#[get("/completeness/follow-up/courses")]
pub(crate) async fn list_follow_up_gaps(
    request: HttpRequest,
    caller: Permitted<ReadWorklist>,
    reading: Reading,
    params: Params<GapParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let GapParams { site, patient, as_of, horizon, cursor, limit } = params.0;
    let page = page(&request, cursor.as_deref(), limit)?;
    let query = GapQuery { question: question(site, as_of, horizon), patient };
    let done = service.follow_up_gaps(&caller.0, &reading.0, query, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |gaps| Listed::new(gaps, FollowUpGapView::from)))
}
