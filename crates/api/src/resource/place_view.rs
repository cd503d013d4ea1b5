//! What places in storage look like on the wire.

use cartotek_domain::id::{BoxId, StorageUnitId};
use cartotek_domain::sample::{NamedPlace, Place};
use serde::Serialize;
use utoipa::ToSchema;

/// A position in a box.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Place)]
pub(crate) struct PlaceView {
    /// The storage unit.
    #[schema(value_type = uuid::Uuid)]
    storage_unit: StorageUnitId,
    /// The box.
    #[serde(rename = "box")]
    #[schema(value_type = uuid::Uuid)]
    storage_box: BoxId,
    /// The position.
    #[schema(example = "A1")]
    position: String,
}

impl From<Place> for PlaceView {
    fn from(place: Place) -> Self {
        Self { storage_unit: place.unit, storage_box: place.storage_box, position: place.position }
    }
}

/// A position in a box, by the names on doors and lids too.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NamedPlace)]
pub(crate) struct NamedPlaceView {
    /// The place.
    #[serde(flatten)]
    place: PlaceView,
    /// What the staff call the storage unit.
    #[schema(example = "Freezer 3")]
    storage_unit_name: String,
    /// The barcode of the box.
    #[schema(example = "KIBB-BOX-0042")]
    box_barcode: String,
}

impl From<NamedPlace> for NamedPlaceView {
    fn from(named: NamedPlace) -> Self {
        let NamedPlace { place, unit_name, box_barcode } = named;
        Self { place: place.into(), storage_unit_name: unit_name, box_barcode }
    }
}
