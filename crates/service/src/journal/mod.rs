//! The only way to change facts: what is written is witnessed in the same breath.
//!
//! A use case gets a [`Journal`] instead of the bare session. It can read, lock and keep projections through it;
//! a fact can only be inserted or replaced by a method that also notes the row's hash for the audit event.

mod told;
mod write;

use cartotek_domain::access::PatientScope;
use cartotek_domain::audit::Subject;
use cartotek_domain::clarification::{Clarification, ClarificationState};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::RecordFinding;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::patient::Patient;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, Revision};
use cartotek_persistence::session::clarification::ClarificationStanding;
use cartotek_persistence::session::together::Together;
use cartotek_persistence::session::{ErasureWrites, JobWrites, ReminderWrites, SampleWrites};
use cartotek_persistence::{ReadSession, WriteSession};

pub(crate) use crate::journal::told::{Told, fact_hash, subject};
pub(crate) use crate::journal::write::{Emptied, Erased, Inserted, Replaced};

use crate::Service;
use crate::error::ServiceError;
use crate::patient::patient_subject;
use crate::schedule::settle::{Changes, settle};
use crate::timeline::{due, succeeding};

/// A transaction that witnesses what it changes.
pub(crate) struct Journal<'a> {
    tx: &'a mut dyn WriteSession,
    told: Told,
    concerned: Vec<PatientId>,
    changes: Changes,
    /// What nothing in the transaction reads: written last, together with the event.
    last: Together,
}

impl<'a> Journal<'a> {
    pub(crate) fn new(tx: &'a mut dyn WriteSession) -> Self {
        Self {
            tx,
            told: Told::default(),
            concerned: Vec::new(),
            changes: Changes::default(),
            last: Together::default(),
        }
    }

    /// The session, for reading.
    pub(crate) fn read(&mut self) -> &mut dyn ReadSession {
        self.tx
    }

    /// Names the site, biobank or project the change is made for.
    pub(crate) fn on_behalf_of(&mut self, unit: impl ToString) {
        self.told.unit = Some(unit.to_string());
    }

    /// Gives the coded reason of the change.
    pub(crate) fn because(&mut self, reason: &str) {
        self.told.reason = Some(reason.to_owned());
    }

    /// Says that the answer, as it is stored, tells of no single patient, so that an erasure need not find it.
    pub(crate) fn answers_of_nobody(&mut self) {
        self.told.impersonal = true;
    }

    /// Says whom the change concerns, should it be refused.
    pub(crate) fn concerns(&mut self, patient: PatientId) {
        if !self.concerned.contains(&patient) {
            self.concerned.push(patient);
        }
    }

    /// The patient of a scope, locked until the transaction ends.
    ///
    /// # Errors
    /// `not_found` when there is none.
    pub(crate) fn lock_patient(
        &mut self,
        pseudonym: &Pseudonym,
        scope: &PatientScope,
    ) -> Result<Patient, ServiceError> {
        let patient = self.tx.lock_patient(pseudonym, scope)?.ok_or_else(ServiceError::not_found)?;
        self.concerns(patient.id);
        Ok(patient)
    }

    /// Locks patients until the transaction ends.
    pub(crate) fn lock_patients(&mut self, ids: &[PatientId]) -> Result<(), ServiceError> {
        self.tx.lock_patients(ids)?;
        for id in ids {
            self.concerns(*id);
        }
        Ok(())
    }

    /// Locks a site with all its patients: nobody changes a record of it meanwhile, and none of its patients is new.
    pub(crate) fn lock_site(&mut self, site: &SiteCode) -> Result<(), ServiceError> {
        // The site first: whoever enrols refers to it, and so has ended or waits before the patients are looked for.
        self.tx.lock_site(site)?;
        Ok(self.tx.lock_patients_of(site)?)
    }

    /// Adds a fact.
    pub(crate) fn insert<F: Inserted>(&mut self, fact: &F) -> Result<(), ServiceError> {
        self.insert_all(std::slice::from_ref(fact))
    }

    /// Adds facts.
    pub(crate) fn insert_all<F: Inserted>(&mut self, facts: &[F]) -> Result<(), ServiceError> {
        F::insert_all(self.tx, facts)?;
        for fact in facts {
            let after = Some(fact_hash(fact)?.to_string());
            self.told.subjects.push(subject(fact, None, after));
            self.changes.note(fact);
        }
        Ok(())
    }

    /// Adds a record with its first revision, what it tells and what stands in it: at the end of the change, since nothing
    /// else in it reads them.
    pub(crate) fn insert_record(
        &mut self,
        record: &Record,
        revision: &Revision,
        milestones: Vec<Milestone>,
        findings: Vec<RecordFinding>,
    ) -> Result<(), ServiceError> {
        self.told.subjects.push(subject(record, None, Some(fact_hash(record)?.to_string())));
        self.told.subjects.push(subject(revision, None, Some(fact_hash(revision)?.to_string())));
        let milestones: Vec<_> =
            milestones.into_iter().map(|milestone| (record.patient, milestone)).collect();
        self.changes.note_milestones(&milestones);
        self.last.records.push(record.clone());
        self.last.revisions.push(revision.clone());
        self.last.milestones.extend(milestones);
        self.last.findings.extend(findings);
        Ok(())
    }

