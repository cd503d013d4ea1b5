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
    /// Notes so many clashes, one for each foreign barcode that was told to be taken.
    fn note(&self, actor: ActorId, count: usize, now: Timestamp) {
        let mut clashes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = clashes.entry(actor).or_default();
        own.extend(std::iter::repeat_n(now, count.min(ALLOWED)));
        while own.len() > ALLOWED {
            own.pop_front();
        }
    }

    /// How many seconds the actor has to wait, if it has to.
    fn wait(&self, actor: ActorId, now: Timestamp) -> Option<i64> {
        let clashes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = clashes.get(&actor).filter(|own| own.len() == ALLOWED)?;
        let left = PERIOD - (now - *own.front()?);
        (left > TimeDelta::zero()).then(|| (left + TimeDelta::milliseconds(999)).num_seconds())
    }
}

impl Service {
    /// Refuses to claim further barcodes for an actor that has met too many foreign ones.
    pub(crate) fn refuse_probing(&self, actor: ActorId) -> Result<(), ServiceError> {
        match self.clashes().wait(actor, self.now()) {
            None => Ok(()),
            wait => Err(Refusal { retry_after: wait, ..Refusal::new(Problem::TooManyRequests) }.into()),
        }
    }

    /// Says which of the claimed barcodes are taken, when that is why a change was refused.
    pub(crate) async fn explain_clash<T>(
        &self,
        outcome: Result<Done<T>, ServiceError>,
        actor: ActorId,
        scope: SampleScope,
        claimed: Vec<(String, Barcode)>,
    ) -> Result<Done<T>, ServiceError> {
        let subjects = match outcome {
            Err(ServiceError::Refused(refusal)) if refusal.problem == Problem::BarcodeTaken => {
                refusal.subjects
            }
            other => return other,
        };
        let work = move |session: &mut dyn ReadSession| {
            let mut findings = Vec::new();
            let mut foreign = 0;
            for (pointer, barcode) in claimed {
                if session.labelled(barcode.as_str())?.is_some() {
                    let visible = session.visible(barcode.as_str(), &scope)?.is_some();
                    foreign += usize::from(!visible);
                    findings.push(taken(pointer, visible));
                }
            }
            Ok::<_, ServiceError>((findings, foreign))
        };
        let (findings, foreign) = self.store().read("explain clash", work).await?;
        self.clashes().note(actor, foreign, self.now());
        Err(Refusal { findings, subjects, ..Refusal::new(Problem::BarcodeTaken) }.into())
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
            assert_eq!(clashes.wait(actor(1), start), None);
            clashes.note(actor(1), 1, start + TimeDelta::seconds(number));
        }
        assert_eq!(clashes.wait(actor(1), start + TimeDelta::seconds(20)), Some(40));
        assert_eq!(clashes.wait(actor(1), start + TimeDelta::milliseconds(59_001)), Some(1));
        assert_eq!(clashes.wait(actor(2), start + TimeDelta::seconds(59)), None, "another actor");
        assert_eq!(clashes.wait(actor(1), start + TimeDelta::seconds(60)), None, "the first is a minute old");
        clashes.note(actor(2), 200, start);
        assert_eq!(clashes.wait(actor(2), start), Some(60), "many barcodes in one request are many clashes");
    }
}
