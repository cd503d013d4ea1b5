//! Names of samples and aliquots, by the steps in their chain of custody, and of what they are stored in.

use std::collections::{BTreeSet, HashMap};

use cartotek_domain::change::ChangeKind;
use cartotek_domain::id::{PatientId, SampleId, StorageUnitId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::sample::{CustodyEvent, CustodyKind, Sample, Tube};
use cartotek_persistence::session::sample::SampleScope;
use cartotek_persistence::{ReadSession, StoreError};
use uuid::Uuid;

use crate::feed::names::{People, Reach, Rows, Target, Targets, person};
use crate::feed::table::Table;

pub(super) fn targets<'r>(
    session: &mut dyn ReadSession,
    reach: &Reach,
    people: &People,
    rows: &Rows<'r>,
) -> Result<Targets<'r>, StoreError> {
    let mut targets = match &reach.tubes {
        Some(scope) => tubes(session, scope, people, rows)?,
        None => Targets::new(),
    };
    let units: BTreeSet<StorageUnitId> = match rows.of(Table::StorageUnit).next() {
        Some(_) => session.storage_units(&reach.units)?.into_iter().map(|unit| unit.id).collect(),
        None => BTreeSet::new(),
    };
    for row in rows.of(Table::StorageUnit) {
        if row.row.parse().is_ok_and(|id: StorageUnitId| units.contains(&id)) {
            let target = Target::new(ChangeKind::StorageUnit, &row.row);
            targets.insert((Table::StorageUnit, row.row.as_str()), target);
        }
    }
    for row in rows.of(Table::StorageBox).filter(|_| !reach.boxes.is_empty()) {
        let Ok(id) = row.row.parse() else { continue };
        if session.storage_box(id, &reach.boxes)?.is_some() {
            let target = Target::new(ChangeKind::StorageBox, &row.row);
            targets.insert((Table::StorageBox, row.row.as_str()), target);
        }
    }
    Ok(targets)
}

fn tubes<'r>(
    session: &mut dyn ReadSession,
    scope: &SampleScope,
    people: &People,
    rows: &Rows<'r>,
) -> Result<Targets<'r>, StoreError> {
    let steps = session.custody_events(&rows.ids(Table::CustodyEvent))?;
    let samples: BTreeSet<SampleId> = steps.iter().map(|step| step.sample).collect();
    let samples = session.samples_among(&samples.into_iter().collect::<Vec<_>>(), scope)?;
    let patients: BTreeSet<PatientId> = samples.iter().map(|sample| sample.patient).collect();
    let patients = session.patients_by_id(&patients.into_iter().collect::<Vec<_>>())?;
    let pseudonyms: HashMap<PatientId, Pseudonym> =
        patients.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect();
    let samples: HashMap<SampleId, Sample> = samples.into_iter().map(|sample| (sample.id, sample)).collect();
    let tubes: BTreeSet<Uuid> = steps.iter().map(|step| step.tube.uuid()).collect();
    let versions = session.last_custody_numbers(&tubes.into_iter().collect::<Vec<_>>())?;
    let versions: HashMap<Uuid, i64> = versions.into_iter().collect();
    let steps: HashMap<String, CustodyEvent> =
        steps.into_iter().map(|step| (step.id.to_string(), step)).collect();
    let mut targets = Targets::new();
    for row in rows.of(Table::CustodyEvent) {
        let step = steps.get(&row.row);
        let Some((step, sample)) = step.and_then(|step| Some((step, samples.get(&step.sample)?))) else {
            continue;
        };
        // The holding biobank is told whatever the care, a site since it takes part in that.
        if !scope.biobanks.contains(&sample.biobank) && person(people, row).is_none() {
            continue;
        }
        let (id, kind) = (step.tube.uuid(), kind_of(step.tube));
        let version = versions.get(&id).copied();
        let created = Some(matches!(step.kind, CustodyKind::Registered | CustodyKind::Created));
        let patient = pseudonyms.get(&sample.patient).map(|pseudonym| (sample.patient, *pseudonym));
        let target = Target { kind, id: id.to_string(), version, patient, created };
        targets.insert((Table::CustodyEvent, row.row.as_str()), target);
    }
    Ok(targets)
}

const fn kind_of(tube: Tube) -> ChangeKind {
    match tube {
        Tube::Sample(_) => ChangeKind::Sample,
        Tube::Aliquot(_) => ChangeKind::Aliquot,
    }
}
