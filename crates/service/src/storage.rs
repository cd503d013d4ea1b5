//! Storage units and boxes of biobanks.

use std::collections::HashMap;

use cartotek_domain::access::{Granted, Permission, permission};
use cartotek_domain::audit::Subject;
use cartotek_domain::code::barcode::Barcode;
use cartotek_domain::code::site::BiobankCode;
use cartotek_domain::fact::Fact;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{BoxId, StorageUnitId};
use cartotek_domain::sample::{Aliquot, Sample, Tube};
use cartotek_domain::storage::{Position, StorageBox, StorageUnit, TemperatureClass};
use cartotek_domain::text::Text;
use cartotek_persistence::session::sample::Label;
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::sample::scope_of;

/// A storage unit to be set up.
#[derive(Debug, Clone)]
pub struct NewStorageUnit {
    /// The biobank that runs it.
    pub biobank: BiobankCode,
    /// What the staff call it; 1 to 80 characters.
    pub name: String,
    /// How cold it is.
    pub temperature: TemperatureClass,
}

/// A box to be put into a unit.
#[derive(Debug, Clone)]
pub struct NewStorageBox {
    /// Its barcode.
    pub barcode: Barcode,
    /// Number of rows; 1 to 26.
    pub rows: i16,
    /// Number of columns; 1 to 99.
    pub columns: i16,
}

/// A box with what lies in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoxFile {
    /// The box.
    pub storage_box: StorageBox,
    /// The unit it stands in.
    pub unit: StorageUnit,
    /// The occupied positions with tube and barcode, by position.
    pub occupants: Vec<Occupant>,
    /// How many positions are free.
    pub free: usize,
}

/// A tube in a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occupant {
    /// The position, e.g. `A1`.
    pub position: String,
    /// The tube.
    pub tube: Tube,
    /// Its barcode.
    pub barcode: String,
}

impl Service {
    /// The storage units of the caller's biobanks, by name.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn storage_units(
        &self,
        granted: &Granted<permission::ManageStorage>,
        act: &Act,
    ) -> Result<Done<Vec<StorageUnit>>, ServiceError> {
        let biobanks: Vec<_> = granted.biobanks().into_iter().collect();
        let look = move |session: &mut dyn ReadSession| Ok((session.storage_units(&biobanks)?, Vec::new()));
        self.show(granted, act, "list storage units", look).await
    }

    /// A storage unit.
    ///
    /// # Errors
    /// `not_found` for a unit of another biobank.
    pub async fn storage_unit(
        &self,
        granted: &Granted<permission::ManageStorage>,
        act: &Act,
        id: StorageUnitId,
    ) -> Result<Done<StorageUnit>, ServiceError> {
        let granted_again = granted.clone();
        let look =
            move |session: &mut dyn ReadSession| Ok((own_unit(session, &granted_again, id)?, Vec::new()));
        self.show(granted, act, "read storage unit", look).await
    }

    /// Sets up a storage unit of one of the caller's biobanks.
    ///
    /// # Errors
    /// `not_found` for another biobank; `content_invalid`; `already_exists` for a name in use.
    pub async fn create_storage_unit(
        &self,
        granted: &Granted<permission::ManageStorage>,
        act: &Act,
        new: NewStorageUnit,
    ) -> Result<Done<StorageUnit>, ServiceError> {
        if !granted.biobanks().contains(&new.biobank) {
            return Err(ServiceError::not_found());
        }
        let name = new.name.trim().to_owned();
        if !(1..=80).contains(&name.chars().count()) {
            let text = Text::new("Namnet ska ha 1–80 tecken.", "The name has 1 to 80 characters.");
            return Err(ServiceError::invalid(vec![Finding::error("R-BIO-03", "/name", text)]));
        }
        let NewStorageUnit { biobank, temperature, .. } = new;
        let id = StorageUnitId::next(self.ids());
        let unit = StorageUnit { id, biobank, name, temperature, salt: self.salt()? };
        self.create(granted, act, "create storage unit", move |journal| {
            journal.on_behalf_of(&unit.biobank);
            journal.insert(&unit)?;
            Ok(unit.clone())
        })
        .await
    }

    /// The boxes of a unit, in the order set up.
    ///
    /// # Errors
    /// `not_found` for a unit of another biobank.
    pub async fn storage_boxes(
        &self,
        granted: &Granted<permission::ManageStorage>,
        act: &Act,
        unit: StorageUnitId,
        page: Page<BoxId>,
    ) -> Result<Done<PageOf<StorageBox, BoxId>>, ServiceError> {
        let granted_again = granted.clone();
        self.show(granted, act, "list storage boxes", move |session| {
            let unit = own_unit(session, &granted_again, unit)?;
            Ok((session.storage_boxes(unit.id, &page)?, Vec::new()))
        })
        .await
    }

    /// Puts a box into a unit.
    ///
    /// # Errors
    /// `not_found` for a unit of another biobank; `content_invalid` for a size; `barcode_taken`;
    /// `too_many_requests` after many clashes with foreign barcodes.
    pub async fn create_storage_box(
        &self,
        granted: &Granted<permission::ManageStorage>,
        act: &Act,
        unit: StorageUnitId,
        new: NewStorageBox,
    ) -> Result<Done<StorageBox>, ServiceError> {
        let actor = granted.caller().actor;
        self.refuse_probing(actor)?;
        check_size(&new)?;
        let claimed = vec![("/barcode".to_owned(), new.barcode.clone())];
        let NewStorageBox { barcode, rows, columns } = new;
        let (id, barcode) = (BoxId::next(self.ids()), barcode.to_string());
        let storage_box = StorageBox { id, unit, barcode, rows, columns, salt: self.salt()? };
        let granted_again = granted.clone();
        let outcome = self
            .create(granted, act, "create storage box", move |journal| {
                let unit = own_unit(journal.read(), &granted_again, unit)?;
                journal.on_behalf_of(unit.biobank);
                journal.insert(&storage_box)?;
                Ok(storage_box.clone())
            })
            .await;
        self.explain_clash(outcome, actor, scope_of(granted, self.today()), claimed).await
    }

    /// A box with what lies in it.
    ///
    /// # Errors
    /// `not_found` for a box of another biobank.
    pub async fn storage_box(
        &self,
        granted: &Granted<permission::ReadBox>,
        act: &Act,
        id: BoxId,
    ) -> Result<Done<BoxFile>, ServiceError> {
        let biobanks: Vec<_> = granted.biobanks().into_iter().collect();
        self.show(granted, act, "read storage box", move |session| {
            let found = session.storage_box(id, &biobanks)?;
            let (storage_box, unit) = found.ok_or_else(ServiceError::not_found)?;
            box_file(session, storage_box, unit)
        })
        .await
    }
}

