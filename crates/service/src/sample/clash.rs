//! Barcodes that are taken: what may be said of it, and how often it may be tried.
//!
//! Barcodes are unique in the whole network, so a clash tells that somebody holds one. That is the one exception to
//! "foreign = missing": it names nobody, every clash is audited, and whoever tries many waits.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use cartotek_domain::code::barcode::Barcode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::ActorId;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::ReadSession;
use cartotek_persistence::session::sample::SampleScope;
use chrono::TimeDelta;

use crate::Service;
use crate::act::Done;
use crate::error::{Refusal, ServiceError};

/// How many clashes with foreign barcodes an actor may have within [`PERIOD`].
const ALLOWED: usize = 20;

const PERIOD: TimeDelta = TimeDelta::minutes(1);

/// The latest clashes of each actor with barcodes outside its scope.
#[derive(Default)]
pub(crate) struct Clashes(Mutex<HashMap<ActorId, VecDeque<Timestamp>>>);

impl Clashes {
    fn note(&self, actor: ActorId, now: Timestamp) {
        let mut clashes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = clashes.entry(actor).or_default();
        own.push_back(now);
        if own.len() > ALLOWED {
            own.pop_front();
        }
    }

    fn exhausted(&self, actor: ActorId, now: Timestamp) -> bool {
        let clashes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clashes
            .get(&actor)
            .is_some_and(|own| own.len() == ALLOWED && own.front().is_some_and(|first| now - *first < PERIOD))
    }
}

impl Service {
    /// Refuses to claim further barcodes for an actor that has met too many foreign ones.
    pub(crate) fn refuse_probing(&self, actor: ActorId) -> Result<(), ServiceError> {
        if self.clashes().exhausted(actor, self.now()) {
            return Err(ServiceError::refused(Problem::TooManyRequests));
        }
        Ok(())
    }

    /// Says which of the claimed barcodes are taken, when that is why a change was refused.
    pub(crate) async fn explain_clash<T>(
        &self,
        outcome: Result<Done<T>, ServiceError>,
        actor: ActorId,
        scope: SampleScope,
        claimed: Vec<(String, Barcode)>,
    ) -> Result<Done<T>, ServiceError> {
        match outcome {
            Err(error) if error.problem() == Problem::BarcodeTaken => {}
            other => return other,
        }
        let work = move |session: &mut dyn ReadSession| {
            let mut findings = Vec::new();
            let mut foreign = false;
            for (pointer, barcode) in claimed {
                if session.labelled(barcode.as_str())?.is_some() {
                    let visible = session.visible(barcode.as_str(), &scope)?.is_some();
                    foreign |= !visible;
                    findings.push(taken(pointer, visible));
                }
            }
            Ok::<_, ServiceError>((findings, foreign))
        };
        let (findings, foreign) = self.store().read("explain clash", work).await?;
        if foreign {
            self.clashes().note(actor, self.now());
        }
        let refusal = Refusal { problem: Problem::BarcodeTaken, detail: None, findings, current: None };
        Err(ServiceError::Refused(Box::new(refusal)))
    }
}

fn taken(pointer: String, visible: bool) -> Finding {
    let text = if visible {
        Text::new(
            "Streckkoden sitter redan på något som du har tillgång till; sök på den.",
            "The barcode sticks on something you have access to already; look it up.",
        )
    } else {
        Text::new("Streckkoden används redan i nätverket.", "The barcode is already in use in the network.")
    };
    Finding::error("R-BIO-10", pointer, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn whoever_clashes_often_waits_a_minute() {
        let clashes = Clashes::default();
        let actor = |number| ActorId::from_uuid(Uuid::from_u128(number));
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for number in 0..20 {
            assert!(!clashes.exhausted(actor(1), start));
            clashes.note(actor(1), start + TimeDelta::seconds(number));
        }
        assert!(clashes.exhausted(actor(1), start + TimeDelta::seconds(59)));
        assert!(!clashes.exhausted(actor(2), start + TimeDelta::seconds(59)), "another actor");
        assert!(!clashes.exhausted(actor(1), start + TimeDelta::seconds(60)), "the first is a minute old");
    }
}
