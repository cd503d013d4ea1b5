//! Barcodes: one list for everything a scanner may meet.

use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, insert_chunked};
use crate::error::StoreError;
use crate::schema::barcode;
use crate::sql_type::Id;

/// Claims barcodes for their owners; a taken one is a conflict.
pub(super) fn label<'a>(
    conn: &mut Conn,
    kind: &str,
    labels: impl Iterator<Item = (&'a str, Uuid)>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = labels
        .map(|(value, owner)| {
            (barcode::value.eq(value), barcode::kind.eq(kind), barcode::owner_id.eq(Id(owner)))
        })
        .collect();
    insert_chunked!(conn, barcode::table, rows, 3);
    Ok(())
}
