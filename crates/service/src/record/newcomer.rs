//! What becomes a record of a patient: everything that is asked before a new one is written.

use cartotek_domain::access::{Granted, PatientScope, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::RecordId;
use cartotek_domain::patient::Patient;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, RecordStatus};
use cartotek_persistence::ReadSession;

use crate::Service;
use crate::error::ServiceError;
use crate::foresee::Foreseen;
use crate::journal::Journal;
use crate::patient::acting_site;
use crate::record::author::check_owner_writes;
use crate::record::judgement::{Judged, Place};
use crate::record::mark::check_unlocked;
use crate::record::{check_subject, natural_key, other_with_key};

/// A content that a caller sends as a new record.
#[derive(Clone)]
pub(super) struct Newcomer {
    pub(super) service: Service,
    pub(super) granted: Granted<permission::WriteRecord>,
    pub(super) pseudonym: Pseudonym,
    pub(super) place: Place,
    pub(super) status: RecordStatus,
}

/// The record that it becomes, as long as nothing of the patient changes.
#[derive(Clone)]
pub(super) struct Admitted {
    pub(super) record: Record,
    pub(super) judged: Judged,
    /// The record that has its key already.
    pub(super) other: Option<Record>,
}

impl Newcomer {
    /// Decides before the transaction.
    pub(super) async fn foresee(&self) -> Option<Foreseen<Admitted>> {
        let newcomer = self.clone();
        let decide = move |session: &mut dyn ReadSession| {
            let found = session.patient(&newcomer.pseudonym, &newcomer.scope())?;
            let patient = found.ok_or_else(ServiceError::not_found)?;
            Ok((patient.id, newcomer.admit(session, &patient)?))
        };
        self.service.foresee("judge record", decide).await
    }

    /// The patients in whose care one of the caller's own sites takes part.
    fn scope(&self) -> PatientScope {
        self.granted.own_patients(self.place.prepared.today())
    }

    /// What the content becomes by what is known of the patient.
    ///
    /// # Errors
    /// `not_found` when none of the caller's own sites takes part; `content_invalid` when course or site do not fit;
    /// `record_locked`.
    fn admit(&self, session: &mut dyn ReadSession, patient: &Patient) -> Result<Admitted, ServiceError> {
        let Place { prepared, course, .. } = &self.place;
        let participations = session.participations(&[patient.id])?;
        let site = acting_site(&participations, &self.granted, prepared.today());
        let site = site.ok_or_else(ServiceError::not_found)?;
        let judged = self.place.judge(session, patient.id)?;
        check_subject(&judged.courses, prepared.form()?, *course)?;
        let record = self.record(patient, site)?;
        check_owner_writes(prepared, &participations, &record.site)?;
        check_unlocked(session, &record, &[prepared.decisive_day(None)])?;
        let other = other_with_key(session, &record)?;
        Ok(Admitted { record, judged, other })
    }

    /// What it becomes in the transaction under way, of the patient who is locked by then; the change is made for the
    /// site.
    ///
    /// # Errors
    /// `not_found` when none of the caller's own sites takes part; `content_invalid` when course or site do not fit;
    /// `record_locked`.
    pub(super) fn now(
        &self,
        journal: &mut Journal<'_>,
        foreseen: Option<&Foreseen<Admitted>>,
    ) -> Result<Admitted, ServiceError> {
        let admitted = match journal.still(foreseen).cloned() {
            Some(admitted) => admitted,
            None => {
                let patient = journal.lock_patient(&self.pseudonym, &self.scope())?;
                self.admit(journal.read(), &patient)?
            }
        };
        journal.concerns(admitted.record.patient);
        journal.on_behalf_of(&admitted.record.site);
        Ok(admitted)
    }

    fn record(&self, patient: &Patient, site: SiteCode) -> Result<Record, ServiceError> {
        let Place { prepared, course, .. } = &self.place;
        let id = RecordId::next(self.service.ids());
        Ok(Record {
            id,
            patient: patient.id,
            course: *course,
            form: prepared.form()?.code().to_owned(),
            natural_key: natural_key(id, &prepared.checked().natural_key),
            status: self.status,
            revision: 1,
            site,
            created_at: prepared.at(),
            submitted_at: (self.status == RecordStatus::Submitted).then(|| prepared.at()),
            salt: self.service.salt()?,
        })
    }
}
