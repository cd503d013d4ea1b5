//! The entries of a sample's books: what moved and what happened to its tubes.

use cartotek_domain::id::{ActorId, CustodyEventId, LedgerEntryId};
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{CustodyEvent, CustodyKind, LedgerEntry, LedgerKind, Place, Sample, Tube};
use cartotek_domain::time::Timestamp;
use cartotek_persistence::ReadSession;

use crate::Service;
use crate::error::ServiceError;

/// Writes the entries of one act about one sample, whose lock is held.
pub(crate) struct Books<'a> {
    service: &'a Service,
    sample: &'a Sample,
    actor: ActorId,
    at: Timestamp,
    /// The number of the last step in the sample's chain of custody.
    last: i64,
}

impl<'a> Books<'a> {
    /// The books of a new sample.
    pub(crate) fn new(service: &'a Service, sample: &'a Sample, actor: ActorId) -> Self {
        Self { service, sample, actor, at: service.now(), last: 0 }
    }

    /// The books of a sample that has some.
    pub(crate) fn open(
        service: &'a Service,
        session: &mut dyn ReadSession,
        sample: &'a Sample,
        actor: ActorId,
    ) -> Result<Self, ServiceError> {
        let last = session.last_custody_number(sample.id)?;
        Ok(Self { last, ..Self::new(service, sample, actor) })
    }

    /// A movement of amount.
    pub(crate) fn movement(
        &self,
        kind: LedgerKind,
        from: Option<Tube>,
        to: Option<Tube>,
        amount: Amount,
    ) -> Result<LedgerEntry, ServiceError> {
        Ok(LedgerEntry {
            id: LedgerEntryId::next(self.service.ids()),
            sample: self.sample.id,
            patient: self.sample.patient,
            from,
            to,
            amount,
            kind,
            recorded_at: self.at,
            salt: self.service.salt()?,
        })
    }

    /// The next step in the chain of custody; `place` is where the tube is after it.
    pub(crate) fn event(
        &mut self,
        kind: CustodyKind,
        tube: Tube,
        place: Option<Place>,
    ) -> Result<CustodyEvent, ServiceError> {
        self.last += 1;
        Ok(CustodyEvent {
            id: CustodyEventId::next(self.service.ids()),
            tube,
            sample: self.sample.id,
            number: self.last,
            patient: self.sample.patient,
            kind,
            occurred_at: self.at,
            actor: self.actor,
            place,
            salt: self.service.salt()?,
        })
    }
}