fn own_unit<P: Permission>(
    session: &mut dyn ReadSession,
    granted: &Granted<P>,
    id: StorageUnitId,
) -> Result<StorageUnit, ServiceError> {
    let unit = session.storage_unit(id)?.filter(|unit| granted.biobanks().contains(&unit.biobank));
    unit.ok_or_else(ServiceError::not_found)
}

/// The box with its tubes, and whose tubes were shown.
fn box_file(
    session: &mut dyn ReadSession,
    storage_box: StorageBox,
    unit: StorageUnit,
) -> Result<(BoxFile, Seen), ServiceError> {
    let mut occupied = session.occupants(storage_box.id)?;
    occupied
        .sort_by_cached_key(|(name, _)| Position::parse(name, storage_box.rows, storage_box.columns).ok());
    let tubes: Vec<_> = occupied.iter().map(|(_, tube)| *tube).collect();
    let labels = session.labels(&tubes)?;
    let seen = labels.iter().map(tube_seen).collect();
    let mut barcodes: HashMap<_, _> = labels.into_iter().map(|label| (label.tube, label.barcode)).collect();
    let occupant = |(position, tube): (String, Tube)| {
        let barcode = barcodes.remove(&tube);
        let barcode = barcode.ok_or_else(|| StoreError::inconsistent("occupancy", "tube_id", tube.uuid()))?;
        Ok(Occupant { position, tube, barcode })
    };
    let occupants = occupied.into_iter().map(occupant).collect::<Result<Vec<_>, ServiceError>>()?;
    let positions =
        usize::try_from(i32::from(storage_box.rows) * i32::from(storage_box.columns)).unwrap_or(0);
    let file = BoxFile { free: positions.saturating_sub(occupants.len()), storage_box, unit, occupants };
    Ok((file, seen))
}

fn tube_seen(label: &Label) -> Subject {
    let table = match label.tube {
        Tube::Sample(_) => Sample::TABLE,
        Tube::Aliquot(_) => Aliquot::TABLE,
    };
    Subject {
        table: table.to_owned(),
        row: label.tube.uuid().to_string(),
        patient: Some(label.patient),
        before: None,
        after: None,
    }
}

fn check_size(new: &NewStorageBox) -> Result<(), ServiceError> {
    let mut findings = Vec::new();
    if !(1..=26).contains(&new.rows) {
        let text = Text::new("En låda har 1–26 rader (A–Z).", "A box has 1 to 26 rows (A to Z).");
        findings.push(Finding::error("R-BIO-03", "/rows", text));
    }
    if !(1..=99).contains(&new.columns) {
        let text = Text::new("En låda har 1–99 kolumner.", "A box has 1 to 99 columns.");
        findings.push(Finding::error("R-BIO-03", "/columns", text));
    }
    if findings.is_empty() { Ok(()) } else { Err(ServiceError::invalid(findings)) }
}
