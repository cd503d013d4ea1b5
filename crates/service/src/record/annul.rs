//! Annulment: of a record that should never have been nothing follows any more. It stays readable, unless it was another
//! patient's: then all its contents are destroyed.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::id::{ActorId, RecordId};
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Amendment, AmendmentReason, Record, RecordStatus};
use serde_json::json;

use crate::Service;
use crate::act::{Act, Done};
use crate::clarification::close_by_itself;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::record::destroy::destroy;
use crate::record::objection::check_not_opted_out;
use crate::record::prepare::Prepared;
use crate::record::read::Current;
use crate::record::submit::current_within;
use crate::record::{RecordFile, check_status};

impl Service {
    /// Annuls a record that should never have been: a draft, or a submitted one. Its key is free again; what it told, answered
    /// and was asked is taken back. There is no way back: what is right is a new record.
    ///
    /// With the reason `other_patient` its contents are destroyed, the answers of keyed requests and the imports that may
    /// repeat them too: they would stay with somebody whom they do not concern, where an erasure of the right patient does
    /// not find them. A submitted record is annulled for another reason before, by another person.
    ///
    /// # Errors
    /// `not_found`; `permission_missing` unless the caller's site owns the record, and for who annulled what is to be
    /// destroyed; `stale_version` with what has changed; `wrong_state` when it is annulled, unless there is still something to
    /// destroy, and for a submitted record that is to be destroyed at once; `record_locked`; `content_invalid` for a
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
            let author = granted_again.caller().actor;
            if destroys && before.submitted_at.is_some() {
                check_two_persons(&before, revision.author, author)?;
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
            let revision = prepared.revision(&service, &after, author, Vec::new(), Some(why.clone()))?;
            journal.insert(&revision)?;
            if before.status == RecordStatus::Submitted {
                take_back(&service, journal, &after)?;
            }
            RecordFile::new(after, revision, pseudonym, &prepared, Vec::new())
        };
        self.change(granted, act, "annul record", annul).await
    }
}

/// What was submitted is destroyed in two steps, by two persons: it cannot be brought back, and may tell who was given
/// what.
fn check_two_persons(
    record: &Record,
    annulled_by: ActorId,
    destroyed_by: ActorId,
) -> Result<(), ServiceError> {
    if record.status == RecordStatus::Submitted {
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Ett inskickat formulär förstörs i två steg: annullera det först som entered_in_error; sedan annullerar en annan \
             person det som other_patient.",
            "A submitted form is destroyed in two steps: annul it first as entered_in_error; another person then annuls it \
             as other_patient.",
        ));
    }
    if annulled_by == destroyed_by {
        return Err(ServiceError::explained(
            Problem::PermissionMissing,
            "Den som har annullerat formuläret förstör det inte också. Be en annan person på sjukhuset göra det.",
            "Who has annulled the form does not destroy it as well. Ask another person at the site to do it.",
        ));
    }
    Ok(())
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
