//! Disclosure control: the only door through which figures leave the crate.
//!
//! Counted and estimated figures have no public fields and no serialisation. An [`Answer`], which has both, is
//! made for an [`Audience`], so that an exact figure cannot reach a protected audience by mistake.
//!
//! A protected answer (trust.md 3.4, steps 1 and 3, and secondary suppression)
//! - hides every figure below [`THRESHOLD`], zero included: hidden is `null`, and never says why;
//! - rounds every other figure to the nearest [`ROUNDING`];
//! - hides all groups of a breakdown when those that are not small, with the rounded total that a count
//!   without breakdown shows, would exclude a value from 0 to 9 for a small group. The decision uses rounded
//!   figures only;
//! - gives as total of a breakdown the sum of its published groups;
//! - shows survival on a grid of [`GRID_DAYS`] days, ending where fewer than [`THRESHOLD`] are at risk, as a life
//!   table of rounded figures that comes down only where [`THRESHOLD`] have died since it last did (see `grid.rs`),
//!   and derives interval and median from the same figures; the median follow-up, which they cannot give, is hidden;
//! - hides all strata when the patients of the whole less those of the others would exclude a value from 0 to 9 for a
//!   small stratum;
//! - hides all strata when at some point of the grid the whole less the others would leave fewer than [`VALUES_LEFT`]
//!   values for the few at risk or the few deaths of one of them. Leaving all ten would hide the strata of nearly every
//!   answer, since follow-up ends one by one.
//!
//! What it does not do: there is no noise, no snapping of near-duplicate questions and no budget. Somebody
//! who asks several questions whose cohorts differ by one person, or repeats a question while data arrive,
//! can learn about single persons. Breakdowns by different variables, or by limits moved a step, can be set
//! against each other; so can the points of one curve, whose numbers at risk only fall; that a breakdown or all strata are hidden tells that their figures lie close. No scheme
//! withstands unlimited adaptive questions. Until those protections exist, protected answers belong only to known
//! persons whose questions are logged.

mod count;
mod grid;
mod suppression;
mod survival;

use cartotek_domain::text::Text;
use serde::{Deserialize, Serialize};

pub use count::{BreakdownView, CountView, GroupView};
pub use survival::{AtRiskView, CurveView, MedianView, StepView, StratumView, SurvivalView};

/// The smallest figure that a protected answer shows.
pub const THRESHOLD: u64 = 10;
/// To which multiple a protected answer rounds.
pub const ROUNDING: u64 = 10;
/// Distance of the points of a protected survival curve, in days.
pub const GRID_DAYS: usize = 30;
/// How many values a number of deaths or at risk below [`THRESHOLD`] may still be, whatever a survival answer shows.
pub const VALUES_LEFT: i128 = 3;

/// For whom an answer is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// May see exact figures: a data manager about the own site's patients.
    Exact,
    /// May see protected figures only: a researcher.
    Protected,
}

/// A result that is fit for its audience, and says how it was protected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer<T> {
    protection: Protection,
    as_of: u64,
    result: T,
}

/// How the figures of an answer were protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Protection {
    /// Not at all.
    Exact,
    /// Small figures hidden, the others rounded.
    Protected {
        /// The smallest figure shown.
        threshold: u64,
        /// The multiple to which figures are rounded.
        rounded_to: u64,
        /// What that means, to be shown beside the figures.
        note: Text,
    },
}

impl<T> Answer<T> {
    /// Private to this module and its children: the one place where results become answers.
    fn new(audience: Audience, as_of: u64, result: T) -> Self {
        let protection = match audience {
            Audience::Exact => Protection::Exact,
            Audience::Protected => Protection::Protected {
                threshold: THRESHOLD,
                rounded_to: ROUNDING,
                note: Text::new(
                    "Antal under 10 visas inte (noll räknas som litet), övriga är avrundade till tiotal.",
                    "Counts below 10 are not shown (zero counts as small), others are rounded to 10.",
                ),
            },
        };
        Self { protection, as_of, result }
    }

    /// How the figures were protected.
    pub fn protection(&self) -> &Protection {
        &self.protection
    }

    /// The change sequence (audit leaf index) that the answer reflects.
    pub fn as_of(&self) -> u64 {
        self.as_of
    }

    /// The result.
    pub fn result(&self) -> &T {
        &self.result
    }

    /// The result, without its label; the caller shows the label elsewhere.
    pub fn into_result(self) -> T {
        self.result
    }
}

/// A figure as the audience may see it; `None` is hidden.
fn figure(audience: Audience, exact: u64) -> Option<u64> {
    match audience {
        Audience::Exact => Some(exact),
        Audience::Protected if exact < THRESHOLD => None,
        Audience::Protected => Some((exact + ROUNDING / 2) / ROUNDING * ROUNDING),
    }
}

#[cfg(test)]
mod tests;
