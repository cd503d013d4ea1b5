//! Rows of storage units and boxes.

use cartotek_domain::id::{BoxId, StorageUnitId};
use cartotek_domain::storage::{StorageBox, StorageUnit, TemperatureClass};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{storage_box, storage_unit};
use crate::sql_type::Id;

/// A freezer or tank.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = storage_unit, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct StorageUnitRow {
    id: Id<StorageUnitId>,
    biobank: String,
    name: String,
    temperature: String,
    salt: Vec<u8>,
}

impl From<&StorageUnit> for StorageUnitRow {
    fn from(storage_unit: &StorageUnit) -> Self {
        Self {
            id: Id(storage_unit.id),
            biobank: storage_unit.biobank.to_string(),
            name: storage_unit.name.clone(),
            temperature: storage_unit.temperature.name().to_owned(),
            salt: storage_unit.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<StorageUnitRow> for StorageUnit {
    type Error = StoreError;

    fn try_from(row: StorageUnitRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "storage_unit", row: row.id.0 };
        Ok(Self {
            biobank: origin.parse("biobank", &row.biobank)?,
            temperature: origin.known("temperature", TemperatureClass::from_name(&row.temperature))?,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            name: row.name,
        })
    }
}

/// A box.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = storage_box, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct StorageBoxRow {
    id: Id<BoxId>,
    unit_id: Id<StorageUnitId>,
    barcode: String,
    row_count: i16,
    column_count: i16,
    salt: Vec<u8>,
}

impl From<&StorageBox> for StorageBoxRow {
    fn from(storage_box: &StorageBox) -> Self {
        Self {
            id: Id(storage_box.id),
            unit_id: Id(storage_box.unit),
            barcode: storage_box.barcode.clone(),
            row_count: storage_box.rows,
            column_count: storage_box.columns,
            salt: storage_box.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<StorageBoxRow> for StorageBox {
    type Error = StoreError;

    fn try_from(row: StorageBoxRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "storage_box", row: row.id.0 };
        Ok(Self {
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            unit: row.unit_id.0,
            barcode: row.barcode,
            rows: row.row_count,
            columns: row.column_count,
        })
    }
}
