//! The unique keys and named checks of the database, in one list.
//!
//! PostgreSQL reports a violated key by its name, SQLite by its columns; both become one [`Constraint`], which
//! the layers above turn into a documented conflict. A test compares this list with both engines.

macro_rules! constraints {
    ($($(#[$doc:meta])* $variant:ident = $name:literal on $table:literal [$($column:literal),*],)+) => {
        /// A rule that the database itself keeps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Constraint {
            $($(#[$doc])* $variant,)+
        }

        impl Constraint {
            /// Every listed constraint.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in both migration trees.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The table it guards.
            pub const fn table(self) -> &'static str {
                match self { $(Self::$variant => $table,)+ }
            }

            /// The columns of a unique key in index order; empty for a named check.
            pub const fn columns(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($column),*],)+ }
            }
        }
    };
}

constraints! {
    /// Another site has this code.
    SiteCode = "site_pkey" on "site" ["code"],
    /// Another biobank has this code.
    BiobankCode = "biobank_pkey" on "biobank" ["code"],
    /// The biobank may register this site's patients already.
    BiobankSite = "biobank_site_pkey" on "biobank_site" ["biobank", "site"],
    /// Another person or system has this HSA-id.
    ActorHsaId = "actor_hsa_id_key" on "actor" ["hsa_id"],
    /// Another token has this short id.
    TokenPublicId = "token_public_id_key" on "token" ["public_id"],
    /// A document of this path is published already.
    SchemaPath = "schema_document_pkey" on "schema_document" ["path"],
    /// Another patient has this pseudonym.
    Pseudonym = "patient_pseudonym_key" on "patient" ["pseudonym"],
    /// Another patient has this linkage hash.
    Linkage = "patient_linkage_pkey" on "patient_linkage" ["hash"],
    /// Another open participation of the patient is responsible.
    OneResponsible = "participation_one_responsible" on "participation" ["patient_id"],
    /// The patient has a course of this number.
    CourseNumber = "course_patient_id_number_key" on "course" ["patient_id", "number"],
    /// The subject has a record with this natural key.
    RecordKey = "record_subject_id_form_natural_key_key" on "record" ["subject_id", "form", "natural_key"],
    /// The chain of custody of the sample has a step of this number.
    CustodyNumber = "custody_event_sample_id_number_key" on "custody_event" ["sample_id", "number"],
    /// The record has a revision of this number.
    RevisionNumber = "revision_record_id_number_key" on "revision" ["record_id", "number"],
    /// The clarification has an event of this number.
    ClarificationNumber =
        "clarification_event_clarification_id_number_key" on "clarification_event" ["clarification_id", "number"],
    /// The rule asks already at this place of the record, and that is not closed.
    LiveClarification =
        "clarification_state_one_live" on "clarification_state" ["record_id", "pointer", "rule"],
    /// Another lock over the record holds.
    LiveRecordLock = "record_lock_one_of_record" on "record_lock" ["record_id"],
    /// Another lock over the patient holds.
    LivePatientLock = "record_lock_one_of_patient" on "record_lock" ["patient_id"],
    /// Another lock over the site up to that day holds.
    LiveSiteLock = "record_lock_one_of_site" on "record_lock" ["site", "cut_off"],
    /// The barcode sticks on something else in the network.
    Barcode = "barcode_pkey" on "barcode" ["value"],
    /// The biobank has a storage unit of this name.
    StorageUnitName = "storage_unit_biobank_name_key" on "storage_unit" ["biobank", "name"],
    /// Another tube lies in the position.
    Position = "occupancy_pkey" on "occupancy" ["box_id", "position"],
    /// The tube lies in a position already.
    TubePosition = "occupancy_tube_id_key" on "occupancy" ["tube_id"],
    /// The mapping has this version.
    ImportMappingVersion = "import_mapping_site_form_name_version_key" on "import_mapping" ["site", "form", "name", "version"],
    /// The event is in the log already.
    AuditLeaf = "audit_leaf_pkey" on "audit_leaf" ["leaf_index"],
    /// The log has a checkpoint of this size.
    CheckpointSize = "audit_checkpoint_pkey" on "audit_checkpoint" ["tree_size"],
}

impl Constraint {
    /// The constraint with this name.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|constraint| constraint.name() == name)
    }

    /// The unique key over these columns, each written `table.column` and in index order.
    pub(crate) fn by_columns(columns: &[&str]) -> Option<Self> {
        Self::ALL.iter().copied().find(|constraint| {
            let own = constraint.columns();
            !own.is_empty()
                && own.len() == columns.len()
                && own
                    .iter()
                    .zip(columns)
                    .all(|(own, given)| given.split_once('.') == Some((constraint.table(), own)))
        })
    }
}
