//! Clarifications: questions about an answer of a submitted form, asked by a person or by a rule.
//!
//! What was asked and what happened to it are facts that are only added; where a clarification stands follows from its
//! events. "Open" in a figure means not closed: a question that was answered still waits for whoever asked.

use serde::{Deserialize, Serialize};

use crate::code::site::SiteCode;
use crate::fact::Salt;
use crate::id::{ActorId, ClarificationEventId, ClarificationId, PatientId, RecordId};
use crate::names::named;
use crate::time::Timestamp;

named! {
    /// Where a clarification stands.
    ClarificationStatus {
        /// Waits for an answer.
        Open = "open",
        /// Answered; whoever asked has not closed it yet.
        Answered = "answered",
        /// Done.
        Closed = "closed",
    }
}

named! {
    /// What happened to a clarification.
    ClarificationEventKind {
        /// It was asked.
        Opened = "opened",
        /// The site that owns the form answered, or the one that stands in for it.
        Answered = "answered",
        /// Whoever asked is content, or the rule finds nothing any more.
        Closed = "closed",
        /// The answer was not enough.
        Reopened = "reopened",
        /// Somebody was named to answer it, or nobody any longer.
        Assigned = "assigned",
    }
}

impl ClarificationStatus {
    /// Whether that may happen to a clarification that stands here.
    pub const fn allows(self, kind: ClarificationEventKind) -> bool {
        match kind {
            ClarificationEventKind::Opened => false,
            ClarificationEventKind::Answered
            | ClarificationEventKind::Closed
            | ClarificationEventKind::Assigned => matches!(self, Self::Open | Self::Answered),
            ClarificationEventKind::Reopened => matches!(self, Self::Answered | Self::Closed),
        }
    }
}

/// A question about one place of a submitted form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clarification {
    /// Its id.
    pub id: ClarificationId,
    /// The patient.
    pub patient: PatientId,
    /// The record it is about.
    pub record: RecordId,
    /// Number of the revision it is about.
    pub revision: i64,
    /// Code of the form.
    pub form: String,
    /// Version of the form: that of the revision, or that whose rule asks.
    pub form_version: i32,
    /// Where in the content (JSON pointer; empty: the whole).
    pub pointer: String,
    /// The rule that asks; `None` when a person does.
    pub rule: Option<String>,
    /// The site that must answer: the owner of the record.
    pub site: SiteCode,
    /// Who asked, or let the rules run.
    pub opened_by: ActorId,
    /// The site for which it was asked; `None` when it was asked for the network.
    pub opened_for: Option<SiteCode>,
    /// When.
    pub opened_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl Clarification {
    /// The site whose data managers may close it: the one that asked; what the network asked, the site that answers
    /// closes itself.
    pub fn closing_site(&self) -> &SiteCode {
        self.opened_for.as_ref().unwrap_or(&self.site)
    }

    /// Whole days from the question to its end, or to `now`.
    pub fn age_days(&self, state: &ClarificationState, now: Timestamp) -> i64 {
        (state.closed_at.unwrap_or(now) - self.opened_at).num_days().max(0)
    }
}

/// One thing that happened to a clarification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClarificationEvent {
    /// Its id.
    pub id: ClarificationEventId,
    /// The clarification.
    pub clarification: ClarificationId,
    /// The patient.
    pub patient: PatientId,
    /// 1, 2, 3, … within the clarification.
    pub number: i64,
    /// What happened.
    pub kind: ClarificationEventKind,
    /// In the writer's words; no identifiers.
    pub text: Option<String>,
    /// Who is to answer from now on, of an assignment; `None`: nobody in particular.
    pub assignee: Option<ActorId>,
    /// Who did it; `None` when it closed by itself.
    pub actor: Option<ActorId>,
    /// When.
    pub occurred_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// Where a clarification stands after its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClarificationState {
    /// Open, answered or closed.
    pub status: ClarificationStatus,
    /// Who is to answer.
    pub assignee: Option<ActorId>,
    /// How many events it has; the ETag.
    pub version: i64,
    /// When it was closed, while it is.
    pub closed_at: Option<Timestamp>,
    /// Whether whoever closed it said why the content is right although the rule finds it.
    pub acknowledged: bool,
}

/// Where a clarification stands after these events, in the order of their numbers.
pub fn state(events: &[ClarificationEvent]) -> ClarificationState {
    let mut state = ClarificationState {
        status: ClarificationStatus::Open,
        assignee: None,
        version: 0,
        closed_at: None,
        acknowledged: false,
    };
    for event in events {
        state.version = event.number;
        state.status = match event.kind {
            ClarificationEventKind::Opened | ClarificationEventKind::Reopened => ClarificationStatus::Open,
            ClarificationEventKind::Answered => ClarificationStatus::Answered,
            ClarificationEventKind::Closed => ClarificationStatus::Closed,
            ClarificationEventKind::Assigned => {
                state.assignee = event.assignee;
                continue;
            }
        };
        let closed = state.status == ClarificationStatus::Closed;
        state.closed_at = closed.then_some(event.occurred_at);
        state.acknowledged = closed && event.actor.is_some() && event.text.is_some();
    }
    state
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