    /// Replaces a fact; `false` when somebody else has changed it in the meantime.
    pub(crate) fn replace<F: Replaced>(&mut self, before: &F, after: &F) -> Result<bool, ServiceError> {
        if !F::replace(self.tx, before, after)? {
            return Ok(false);
        }
        let hashes = (fact_hash(before)?.to_string(), fact_hash(after)?.to_string());
        self.told.subjects.push(subject(after, Some(hashes.0), Some(hashes.1)));
        self.changes.note(after);
        Ok(true)
    }

    /// Erases facts of a patient; gives how many.
    pub(crate) fn erase<F: Erased>(&mut self, patient: PatientId) -> Result<usize, ServiceError> {
        let erased = F::delete_of(self.tx, patient)?;
        for fact in &erased {
            let before = Some(fact_hash(fact)?.to_string());
            self.told.subjects.push(subject(fact, before, None));
        }
        Ok(erased.len())
    }

    /// Puts a fact that says nothing any more in the place of what it was: its row stays, under a salt of its own.
    pub(crate) fn empty<F: Emptied>(&mut self, before: &F, after: &F) -> Result<(), ServiceError> {
        F::empty(self.tx, after)?;
        let hashes = (fact_hash(before)?.to_string(), fact_hash(after)?.to_string());
        self.told.subjects.push(subject(after, Some(hashes.0), Some(hashes.1)));
        Ok(())
    }

    /// Projections, stored answers and imports of a patient, to be erased.
    pub(crate) fn erasures(&mut self) -> &mut dyn ErasureWrites {
        self.tx
    }

    /// Import jobs, which are no facts.
    pub(crate) fn imports(&mut self) -> &mut dyn JobWrites {
        self.tx
    }

    /// Reminders, which are no facts.
    pub(crate) fn reminders(&mut self) -> &mut dyn ReminderWrites {
        self.tx
    }

    /// Names a row that the change concerns but leaves as it is.
    pub(crate) fn name(&mut self, subject: Subject) {
        self.told.subjects.push(subject);
    }

    /// Puts the milestones of a record in the place of those it contributed before.
    pub(crate) fn put_milestones(
        &mut self,
        patient: PatientId,
        record: RecordId,
        milestones: Vec<Milestone>,
    ) -> Result<(), ServiceError> {
        let before = self.tx.delete_milestones(patient, record)?;
        self.changes.note_told(patient, record, before.iter().chain(&milestones));
        let milestones: Vec<_> = milestones.into_iter().map(|milestone| (patient, milestone)).collect();
        Ok(self.tx.insert_milestones(&milestones)?)
    }

    /// Stores what stands in a record that is just being submitted.
    pub(crate) fn add_findings(&mut self, findings: &[RecordFinding]) -> Result<(), ServiceError> {
        Ok(self.tx.insert_findings(findings)?)
    }

    /// Puts what stands in a record that is just being amended in the place of what stood in it before.
    pub(crate) fn put_findings(
        &mut self,
        record: RecordId,
        findings: Vec<RecordFinding>,
    ) -> Result<(), ServiceError> {
        let before = self.tx.findings_in(record)?;
        match succeeding(&before, findings) {
            Some(findings) => Ok(self.tx.put_findings(record, &findings)?),
            None => Ok(()),
        }
    }

    /// Puts where a clarification stands in the place of where it stood.
    pub(crate) fn put_standing(
        &mut self,
        clarification: &Clarification,
        state: &ClarificationState,
    ) -> Result<(), ServiceError> {
        Ok(self.tx.put_clarification_standing(&ClarificationStanding::of(clarification, state))?)
    }

    /// What the change means for what is expected of patients, and for what rules find.
    pub(crate) fn changes(&mut self) -> &mut Changes {
        &mut self.changes
    }

    /// Ends a change: brings what is expected of patients up to date with it, and notes what is to be judged after it.
    /// Gives what the event is to say of it, and the rows that are to be written with the event.
    pub(crate) fn settle(mut self, service: &Service) -> Result<(Told, Together), ServiceError> {
        if !self.changes.is_empty() {
            let (changes, published) = (std::mem::take(&mut self.changes), service.forms()?);
            if changes.reshapes() {
                self.write_last()?;
            }
            self.last.answers = settle(self.tx, &published, &changes)?;
            self.last.findings_due = due(service, self.tx, &changes)?;
        }
        Ok((self.told, self.last))
    }

    fn write_last(&mut self) -> Result<(), ServiceError> {
        Ok(self.tx.write_together(&std::mem::take(&mut self.last))?)
    }

    /// Locks and projections of samples and storage.
    pub(crate) fn samples(&mut self) -> &mut dyn SampleWrites {
        self.tx
    }

    /// Tells every server that published schemas have changed.
    pub(crate) fn bump_generation(&mut self, name: &str) -> Result<(), ServiceError> {
        Ok(self.tx.bump_generation(name)?)
    }

    /// Ends what is not kept, or bears on nothing that is expected or judged: inserts what is left, and gives what the event
    /// is to say.
    pub(crate) fn finish(mut self) -> Result<Told, ServiceError> {
        self.write_last()?;
        Ok(self.told)
    }

    /// The patients that a refusal concerns.
    pub(crate) fn concerned(self) -> impl Iterator<Item = Subject> {
        self.concerned.into_iter().map(patient_subject)
    }
}
