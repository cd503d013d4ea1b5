//! Samples, aliquots, amounts, custody and storage.

use cartotek_domain::access::{PatientScope, Scope};
use cartotek_domain::code::site::BiobankCode;
use cartotek_domain::id::{AliquotId, BoxId, PatientId, SampleId, StorageUnitId};
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{Aliquot, CustodyEvent, LedgerEntry, NamedPlace, Sample, Tube};
use cartotek_domain::storage::{Position, StorageBox, StorageUnit};
use uuid::Uuid;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// Who may see a sample: staff of the holding biobank, or a site that takes part in the patient's care.
#[derive(Debug, Clone)]
pub struct SampleScope {
    /// Samples held by these biobanks.
    pub biobanks: Scope<BiobankCode>,
    /// Samples of these patients.
    pub patients: PatientScope,
}

/// What carries a barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labelled {
    /// A sample or an aliquot.
    Tube(Tube),
    /// A storage box.
    StorageBox(BoxId),
}

/// What is written on a tube, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The tube.
    pub tube: Tube,
    /// The patient.
    pub patient: PatientId,
    /// The barcode.
    pub barcode: String,
}

/// Reads samples and storage.
pub trait SampleReads {
    /// The sample of that id, when the caller may see it.
    fn sample(&mut self, id: SampleId, scope: &SampleScope) -> Result<Option<Sample>, StoreError>;

    /// The samples the caller may see, of one patient or of all, by id.
    fn samples(
        &mut self,
        patient: Option<PatientId>,
        scope: &SampleScope,
        page: &Page<SampleId>,
    ) -> Result<PageOf<Sample, SampleId>, StoreError>;

    /// The aliquots of a sample, by id.
    fn aliquots(&mut self, sample: SampleId) -> Result<Vec<Aliquot>, StoreError>;

    /// The aliquot of that id with its sample, when the caller may see it.
    fn aliquot(
        &mut self,
        id: AliquotId,
        scope: &SampleScope,
    ) -> Result<Option<(Aliquot, Sample)>, StoreError>;

    /// What the barcode sticks on, whoever may see it.
    fn labelled(&mut self, barcode: &str) -> Result<Option<Labelled>, StoreError>;

    /// What the barcode sticks on, when the caller may see it.
    fn visible(&mut self, barcode: &str, scope: &SampleScope) -> Result<Option<Labelled>, StoreError>;

    /// What is left in the tubes, by their ids.
    fn balances(&mut self, tubes: &[Uuid]) -> Result<Vec<(Uuid, Amount)>, StoreError>;

    /// The movements of amount within a sample and its aliquots, by id.
    fn ledger(&mut self, sample: SampleId) -> Result<Vec<LedgerEntry>, StoreError>;

    /// The custody events of a sample and its aliquots, by number.
    fn custody(
        &mut self,
        sample: SampleId,
        page: &Page<i64>,
    ) -> Result<PageOf<CustodyEvent, i64>, StoreError>;

    /// The number of the last custody event of a sample and its aliquots; 0 before the first.
    fn last_custody_number(&mut self, sample: SampleId) -> Result<i64, StoreError>;

    /// The number of the last custody event of each tube, by their ids.
    fn last_custody_numbers(&mut self, tubes: &[Uuid]) -> Result<Vec<(Uuid, i64)>, StoreError>;

    /// The storage units of the biobanks, by name.
    fn storage_units(&mut self, biobanks: &[BiobankCode]) -> Result<Vec<StorageUnit>, StoreError>;

    /// The storage unit of that id.
    fn storage_unit(&mut self, id: StorageUnitId) -> Result<Option<StorageUnit>, StoreError>;

    /// The boxes of a unit, by id.
    fn storage_boxes(
        &mut self,
        unit: StorageUnitId,
        page: &Page<BoxId>,
    ) -> Result<PageOf<StorageBox, BoxId>, StoreError>;

    /// The box of that id with its unit, when one of the biobanks runs it.
    fn storage_box(
        &mut self,
        id: BoxId,
        biobanks: &[BiobankCode],
    ) -> Result<Option<(StorageBox, StorageUnit)>, StoreError>;

    /// The occupied positions of a box.
    fn occupants(&mut self, storage_box: BoxId) -> Result<Vec<(String, Tube)>, StoreError>;

    /// What is written on tubes and whose they are, in no order.
    fn labels(&mut self, tubes: &[Tube]) -> Result<Vec<Label>, StoreError>;

    /// Where the tubes lie, by their ids; one that lies in no position is not named.
    fn places(&mut self, tubes: &[Uuid]) -> Result<Vec<(Uuid, NamedPlace)>, StoreError>;
}

/// Writes samples and storage.
pub trait SampleWrites: SampleReads {
    /// Locks a primary sample, and with it all its aliquots, until the transaction ends.
    fn lock_sample(&mut self, id: SampleId) -> Result<(), StoreError>;

    /// Locks a box until the transaction ends.
    fn lock_box(&mut self, id: BoxId) -> Result<(), StoreError>;

    /// Registers samples with their barcodes.
    fn insert_samples(&mut self, samples: &[Sample]) -> Result<(), StoreError>;

    /// Adds aliquots with their barcodes.
    fn insert_aliquots(&mut self, aliquots: &[Aliquot]) -> Result<(), StoreError>;

    /// Appends movements of amount.
    fn insert_ledger_entries(&mut self, entries: &[LedgerEntry]) -> Result<(), StoreError>;

    /// Stores what is left in tubes; each is new or replaces what stood there.
    fn put_balances(&mut self, balances: &[(Uuid, Amount)]) -> Result<(), StoreError>;

    /// Appends custody events.
    fn insert_custody_events(&mut self, events: &[CustodyEvent]) -> Result<(), StoreError>;

    /// Puts a tube into a position; a taken one is a conflict.
    fn occupy(&mut self, storage_box: BoxId, position: Position, tube: Tube) -> Result<(), StoreError>;

    /// Takes a tube out of its position, if it has one.
    fn vacate(&mut self, tube: Uuid) -> Result<(), StoreError>;

    /// Adds a storage unit.
    fn insert_storage_unit(&mut self, unit: &StorageUnit) -> Result<(), StoreError>;

    /// Adds a box with its barcode.
    fn insert_storage_box(&mut self, storage_box: &StorageBox) -> Result<(), StoreError>;
}
