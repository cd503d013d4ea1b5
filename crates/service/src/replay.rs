//! Erasures that a restored database has forgotten: listed by the living one, repeated by the restored one.
//!
//! A list is one line of JSON per erasure and a last line with a MAC over all before it, under the key of the log's
//! rows: whoever holds the database alone can neither invent an erasure nor leave one out unseen.

use std::collections::BTreeSet;

use cartotek_crypto::hash::Hash;
use cartotek_domain::audit::{AuditEvent, Subject};
use cartotek_domain::consent::Consent;
use cartotek_domain::erasure::{Erasure, REPLAY};
use cartotek_domain::fact::Fact;
use cartotek_domain::id::{AuditEventId, RequestId};
use cartotek_domain::problem::Problem;
use cartotek_persistence::session::audit::StoredEvent;
use cartotek_persistence::{Page, ReadSession, StoreError};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::Act;
use crate::erase::{Erased, erase};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::seen;

/// What sets the MAC of a list apart from that of an event.
const PURPOSE: &[u8] = b"cartotek erasures v1\n";

/// The table by which a replayed erasure names the event it repeats.
const EVENT: &str = "audit_event";

/// Events read in one statement.
const PAGE: u16 = 500;

/// The last line of a list.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seal {
    mac: Hash,
}

/// What became of an erasure of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// It was repeated.
    Erased(Erased),
    /// This database has it already.
    AlreadyErased,
    /// The patient was enrolled later than the copy was made.
    NoSuchPatient,
}

impl Service {
    /// Every erasure that this database knows, as a list to be kept elsewhere.
    ///
    /// # Errors
    /// As the store fails; `Inconsistent` for an event that was not written by this registry.
    pub async fn erasure_list(&self) -> Result<String, ServiceError> {
        let service = self.clone();
        let erasures = self.store().read("list erasures", move |session| service.erasures(session)).await?;
        let mut list = String::new();
        for erasure in &erasures {
            list.push_str(&serde_json::to_string(erasure)?);
            list.push('\n');
        }
        let mac = self.keys().audit_row.tag(&[PURPOSE, list.as_bytes()]);
        list.push_str(&serde_json::to_string(&Seal { mac })?);
        list.push('\n');
        Ok(list)
    }

    /// Repeats the erasures of a list that this database does not have; gives what became of each, by the event of
    /// the original.
    ///
    /// # Errors
    /// `content_invalid` for a list that is not whole or not this registry's: then nothing is erased.
    pub async fn replay_erasures(&self, list: &str) -> Result<Vec<(AuditEventId, Replayed)>, ServiceError> {
        let mut replayed = Vec::new();
        for erasure in self.believe(list)? {
            replayed.push((erasure.event, self.replay(erasure).await?));
        }
        self.purge().await;
        Ok(replayed)
    }

    fn erasures(&self, session: &mut dyn ReadSession) -> Result<Vec<Erasure>, ServiceError> {
        let (mut erasures, mut listed, mut after) = (Vec::new(), BTreeSet::new(), None);
        loop {
            let page = session.erasure_events(after, i64::from(PAGE))?;
            let Some(last) = page.last() else { return Ok(erasures) };
            after = Some(last.id);
            for stored in page {
                let erasure = self.erasure(session, &stored)?;
                erasures.extend(erasure.filter(|erasure| listed.insert(erasure.event)));
            }
        }
    }

    /// The erasure that an event tells of, if it does.
    fn erasure(
        &self,
        session: &mut dyn ReadSession,
        stored: &StoredEvent,
    ) -> Result<Option<Erasure>, ServiceError> {
        let unbelievable = |column| StoreError::inconsistent(EVENT, column, stored.id);
        let bytes = stored.canonical.as_bytes();
        if !self.keys().audit_row.verify(&[bytes], &Hash::from_bytes(stored.row_mac)) {
            return Err(unbelievable("row_mac").into());
        }
        let event = AuditEvent::from_canonical(&stored.canonical).map_err(|_| unbelievable("canonical"))?;
        let patient = event.subjects.iter().find_map(|subject| subject.patient);
        let Some(patient) = patient.filter(|_| event.erases()) else { return Ok(None) };
        let named = |consent: &Consent| {
            let id = consent.id.to_string();
            event.subjects.iter().any(|subject| subject.table == Consent::TABLE && subject.row == id)
        };
        let opt_out = session.consents(patient)?.into_iter().find(named);
        Ok(Some(Erasure {
            event: original(&event).unwrap_or(event.id),
            patient,
            erased_at: event.occurred_at,
            reason: event.reason,
            opt_out,
        }))
    }

