//! What clients send about courses.

use cartotek_domain::course::CourseOutcome;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::body::Body;
use crate::http::time::Day;
use crate::resource::record_body::CorrectionReason;

/// A course to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"indication": "LBCL", "opened_on": "2026-01-12"}))]
pub(crate) struct CourseDraft {
    /// Code of the indication group (code list `indication_group`).
    #[schema(example = "LBCL", max_length = 40)]
    pub(crate) indication: String,
    /// Day of referral or first apheresis: no apheresis or infusion is dated before.
    #[schema(value_type = String, format = Date)]
    pub(crate) opened_on: Day,
}

impl Body for CourseDraft {}

/// The end of a course without an infusion.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "other", "closed_on": "2026-03-01"}))]
pub(crate) struct CourseClosure {
    /// Why it ended.
    pub(crate) outcome: CourseOutcome,
    /// The day it ended.
    #[schema(value_type = String, format = Date)]
    pub(crate) closed_on: Day,
}

impl Body for CourseClosure {}

/// What is right of a course that was opened wrongly: at least one that differs. What is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CourseCorrection, example = json!({
    "indication": "FL", "opened_on": "2026-01-11", "reason": "data_entry"
}))]
pub(crate) struct CourseCorrectionBody {
    /// Code of the indication group (code list `indication_group`).
    #[serde(default)]
    #[schema(example = "FL", max_length = 40)]
    pub(crate) indication: Option<String>,
    /// Day of referral or first apheresis: no apheresis or infusion is dated before.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) opened_on: Option<Day>,
    /// The coded reason.
    pub(crate) reason: CorrectionReason,
}

impl Body for CourseCorrectionBody {}

/// Why a closed course is opened again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "data_entry"}))]
pub(crate) struct CourseReopening {
    /// The coded reason.
    pub(crate) reason: CorrectionReason,
}

impl Body for CourseReopening {}
