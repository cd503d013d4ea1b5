//! What the tests of clarifications and of the query load share.

use uuid::Uuid;

use super::Clarification;
use crate::fact::Salt;
use crate::id::{ActorId, ClarificationId, PatientId, RecordId};

/// A question of Uppsala about a dose that Karolinska has entered.
pub(crate) fn question() -> Clarification {
    Clarification {
        id: ClarificationId::from_uuid(Uuid::nil()),
        patient: PatientId::from_uuid(Uuid::nil()),
        record: RecordId::from_uuid(Uuid::nil()),
        revision: 1,
        form: "infusion".to_owned(),
        form_version: 1,
        pointer: "/dose_car_total_e6".to_owned(),
        rule: None,
        site: "KAR".parse().unwrap(),
        opened_by: ActorId::from_uuid(Uuid::from_u128(1)),
        opened_for: Some("UPP".parse().unwrap()),
        opened_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        salt: Salt::default(),
    }
}
