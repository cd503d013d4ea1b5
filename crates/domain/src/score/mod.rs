//! Scores, scales of questionnaires and body measures as pure functions of what was recorded.
//!
//! Nothing here decides on treatment: these are research variables of the registry.

pub mod body;
pub mod car_hematotox;
pub mod easix;
pub mod hct_ci;
pub mod prom;

use serde::Serialize;

use crate::text::Text;

/// A computed score and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// The score.
    pub value: f64,
    /// The version of the definition that was applied, e.g. `SORROR2005/1`.
    pub definition_version: &'static str,
    /// What the score is made of.
    pub explanation: Vec<Text>,
    /// What makes the score doubtful.
    pub warnings: Vec<Text>,
}

/// A line of an explanation: what gave how many points.
fn points_line(title: &Text, points: u8) -> Text {
    let unit = if points == 1 { "point" } else { "points" };
    Text::new(format!("{}: {points} poäng", title.sv), format!("{}: {points} {unit}", title.en))
}

/// Whether a value can have been measured.
fn is_measured(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

/// Whether a value can be divided by.
fn is_positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

/// Whether two numbers are the same, up to the last digit of a calculation.
fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() < f64::EPSILON
}
