//! Annulment: of a record that should never have been nothing follows any more. It stays readable, unless it was another
//! patient's: then all its contents are destroyed.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::id::RecordId;
use cartotek_domain::record::{Amendment, AmendmentReason, Record, RecordStatus};
use serde_json::json;

use crate::Service;
use crate::act::{Act, Done};
use crate::clarification::close_by_itself;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::record::destroy::destroy;
use crate::record::prepare::Prepared;
use crate::record::read::Current;
use crate::record::standing::check_not_opted_out;
use crate::record::submit::current_within;
use crate::record::{RecordFile, check_status};

impl Service {
    /// Annuls a record that should never have been: a draft, or a submitted one. Its key is free again; what it told, answered
    /// and was asked is taken back. There is no way back: what is right is a new record.
    ///
    /// With the reason `other_patient` its contents are destroyed, the answers of keyed requests and the imports that may
    /// repeat them too: they would stay with somebody whom they do not concern, where an erasure of the right patient does
    /// not find them. So it may also follow an annulment for another reason.
    ///
    /// # Errors
    /// `not_found`; `permission_missing` unless the caller's site owns the record; `stale_version` with what has changed;
    /// `wrong_state` when it is annulled, unless there is still something to destroy; `record_locked`; `content_invalid` for a
    /// patient who has opted out; `person_id_detected` where a content that stays holds what is no longer let through.
    pub async fn annul_record(
        &self,
        granted: &Granted<permission::WriteRecord>,
        act: &Act,
        id: RecordId,
        expected: i64,
        why: Amendment,
    ) -> Result<Done<RecordFile>, ServiceError> {
        let Current { record, revision, pseudonym, day } = self.current(granted, id).await?;
        let version = Some(self.version_of(&record, &revision)?);
        let destroys = why.reason == AmendmentReason::OtherPatient;
        let destroyed =
            revision.amendment.as_ref().is_some_and(|one| one.reason == AmendmentReason::OtherPatient);
        let content = if destroys { json!({}) } else { serde_json::from_str(&revision.content)? };
        let prepared = Prepared::new(self, &record.form, version, content, record.submitted_at)?;
        let (service, granted_again) = (self.clone(), granted.clone());
        let annul = move |journal: &mut Journal<'_>| -> Result<RecordFile, ServiceError> {
            journal.lock_patients(&[record.patient])?;
            let seen = (&record, day);
            let before = current_within(journal, &granted_again, seen, expected, record.status, &prepared)?;
            if before.status == RecordStatus::Annulled && (destroyed || !destroys) {
                check_status(&before, RecordStatus::Submitted)?;
            }
            check_not_opted_out(&journal.read().consents(before.patient)?, prepared.today())?;
            let after = Record {
                status: RecordStatus::Annulled,
                revision: before.revision + 1,
                natural_key: format!("annulled {}", before.id),
                // Earlier keys are answers too: their hashes are to say nothing.
                salt: if destroys { service.salt()? } else { before.salt },
                ..before.clone()
            };
            journal.on_behalf_of(&after.site);
            journal.because(why.reason.name());
            if !journal.replace(&before, &after)? {
                return Err(ServiceError::stale(before.revision + 1, None));
            }
            if destroys {
                destroy(&service, journal, &before)?;
            }
            let author = granted_again.caller().actor;
            let revision = prepared.revision(&service, &after, author, Vec::new(), Some(why.clone()))?;
            journal.insert(&revision)?;
            if before.status == RecordStatus::Submitted {
                take_back(&service, journal, &after)?;
            }
            RecordFile::new(after, revision, pseudonym, &prepared, Vec::new())
        };
        let done = self.change(granted, act, "annul record", annul).await?;
        if destroys && done.receipt.is_some() {
            self.purge().await;
        }
        Ok(done)
    }
}

/// Takes back what a submitted record told the others, what stood in it and what rules have asked about it.
fn take_back(service: &Service, journal: &mut Journal<'_>, record: &Record) -> Result<(), ServiceError> {
    journal.put_findings(record.id, Vec::new())?;
    journal.put_milestones(record.patient, record.id, Vec::new())?;
    journal.changes().annulled(record);
    let asked = journal.read().live_clarifications_of_rules(&[record.patient])?;
    for clarification in asked.iter().filter(|one| one.record == record.id) {
        close_by_itself(service, journal, clarification)?;
    }
    Ok(())
}
