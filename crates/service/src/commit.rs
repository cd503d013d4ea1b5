//! The three ways through which a use case meets the store: change, show, refuse.

use cartotek_crypto::hash::Hash;
use cartotek_domain::access::{AuthMethod, Caller, Granted, PatientScope, Permission};
use cartotek_domain::audit::{AuditEvent, ENCODING, Outcome, Subject};
use cartotek_domain::id::{AuditEventId, PatientId};
use cartotek_domain::patient::Patient;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::{ReadSession, Scope, Store, WriteSession};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Service;
use crate::act::{Act, Done, IdempotencyKey, Receipt};
use crate::error::ServiceError;
use crate::journal::{Journal, Told};
use crate::patient::patient_subject;
use crate::stored_answer::{Reach, replay};
use crate::witness::Witnessed;

/// Whom a refused request concerned.
#[derive(Debug, Clone, Default)]
pub struct Concerned {
    /// The rows that the refusal speaks of.
    pub subjects: Vec<Subject>,
    /// The patient whom the request's path names.
    pub patient: Option<Pseudonym>,
}

/// What a read shows of patients, for its event.
pub(crate) type Seen = Vec<Subject>;

impl Service {
    /// Runs a change and its event in one transaction; a dry run is the same transaction, rolled back.
    pub(crate) async fn change<P, T, W>(
        &self,
        granted: &Granted<P>,
        act: &Act,
        name: &'static str,
        decide: W,
    ) -> Result<Done<T>, ServiceError>
    where
        P: Permission,
        T: Serialize + DeserializeOwned + Send + 'static,
        W: FnMut(&mut Journal<'_>) -> Result<T, ServiceError> + Send + 'static,
    {
        self.change_as(self.event(granted, act), Reach::of(granted, self.today()), act, name, decide).await
    }

    /// A change that creates what its answer shows.
    pub(crate) async fn create<P, T, W>(
        &self,
        granted: &Granted<P>,
        act: &Act,
        name: &'static str,
        decide: W,
    ) -> Result<Done<T>, ServiceError>
    where
        P: Permission,
        T: Serialize + DeserializeOwned + Send + 'static,
        W: FnMut(&mut Journal<'_>) -> Result<T, ServiceError> + Send + 'static,
    {
        let event = AuditEvent { http_status: 201, ..self.event(granted, act) };
        self.change_as(event, Reach::of(granted, self.today()), act, name, decide).await
    }

    /// A change that no caller asked for: what `migrate` publishes, what the server does by itself.
    pub(crate) async fn change_as_system<T, W>(
        &self,
        action: &str,
        act: &Act,
        name: &'static str,
        decide: W,
    ) -> Result<Done<T>, ServiceError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        W: FnMut(&mut Journal<'_>) -> Result<T, ServiceError> + Send + 'static,
    {
        let event = AuditEvent {
            action: action.to_owned(),
            method: Some(AuthMethod::CommandLine),
            ..self.bare_event(act)
        };
        self.change_as(event, Reach::default(), act, name, decide).await
    }

    async fn change_as<T, W>(
        &self,
        event: AuditEvent,
        reach: Reach,
        act: &Act,
        name: &'static str,
        decide: W,
    ) -> Result<Done<T>, ServiceError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        W: FnMut(&mut Journal<'_>) -> Result<T, ServiceError> + Send + 'static,
    {
        let (service, key) = (self.clone(), act.key.clone());
        let store = self.store_for(event.unit.as_deref())?;
        if act.dry_run {
            let work = rolled_back(decide);
            let (value, told) = store.write_rolled_back(name, work).await?;
            let event = told_by(told, &event);
            // The rows named here never existed; patients that did are what the dry run touched.
            let subjects = event.subjects.into_iter().filter_map(touched).collect();
            self.append(AuditEvent { outcome: Outcome::DryRun, subjects, ..event }).await?;
            return Ok(Done { rolled_back: true, ..Done::new(value, None) });
        }
        let work = committed(service, event, reach, key, decide);
        store.write(name, work).await
    }

    /// The store, whose transactions tell the database for whom they are.
    fn store_for(&self, unit: Option<&str>) -> Result<Store, ServiceError> {
        let codes = unit.into_iter().flat_map(|unit| unit.split(','));
        Ok(self.store().for_scope(Scope::of_units(codes)?))
    }

    /// Reads on one snapshot; what is shown of patients is witnessed before the answer leaves.
    pub(crate) async fn show<P, T, W>(
        &self,
        granted: &Granted<P>,
        act: &Act,
        name: &'static str,
        look: W,
    ) -> Result<Done<T>, ServiceError>
    where
        P: Permission,
        T: Send + 'static,
        W: FnOnce(&mut dyn ReadSession) -> Result<(T, Seen), ServiceError> + Send + 'static,
    {
        let (value, seen) = self.store_for(granted.unit().as_deref())?.read(name, look).await?;
        if seen.is_empty() {
            return Ok(Done::new(value, None));
        }
        let (outcome, subjects) = (Outcome::Read, seen);
        let event = AuditEvent { outcome, http_status: 200, subjects, ..self.event(granted, act) };
        let receipt = self.append(event).await?;
        Ok(Done::new(value, Some(receipt)))
    }

    /// Records a question whose answer names no patient: who asked, and the hash of what.
    pub(crate) async fn witness_question<P: Permission>(
        &self,
        granted: &Granted<P>,
        act: &Act,
        question: Hash,
    ) -> Result<Receipt, ServiceError> {
        let event = AuditEvent {
            outcome: Outcome::Read,
            http_status: 200,
            reason: Some(question.to_string()),
            ..self.event(granted, act)
        };
        self.append(event).await
    }

    /// Records that a caller was refused: with the roles it holds, and whom the request concerned.
    ///
    /// # Errors
    /// When the event could not be stored; the answer is then 503.
    pub async fn witness_refusal(
        &self,
        caller: &Caller,
        act: &Act,
        action: &str,
        problem: Problem,
        concerned: Concerned,
    ) -> Result<(), ServiceError> {
        let Concerned { mut subjects, patient } = concerned;
        if let Some(pseudonym) = patient {
            let look = move |session: &mut dyn ReadSession| {
                Ok::<_, ServiceError>(session.patient(&pseudonym, &PatientScope::Every)?)
            };
            let named = self.store().read("look up refused patient", look).await?;
            let known = |patient: &Patient| subjects.iter().any(|one| one.patient == Some(patient.id));
            let new = named.filter(|patient| !known(patient));
            subjects.extend(new.map(|patient| patient_subject(patient.id)));
        }
        let event = AuditEvent {
            action: action.to_owned(),
            roles: caller.roles().into_iter().collect(),
            unit: caller.unit(),
            subjects,
            outcome: Outcome::Refused,
            http_status: problem.status(),
            code: Some(problem.code().to_owned()),
            ..self.bare_event(act)
        };
        self.append(event.by(caller)).await.map(|_| ())
    }

    /// Makes an event durable together with whatever else waits.
    pub(crate) async fn append(&self, event: AuditEvent) -> Result<Receipt, ServiceError> {
        let witnessed = Witnessed::new(&event, &self.keys().audit_row)?;
        let receipt = witnessed.receipt();
        self.appender().append(witnessed).await?;
        Ok(receipt)
    }

    /// The event of an act, before it is known what it changed or showed.
    pub(crate) fn event<P: Permission>(&self, granted: &Granted<P>, act: &Act) -> AuditEvent {
        let bare = self.bare_event(act);
        AuditEvent {
            action: P::POLICY.name.to_owned(),
            roles: granted.roles().iter().copied().collect(),
            unit: granted.unit(),
            ..bare
        }
        .by(granted.caller())
    }

    /// The event of an act that nobody asked for.
    pub(crate) fn bare_event(&self, act: &Act) -> AuditEvent {
        AuditEvent {
            encoding: ENCODING,
            id: AuditEventId::next(self.ids()),
            occurred_at: self.now(),
            actor: None,
            actor_kind: None,
            roles: Vec::new(),
            method: None,
            action: String::new(),
            unit: None,
            reason: act.reason.clone(),
            outcome: Outcome::Changed,
            http_status: 200,
            code: None,
            request: act.request,
            subjects: Vec::new(),
        }
    }
}

fn rolled_back<T, W>(
    mut decide: W,
) -> impl FnMut(&mut dyn WriteSession) -> Result<(T, Told), ServiceError> + Send + 'static
where
    W: FnMut(&mut Journal<'_>) -> Result<T, ServiceError> + Send + 'static,
{
    move |tx| {
        let mut journal = Journal::new(tx);
        match decide(&mut journal) {
            Ok(value) => Ok((value, journal.finish()?)),
            Err(error) => Err(error.about(journal.concerned())),
        }
    }
}

fn committed<T, W>(
    service: Service,
    event: AuditEvent,
    reach: Reach,
    key: Option<IdempotencyKey>,
    mut decide: W,
) -> impl FnMut(&mut dyn WriteSession) -> Result<Done<T>, ServiceError> + Send + 'static
where
    T: Serialize + DeserializeOwned,
    W: FnMut(&mut Journal<'_>) -> Result<T, ServiceError> + Send + 'static,
{
    move |tx| {
        let keyed = key.as_ref().zip(event.actor);
        if let Some((key, actor)) = keyed
            && !tx.claim_answer(actor, &key.key, *key.fingerprint.as_bytes(), event.occurred_at)?
        {
            return replay(tx, &service, &event, &reach, actor, key);
        }
        let mut journal = Journal::new(tx);
        let value = match decide(&mut journal) {
            Ok(value) => value,
            Err(error) => return Err(error.about(journal.concerned())),
        };
        let (told, mut rows) = journal.settle(&service)?;
        let about = told.about();
        let event = told_by(told, &event);
        let witnessed = Witnessed::new(&event, &service.keys().audit_row)?;
        let done = Done::new(value, Some(witnessed.receipt()));
        witnessed.add_to(&mut rows);
        tx.write_together(&rows)?;
        if let Some((key, actor)) = keyed {
            tx.store_answer(actor, &key.key, &serde_json::to_string(&done)?, about?.map(PatientId::uuid))?;
        }
        Ok(done)
    }
}

/// The event with what the change has told it.
fn told_by(told: Told, event: &AuditEvent) -> AuditEvent {
    let Told { subjects, unit, reason, .. } = told;
    let (unit, reason) = (unit.or_else(|| event.unit.clone()), reason.or_else(|| event.reason.clone()));
    AuditEvent { subjects, unit, reason, ..event.clone() }
}

pub(crate) fn touched(subject: Subject) -> Option<Subject> {
    subject.patient?;
    Some(Subject { before: None, after: None, ..subject })
}
