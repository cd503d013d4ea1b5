//! Barcodes: one list for everything a scanner may meet.

use cartotek_domain::id::{AliquotId, BoxId, SampleId};
use cartotek_domain::sample::Tube;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, insert_chunked};
use crate::error::StoreError;
use crate::schema::barcode;
use crate::session::sample::Labelled;
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

/// What carries a barcode, by the kind and id that stand beside it.
pub(super) fn carrier((kind, Id(owner)): (String, Id<Uuid>)) -> Result<Labelled, StoreError> {
    match kind.as_str() {
        "sample" => Ok(Labelled::Tube(Tube::Sample(SampleId::from_uuid(owner)))),
        "aliquot" => Ok(Labelled::Tube(Tube::Aliquot(AliquotId::from_uuid(owner)))),
        "box" => Ok(Labelled::StorageBox(BoxId::from_uuid(owner))),
        _ => Err(StoreError::inconsistent("barcode", "kind", owner)),
    }
}
