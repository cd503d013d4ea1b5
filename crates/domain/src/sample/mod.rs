//! Primary specimens, their aliquots, the amounts they hold and what happened to them.

pub mod aliquoting;
pub mod amount;

use chrono::FixedOffset;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::code::site::{BiobankCode, SiteCode};
use crate::fact::Salt;
use crate::id::{
    ActorId, AliquotId, BoxId, CourseId, CustodyEventId, LedgerEntryId, PatientId, SampleId, StorageUnitId,
};
use crate::names::named;
use crate::sample::amount::Amount;
use crate::time::Timestamp;

named! {
    /// What a sample was taken for.
    SampleUse {
        /// The patient's own care.
        Care = "care",
        /// Research.
        Research = "research",
        /// Both.
        Both = "both",
    }
}

named! {
    /// What happened to a tube.
    CustodyKind {
        /// A primary sample was registered.
        Registered = "registered",
        /// Material was taken from it into aliquots.
        Aliquoted = "aliquoted",
        /// The aliquot was made.
        Created = "created",
        /// It was put into a box position.
        Placed = "placed",
        /// It was moved to another position.
        Moved = "moved",
        /// It was taken out of its position.
        TakenOut = "taken_out",
    }
}

named! {
    /// Where a tube stands, computed from the place it lies in and its remaining amount.
    TubeStatus {
        /// Registered or made, not in a position.
        InHand = "in_hand",
        /// In a position.
        Stored = "stored",
        /// Nothing is left.
        Exhausted = "exhausted",
    }
}

/// A tube: the primary sample itself or one of its aliquots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Tube {
    /// The primary sample.
    Sample(SampleId),
    /// An aliquot.
    Aliquot(AliquotId),
}

impl Tube {
    /// The bare id.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::Sample(id) => id.uuid(),
            Self::Aliquot(id) => id.uuid(),
        }
    }
}

/// A primary specimen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Its id.
    pub id: SampleId,
    /// Its barcode, unique in the network.
    pub barcode: String,
    /// The patient.
    pub patient: PatientId,
    /// The course it belongs to.
    pub course: Option<CourseId>,
    /// The biobank that holds it.
    pub biobank: BiobankCode,
    /// Where it was collected.
    pub collection_site: SiteCode,
    /// Code of the material (code list `material`).
    pub material: String,
    /// When it was collected.
    pub collected_at: Timestamp,
    /// Offset from UTC at the place of collection, in seconds; kept beside the instant.
    pub collected_offset: i32,
    /// Code of the time point (code list `sample_time_point`).
    pub time_point: String,
    /// What it was taken for.
    pub taken_for: SampleUse,
    /// How much was collected.
    pub amount: Amount,
    /// When it was entered.
    pub created_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl Sample {
    /// The collection time with the offset it was given in.
    pub fn collected(&self) -> chrono::DateTime<FixedOffset> {
        let utc = FixedOffset::east_opt(0);
        match FixedOffset::east_opt(self.collected_offset).or(utc) {
            Some(offset) => self.collected_at.with_timezone(&offset),
            None => self.collected_at.fixed_offset(),
        }
    }
}

/// A part of a sample in a tube of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aliquot {
    /// Its id.
    pub id: AliquotId,
    /// The primary sample it comes from.
    pub sample: SampleId,
    /// The aliquot it was taken from; `None` when taken from the sample itself.
    pub parent: Option<AliquotId>,
    /// The patient.
    pub patient: PatientId,
    /// The biobank that holds it.
    pub biobank: BiobankCode,
    /// Its barcode, unique in the network.
    pub barcode: String,
    /// Code of the material.
    pub material: String,
    /// How much it held at first.
    pub amount: Amount,
    /// When it was made.
    pub created_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

named! {
    /// Why an amount moved.
    LedgerKind {
        /// Collected.
        Collection = "collection",
        /// Moved from a tube into an aliquot of the same material.
        Aliquoting = "aliquoting",
        /// Measured more than the parent was thought to hold, at most 5 %.
        Surplus = "surplus",
        /// Lost while splitting.
        Loss = "loss",
    }
}

/// A movement of amount; a tube's remaining amount is the sum of its movements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Its id.
    pub id: LedgerEntryId,
    /// The primary sample all of it belongs to.
    pub sample: SampleId,
    /// The patient.
    pub patient: PatientId,
    /// From which tube; `None` when it came from outside (collection, surplus).
    pub from: Option<Tube>,
    /// Into which tube; `None` when it left (loss).
    pub to: Option<Tube>,
    /// How much.
    pub amount: Amount,
    /// Why.
    pub kind: LedgerKind,
    /// When it was entered.
    pub recorded_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// A place in storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The freezer or tank.
    pub unit: StorageUnitId,
    /// The box.
    pub storage_box: BoxId,
    /// The position, e.g. `A1`.
    pub position: String,
}

/// A place in storage by the names on its doors and lids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPlace {
    /// The place.
    pub place: Place,
    /// What the staff call the freezer or tank.
    pub unit_name: String,
    /// The barcode of the box.
    pub box_barcode: String,
}

/// One step in a tube's chain of custody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyEvent {
    /// Its id.
    pub id: CustodyEventId,
    /// The tube.
    pub tube: Tube,
    /// The primary sample it belongs to.
    pub sample: SampleId,
    /// 1 for the first step of the sample and its aliquots, then 2, 3, …
    pub number: i64,
    /// The patient.
    pub patient: PatientId,
    /// What happened.
    pub kind: CustodyKind,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: ActorId,
    /// Where the tube is after it; `None` when in nobody's box.
    pub place: Option<Place>,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// Where a tube stands, from the place it lies in and what is left in it.
pub fn tube_status(place: Option<&Place>, remaining: Amount) -> TubeStatus {
    match (remaining.quantity(), place) {
        (0, _) => TubeStatus::Exhausted,
        (_, Some(_)) => TubeStatus::Stored,
        (_, None) => TubeStatus::InHand,
    }
}
