//! Rows of any fact table as the bytes that the log vouches for.

use cartotek_domain::actor::{Actor, RoleGrant, Token};
use cartotek_domain::clarification::{Clarification, ClarificationEvent};
use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::fact::Fact;
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
use diesel::prelude::*;
use uuid::Uuid;

use super::Conn;
use crate::error::StoreError;
use crate::row::believe;
use crate::row::clarification::{ClarificationEventRow, ClarificationRow};
use crate::row::lock::{RecordLockRow, UnlockRequestRow};
use crate::row::network::{ActorRow, BiobankRow, BiobankSiteRow, RoleGrantRow, SchemaDocumentRow, TokenRow};
use crate::row::patient::{ConsentRow, CourseRow, LinkageRow, ParticipationRow, PatientRow};
use crate::row::record::{RecordRow, RevisionRow};
use crate::row::sample::{AliquotRow, LedgerEntryRow, SampleRow};
use crate::row::signature::{SignatureRow, VerificationRow};
use crate::row::site::{ImportMappingRow, SiteRow};
use crate::row::storage::{StorageBoxRow, StorageUnitRow};
use crate::row::traceability::TraceabilityRow;
use crate::row::tube::CustodyEventRow;
use crate::schema::{
    actor, aliquot, biobank, biobank_site, clarification, clarification_event, consent, course,
    custody_event, import_mapping, ledger_entry, participation, patient, patient_linkage, record,
    record_lock, revision, role_grant, sample, schema_document, signature, site, storage_box, storage_unit,
    token, traceability, unlock_request, verification,
};
use crate::session::check::FactBytes;
use crate::sql_type::Id;

macro_rules! fact_tables {
    ($($table:ident $row:ident $fact:ident $key:ident $read:ident $write:ident;)+) => {
        /// Rows after the key `after`, by key.
        pub(super) fn facts(
            conn: &mut Conn,
            table: &str,
            after: Option<&str>,
            limit: i64,
        ) -> Result<Vec<FactBytes>, StoreError> {
            match table {
                $(<$fact as Fact>::TABLE => {
                    let mut query = $table::table.select($row::as_select()).into_boxed();
                    if let Some(after) = after {
                        query = query.filter($table::$key.gt($read(after)?));
                    }
                    let facts = believe(query.order($table::$key).limit(limit).load(conn)?)?;
                    facts.iter().map(bytes::<$fact>).collect()
                })+
                <BiobankSite as Fact>::TABLE => {
                    let links: Vec<BiobankSite> = believe(links(after)?.limit(limit).load(conn)?)?;
                    links.iter().map(bytes).collect()
                }
                _ => Err(unknown(table)),
            }
        }

        /// Keys after the key `after`, in order.
        pub(super) fn fact_keys(
            conn: &mut Conn,
            table: &str,
            after: Option<&str>,
            limit: i64,
        ) -> Result<Vec<String>, StoreError> {
            match table {
                $(<$fact as Fact>::TABLE => {
                    let mut query = $table::table.select($table::$key).into_boxed();
                    if let Some(after) = after {
                        query = query.filter($table::$key.gt($read(after)?));
                    }
                    let keys = query.order($table::$key).limit(limit).load(conn)?;
                    Ok(keys.into_iter().map($write).collect())
                })+
                // Few and without a value that could fail to be read.
                <BiobankSite as Fact>::TABLE => {
                    Ok(facts(conn, table, after, limit)?.into_iter().map(|fact| fact.row).collect())
                }
                _ => Err(unknown(table)),
            }
        }
    };
}

fact_tables! {
    actor ActorRow Actor id read_id write_id;
    aliquot AliquotRow Aliquot id read_id write_id;
    biobank BiobankRow Biobank code read_text write_text;
    clarification ClarificationRow Clarification id read_id write_id;
    clarification_event ClarificationEventRow ClarificationEvent id read_id write_id;
    consent ConsentRow Consent id read_id write_id;
    course CourseRow Course id read_id write_id;
    custody_event CustodyEventRow CustodyEvent id read_id write_id;
    import_mapping ImportMappingRow ImportMapping id read_id write_id;
    ledger_entry LedgerEntryRow LedgerEntry id read_id write_id;
    participation ParticipationRow Participation id read_id write_id;
    patient PatientRow Patient id read_id write_id;
    patient_linkage LinkageRow Linkage hash read_text write_text;
    record RecordRow Record id read_id write_id;
    record_lock RecordLockRow RecordLock id read_id write_id;
    revision RevisionRow Revision id read_id write_id;
    role_grant RoleGrantRow RoleGrant id read_id write_id;
    sample SampleRow Sample id read_id write_id;
    schema_document SchemaDocumentRow SchemaDocument path read_text write_text;
    signature SignatureRow Signature id read_id write_id;
    site SiteRow Site code read_text write_text;
    storage_box StorageBoxRow StorageBox id read_id write_id;
    storage_unit StorageUnitRow StorageUnit id read_id write_id;
    token TokenRow Token id read_id write_id;
    traceability TraceabilityRow Traceability id read_id write_id;
    unlock_request UnlockRequestRow UnlockRequest id read_id write_id;
    verification VerificationRow Verification id read_id write_id;
}

type Links<'q> = biobank_site::BoxedQuery<
    'q,
    super::Db,
    diesel::dsl::SqlTypeOf<diesel::dsl::AsSelect<BiobankSiteRow, super::Db>>,
>;

fn links(after: Option<&str>) -> Result<Links<'_>, StoreError> {
    let query = biobank_site::table.order((biobank_site::biobank, biobank_site::site));
    let mut query = query.select(BiobankSiteRow::as_select()).into_boxed();
    if let Some(after) = after {
        let (biobank, site) = after.split_once('/').ok_or_else(|| unfit(after))?;
        let same = biobank_site::biobank.eq(biobank).and(biobank_site::site.gt(site));
        query = query.filter(biobank_site::biobank.gt(biobank).or(same));
    }
    Ok(query)
}

fn bytes<F: Fact>(fact: &F) -> Result<FactBytes, StoreError> {
    let row = fact.row_id();
    match fact.canonical() {
        Ok(canonical) => Ok(FactBytes { row, canonical }),
        Err(_) => Err(StoreError::inconsistent(F::TABLE, "row", row)),
    }
}

fn read_id(key: &str) -> Result<Id<Uuid>, StoreError> {
    key.parse().map(Id).map_err(|_| unfit(key))
}

fn write_id(key: Id<Uuid>) -> String {
    key.0.to_string()
}

#[expect(clippy::unnecessary_wraps, reason = "the keys of other tables may fail to parse")]
fn read_text(key: &str) -> Result<&str, StoreError> {
    Ok(key)
}

fn write_text(key: String) -> String {
    key
}

fn unknown(table: &str) -> StoreError {
    StoreError::Driver(format!("{table} is no fact table"))
}

fn unfit(key: &str) -> StoreError {
    StoreError::Driver(format!("{} bytes that are no key of this table", key.len()))
}
