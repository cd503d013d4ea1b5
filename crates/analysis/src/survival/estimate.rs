//! The Kaplan–Meier estimate from counts per day.

use super::population::DayCounts;
use crate::disclosure::GRID_DAYS;

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;
/// Above one half by no more than rounding in a product of many factors.
pub(crate) const HALF: f64 = 0.5 + 1e-9;

/// The estimate at a time of death.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    /// Days after infusion.
    pub(crate) day: usize,
    /// Patients whose follow-up reaches the day.
    pub(crate) at_risk: u64,
    /// Deaths on the day.
    pub(crate) deaths: u64,
    /// Probability to live longer than the day.
    pub(crate) survival: f64,
    /// 95 % interval, Greenwood's variance on the log(−log) scale; none where survival is 1 or 0.
    pub(crate) interval: Option<(f64, f64)>,
}

/// Median with the interval where the curve's interval crosses one half (Brookmeyer and Crowley 1982).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Median {
    /// The smallest day with survival of at most one half; none when not reached.
    pub(crate) day: Option<usize>,
    pub(crate) low: Option<usize>,
    pub(crate) high: Option<usize>,
}

/// A Kaplan–Meier curve.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    pub(crate) patients: u64,
    pub(crate) deaths: u64,
    /// One per day with a death, ascending.
    pub(crate) steps: Vec<Step>,
    /// Also a median that is not reached may have a lower limit.
    pub(crate) median: Median,
    /// Median follow-up by the reverse estimate: censoring is the event, death censors.
    pub(crate) follow_up: Option<usize>,
    /// Day and number at risk, for the days asked for.
    pub(crate) at_risk: Vec<(u32, u64)>,
    /// Number at risk every 30 days, beginning on day 0, for protected answers.
    pub(crate) grid_at_risk: Vec<u64>,
    /// The last day of follow-up.
    pub(crate) last_day: Option<usize>,
}

/// Days after infusion as a time: day 0 counts as half a day, so that a death on it is kept.
pub(crate) fn time(day: usize) -> f64 {
    if day == 0 { 0.5 } else { f64::from(u32::try_from(day).unwrap_or(u32::MAX)) }
}

impl Curve {
    pub(super) fn estimate(counts: &DayCounts, times: &[u32]) -> Self {
        let steps = steps(counts);
        let first =
            |reached: &dyn Fn(&Step) -> bool| steps.iter().find(|step| reached(step)).map(|step| step.day);
        let median = Median {
            day: first(&|step| step.survival <= HALF),
            low: first(&|step| step.interval.is_some_and(|(low, _)| low <= HALF) || step.survival <= 0.0),
            high: first(&|step| step.interval.is_some_and(|(_, high)| high <= HALF)),
        };
        let remaining = remaining(counts);
        Self {
            patients: counts.patients(),
            deaths: counts.days().map(|(_, died, _)| died).sum(),
            median,
            follow_up: follow_up(counts),
            at_risk: times
                .iter()
                .map(|time| (*time, remaining.get(*time as usize).copied().unwrap_or(0)))
                .collect(),
            grid_at_risk: remaining.iter().copied().step_by(GRID_DAYS).collect(),
            last_day: counts
                .days()
                .filter(|(_, died, censored)| died + censored > 0)
                .last()
                .map(|(day, ..)| day),
            steps,
        }
    }

    /// How many died before a day.
    pub(crate) fn deaths_before(&self, day: usize) -> u64 {
        self.steps.iter().take_while(|step| step.day < day).map(|step| step.deaths).sum()
    }
}

/// A count as a factor.
#[expect(clippy::cast_precision_loss, reason = "no count of patients comes near 2^53")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

fn steps(counts: &DayCounts) -> Vec<Step> {
    let mut at_risk = counts.patients();
    let (mut survival, mut variance) = (1.0, 0.0);
    let mut steps = Vec::new();
    for (day, deaths, censored) in counts.days() {
        if deaths > 0 {
            survival *= 1.0 - real(deaths) / real(at_risk);
            // Infinite once nobody is left, when there is no interval either.
            variance += real(deaths) / (real(at_risk) * real(at_risk - deaths));
            steps.push(Step { day, at_risk, deaths, survival, interval: interval(survival, variance) });
        }
        at_risk -= deaths + censored;
    }
    steps
}

/// The day on which the estimate with censoring as the event comes down to one half.
fn follow_up(counts: &DayCounts) -> Option<usize> {
    let mut at_risk = counts.patients();
    let mut followed = 1.0;
    for (day, deaths, censored) in counts.days() {
        if censored > 0 {
            followed *= 1.0 - real(censored) / real(at_risk);
            if followed <= HALF {
                return Some(day);
            }
        }
        at_risk -= deaths + censored;
    }
    None
}

/// Greenwood on the log(−log) scale, Kalbfleisch and Prentice: S^exp(±z·√v / ln S).
pub(crate) fn interval(survival: f64, variance: f64) -> Option<(f64, f64)> {
    if survival <= 0.0 || survival >= 1.0 {
        return None;
    }
    let log = survival.ln();
    let stretch = (Z * variance.sqrt() / log.abs()).exp();
    Some(((log * stretch).exp(), (log / stretch).exp()))
}

/// Per day: how many patients' follow-up reaches it.
fn remaining(counts: &DayCounts) -> Vec<u64> {
    let mut at_risk = counts.patients();
    counts
        .days()
        .map(|(_, died, censored)| {
            let reaching = at_risk;
            at_risk -= died + censored;
            reaching
        })
        .collect()
}
