//! Clarifications, what happened to them, and where they stand.

use cartotek_domain::access::PatientScope;
use cartotek_domain::clarification::{
    Clarification, ClarificationEvent, ClarificationState, ClarificationStatus,
};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ActorId, ClarificationId, PatientId, RecordId};
use cartotek_domain::time::Timestamp;
use chrono::NaiveDate;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// What a list of clarifications is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct ClarificationFilter {
    /// Only about this patient.
    pub patient: Option<PatientId>,
    /// Only about this record.
    pub record: Option<RecordId>,
    /// Only what this site must answer on a day. For an owner that has left the care the responsible site stands in.
    pub site: Option<(SiteCode, NaiveDate)>,
    /// Only in this state.
    pub status: Option<ClarificationStatus>,
    /// Only asked by this rule.
    pub rule: Option<String>,
    /// Only assigned to this actor.
    pub assignee: Option<ActorId>,
    /// Only opened before this instant.
    pub opened_before: Option<Timestamp>,
}

/// Where a clarification stands, by which lists are narrowed and a rule's second question is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClarificationStanding {
    /// The clarification.
    pub clarification: ClarificationId,
    /// The record it is about.
    pub record: RecordId,
    /// Where in the content.
    pub pointer: String,
    /// The rule that asks; empty when a person does.
    pub rule: String,
    /// Open, answered or closed.
    pub status: ClarificationStatus,
    /// Who is to answer.
    pub assignee: Option<ActorId>,
    /// How many events it has.
    pub version: i64,
}

impl ClarificationStanding {
    /// The row of a clarification in a state.
    pub fn of(clarification: &Clarification, state: &ClarificationState) -> Self {
        Self {
            clarification: clarification.id,
            record: clarification.record,
            pointer: clarification.pointer.clone(),
            rule: clarification.rule.clone().unwrap_or_default(),
            status: state.status,
            assignee: state.assignee,
            version: state.version,
        }
    }
}

/// Reads clarifications.
pub trait ClarificationReads {
    /// The clarification of that id, when its patient lies in the scope.
    fn clarification(
        &mut self,
        id: ClarificationId,
        scope: &PatientScope,
    ) -> Result<Option<Clarification>, StoreError>;

    /// The clarifications of the scope that pass the filter, by id.
    fn clarifications(
        &mut self,
        filter: &ClarificationFilter,
        scope: &PatientScope,
        page: &Page<ClarificationId>,
    ) -> Result<PageOf<Clarification, ClarificationId>, StoreError>;

    /// Every clarification about the patients, by id.
    fn clarifications_of(&mut self, patients: &[PatientId]) -> Result<Vec<Clarification>, StoreError>;

    /// Every clarification about the records, by id.
    fn clarifications_about(&mut self, records: &[RecordId]) -> Result<Vec<Clarification>, StoreError>;

    /// The clarifications of rules about the patients that are not closed, by id.
    fn live_clarifications_of_rules(
        &mut self,
        patients: &[PatientId],
    ) -> Result<Vec<Clarification>, StoreError>;

    /// What happened to the clarifications, by clarification and number.
    fn clarification_events(
        &mut self,
        clarifications: &[ClarificationId],
    ) -> Result<Vec<ClarificationEvent>, StoreError>;
}

/// Writes clarifications.
pub trait ClarificationWrites: ClarificationReads {
    /// Adds clarifications.
    fn insert_clarifications(&mut self, clarifications: &[Clarification]) -> Result<(), StoreError>;

    /// Appends what happened to clarifications.
    fn insert_clarification_events(&mut self, events: &[ClarificationEvent]) -> Result<(), StoreError>;

    /// Stores where a clarification stands, in the place of where it stood; a second one of a rule that is not closed
    /// is a conflict.
    fn put_clarification_standing(&mut self, standing: &ClarificationStanding) -> Result<(), StoreError>;
}
