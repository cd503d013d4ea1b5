//! The ports: what a use case may ask of the database inside one transaction.
//!
//! A [`ReadSession`] sees one snapshot and cannot write; a [`WriteSession`] reads its own changes. Both are the
//! sum of one trait per aggregate, implemented once in `queries/` for the connection of either engine. Absence
//! is `None`, never an error. Every function may fail with any [`StoreError`](crate::StoreError) of the driver;
//! its documentation names those that the caller is expected to handle.
//!
//! A statement that fails ends the transaction: a closure that goes on and returns `Ok` is rolled back and
//! answered with that failure, on both engines. Ask first, or use a port that does not fail on a conflict.

#![expect(clippy::missing_errors_doc, reason = "said once above: every port fails as the database does")]

pub mod audit;
pub mod change;
pub mod check;
pub mod clarification;
pub mod completeness;
pub mod content;
pub mod database;
pub mod erasure;
pub mod extract;
pub mod finding;
pub mod form_version;
pub mod job;
pub mod known;
pub mod lock;
pub mod network;
pub mod patient;
pub mod record;
pub mod reminder;
pub mod retention;
pub mod sample;
pub mod schedule;
pub mod signature;
pub mod site;
pub mod together;

pub use audit::{AuditReads, AuditWrites};
pub use change::ChangeReads;
pub use check::CheckReads;
pub use clarification::{ClarificationReads, ClarificationWrites};
pub use completeness::CompletenessReads;
pub use content::ContentReads;
pub use database::{DatabaseReads, DatabaseWrites};
pub use erasure::{ErasureReads, ErasureWrites};
pub use extract::ExtractReads;
pub use finding::{FindingReads, FindingWrites};
pub use form_version::FormVersionReads;
pub use job::{JobReads, JobWrites};
pub use known::KnownReads;
pub use lock::{LockReads, LockWrites};
pub use network::{NetworkReads, NetworkWrites};
pub use patient::{PatientReads, PatientWrites};
pub use record::{RecordReads, RecordWrites};
pub use reminder::{ReminderReads, ReminderWrites};
pub use retention::{RetentionReads, RetentionWrites};
pub use sample::{SampleReads, SampleWrites};
pub use schedule::{ScheduleReads, ScheduleWrites};
pub use signature::{SignatureReads, SignatureWrites};
pub use site::{SiteReads, SiteWrites};
pub use together::TogetherWrites;

/// A transaction that reads.
pub trait ReadSession:
    AuditReads
    + ChangeReads
    + CheckReads
    + ClarificationReads
    + CompletenessReads
    + ContentReads
    + DatabaseReads
    + ErasureReads
    + ExtractReads
    + FindingReads
    + FormVersionReads
    + JobReads
    + KnownReads
    + LockReads
    + NetworkReads
    + PatientReads
    + RecordReads
    + ReminderReads
    + RetentionReads
    + SampleReads
    + ScheduleReads
    + SignatureReads
    + SiteReads
{
}

/// A transaction that reads and writes.
pub trait WriteSession:
    ReadSession
    + AuditWrites
    + ClarificationWrites
    + DatabaseWrites
    + ErasureWrites
    + FindingWrites
    + JobWrites
    + LockWrites
    + NetworkWrites
    + PatientWrites
    + RecordWrites
    + ReminderWrites
    + RetentionWrites
    + SampleWrites
    + ScheduleWrites
    + SignatureWrites
    + SiteWrites
    + TogetherWrites
{
}

impl<S> ReadSession for S where
    S: AuditReads
        + ChangeReads
        + CheckReads
        + ClarificationReads
        + CompletenessReads
        + ContentReads
        + DatabaseReads
        + ErasureReads
        + ExtractReads
        + FindingReads
        + FormVersionReads
        + JobReads
        + KnownReads
        + LockReads
        + NetworkReads
        + PatientReads
        + RecordReads
        + ReminderReads
        + RetentionReads
        + SampleReads
        + ScheduleReads
        + SignatureReads
        + SiteReads
{
}

impl<S> WriteSession for S where
    S: ReadSession
        + AuditWrites
        + ClarificationWrites
        + DatabaseWrites
        + ErasureWrites
        + FindingWrites
        + JobWrites
        + LockWrites
        + NetworkWrites
        + PatientWrites
        + RecordWrites
        + ReminderWrites
        + RetentionWrites
        + SampleWrites
        + ScheduleWrites
        + SignatureWrites
        + SiteWrites
        + TogetherWrites
{
}
