//! The entries of a sample's books: what moved and what happened to its tubes.

use cartotek_domain::id::{ActorId, CustodyEventId, LedgerEntryId};
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{CustodyEvent, CustodyKind, LedgerEntry, LedgerKind, Place, Sample, Tube};
use cartotek_domain::time::Timestamp;

use crate::Service;
use crate::error::ServiceError;

/// Writes the entries of one act about one sample.
pub(crate) struct Books<'a> {
    service: &'a Service,
    sample: &'a Sample,
    actor: ActorId,
    at: Timestamp,
}

impl<'a> Books<'a> {
    pub(crate) fn new(service: &'a Service, sample: &'a Sample, actor: ActorId) -> Self {
        Self { service, sample, actor, at: service.now() }
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

    /// A step in a tube's chain of custody; `place` is where the tube is after it.
    pub(crate) fn event(
        &self,
        kind: CustodyKind,
        tube: Tube,
        place: Option<Place>,
    ) -> Result<CustodyEvent, ServiceError> {
        Ok(CustodyEvent {
            id: CustodyEventId::next(self.service.ids()),
            tube,
            sample: self.sample.id,
            patient: self.sample.patient,
            kind,
            occurred_at: self.at,
            actor: self.actor,
            place,
            salt: self.service.salt()?,
        })
    }
}
