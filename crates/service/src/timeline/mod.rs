//! Rules over a patient's whole timeline: what stands in submitted records, given all that is known by now.
//!
//! What rules that look beyond their own form find there is a projection (`record_finding`): `finding` computes it from
//! nothing but facts, and `cartotek check` must find the same. A change keeps what was found in its own record anyway, and
//! notes what it makes due (`due`), as does the publication of a list (`published`). Right after the commit the server judges
//! that beside the writer (`judge`), keeps what is found now, and closes the clarifications whose rule passes (`settle`).
//! Nothing is refused here: `read` shows it.

mod due;
mod finding;
mod judge;
mod patient;
pub(crate) mod published;
mod read;
mod settle;

pub(crate) use crate::timeline::due::due;
pub(crate) use crate::timeline::finding::{ByMilestones, found_at_submission, found_in, succeeding};
pub(crate) use crate::timeline::patient::{Timeline, by_patient};
pub use crate::timeline::read::{FindingQuery, ListedFinding};
pub(crate) use crate::timeline::read::{standing_in, standing_of};
pub use cartotek_persistence::session::finding::FindingKey;
