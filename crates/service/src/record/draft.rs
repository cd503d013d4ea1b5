//! Drafts: a content that may be incomplete and wrong, kept with what is still missing.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::record::{Record, RecordStatus};
use serde_json::Value;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::patient::act_for_one;
use crate::record::author::{check_owner_writes, next_owner};
use crate::record::judgement::{Judged, JudgedNew, judge, judge_new};
use crate::record::mark::check_unlocked_by;
use crate::record::objection::check_collectable;
use crate::record::prepare::Prepared;
use crate::record::read::Current;
use crate::record::submit::{check_refusals, current_within, submit};
use crate::record::{NewRecord, RecordFile, check_free, check_key, check_subject, natural_key};

impl Service {
    /// Creates a record: a draft, or submitted at once.
    ///
    /// # Errors
    /// `not_found` for a patient in whose care none of the caller's sites takes part; `already_exists` for a natural
    /// key that is taken; `record_locked`; `content_invalid`, `person_id_detected`.
    pub async fn create_record(
        &self,
        granted: &Granted<permission::WriteRecord>,
        act: &Act,
        new: NewRecord,
    ) -> Result<Done<RecordFile>, ServiceError> {
        let prepared = Prepared::new(self, &new.form, new.form_version, new.content, None)?;
        let submission = new.submission;
        if let Some(acknowledgements) = &submission {
            check_refusals(&prepared, acknowledgements)?;
        }
        let (service, granted_again) = (self.clone(), granted.clone());
        let (pseudonym, course) = (new.patient, new.course);
        let status = if submission.is_some() { RecordStatus::Submitted } else { RecordStatus::Draft };
        self.create(granted, act, "create record", move |journal| {
            let today = prepared.today();
            let patient = journal.lock_patient(&pseudonym, &granted_again.own_patients(today))?.id;
            let id = RecordId::next(service.ids());
            let natural_key = natural_key(id, &prepared.checked().natural_key);
            let sites = granted_again.own_sites();
            let JudgedNew { judged, participations, locks, place, generation } =
                judge_new(journal.read(), patient, &prepared, course, &natural_key, &sites)?;
            journal.changes().note_generation(generation);
            let site = act_for_one(journal, &granted_again, &participations, today)?;
            check_subject(&judged.courses, prepared.form()?, course)?;
            check_owner_writes(&prepared, &participations, &site)?;
            let record =
                Record { natural_key, course, ..new_record(&service, &prepared, id, patient, site, status)? };
            check_unlocked_by(&locks, &record, &[prepared.decisive_day(None)])?;
            let author = granted_again.caller().actor;
            if let Some(acknowledgements) = &submission {
                return submit(
                    &service,
                    journal,
                    &prepared,
                    None,
                    place,
                    record,
                    author,
                    judged.findings,
                    acknowledgements,
                    &pseudonym,
                );
            }
            check_collectable(&judged.consents, today)?;
            check_free(place.same_key, &record)?;
            let revision = prepared.revision(&service, &record, author, Vec::new(), None)?;
            journal.insert_record(&record, &revision, Vec::new(), Vec::new())?;
            RecordFile::new(record, revision, pseudonym, &prepared, judged.findings)
        })
        .await
    }

    /// Puts another content in the place of a draft's.
    ///
    /// # Errors
    /// `not_found`, `stale_version`, `wrong_state` unless it is a draft, `record_locked`, `already_exists`,
    /// `person_id_detected`.
    pub async fn replace_draft(
        &self,
        granted: &Granted<permission::WriteRecord>,
        act: &Act,
        id: RecordId,
        expected: i64,
        content: Value,
    ) -> Result<Done<RecordFile>, ServiceError> {
        let Current { record, revision, pseudonym, day } = self.current(granted, id).await?;
        let version = Some(self.version_of(&record, &revision)?);
        let prepared = Prepared::new(self, &record.form, version, content, None)?;
        let (service, granted_again) = (self.clone(), granted.clone());
        self.change(granted, act, "replace draft", move |journal| {
            journal.lock_patients(&[record.patient])?;
            let before = current_within(
                journal,
                &granted_again,
                (&record, day),
                expected,
                RecordStatus::Draft,
                &prepared,
            )?;
            let site = next_owner(journal.read(), &prepared, &before)?;
            let Judged { consents, findings, .. } =
                judge(journal.read(), before.patient, &prepared, before.course, Some(before.id))?;
            check_collectable(&consents, prepared.today())?;
            let after = Record {
                revision: before.revision + 1,
                natural_key: natural_key(before.id, &prepared.checked().natural_key),
                site,
                ..before.clone()
            };
            journal.on_behalf_of(&after.site);
            check_key(journal.read(), &after)?;
            if !journal.replace(&before, &after)? {
                return Err(ServiceError::stale(before.revision + 1, None));
            }
            let author = granted_again.caller().actor;
            let revision = prepared.revision(&service, &after, author, Vec::new(), None)?;
            journal.insert(&revision)?;
            RecordFile::new(after, revision, pseudonym, &prepared, findings)
        })
        .await
    }
}

/// A new record, but for its course and its key.
fn new_record(
    service: &Service,
    prepared: &Prepared,
    id: RecordId,
    patient: PatientId,
    site: SiteCode,
    status: RecordStatus,
) -> Result<Record, ServiceError> {
    Ok(Record {
        id,
        patient,
        course: None,
        form: prepared.form()?.code().to_owned(),
        natural_key: String::new(),
        status,
        revision: 1,
        site,
        created_at: prepared.at(),
        submitted_at: (status == RecordStatus::Submitted).then(|| prepared.at()),
        salt: service.salt()?,
    })
}