    /// The erasures of a list, once it is known to be whole and this registry's.
    fn believe(&self, list: &str) -> Result<Vec<Erasure>, ServiceError> {
        let whole = list.strip_suffix('\n').unwrap_or(list);
        let start = whole.rfind('\n').map_or(0, |end| end + 1);
        let (erasures, seal) = whole.split_at_checked(start).unwrap_or_default();
        let seal: Seal = serde_json::from_str(seal).map_err(|_| unbelievable_list())?;
        if !self.keys().audit_row.verify(&[PURPOSE, erasures.as_bytes()], &seal.mac) {
            return Err(unbelievable_list());
        }
        let erasures = erasures.lines().map(serde_json::from_str);
        erasures.collect::<Result<_, _>>().map_err(|_| unbelievable_list())
    }

    async fn replay(&self, erasure: Erasure) -> Result<Replayed, ServiceError> {
        let request = RequestId::next(self.ids());
        let act = Act { reason: erasure.reason.clone(), ..Act::new(request) };
        let service = self.clone();
        let repeat = move |journal: &mut Journal<'_>| repeat(&service, journal, &erasure);
        let done = self.change_as_system(REPLAY, &act, "replay erasure", repeat);
        match done.await {
            Ok(done) => Ok(Replayed::Erased(done.value)),
            Err(error) => match error.problem() {
                Problem::NotFound => Ok(Replayed::NoSuchPatient),
                Problem::AlreadyExists => Ok(Replayed::AlreadyErased),
                _ => Err(error),
            },
        }
    }
}

fn repeat(service: &Service, journal: &mut Journal<'_>, erasure: &Erasure) -> Result<Erased, ServiceError> {
    let id = erasure.patient;
    journal.lock_patients(&[id])?;
    let patient = journal.read().patients_by_id(&[id])?.pop().ok_or_else(ServiceError::not_found)?;
    if has_erased(journal.read(), erasure)? {
        return Err(ServiceError::refused(Problem::AlreadyExists));
    }
    let erased = erase(service, journal, &patient)?;
    journal.name(Subject {
        table: EVENT.to_owned(),
        row: erasure.event.to_string(),
        patient: Some(id),
        before: None,
        after: None,
    });
    if let Some(opt_out) = &erasure.opt_out {
        object(journal, opt_out)?;
    }
    Ok(erased)
}

/// Names the objection behind an erasure; makes it known where it is not.
fn object(journal: &mut Journal<'_>, opt_out: &Consent) -> Result<(), ServiceError> {
    let id = opt_out.patient;
    if journal.read().consents(id)?.iter().any(|known| known.id == opt_out.id) {
        journal.name(seen(opt_out));
        return Ok(());
    }
    if journal.read().site(&opt_out.site)?.is_some() {
        return journal.insert(opt_out);
    }
    // The copy is older than the site that took the objection: the responsible one stands for it.
    let participations = journal.read().participations(&[id])?;
    let responsible = participations.iter().max_by_key(|one| (one.responsible, one.valid_from));
    let site = responsible.ok_or_else(ServiceError::not_found)?.site.clone();
    journal.insert(&Consent { site, ..opt_out.clone() })
}

/// Whether this database has the erasure: its own event, or one that repeated it.
fn has_erased(session: &mut dyn ReadSession, erasure: &Erasure) -> Result<bool, ServiceError> {
    if session.event(erasure.event)?.is_some() {
        return Ok(true);
    }
    let mut page = Page::first(PAGE);
    loop {
        let events = session.events_of_patient(erasure.patient, &page)?;
        let repeats = |stored: &StoredEvent| {
            AuditEvent::from_canonical(&stored.canonical)
                .is_ok_and(|event| original(&event) == Some(erasure.event))
        };
        if events.items.iter().any(repeats) {
            return Ok(true);
        }
        match events.next {
            Some(next) => page.after = Some(next),
            None => return Ok(false),
        }
    }
}

/// The event that an event repeats.
fn original(event: &AuditEvent) -> Option<AuditEventId> {
    let named = event.subjects.iter().find(|subject| subject.table == EVENT)?;
    named.row.parse().ok().filter(|_| event.action == REPLAY)
}

fn unbelievable_list() -> ServiceError {
    ServiceError::explained(
        Problem::ContentInvalid,
        "Listan över raderingar är inte hel eller inte gjord av detta register: dess kontrollsumma stämmer inte. Inget har \
         raderats. Gör en ny med `cartotek erasure list`, eller ta en annan säkerhetskopias erasures.ndjson.",
        "The list of erasures is not whole, or was not made by this registry: its MAC is wrong. Nothing was erased. Make a \
         new one with `cartotek erasure list`, or take the erasures.ndjson of another backup.",
    )
}
