//! Rows of tubes: what is left, where they lie, what happened to them.

use cartotek_domain::id::{ActorId, AliquotId, BoxId, CustodyEventId, PatientId, SampleId, StorageUnitId};
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use cartotek_domain::sample::{CustodyEvent, CustodyKind, Place, Tube};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use uuid::Uuid;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{amount_balance, custody_event, occupancy};
use crate::sql_type::{Id, UtcTime};

impl<R: ToString> Origin<R> {
    pub(super) fn amount(&self, quantity: i64, unit: &str) -> Result<Amount, StoreError> {
        let unit = self.known("unit", AmountUnit::from_name(unit))?;
        Amount::new(quantity, unit).map_err(|_| self.unbelievable("quantity"))
    }

    pub(super) fn tube(&self, column: &'static str, kind: &str, id: Uuid) -> Result<Tube, StoreError> {
        match kind {
            "sample" => Ok(Tube::Sample(SampleId::from_uuid(id))),
            "aliquot" => Ok(Tube::Aliquot(AliquotId::from_uuid(id))),
            _ => Err(self.unbelievable(column)),
        }
    }
}

pub(super) fn kind_of(tube: Tube) -> String {
    match tube {
        Tube::Sample(_) => "sample".to_owned(),
        Tube::Aliquot(_) => "aliquot".to_owned(),
    }
}

/// What is left in a tube.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = amount_balance, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct BalanceRow {
    tube_id: Id<Uuid>,
    quantity: i64,
    unit: String,
}

impl BalanceRow {
    pub(crate) fn new(tube: Uuid, amount: Amount) -> Self {
        Self { tube_id: Id(tube), quantity: amount.quantity(), unit: amount.unit().name().to_owned() }
    }

    pub(crate) fn believe(self) -> Result<(Uuid, Amount), StoreError> {
        let origin = Origin { table: "amount_balance", row: self.tube_id.0 };
        Ok((self.tube_id.0, origin.amount(self.quantity, &self.unit)?))
    }
}

/// A custody event.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = custody_event, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct CustodyEventRow {
    id: Id<CustodyEventId>,
    tube_kind: String,
    tube_id: Id<Uuid>,
    sample_id: Id<SampleId>,
    number: i64,
    patient_id: Id<PatientId>,
    kind: String,
    occurred_at: UtcTime,
    actor_id: Id<ActorId>,
    unit_id: Option<Id<StorageUnitId>>,
    box_id: Option<Id<BoxId>>,
    position: Option<String>,
    salt: Vec<u8>,
}

impl From<&CustodyEvent> for CustodyEventRow {
    fn from(event: &CustodyEvent) -> Self {
        let place = event.place.as_ref();
        Self {
            id: Id(event.id),
            tube_kind: kind_of(event.tube),
            tube_id: Id(event.tube.uuid()),
            sample_id: Id(event.sample),
            number: event.number,
            patient_id: Id(event.patient),
            kind: event.kind.name().to_owned(),
            occurred_at: UtcTime(event.occurred_at),
            actor_id: Id(event.actor),
            unit_id: place.map(|place| Id(place.unit)),
            box_id: place.map(|place| Id(place.storage_box)),
            position: place.map(|place| place.position.clone()),
            salt: event.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<CustodyEventRow> for CustodyEvent {
    type Error = StoreError;

    fn try_from(row: CustodyEventRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "custody_event", row: row.id.0 };
        let place = match (row.unit_id, row.box_id, row.position) {
            (Some(unit), Some(storage_box), Some(position)) => {
                Some(Place { unit: unit.0, storage_box: storage_box.0, position })
            }
            (None, None, None) => None,
            _ => return Err(origin.unbelievable("position")),
        };
        Ok(Self {
            id: row.id.0,
            tube: origin.tube("tube_kind", &row.tube_kind, row.tube_id.0)?,
            sample: row.sample_id.0,
            number: row.number,
            patient: row.patient_id.0,
            kind: origin.known("kind", CustodyKind::from_name(&row.kind))?,
            occurred_at: row.occurred_at.0,
            actor: row.actor_id.0,
            place,
            salt: origin.salt(&row.salt)?,
        })
    }
}

/// A tube in a position.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = occupancy, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct OccupancyRow {
    box_id: Id<BoxId>,
    position: String,
    tube_kind: String,
    tube_id: Id<Uuid>,
}

impl OccupancyRow {
    pub(crate) fn new(storage_box: BoxId, position: String, tube: Tube) -> Self {
        Self { box_id: Id(storage_box), position, tube_kind: kind_of(tube), tube_id: Id(tube.uuid()) }
    }

    pub(crate) fn believe(self) -> Result<(String, Tube), StoreError> {
        let origin = Origin { table: "occupancy", row: self.tube_id.0 };
        let tube = origin.tube("tube_kind", &self.tube_kind, self.tube_id.0)?;
        Ok((self.position, tube))
    }
}
