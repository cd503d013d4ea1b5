//! One type per identifier, so that no id of one kind is passed for another.
//!
//! All are UUIDv7 (RFC 9562): sortable by creation, the same 16 bytes on both database engines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A source of fresh identifiers; tests inject a deterministic one.
pub trait IdSource: Send + Sync {
    /// The next UUIDv7.
    fn next(&self) -> Uuid;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID read from a trusted place (database, id source).
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// A fresh id from the source.
            pub fn next(source: &dyn IdSource) -> Self {
                Self(source.next())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A person or system that may call the service.
    ActorId,
    /// A part of a sample, with its own tube and barcode.
    AliquotId,
    /// An event of the audit log.
    AuditEventId,
    /// A storage box with positions.
    BoxId,
    /// Something that happened to a clarification.
    ClarificationEventId,
    /// A question about an answer of a form.
    ClarificationId,
    /// A consent decision.
    ConsentId,
    /// A course: all infusions of one product for one indication.
    CourseId,
    /// A movement or handling of a sample or aliquot.
    CustodyEventId,
    /// An import job.
    ImportId,
    /// One version of a site's import mapping.
    ImportMappingId,
    /// A movement of amount between samples and aliquots.
    LedgerEntryId,
    /// A lock over records.
    LockId,
    /// A site's part in the care of a patient.
    ParticipationId,
    /// A patient; internal, never shown (the pseudonym is).
    PatientId,
    /// A research project.
    ProjectId,
    /// A filled form for a patient or course.
    RecordId,
    /// A reminder to a site.
    ReminderId,
    /// A client's request.
    RequestId,
    /// The content of a record at one version.
    RevisionId,
    /// A role given to an actor.
    RoleGrantId,
    /// A primary specimen.
    SampleId,
    /// An electronic signature under a record.
    SignatureId,
    /// A freezer, tank or other unit that holds boxes.
    StorageUnitId,
    /// An API token.
    TokenId,
    /// What an erasure keeps of a record.
    TraceabilityId,
    /// A request that a lock be ended.
    UnlockRequestId,
    /// The verification of a record.
    VerificationId,
}
