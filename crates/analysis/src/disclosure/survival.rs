//! Answers to survival questions.

use serde::{Deserialize, Serialize};

use super::suppression::{Margin, hidden};
use super::{Answer, Audience, GRID_DAYS, THRESHOLD, figure};
use crate::count::GroupKey;
use crate::survival::{Curve, Survival, time};

/// Overall survival of a cohort; times are days after infusion, day 0 counts as 0.5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurvivalView {
    /// All patients; null when hidden.
    pub overall: Option<CurveView>,
    /// Id of the variable that divides the cohort, if asked for.
    pub strata_variable: Option<String>,
    /// One per value of that variable, missing values last.
    pub strata: Vec<StratumView>,
    /// Patients left out because no infusion is recorded; null when hidden.
    pub not_infused: Option<u64>,
    /// Patients left out because their dates contradict each other; null when hidden.
    pub impossible_dates: Option<u64>,
}

/// One part of a divided cohort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StratumView {
    /// What its patients have in common.
    pub key: GroupKey,
    /// Its estimate; null when hidden.
    pub curve: Option<CurveView>,
}

/// A Kaplan–Meier curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurveView {
    /// Patients; null when hidden.
    pub patients: Option<u64>,
    /// Deaths; null when hidden.
    pub deaths: Option<u64>,
    /// Exact: one per day with a death. Protected: one per 30 days, as long as at least 10 are at risk.
    pub steps: Vec<StepView>,
    /// The smallest time with survival of at most one half.
    pub median: MedianView,
    /// Median follow-up (reverse Kaplan–Meier), without interval.
    pub median_follow_up: MedianView,
    /// Numbers at risk at the times asked for; protected: at the 30-day point before.
    pub at_risk: Vec<AtRiskView>,
    /// Longest follow-up; null when hidden or nobody is followed.
    pub followed_to: Option<f64>,
}

/// A point of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepView {
    /// Days after infusion.
    pub time: f64,
    /// Patients whose follow-up reaches the time; null when hidden.
    pub at_risk: Option<u64>,
    /// Deaths since the previous point; null when hidden.
    pub deaths: Option<u64>,
    /// Probability to live longer than the time, 0 to 1.
    pub survival: f64,
    /// Lower end of the 95 % interval; null where survival is (rounded) 1 or 0.
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval; null where survival is (rounded) 1 or 0.
    pub upper: Option<f64>,
}

/// A median time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum MedianView {
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
    NotReached,
    /// Too few patients to show it.
    Hidden,
}

/// A number at risk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtRiskView {
    /// Days after infusion.
    pub time: u32,
    /// Patients whose follow-up reaches the time; null when hidden.
    pub at_risk: Option<u64>,
}

impl Survival {
    /// The estimates as the audience may see them.
    pub fn answer(&self, audience: Audience) -> Answer<SurvivalView> {
        let hidden = match audience {
            Audience::Exact => vec![false; self.strata.len()],
            Audience::Protected => self.hidden_strata(),
        };
        let view = |curve: &Curve| match audience {
            Audience::Exact => Some(exact(curve)),
            Audience::Protected => protected(curve),
        };
        let strata = self.strata.iter().zip(hidden);
        let result = SurvivalView {
            overall: view(&self.overall),
            strata_variable: self.by.clone(),
            strata: strata
                .map(|((key, curve), hidden)| StratumView {
                    key: key.clone(),
                    curve: if hidden { None } else { view(curve) },
                })
                .collect(),
            not_infused: figure(audience, self.excluded.not_infused),
            impossible_dates: figure(audience, self.excluded.impossible_dates),
        };
        Answer::new(audience, self.as_of, result)
    }

    fn hidden_strata(&self) -> Vec<bool> {
        let groups: Vec<u64> = self.strata.iter().map(|(_, curve)| curve.patients).collect();
        let small: Vec<bool> = groups.iter().map(|patients| *patients < THRESHOLD).collect();
        hidden(&small, &[Margin { total: self.overall.patients, groups, adds_up: true }])
    }
}

