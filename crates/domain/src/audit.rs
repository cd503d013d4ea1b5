//! Audit events: who did what to which rows, when, and how it ended.
//!
//! The canonical bytes of an event are what is sealed into the log: JSON with the fields in declared order, absent
//! ones left out, only strings, integers and booleans. They carry hashes and ids, never a clinical value.

use serde::{Deserialize, Serialize};

use crate::access::{AuthMethod, Caller, Role};
use crate::actor::ActorKind;
use crate::erasure::{ERASE, REPLAY};
use crate::id::{ActorId, AuditEventId, PatientId, RequestId};
use crate::names::named;
use crate::time::Timestamp;

named! {
    /// How the act ended.
    Outcome {
        /// Facts were changed.
        Changed = "changed",
        /// Facts about patients were shown.
        Read = "read",
        /// Nothing happened: a rule, a right or a version stood against it.
        Refused = "refused",
        /// Everything was checked, nothing kept.
        DryRun = "dry_run",
    }
}

/// A row that an event changed or showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The table.
    pub table: String,
    /// The row's key.
    pub row: String,
    /// The patient it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientId>,
    /// Hash of the row before, lower-case hex; absent when it is new or was only read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Hash of the row after, lower-case hex; absent when it is gone or was only read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Version of this encoding.
    pub encoding: u8,
    /// Its id.
    pub id: AuditEventId,
    /// When it happened.
    #[serde(with = "micros")]
    pub occurred_at: Timestamp,
    /// Who did it; absent when nobody was authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorId>,
    /// Person or system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_kind: Option<ActorKind>,
    /// The roles by which it was allowed.
    pub roles: Vec<Role>,
    /// How the caller proved who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<AuthMethod>,
    /// The act: a permission's name or the operation's, e.g. `patients.enrol`.
    pub action: String,
    /// The site, biobank or project it was done for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The coded reason or purpose the caller stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// The status of the answer.
    pub http_status: u16,
    /// The error's code, of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The request it belongs to.
    pub request: RequestId,
    /// The rows it changed or showed.
    pub subjects: Vec<Subject>,
}

/// The version of the encoding that new events get.
pub const ENCODING: u8 = 1;

impl AuditEvent {
    /// The bytes that are sealed.
    ///
    /// # Errors
    /// Only if a value cannot be written as JSON, which no field can cause.
    pub fn canonical(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Reads an event back from its canonical bytes.
    ///
    /// # Errors
    /// When they are no event of a known encoding.
    pub fn from_canonical(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// Whether rows that it leaves without a hash were lawfully erased.
    pub fn erases(&self) -> bool {
        self.outcome == Outcome::Changed && [ERASE, REPLAY].contains(&self.action.as_str())
    }

    /// Fills in who did it.
    #[must_use]
    pub fn by(mut self, caller: &Caller) -> Self {
        self.actor = Some(caller.actor);
        self.actor_kind = Some(caller.kind);
        self.method = Some(caller.method);
        self
    }
}

/// Instants as fixed-width text, the same on both engines.
mod micros {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::time::{Timestamp, to_text};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_text(*at))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// The golden vector: changing it would orphan every sealed event.
    #[test]
    fn canonical_bytes_are_fixed() {
        let event = AuditEvent {
            encoding: ENCODING,
            id: AuditEventId::from_uuid(Uuid::from_u128(7)),
            occurred_at: "2026-01-15T10:30:00.5Z".parse().unwrap(),
            actor: Some(ActorId::from_uuid(Uuid::from_u128(1))),
            actor_kind: Some(ActorKind::Person),
            roles: vec![Role::DataManager],
            method: Some(AuthMethod::Token),
            action: "records.write".to_owned(),
            unit: Some("KAR".to_owned()),
            reason: None,
            outcome: Outcome::Changed,
            http_status: 201,
            code: None,
            request: RequestId::from_uuid(Uuid::from_u128(2)),
            subjects: vec![Subject {
                table: "record".to_owned(),
                row: "r".to_owned(),
                patient: Some(PatientId::from_uuid(Uuid::from_u128(3))),
                before: None,
                after: Some("ab".to_owned()),
            }],
        };
        let canonical = event.canonical().unwrap();
        assert_eq!(
            canonical,
            concat!(
                r#"{"encoding":1,"id":"00000000-0000-0000-0000-000000000007","#,
                r#""occurred_at":"2026-01-15T10:30:00.500000Z","actor":"00000000-0000-0000-0000-000000000001","#,
                r#""actor_kind":"person","roles":["data_manager"],"method":"token","action":"records.write","#,
                r#""unit":"KAR","outcome":"changed","http_status":201,"#,
                r#""request":"00000000-0000-0000-0000-000000000002","subjects":[{"table":"record","row":"r","#,
                r#""patient":"00000000-0000-0000-0000-000000000003","after":"ab"}]}"#
            )
        );
        assert_eq!(AuditEvent::from_canonical(&canonical).unwrap(), event);
    }
}
