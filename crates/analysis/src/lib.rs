//! Research questions over a columnar view of the registry: cohorts, counts, survival, disclosure control.
//!
//! The way of a question: JSON → [`cohort::Expression`] → [`cohort::Plan`] over a [`view::View`] →
//! [`cohort::Selection`] → [`count`] or [`survival`] → [`disclosure::Answer`], the only form in which a
//! figure about a cohort leaves the crate. Completeness is no question about a cohort: [`follow_up`] gives the days of
//! each course to the caller, who follows the domain's rule for figures of sites.
//!
//! Nothing here reads a database, a request or a clock. Who may ask, for which sites and for which
//! [`disclosure::Audience`], is decided by the caller.

pub mod codebook;
pub mod cohort;
pub mod count;
pub mod disclosure;
pub mod follow_up;
pub mod survival;
pub mod view;

#[cfg(test)]
mod fixture;
