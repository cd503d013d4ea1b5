//! Answers to research questions as clients see them. A hidden figure is `null` and never says why.

use cartotek_domain::text::Language;
use cartotek_service::cohort::{
    AtRiskView, BreakdownView, CohortAnswer, CountView, CurveView, GroupKey, GroupView, MedianView,
    Protection, StepView, StratumView, SurvivalView,
};
use serde::Serialize;
use utoipa::ToSchema;

/// How the figures of an answer were protected.
///
/// - `exact`: Not at all: about the own sites' patients.
/// - `protected`: Below 10 hidden, others rounded to 10.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CohortProtection {
    Exact,
    Protected,
}

/// What every answer says of itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CohortAnswerHead)]
pub(crate) struct Head {
    /// How the figures were protected.
    protection: CohortProtection,
    /// About whom the answer is and what was done to the figures.
    #[schema(example = "Counts below 10 are not shown (zero counts as small), others are rounded to 10.")]
    explanation: String,
    /// The question in words, to be confirmed before relying on the answer.
    #[schema(example = "Number of patients and courses: Age at infusion is at least 18 a")]
    question: String,
    /// Number of sealed events of the log that the answer reflects.
    as_of: u64,
}

impl Head {
    fn split<T>(answer: CohortAnswer<T>, language: Language) -> (Self, T) {
        let CohortAnswer { protection, explanation, question, as_of, result } = answer;
        let protection = match protection {
            Protection::Exact => CohortProtection::Exact,
            Protection::Protected { .. } => CohortProtection::Protected,
        };
        let text = |text: cartotek_domain::text::Text| text.in_language(language).to_owned();
        (Self { protection, explanation: text(explanation), question: text(question), as_of }, result)
    }
}

/// What the courses of a group have in common.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum CohortGroupKey {
    /// The same code.
    Code {
        /// The code.
        #[schema(example = "LBCL")]
        code: String,
        /// What it means.
        #[schema(example = "Large B-cell lymphoma")]
        label: String,
    },
    /// A number in the same range.
    Range {
        /// Lower limit, included; null for the lowest group.
        from: Option<f64>,
        /// Upper limit, excluded; null for the highest group.
        below: Option<f64>,
    },
    /// A date in the same calendar year.
    Year {
        /// The year.
        #[schema(example = 2026)]
        year: i32,
    },
    /// No value.
    Missing,
}

impl CohortGroupKey {
    fn new(key: GroupKey, language: Language) -> Self {
        match key {
            GroupKey::Code { code, label } => {
                Self::Code { code, label: label.in_language(language).to_owned() }
            }
            GroupKey::Range { from, below } => Self::Range { from, below },
            GroupKey::Year { year } => Self::Year { year },
            GroupKey::Missing => Self::Missing,
        }
    }
}

/// Size of a cohort.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CohortCount)]
pub(crate) struct CountAnswer {
    /// What the answer says of itself.
    #[serde(flatten)]
    head: Head,
    /// Distinct patients; null when hidden. In a protected breakdown: the sum of its published groups.
    patients: Option<u64>,
    /// Courses; null when hidden. In a protected breakdown: the sum of its published groups.
    courses: Option<u64>,
    /// The groups, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    breakdown: Option<CohortBreakdown>,
}

impl CountAnswer {
    pub(crate) fn new(answer: CohortAnswer<CountView>, language: Language) -> Self {
        let (head, CountView { patients, courses, breakdown }) = Head::split(answer, language);
        let breakdown = breakdown.map(|one| CohortBreakdown::new(one, language));
        Self { head, patients, courses, breakdown }
    }
}

/// A cohort by one variable.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CohortBreakdown {
    /// Id of the variable.
    variable: String,
    /// The groups in the variable's order, missing values last. A patient with courses in several groups counts in each.
    groups: Vec<CohortGroup>,
}

impl CohortBreakdown {
    fn new(BreakdownView { variable, groups }: BreakdownView, language: Language) -> Self {
        let group = |GroupView { key, patients, courses }: GroupView| CohortGroup {
            key: CohortGroupKey::new(key, language),
            patients,
            courses,
        };
        Self { variable, groups: groups.into_iter().map(group).collect() }
    }
}

/// Size of one group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CohortGroup {
    /// What its courses have in common.
    key: CohortGroupKey,
    /// Distinct patients; null when hidden.
    patients: Option<u64>,
    /// Courses; null when hidden.
    courses: Option<u64>,
}

