//! The protected form of a survival curve: a life table on a coarse grid, made of rounded figures alone.
//!
//! What is shown is a function of the rounded numbers at risk and of the rounded numbers of deaths, and a number of
//! deaths is told only where at least [`THRESHOLD`] have died since one was told last. A share, a median or an interval
//! therefore tells nothing that the counts beside it do not. A number of deaths that is not told, within 30 days or so
//! far, may still be any of at least [`VALUES_LEFT`](super::VALUES_LEFT) values, nearly always of nine or ten, even for
//! one who knows that nobody was lost to follow-up: a test tries every such curve over two points.
//!
//! There is no median follow-up. That of the exact curve would tell more than the counts do, and one made of rounded
//! figures would count as lost the up to nine who died but are not told of: among 40 patients it may err by a year.

use super::suppression::{Bounds, LARGEST_SMALL, bounds};
use super::{Audience, GRID_DAYS, THRESHOLD, figure};
use crate::survival::{Curve, interval, real};

/// A point of the grid.
pub(super) struct Point {
    /// Days after infusion.
    pub(super) day: usize,
    /// Rounded number of patients whose follow-up reaches the day.
    pub(super) at_risk: u64,
    /// Rounded deaths since they were told last; told only from [`THRESHOLD`] on.
    pub(super) deaths: Option<u64>,
    /// Rounded deaths so far, as told last.
    pub(super) deaths_so_far: u64,
    /// Probability to live to the day, as told last.
    pub(super) survival: f64,
    /// Its 95 % interval.
    pub(super) interval: Option<(f64, f64)>,
}

/// The points from day 30 on, as long as at least [`THRESHOLD`] are at risk.
pub(super) fn points(curve: &Curve) -> Vec<Point> {
    let at_risk = curve.grid_at_risk.iter().map_while(|at_risk| figure(Audience::Protected, *at_risk));
    let mut at_risk = at_risk.enumerate();
    let Some((_, mut at_risk_before)) = at_risk.next() else { return Vec::new() };
    let (mut survival, mut variance, mut exact_before, mut told) = (1.0, 0.0, 0, 0);
    let point = |(number, at_risk): (usize, u64)| {
        let day = number * GRID_DAYS;
        let exact = curve.deaths_before(day);
        let so_far = figure(Audience::Protected, exact).filter(|_| exact - exact_before >= THRESHOLD);
        let deaths = so_far.map(|so_far| so_far - told);
        if let Some(died) = deaths {
            // The actuarial estimate: half of those who were lost count as at risk. Since 10 are still at risk, the
            // numbers at both ends exceed the deaths, however all were rounded.
            let (ends, died) = (real(at_risk_before + at_risk), real(died));
            survival *= (ends - died) / (ends + died);
            variance += 4.0 * died / ((ends + died) * (ends - died));
            (at_risk_before, exact_before, told) = (at_risk, exact, so_far.unwrap_or(told));
        }
        let interval = interval(survival, variance);
        Point { day, at_risk, deaths, deaths_so_far: told, survival, interval }
    };
    at_risk.map(point).collect()
}

/// What the points tell of the number of deaths before the day of the `number`-th, in a part that has `patients`.
pub(super) fn known_deaths(points: &[Point], patients: u64, number: usize) -> Bounds {
    let (_, everybody) = bounds(patients);
    let before = points.get(..number).unwrap_or(points).last();
    let (least, most) =
        before.filter(|one| one.deaths_so_far > 0).map_or((0, 0), |one| bounds(one.deaths_so_far));
    let most = match points.get(number.saturating_sub(1)) {
        None => everybody,
        Some(point) if point.deaths.is_some() => most,
        Some(_) => most + LARGEST_SMALL,
    };
    (least, most.min(everybody))
}
