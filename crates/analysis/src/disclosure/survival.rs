//! Answers to survival questions.

use serde::{Deserialize, Serialize};

use super::grid::{Point, known_deaths, points};
use super::suppression::{LARGEST_SMALL, Margin};
use super::{Answer, Audience, GRID_DAYS, THRESHOLD, VALUES_LEFT, figure};
use crate::count::GroupKey;
use crate::survival::{Curve, HALF, Survival, time};

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
    /// Deaths; null when hidden. Protected: as many as the points tell of.
    pub deaths: Option<u64>,
    /// Exact: one per day with a death. Protected: one per 30 days, as long as at least 10 are at risk; a life table of
    /// rounded figures, which comes down only where at least 10 have died since it last did.
    pub steps: Vec<StepView>,
    /// The smallest time with survival of at most one half.
    pub median: MedianView,
    /// Median follow-up (reverse Kaplan–Meier), without interval. Protected: hidden.
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
    /// Deaths since the previous point that tells of some; null when hidden.
    pub deaths: Option<u64>,
    /// Probability to live longer than the time, 0 to 1. Protected: to live to the time.
    pub survival: f64,
    /// Lower end of the 95 % interval; null where survival is 1 or 0.
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval; null where survival is 1 or 0.
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
    NotReached {
        /// Lower end of the 95 % interval; null when not reached.
        lower: Option<f64>,
    },
    /// Not shown: too few patients, or not in a protected answer.
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
        let small: Vec<bool> = self.strata.iter().map(|(_, curve)| curve.patients < THRESHOLD).collect();
        let narrowed = self.numbers_at_risk_are_narrowed() || self.deaths_are_narrowed();
        if narrowed { vec![true; small.len()] } else { small }
    }

    /// Whether the whole less the other strata would exclude a number of patients of a small stratum, or would all but
    /// tell the few at risk of one at a later point of the grid.
    fn numbers_at_risk_are_narrowed(&self) -> bool {
        self.overall.grid_at_risk.iter().enumerate().any(|(number, total)| {
            // The grid of a stratum ends with its own follow-up.
            let at_risk = |curve: &Curve| curve.grid_at_risk.get(number).copied().unwrap_or(0);
            let groups: Vec<u64> = self.strata.iter().map(|(_, curve)| at_risk(curve)).collect();
            let small: Vec<bool> = groups.iter().map(|at_risk| *at_risk < THRESHOLD).collect();
            let margin = Margin::of(*total, &groups, true);
            let values = if number == 0 { margin.values } else { VALUES_LEFT };
            Margin { values, ..margin }.narrows(&small)
        })
    }

    /// Whether at some point the deaths of the whole less those of the other strata would all but tell the few deaths
    /// of a stratum.
    fn deaths_are_narrowed(&self) -> bool {
        let whole = points(&self.overall);
        let parts: Vec<(Vec<Point>, u64)> =
            self.strata.iter().map(|(_, curve)| (points(curve), curve.patients)).collect();
        (1..=whole.len()).any(|number| {
            let groups: Vec<_> =
                parts.iter().map(|(points, patients)| known_deaths(points, *patients, number)).collect();
            let small: Vec<bool> = groups.iter().map(|(_, most)| *most <= LARGEST_SMALL).collect();
            let total = known_deaths(&whole, self.overall.patients, number);
            Margin { total, groups, adds_up: true, values: VALUES_LEFT }.narrows(&small)
        })
    }
}

fn exact(curve: &Curve) -> CurveView {
    let reached = |day: Option<usize>| {
        day.map_or(MedianView::NotReached { lower: None }, |day| MedianView::Reached {
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
        median: median(curve.median.day, curve.median.low, curve.median.high),
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
pub(super) fn protected(curve: &Curve) -> Option<CurveView> {
    let shown = |exact| figure(Audience::Protected, exact);
    let patients = shown(curve.patients)?;
    let points = points(curve);
    let at_risk = |time: u32| {
        let point = time as usize / GRID_DAYS;
        let at_risk = curve.grid_at_risk.get(point).copied().unwrap_or(0);
        AtRiskView { time: u32::try_from(point * GRID_DAYS).unwrap_or(time), at_risk: shown(at_risk) }
    };
    Some(CurveView {
        patients: Some(patients),
        deaths: points.last().map(|point| point.deaths_so_far).filter(|deaths| *deaths > 0),
        median: grid_median(&points),
        // Not made of the figures shown, and they cannot give it: see `grid.rs`.
        median_follow_up: MedianView::Hidden,
        at_risk: curve.at_risk.iter().map(|(time, _)| at_risk(*time)).collect(),
        followed_to: None,
        steps: points.iter().map(step).collect(),
    })
}

fn step(point: &Point) -> StepView {
    StepView {
        time: time(point.day),
        at_risk: Some(point.at_risk),
        deaths: point.deaths,
        survival: percent(point.survival),
        lower: point.interval.map(|(low, _)| percent(low)),
        upper: point.interval.map(|(_, high)| percent(high)),
    }
}

/// From the shares before they are rounded: 50.4 % shows as 50 but is not reached.
fn grid_median(points: &[Point]) -> MedianView {
    if points.is_empty() {
        return MedianView::Hidden;
    }
    let first =
        |reached: &dyn Fn(&Point) -> bool| points.iter().find(|point| reached(point)).map(|point| point.day);
    median(
        first(&|point| point.survival <= HALF),
        first(&|point| point.interval.is_some_and(|(low, _)| low <= HALF)),
        first(&|point| point.interval.is_some_and(|(_, high)| high <= HALF)),
    )
}

fn median(day: Option<usize>, low: Option<usize>, high: Option<usize>) -> MedianView {
    let (lower, upper) = (low.map(time), high.map(time));
    day.map_or(MedianView::NotReached { lower }, |day| MedianView::Reached { time: time(day), lower, upper })
}

/// Rounded to whole percent.
fn percent(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}
