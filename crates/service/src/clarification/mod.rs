//! Clarifications: questions about an answer of a submitted form, asked by a person or by a rule.
//!
//! `open` asks one by hand, `run` lets the current rules ask (with what `basis` read and `verdict` judged), `step` is what
//! happens to one afterwards, `mended` tells what changes have settled, `read` shows.

mod basis;
mod mended;
mod open;
mod read;
mod report;
mod run;
mod step;
mod verdict;

use cartotek_domain::clarification::{
    Clarification, ClarificationEvent, ClarificationEventKind, ClarificationState, state,
};
use cartotek_domain::id::{ActorId, ClarificationEventId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Text;
use serde::{Deserialize, Serialize};

pub(crate) use crate::clarification::mended::{close_by_itself, passing};
pub use crate::clarification::open::NewClarification;
pub use crate::clarification::read::ClarificationQuery;
pub(crate) use crate::clarification::read::files;
pub use crate::clarification::report::{RuleCount, RunReport};
pub use crate::clarification::run::ClarificationRun;
pub(crate) use crate::clarification::verdict::is_explained;

use crate::Service;
use crate::error::ServiceError;
use crate::journal::Journal;

/// A clarification with what happened to it and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClarificationFile {
    /// The clarification.
    pub clarification: Clarification,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// What the rule says that asks; `None` when a person does.
    pub rule_text: Option<Text>,
    /// What happened to it, by number.
    pub events: Vec<ClarificationEvent>,
    /// Where it stands.
    pub state: ClarificationState,
    /// Whole days from the question to its end, or to now.
    pub age_days: i64,
}

impl ClarificationFile {
    fn new(
        service: &Service,
        clarification: Clarification,
        events: Vec<ClarificationEvent>,
        pseudonym: Pseudonym,
    ) -> Result<Self, ServiceError> {
        let state = state(&events);
        let age_days = clarification.age_days(&state, service.now());
        let rule_text = rule_text(service, &clarification)?;
        Ok(Self { clarification, pseudonym, rule_text, events, state, age_days })
    }
}

/// What the rule says that asks. A version that another server has published a moment ago is not known here yet.
fn rule_text(service: &Service, clarification: &Clarification) -> Result<Option<Text>, ServiceError> {
    let Some(rule) = &clarification.rule else { return Ok(None) };
    let published = service.forms()?;
    let version = u32::try_from(clarification.form_version).ok();
    let form = version.and_then(|version| published.forms.form(&clarification.form, Some(version)));
    Ok(form.and_then(|form| form.rule_text(rule)).cloned())
}

/// What is to happen to a clarification.
#[derive(Debug, Clone)]
struct Step {
    kind: ClarificationEventKind,
    text: Option<String>,
    assignee: Option<ActorId>,
    actor: Option<ActorId>,
}

/// Appends an event to those of a clarification whose patient is locked, and moves its standing on.
fn append(
    service: &Service,
    journal: &mut Journal<'_>,
    clarification: &Clarification,
    mut events: Vec<ClarificationEvent>,
    step: Step,
) -> Result<(), ServiceError> {
    let Step { kind, text, assignee, actor } = step;
    let event = ClarificationEvent {
        id: ClarificationEventId::next(service.ids()),
        clarification: clarification.id,
        patient: clarification.patient,
        number: events.last().map_or(1, |last| last.number + 1),
        kind,
        text,
        assignee,
        actor,
        occurred_at: service.now(),
        salt: service.salt()?,
    };
    journal.insert(&event)?;
    events.push(event);
    journal.put_standing(clarification, &state(&events))
}

/// Adds a clarification with its first event.
fn ask(
    service: &Service,
    journal: &mut Journal<'_>,
    clarification: &Clarification,
    text: Option<String>,
) -> Result<(), ServiceError> {
    journal.insert(clarification)?;
    let actor = Some(clarification.opened_by);
    let step = Step { kind: ClarificationEventKind::Opened, text, assignee: None, actor };
    append(service, journal, clarification, Vec::new(), step)
}
