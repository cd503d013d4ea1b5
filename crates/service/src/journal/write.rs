//! How each fact is written: which can be added, replaced, emptied and erased with their patient.

use cartotek_domain::actor::{Actor, RoleGrant, Token};
use cartotek_domain::clarification::{Clarification, ClarificationEvent};
use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::fact::Fact;
use cartotek_domain::id::PatientId;
use cartotek_domain::import_mapping::ImportMapping;
use cartotek_domain::lock::RecordLock;
use cartotek_domain::patient::{Linkage, Participation, Patient};
use cartotek_domain::record::{Record, Revision, SchemaDocument};
use cartotek_domain::sample::{Aliquot, CustodyEvent, LedgerEntry, Sample};
use cartotek_domain::signature::Signature;
use cartotek_domain::site::{Biobank, BiobankSite, Site};
use cartotek_domain::storage::{StorageBox, StorageUnit};
use cartotek_domain::traceability::Traceability;
use cartotek_domain::unlock::UnlockRequest;
use cartotek_domain::verification::Verification;
use cartotek_persistence::{StoreError, WriteSession};

/// A fact that can be added.
pub(crate) trait Inserted: Fact + Sized {
    fn insert_all(tx: &mut dyn WriteSession, rows: &[Self]) -> Result<(), StoreError>;
}

/// A fact that can be replaced; `false` when the version before is no longer there.
pub(crate) trait Replaced: Fact + Sized {
    fn replace(tx: &mut dyn WriteSession, before: &Self, after: &Self) -> Result<bool, StoreError>;
}

macro_rules! inserted_together {
    ($($fact:ident $insert:ident,)+) => {$(
        impl Inserted for $fact {
            fn insert_all(tx: &mut dyn WriteSession, rows: &[Self]) -> Result<(), StoreError> {
                tx.$insert(rows)
            }
        }
    )+};
}

inserted_together! {
    Aliquot insert_aliquots,
    Clarification insert_clarifications,
    ClarificationEvent insert_clarification_events,
    Consent insert_consents,
    Course insert_courses,
    CustodyEvent insert_custody_events,
    LedgerEntry insert_ledger_entries,
    Participation insert_participations,
    Patient insert_patients,
    Revision insert_revisions,
    Sample insert_samples,
    Site insert_sites,
    Traceability insert_traceability,
}

macro_rules! inserted_singly {
    ($($fact:ident $insert:ident,)+) => {$(
        impl Inserted for $fact {
            fn insert_all(tx: &mut dyn WriteSession, rows: &[Self]) -> Result<(), StoreError> {
                rows.iter().try_for_each(|row| tx.$insert(row))
            }
        }
    )+};
}

inserted_singly! {
    Actor insert_actor,
    Biobank insert_biobank,
    BiobankSite insert_biobank_site,
    ImportMapping insert_import_mapping,
    Linkage insert_linkage,
    RecordLock insert_record_lock,
    RoleGrant insert_grant,
    SchemaDocument insert_schema_document,
    Signature insert_signature,
    StorageBox insert_storage_box,
    StorageUnit insert_storage_unit,
    Token insert_token,
    UnlockRequest insert_unlock_request,
    Verification insert_verification,
}

macro_rules! replaced {
    ($($name:ident |$tx:ident, $before:ident, $after:ident| $update:expr;)+) => {$(
        impl Replaced for $name {
            fn replace($tx: &mut dyn WriteSession, $before: &Self, $after: &Self) -> Result<bool, StoreError> {
                $update
            }
        }
    )+};
}

replaced! {
    Course |tx, _before, after| tx.update_course(after);
    Participation |tx, _before, after| tx.update_participation(after);
    Record |tx, before, after| tx.update_record(after, before.revision);
    RecordLock |tx, _before, after| tx.update_record_lock(after);
    RoleGrant |tx, _before, after| tx.update_grant(after);
    SchemaDocument |tx, before, after| tx.update_schema_document(after, &before.sha256);
    Token |tx, _before, after| tx.update_token(after);
    UnlockRequest |tx, _before, after| tx.update_unlock_request(after);
}

/// A fact that is erased with its patient.
pub(crate) trait Erased: Fact + Sized {
    fn delete_of(tx: &mut dyn WriteSession, patient: PatientId) -> Result<Vec<Self>, StoreError>;
}

macro_rules! erased {
    ($($fact:ident $delete:ident,)+) => {$(
        impl Erased for $fact {
            fn delete_of(tx: &mut dyn WriteSession, patient: PatientId) -> Result<Vec<Self>, StoreError> {
                tx.$delete(patient)
            }
        }
    )+};
}

erased! {
    Clarification delete_clarifications,
    ClarificationEvent delete_clarification_events,
    Course delete_courses,
    Linkage delete_linkages,
    Record delete_records,
    RecordLock delete_record_locks,
    Revision delete_revisions,
    Signature delete_signatures,
    UnlockRequest delete_unlock_requests,
    Verification delete_verifications,
}

/// A fact that may lose what it says while its row stays.
pub(crate) trait Emptied: Fact + Sized {
    fn empty(tx: &mut dyn WriteSession, after: &Self) -> Result<(), StoreError>;
}

macro_rules! emptied {
    ($($fact:ident $empty:ident,)+) => {$(
        impl Emptied for $fact {
            fn empty(tx: &mut dyn WriteSession, after: &Self) -> Result<(), StoreError> {
                tx.$empty(after)
            }
        }
    )+};
}

emptied! {
    ClarificationEvent empty_clarification_event,
    RecordLock empty_record_lock,
    Revision empty_revision,
    Signature empty_signature,
    UnlockRequest empty_unlock_request,
}
