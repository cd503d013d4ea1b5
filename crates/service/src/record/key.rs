//! What tells a record from the others of its form and subject, for those who read a list.

use std::collections::{BTreeMap, HashMap};

use cartotek_domain::id::RecordId;
use cartotek_domain::record::{Record, RecordStatus};
use cartotek_forms::Form;
use cartotek_persistence::{ReadSession, StoreError};
use serde_json::Value;

use crate::Service;
use crate::error::ServiceError;

/// The answers at the key of a record's form, by the names of their columns. Empty of a form of which there is one record,
/// while they are not all there, and of what is annulled: its key is free.
pub type RecordKey = BTreeMap<String, Value>;

/// The key of a record as it was with a content.
pub(super) fn key_with(form: &Form, status: RecordStatus, content: &Value) -> RecordKey {
    if status == RecordStatus::Annulled {
        return RecordKey::new();
    }
    form.key_answers(&form.natural_key(content))
}

impl Service {
    /// The keys of records as they are now, in their order, where nothing else is wanted of their revisions.
    ///
    /// # Errors
    /// `unavailable` for a version of a form that another server has published a moment ago.
    pub(crate) fn record_keys(
        &self,
        session: &mut dyn ReadSession,
        records: &[Record],
    ) -> Result<Vec<RecordKey>, ServiceError> {
        let ids: Vec<RecordId> = records.iter().map(|record| record.id).collect();
        let versions: HashMap<_, _> = session.form_versions(&ids)?.into_iter().collect();
        let key = |record: &Record| {
            let unknown = || StoreError::inconsistent("record", "revision", record.id);
            self.record_key(record, *versions.get(&record.id).ok_or_else(unknown)?)
        };
        records.iter().map(key).collect()
    }

    /// The key of a record as it is now, whose latest revision was checked against that version of its form.
    ///
    /// # Errors
    /// `unavailable` for a version that another server has published a moment ago.
    pub(crate) fn record_key(&self, record: &Record, form_version: i32) -> Result<RecordKey, ServiceError> {
        let unknown = |_| StoreError::inconsistent("revision", "form_version", record.id);
        let version = u32::try_from(form_version).map_err(unknown)?;
        let published = self.forms()?;
        let form = published.forms.form(&record.form, Some(version)).ok_or(StoreError::Busy)?;
        Ok(form.key_answers(&record.natural_key))
    }
}