fn exact(curve: &Curve) -> CurveView {
    let reached = |day: Option<usize>| {
        day.map_or(MedianView::NotReached, |day| MedianView::Reached {
            time: time(day),
            lower: None,
            upper: None,
        })
    };
    CurveView {
        patients: Some(curve.patients),
        deaths: Some(curve.deaths),
        steps: curve
            .steps
            .iter()
            .map(|step| StepView {
                time: time(step.day),
                at_risk: Some(step.at_risk),
                deaths: Some(step.deaths),
                survival: step.survival,
                lower: step.interval.map(|(low, _)| low),
                upper: step.interval.map(|(_, high)| high),
            })
            .collect(),
        median: curve.median.map_or(MedianView::NotReached, |median| MedianView::Reached {
            time: time(median.day),
            lower: median.low.map(time),
            upper: median.high.map(time),
        }),
        median_follow_up: reached(curve.follow_up),
        at_risk: curve
            .at_risk
            .iter()
            .map(|(time, at_risk)| AtRiskView { time: *time, at_risk: Some(*at_risk) })
            .collect(),
        followed_to: curve.last_day.map(time),
    }
}

/// The curve on the grid, from figures that may be shown; none when there are too few patients.
fn protected(curve: &Curve) -> Option<CurveView> {
    let shown = |exact| figure(Audience::Protected, exact);
    let patients = shown(curve.patients)?;
    let enough = curve.grid_at_risk.iter().take_while(|at_risk| **at_risk >= THRESHOLD);
    let steps: Vec<StepView> =
        enough.enumerate().skip(1).map(|(point, at_risk)| grid_step(curve, point, *at_risk)).collect();
    let at_risk = |time: u32| {
        let point = time as usize / GRID_DAYS;
        let at_risk = curve.grid_at_risk.get(point).copied().unwrap_or(0);
        AtRiskView { time: u32::try_from(point * GRID_DAYS).unwrap_or(time), at_risk: shown(at_risk) }
    };
    // The end of the 30 days in which the follow-up's median lies, if enough are followed so far.
    let follow_up =
        curve.follow_up.map(|day| day.div_ceil(GRID_DAYS).max(1)).filter(|point| *point <= steps.len());
    Some(CurveView {
        patients: Some(patients),
        deaths: shown(curve.deaths),
        median: grid_median(&steps),
        median_follow_up: follow_up.map_or(MedianView::Hidden, |point| MedianView::Reached {
            time: time(point * GRID_DAYS),
            lower: None,
            upper: None,
        }),
        at_risk: curve.at_risk.iter().map(|(time, _)| at_risk(*time)).collect(),
        followed_to: None,
        steps,
    })
}

fn grid_step(curve: &Curve, point: usize, at_risk: u64) -> StepView {
    let day = point * GRID_DAYS;
    let (before, until) = (curve.steps_to(day - GRID_DAYS), curve.steps_to(day));
    // The first point also holds the deaths on day 0.
    let new = if point == 1 { until } else { &until[before.len()..] };
    let last = until.last();
    let survival = last.map_or(1.0, |step| percent(step.survival));
    // Where survival is shown as 1 or 0, an interval would tell whether anybody died.
    let interval = last.and_then(|step| step.interval).filter(|_| survival > 0.0 && survival < 1.0);
    StepView {
        time: time(day),
        at_risk: figure(Audience::Protected, at_risk),
        deaths: figure(Audience::Protected, new.iter().map(|step| step.deaths).sum()),
        survival,
        lower: interval.map(|(low, _)| percent(low)),
        upper: interval.map(|(_, high)| percent(high)),
    }
}

/// Derived from nothing but the points shown.
fn grid_median(steps: &[StepView]) -> MedianView {
    let first = |value: fn(&StepView) -> Option<f64>| {
        steps.iter().find(|step| value(step).is_some_and(|value| value <= 0.5)).map(|step| step.time)
    };
    match first(|step| Some(step.survival)) {
        _ if steps.is_empty() => MedianView::Hidden,
        Some(time) => {
            MedianView::Reached { time, lower: first(|step| step.lower), upper: first(|step| step.upper) }
        }
        None => MedianView::NotReached,
    }
}

/// Rounded to whole percent.
fn percent(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}
