//! The freezers and boxes of the demo biobanks: positions are given out in the order of the patients.

use std::collections::BTreeMap;

use cartotek_domain::access::permission::ManageStorage;
use cartotek_domain::id::{BoxId, StorageUnitId};
use cartotek_domain::storage::{Position, TemperatureClass};
use cartotek_service::Service;
use cartotek_service::sample::Placement;
use cartotek_service::storage::{NewStorageBox, NewStorageUnit};

use super::network::{BIOBANKS, Staff, act, code};
use super::random::Dice;
use super::specimen::Kind;
use crate::failure::Failure;

/// Rows and columns of a box.
const SIZE: (i16, i16) = (9, 9);

/// The storage of all biobanks, each with the box that is being filled.
pub(super) struct Storage {
    shelves: BTreeMap<(&'static str, &'static str), Shelf>,
    dice: Dice,
}

struct Shelf {
    unit: StorageUnitId,
    /// The box that is being filled, with its free positions, the next one last.
    open: Option<(BoxId, Vec<String>)>,
}

impl Storage {
    /// A freezer and a nitrogen tank for each biobank.
    pub(super) async fn set_up(service: &Service, staff: &Staff, seed: u64) -> Result<Self, Failure> {
        let mut shelves = BTreeMap::new();
        for (biobank, ..) in BIOBANKS {
            for (kind, name, temperature) in [
                (Kind::Plasma, "Freezer 1", TemperatureClass::Minus80),
                (Kind::Cells, "Tank 1", TemperatureClass::NitrogenVapour),
            ] {
                let new = NewStorageUnit { biobank: code(biobank)?, name: name.to_owned(), temperature };
                let granted = staff.biobanker::<ManageStorage>(biobank)?;
                let unit = service.create_storage_unit(&granted, &act(service), new).await?.value.id;
                shelves.insert((biobank, kind.material()), Shelf { unit, open: None });
            }
        }
        Ok(Self { shelves, dice: Dice::new(seed, u64::MAX) })
    }

    /// So many free positions for tubes of a kind.
    pub(super) async fn reserve(
        &mut self,
        service: &Service,
        staff: &Staff,
        biobank: &'static str,
        kind: Kind,
        tubes: usize,
    ) -> Result<Vec<Placement>, Failure> {
        let mut reserved = Vec::with_capacity(tubes);
        let found = self.shelves.get_mut(&(biobank, kind.material()));
        let place = found.ok_or_else(|| Failure::new("a biobank of the demo network has no storage"))?;
        while reserved.len() < tubes {
            let next = place.open.as_mut().and_then(|(id, free)| Some((*id, free.pop()?)));
            if let Some((storage_box, position)) = next {
                reserved.push(Placement { storage_box, position });
                continue;
            }
            let (rows, columns) = SIZE;
            let barcode = code(&format!("BOX-{}", self.dice.label(12)))?;
            let new = NewStorageBox { barcode, rows, columns };
            let granted = staff.biobanker::<ManageStorage>(biobank)?;
            let made = service.create_storage_box(&granted, &act(service), place.unit, new).await?.value;
            let mut free: Vec<_> =
                Position::all(rows, columns).map(|position| position.to_string()).collect();
            free.reverse();
            place.open = Some((made.id, free));
        }
        Ok(reserved)
    }
}
