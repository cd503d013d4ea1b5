//! Reading samples, their custody, and what a scanned barcode sticks on.

use std::collections::HashMap;

use cartotek_domain::access::{Granted, PatientScope, permission};
use cartotek_domain::code::barcode::Barcode;
use cartotek_domain::id::{AliquotId, PatientId, SampleId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{CustodyEvent, Sample, Tube};
use cartotek_domain::storage::StorageBox;
use cartotek_persistence::session::sample::{Labelled, SampleScope};
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use chrono::NaiveDate;
use uuid::Uuid;

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::patient::{all_seen, seen};
use crate::sample::vocabulary::Vocabulary;
use crate::sample::{AliquotFile, SampleFile, find_tube, sample_file, scope_of, tube_file};

/// A sample in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleLine {
    /// The sample.
    pub sample: Sample,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// What is left in its own tube.
    pub remaining: Amount,
}

/// What a scanned barcode sticks on.
#[derive(Debug, Clone, PartialEq)]
pub enum Scanned {
    /// A primary sample.
    Sample(Box<SampleFile>),
    /// An aliquot, with the primary sample it comes from.
    Aliquot {
        /// The aliquot.
        aliquot: Box<AliquotFile>,
        /// The primary sample.
        sample: Box<Sample>,
        /// The patient's pseudonym.
        pseudonym: Pseudonym,
    },
    /// A storage box.
    StorageBox(StorageBox),
}