/// Overall survival of a cohort; times are days after infusion, day 0 counts as 0.5.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CohortSurvival)]
pub(crate) struct SurvivalAnswer {
    /// What the answer says of itself.
    #[serde(flatten)]
    head: Head,
    /// All patients; null when hidden.
    overall: Option<SurvivalCurve>,
    /// Id of the variable that divides the cohort, if asked for.
    strata_variable: Option<String>,
    /// One per value of that variable, missing values last.
    strata: Vec<SurvivalStratum>,
    /// Patients left out because no infusion is recorded; null when hidden.
    not_infused: Option<u64>,
    /// Patients left out because their dates contradict each other; null when hidden.
    impossible_dates: Option<u64>,
}

impl SurvivalAnswer {
    pub(crate) fn new(answer: CohortAnswer<SurvivalView>, language: Language) -> Self {
        let (head, view) = Head::split(answer, language);
        let SurvivalView { overall, strata_variable, strata, not_infused, impossible_dates } = view;
        let stratum = |StratumView { key, curve }: StratumView| SurvivalStratum {
            key: CohortGroupKey::new(key, language),
            curve: curve.map(SurvivalCurve::from),
        };
        Self {
            head,
            overall: overall.map(SurvivalCurve::from),
            strata_variable,
            strata: strata.into_iter().map(stratum).collect(),
            not_infused,
            impossible_dates,
        }
    }
}

/// One part of a divided cohort.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SurvivalStratum {
    /// What its patients have in common.
    key: CohortGroupKey,
    /// Its estimate; null when hidden.
    curve: Option<SurvivalCurve>,
}

/// A Kaplan–Meier curve.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SurvivalCurve {
    /// Patients; null when hidden.
    patients: Option<u64>,
    /// Deaths; null when hidden. Protected: as many as the points tell of.
    deaths: Option<u64>,
    /// Exact: one per day with a death. Protected: one per 30 days, as long as at least 10 are at risk; a life table of
    /// rounded figures, which comes down only where at least 10 have died since it last did.
    steps: Vec<SurvivalStep>,
    /// The smallest time with survival of at most one half.
    median: SurvivalMedian,
    /// Median follow-up (reverse Kaplan–Meier), without interval.
    median_follow_up: SurvivalMedian,
    /// Numbers at risk at the times asked for; protected: at the 30-day point before.
    at_risk: Vec<NumberAtRisk>,
    /// Longest follow-up; null when hidden or nobody is followed.
    followed_to: Option<f64>,
}

impl From<CurveView> for SurvivalCurve {
    fn from(curve: CurveView) -> Self {
        let CurveView { patients, deaths, steps, median, median_follow_up, at_risk, followed_to } = curve;
        let step = |StepView { time, at_risk, deaths, survival, lower, upper }: StepView| SurvivalStep {
            time,
            at_risk,
            deaths,
            survival,
            lower,
            upper,
        };
        let number = |AtRiskView { time, at_risk }: AtRiskView| NumberAtRisk { time, at_risk };
        Self {
            patients,
            deaths,
            steps: steps.into_iter().map(step).collect(),
            median: median.into(),
            median_follow_up: median_follow_up.into(),
            at_risk: at_risk.into_iter().map(number).collect(),
            followed_to,
        }
    }
}

/// A point of a curve.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SurvivalStep {
    /// Days after infusion.
    time: f64,
    /// Patients whose follow-up reaches the time; null when hidden.
    at_risk: Option<u64>,
    /// Deaths since the previous point that tells of some; null when hidden.
    deaths: Option<u64>,
    /// Probability to live longer than the time, 0 to 1. Protected: to live to the time.
    survival: f64,
    /// Lower end of the 95 % interval; null where survival is 1 or 0.
    lower: Option<f64>,
    /// Upper end of the 95 % interval; null where survival is 1 or 0.
    upper: Option<f64>,
}

/// A median time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum SurvivalMedian {
    /// It is known.
    Reached {
        /// Days after infusion.
        time: f64,
        /// Lower end of the 95 % interval; null when not reached.
        lower: Option<f64>,
        /// Upper end of the 95 % interval; null when not reached.
        upper: Option<f64>,
    },
    /// The curve, as far as shown, does not come down to one half.
    NotReached {
        /// Lower end of the 95 % interval; null when not reached.
        lower: Option<f64>,
    },
    /// Too few patients to show it.
    Hidden,
}

impl From<MedianView> for SurvivalMedian {
    fn from(median: MedianView) -> Self {
        match median {
            MedianView::Reached { time, lower, upper } => Self::Reached { time, lower, upper },
            MedianView::NotReached { lower } => Self::NotReached { lower },
            MedianView::Hidden => Self::Hidden,
        }
    }
}

/// A number at risk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberAtRisk {
    /// Days after infusion.
    time: u32,
    /// Patients whose follow-up reaches the time; null when hidden.
    at_risk: Option<u64>,
}
