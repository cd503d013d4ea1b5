//! Which tables the feed tells of.

/// A table whose changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Table {
    Biobank,
    BiobankSite,
    Clarification,
    ClarificationEvent,
    Consent,
    Course,
    CustodyEvent,
    ImportMapping,
    Participation,
    Patient,
    Record,
    RecordLock,
    SchemaDocument,
    Signature,
    Site,
    StorageBox,
    StorageUnit,
    UnlockRequest,
    Verification,
}

/// Every fact table; `None` where its changes are not told, or are told with those of another.
const FACTS: &[(&str, Option<Table>)] = &[
    // Who may read actors, roles and tokens reads the log itself.
    ("actor", None),
    // Whatever happens to a tube is a custody event.
    ("aliquot", None),
    ("biobank", Some(Table::Biobank)),
    ("biobank_site", Some(Table::BiobankSite)),
    ("clarification", Some(Table::Clarification)),
    ("clarification_event", Some(Table::ClarificationEvent)),
    ("consent", Some(Table::Consent)),
    ("course", Some(Table::Course)),
    ("custody_event", Some(Table::CustodyEvent)),
    ("import_mapping", Some(Table::ImportMapping)),
    // As of an aliquot.
    ("ledger_entry", None),
    ("participation", Some(Table::Participation)),
    ("patient", Some(Table::Patient)),
    // It would tell that another site knows the person.
    ("patient_linkage", None),
    ("record", Some(Table::Record)),
    ("record_lock", Some(Table::RecordLock)),
    // Its record names it as the latest one.
    ("revision", None),
    // As of an actor.
    ("role_grant", None),
    // As of an aliquot.
    ("sample", None),
    ("schema_document", Some(Table::SchemaDocument)),
    ("signature", Some(Table::Signature)),
    ("site", Some(Table::Site)),
    ("storage_box", Some(Table::StorageBox)),
    ("storage_unit", Some(Table::StorageUnit)),
    // As of an actor.
    ("token", None),
    // It stays of a record that is erased, and comes to be with that: the erasure is told.
    ("traceability", None),
    ("unlock_request", Some(Table::UnlockRequest)),
    ("verification", Some(Table::Verification)),
];

impl Table {
    /// The table of that name, when its changes are told.
    pub(super) fn of(name: &str) -> Option<Self> {
        FACTS.iter().find(|(known, _)| *known == name).and_then(|(_, table)| *table)
    }
}

#[cfg(test)]
mod tests {
    use cartotek_domain::fact::{TABLES, TableClass};

    use super::*;

    /// A new fact must be told of, or be left out on purpose.
    #[test]
    fn every_fact_is_decided_upon() {
        let facts = TABLES.iter().filter(|(_, class)| *class == TableClass::Fact).map(|(name, _)| *name);
        let decided = FACTS.iter().map(|(name, _)| *name);
        assert_eq!(decided.collect::<Vec<_>>(), facts.collect::<Vec<_>>());
        assert_eq!((Table::of("record"), Table::of("patient_linkage")), (Some(Table::Record), None));
        assert_eq!(Table::of("audit_event"), None);
    }
}
