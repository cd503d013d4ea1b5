//! `cartotek check`: the whole log is walked, every fact compared with the events that vouch for it, every projection
//! recomputed. A check reads one snapshot, changes nothing and goes on after what it finds.
//!
//! Everything is read in pages. What is kept in memory grows with the number of rows of fact tables (about 100 bytes
//! each; the projections of tubes, milestones and findings about as much again while they are recomputed), with the number of
//! checkpoints, and with changes that come in another order than they were made in, not with the size of the log.

mod checkpoint;
mod discrepancy;
mod event;
mod findings;
mod history;
mod housekeeping;
mod log;
mod milestones;
mod projections;
mod rows;
mod schedule;

use std::sync::Arc;
use std::time::Duration;

use cartotek_crypto::checkpoint::VerifierKey;
use cartotek_crypto::mac::MacKey;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::TimeDelta;

pub use crate::check::discrepancy::{CheckReport, Discrepancy, DiscrepancyClass};

use crate::Service;
use crate::check::history::Histories;
use crate::error::ServiceError;
use crate::publish::PublishedForms;

/// The longest a check may take.
const DEADLINE: Duration = Duration::from_hours(24);

/// Rows read in one statement.
const PAGE: i64 = 1000;

/// What is checked.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one part is checked")]
pub struct CheckOptions {
    /// The log, and every fact against it.
    pub audit: bool,
    /// Every projection against the facts.
    pub projections: bool,
    /// What the database engine says of its own files.
    pub storage: bool,
    /// What should have been deleted by now.
    pub housekeeping: bool,
    /// A checkpoint note kept elsewhere, e.g. by a witness: the log must still contain what it vouched for.
    pub kept_checkpoint: Option<String>,
    /// An event that waits longer for the sealer gives a notice, and so does a change that waits longer to be judged.
    pub longest_wait: TimeDelta,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            audit: true,
            projections: true,
            storage: true,
            housekeeping: true,
            kept_checkpoint: None,
            longest_wait: TimeDelta::minutes(5),
        }
    }
}

impl Service {
    /// Checks the database on one snapshot and reports every difference.
    ///
    /// # Errors
    /// Only when the database cannot be read; what is wrong in it is a finding.
    pub async fn check(&self, options: CheckOptions) -> Result<CheckReport, ServiceError> {
        let (service, forms, now) = (self.clone(), self.forms()?, self.now());
        self.store()
            .within(DEADLINE)
            .read("check", move |session| {
                let keys = service.keys();
                let (audit_row, verifier) = (&keys.audit_row, keys.checkpoint.verifier());
                let report = CheckReport::default();
                Check { session, audit_row, verifier, options: &options, now, report }.run(&forms)
            })
            .await
    }
}

/// A check under way.
struct Check<'a> {
    session: &'a mut dyn ReadSession,
    audit_row: &'a MacKey,
    verifier: &'a VerifierKey,
    options: &'a CheckOptions,
    now: Timestamp,
    report: CheckReport,
}

impl Check<'_> {
    fn run(mut self, forms: &Arc<PublishedForms>) -> Result<CheckReport, ServiceError> {
        if self.options.storage {
            for damage in self.session.check_integrity()? {
                self.report.note(Discrepancy::new(DiscrepancyClass::StorageDamaged, "", damage));
            }
        }
        if self.options.audit {
            let mut histories = Histories::default();
            let signed = self.checkpoints()?;
            self.log(&signed, &mut histories)?;
            self.waiting(&mut histories)?;
            self.rows(histories)?;
        }
        if self.options.projections {
            self.projections()?;
            self.milestones(forms)?;
            self.schedules(forms)?;
            self.findings(forms)?;
        }
        if self.options.housekeeping {
            self.housekeeping(forms)?;
        }
        Ok(self.report)
    }
}

/// Whether a failure will be there next time too, so that it is a property of what was read.
fn lasting(error: &StoreError) -> bool {
    !error.is_temporary()
}