impl Service {
    /// A sample with its aliquots.
    ///
    /// # Errors
    /// `not_found` outside the caller's scope.
    pub async fn sample(
        &self,
        granted: &Granted<permission::ReadSample>,
        act: &Act,
        id: SampleId,
    ) -> Result<Done<SampleFile>, ServiceError> {
        let (scope, vocabulary, today) =
            (scope_of(granted, self.today()), Vocabulary::of(self)?, self.today());
        self.show(granted, act, "read sample", move |session| {
            let sample = session.sample(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let file = sample_file(session, &vocabulary, today, sample)?;
            let seen = sample_seen(&file);
            Ok((file, seen))
        })
        .await
    }

    /// An aliquot with where it stands.
    ///
    /// # Errors
    /// `not_found` outside the caller's scope.
    pub async fn read_aliquot(
        &self,
        granted: &Granted<permission::ReadSample>,
        act: &Act,
        id: AliquotId,
    ) -> Result<Done<AliquotFile>, ServiceError> {
        let scope = scope_of(granted, self.today());
        self.show(granted, act, "read aliquot", move |session| {
            let found = find_tube(session, Tube::Aliquot(id), &scope)?;
            let state = tube_file(session, &found)?.state;
            let aliquot = found.aliquot.ok_or_else(ServiceError::not_found)?;
            let seen = vec![seen(&aliquot), seen(&found.sample)];
            Ok((AliquotFile { aliquot, state }, seen))
        })
        .await
    }

    /// The samples of the caller's scope, of one patient or of all, by id.
    ///
    /// # Errors
    /// `not_found` for a patient who is none of the caller's sites' and has no sample in the scope.
    pub async fn samples(
        &self,
        granted: &Granted<permission::ReadSample>,
        act: &Act,
        patient: Option<Pseudonym>,
        page: Page<SampleId>,
    ) -> Result<Done<PageOf<SampleLine, SampleId>>, ServiceError> {
        let scope = scope_of(granted, self.today());
        self.show(granted, act, "list samples", move |session| {
            let patient = patient.map(|pseudonym| patient_in(session, &pseudonym, &scope)).transpose()?;
            let PageOf { items, next } = session.samples(patient, &scope, &page)?;
            let seen = all_seen(&items);
            Ok((PageOf { items: lines(session, items)?, next }, seen))
        })
        .await
    }

    /// What happened to a sample and its aliquots, in the order recorded.
    ///
    /// # Errors
    /// `not_found` outside the caller's scope.
    pub async fn custody_events(
        &self,
        granted: &Granted<permission::ReadSample>,
        act: &Act,
        id: SampleId,
        page: Page<i64>,
    ) -> Result<Done<PageOf<CustodyEvent, i64>>, ServiceError> {
        let scope = scope_of(granted, self.today());
        self.show(granted, act, "list custody events", move |session| {
            let sample = session.sample(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            Ok((session.custody(sample.id, &page)?, vec![seen(&sample)]))
        })
        .await
    }

    /// What a barcode sticks on.
    ///
    /// # Errors
    /// `not_found` for a barcode that sticks on nothing, or on something outside the caller's scope.
    pub async fn scan(
        &self,
        granted: &Granted<permission::ReadSample>,
        act: &Act,
        barcode: Barcode,
    ) -> Result<Done<Scanned>, ServiceError> {
        let (scope, vocabulary, today) =
            (scope_of(granted, self.today()), Vocabulary::of(self)?, self.today());
        let biobanks: Vec<_> = granted.biobanks().into_iter().collect();
        self.show(granted, act, "scan barcode", move |session| {
            // One statement for what is not there and for what is not the caller's: no time tells them apart.
            let labelled = session.visible(barcode.as_str(), &scope)?.ok_or_else(ServiceError::not_found)?;
            match labelled {
                Labelled::Tube(tube) => scanned_tube(session, tube, &scope, &vocabulary, today),
                Labelled::StorageBox(id) => {
                    let (storage_box, _) =
                        session.storage_box(id, &biobanks)?.ok_or_else(ServiceError::not_found)?;
                    Ok((Scanned::StorageBox(storage_box), Vec::new()))
                }
            }
        })
        .await
    }
}

fn scanned_tube(
    session: &mut dyn ReadSession,
    tube: Tube,
    scope: &SampleScope,
    vocabulary: &Vocabulary,
    today: NaiveDate,
) -> Result<(Scanned, Seen), ServiceError> {
    let found = find_tube(session, tube, scope)?;
    let state = tube_file(session, &found)?.state;
    let Some(aliquot) = found.aliquot else {
        let file = sample_file(session, vocabulary, today, found.sample)?;
        let seen = sample_seen(&file);
        return Ok((Scanned::Sample(Box::new(file)), seen));
    };
    let seen = vec![seen(&aliquot), seen(&found.sample)];
    let pseudonym = pseudonyms(session, std::slice::from_ref(&found.sample))?.remove(&found.sample.id);
    let pseudonym = pseudonym.ok_or_else(|| without_patient(&found.sample))?;
    let scanned = Scanned::Aliquot {
        aliquot: Box::new(AliquotFile { aliquot, state }),
        sample: Box::new(found.sample),
        pseudonym,
    };
    Ok((scanned, seen))
}

/// The patient, when it is one of the scope's sites' or has samples in the scope.
fn patient_in(
    session: &mut dyn ReadSession,
    pseudonym: &Pseudonym,
    scope: &SampleScope,
) -> Result<PatientId, ServiceError> {
    let own = session.patient(pseudonym, &scope.patients)?.is_some();
    // One that is not there is asked for as well: no time tells it from one outside the scope.
    let patient = session.patient(pseudonym, &PatientScope::Every)?;
    let patient = patient.map_or(PatientId::from_uuid(Uuid::nil()), |patient| patient.id);
    let sampled = !session.samples(Some(patient), scope, &Page::first(1))?.items.is_empty();
    if own || sampled { Ok(patient) } else { Err(ServiceError::not_found()) }
}

fn sample_seen(file: &SampleFile) -> Seen {
    let mut shown = vec![seen(&file.sample)];
    shown.extend(file.aliquots.iter().map(|one| seen(&one.aliquot)));
    shown
}

fn lines(session: &mut dyn ReadSession, samples: Vec<Sample>) -> Result<Vec<SampleLine>, ServiceError> {
    let ids: Vec<_> = samples.iter().map(|sample| sample.id.uuid()).collect();
    let balances: HashMap<_, _> = session.balances(&ids)?.into_iter().collect();
    let mut pseudonyms = pseudonyms(session, &samples)?;
    let line = |sample: Sample| {
        let pseudonym = pseudonyms.remove(&sample.id).ok_or_else(|| without_patient(&sample))?;
        let remaining = balances.get(&sample.id.uuid()).copied();
        let remaining =
            remaining.ok_or_else(|| StoreError::inconsistent("amount_balance", "tube_id", sample.id))?;
        Ok(SampleLine { sample, pseudonym, remaining })
    };
    samples.into_iter().map(line).collect()
}

/// The pseudonyms of the samples' patients, by sample.
fn pseudonyms(
    session: &mut dyn ReadSession,
    samples: &[Sample],
) -> Result<HashMap<SampleId, Pseudonym>, ServiceError> {
    let mut ids: Vec<_> = samples.iter().map(|sample| sample.patient).collect();
    ids.sort_unstable();
    ids.dedup();
    let patients: HashMap<_, _> =
        session.patients_by_id(&ids)?.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect();
    let known = samples.iter().filter_map(|sample| Some((sample.id, *patients.get(&sample.patient)?)));
    Ok(known.collect())
}

fn without_patient(sample: &Sample) -> StoreError {
    StoreError::inconsistent("sample", "patient_id", sample.id)
}
