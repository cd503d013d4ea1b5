//! Splitting a tube into aliquots of the same material.

use std::collections::HashSet;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::barcode::Barcode;
use cartotek_domain::consent::allows;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::AliquotId;
use cartotek_domain::sample::aliquoting::{Split, split};
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{Aliquot, CustodyKind, LedgerKind, Tube, TubeStatus};
use cartotek_domain::text::Text;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::sample::books::Books;
use crate::sample::standing::needed;
use crate::sample::{AliquotFile, Found, TubeState, find_locked, scope_of, tube_file};

/// The most aliquots of one split.
const MOST_ALIQUOTS: usize = 200;

/// An aliquot to be made.
#[derive(Debug, Clone)]
pub struct NewAliquot {
    /// Its barcode.
    pub barcode: Barcode,
    /// How much it holds.
    pub amount: Amount,
}

/// How a tube is split.
#[derive(Debug, Clone)]
pub struct Splitting {
    /// The aliquots; 1 to 200.
    pub aliquots: Vec<NewAliquot>,
    /// What was lost on the way.
    pub loss: Option<Amount>,
}

/// What a split made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aliquoted {
    /// The new aliquots, in the order given.
    pub aliquots: Vec<AliquotFile>,
    /// What is left in the tube they were taken from.
    pub remaining: Amount,
    /// Warnings.
    pub findings: Vec<Finding>,
}

impl Service {
    /// Splits a tube of the caller's biobanks into aliquots, all or none. Nothing is made or lost: what comes out and
    /// what is stated as lost is taken from the tube; a measured surplus of at most 5 % is booked for itself.
    ///
    /// # Errors
    /// `not_found`; `content_invalid` (rule `R-BIO-02`); `barcode_taken`; `too_many_requests` after many clashes with
    /// foreign barcodes.
    pub async fn aliquot(
        &self,
        granted: &Granted<permission::HandleSample>,
        act: &Act,
        tube: Tube,
        splitting: Splitting,
    ) -> Result<Done<Aliquoted>, ServiceError> {
        let actor = granted.caller().actor;
        self.refuse_probing(actor)?;
        check(&splitting.aliquots)?;
        let claimed =
            (0..).zip(&splitting.aliquots).map(|(at, one)| (pointer(at), one.barcode.clone())).collect();
        let (service, scope) = (self.clone(), scope_of(granted, self.today()));
        let decide = move |journal: &mut Journal<'_>| {
            let found = find_locked(journal, tube, &scope)?;
            check_consent(journal, &found, service.today())?;
            let split = work_out(journal, &found, &splitting)?;
            book(&service, journal, &found, &splitting, split, actor)
        };
        let outcome = self.create(granted, act, "aliquot tube", decide).await;
        self.explain_clash(outcome, actor, scope_of(granted, self.today()), claimed).await
    }
}

fn check(aliquots: &[NewAliquot]) -> Result<(), ServiceError> {
    if aliquots.len() > MOST_ALIQUOTS {
        let text = Text::new(
            format!("Högst {MOST_ALIQUOTS} alikvoter åt gången; dela upp i flera."),
            format!("At most {MOST_ALIQUOTS} aliquots at a time; do it in several steps."),
        );
        return Err(ServiceError::invalid(vec![Finding::error("R-BIO-02", "/aliquots", text)]));
    }
    let mut known = HashSet::new();
    let twice = (0..).zip(aliquots).filter(|(_, one)| !known.insert(&one.barcode));
    let findings: Vec<_> = twice
        .map(|(at, _)| {
            let text = Text::new("Streckkoden står två gånger här.", "The barcode stands here twice.");
            Finding::error("R-BIO-10", pointer(at), text)
        })
        .collect();
    if findings.is_empty() { Ok(()) } else { Err(ServiceError::invalid(findings)) }
}

fn pointer(at: usize) -> String {
    format!("/aliquots/{at}/barcode")
}

/// Rule `R-BIO-01`: a sample is split only while the patient's yes to one of its purposes holds.
fn check_consent(journal: &mut Journal<'_>, found: &Found, today: NaiveDate) -> Result<(), ServiceError> {
    let consents = journal.read().consents(found.sample.patient)?;
    if needed(found.sample.taken_for).iter().any(|purpose| allows(&consents, *purpose, today)) {
        return Ok(());
    }
    let text = Text::new(
        "Patientens samtycke till det som provet togs för gäller inte längre: provet får inte delas.",
        "The patient's consent to what the sample was taken for no longer holds: the sample may not be split.",
    );
    Err(ServiceError::invalid(vec![Finding::error("R-BIO-01", "", text)]))
}

fn work_out(journal: &mut Journal<'_>, found: &Found, splitting: &Splitting) -> Result<Split, ServiceError> {
    let remaining = tube_file(journal.read(), found)?.state.remaining;
    let parts: Vec<_> = splitting.aliquots.iter().map(|one| one.amount).collect();
    split(remaining, &parts, splitting.loss).map_err(ServiceError::invalid)
}

/// Writes the aliquots, the movements, the balances and the custody events.
fn book(
    service: &Service,
    journal: &mut Journal<'_>,
    found: &Found,
    splitting: &Splitting,
    split: Split,
    actor: cartotek_domain::id::ActorId,
) -> Result<Aliquoted, ServiceError> {
    let mut books = Books::open(service, journal.read(), &found.sample, actor)?;
    let parent = found.tube();
    let place = tube_file(journal.read(), found)?.state.place.map(|named| named.place);
    let made = splitting
        .aliquots
        .iter()
        .map(|one| aliquot(service, found, one))
        .collect::<Result<Vec<_>, ServiceError>>()?;
    let mut movements = Vec::with_capacity(made.len() + 2);
    let mut files = Vec::with_capacity(made.len());
    let mut events = vec![books.event(CustodyKind::Aliquoted, parent, place)?];
    let mut balances = vec![(parent.uuid(), split.remaining)];
    if let Some(surplus) = split.surplus {
        movements.push(books.movement(LedgerKind::Surplus, None, Some(parent), surplus)?);
    }
    for one in &made {
        let tube = Tube::Aliquot(one.id);
        movements.push(books.movement(LedgerKind::Aliquoting, Some(parent), Some(tube), one.amount)?);
        let created = books.event(CustodyKind::Created, tube, None)?;
        files.push(fresh(one, created.number));
        events.push(created);
        balances.push((one.id.uuid(), one.amount));
    }
    if let Some(loss) = splitting.loss.filter(|loss| loss.quantity() > 0) {
        movements.push(books.movement(LedgerKind::Loss, Some(parent), None, loss)?);
    }
    journal.insert_all(&made)?;
    journal.insert_all(&movements)?;
    journal.insert_all(&events)?;
    journal.samples().put_balances(&balances)?;
    Ok(Aliquoted { aliquots: files, remaining: split.remaining, findings: split.findings })
}

fn aliquot(service: &Service, found: &Found, wanted: &NewAliquot) -> Result<Aliquot, ServiceError> {
    let Found { sample, aliquot: parent } = found;
    Ok(Aliquot {
        id: AliquotId::next(service.ids()),
        sample: sample.id,
        parent: parent.as_ref().map(|parent| parent.id),
        patient: sample.patient,
        biobank: sample.biobank.clone(),
        barcode: wanted.barcode.to_string(),
        material: sample.material.clone(),
        amount: wanted.amount,
        created_at: service.now(),
        salt: service.salt()?,
    })
}

fn fresh(aliquot: &Aliquot, version: i64) -> AliquotFile {
    let state = TubeState { remaining: aliquot.amount, status: TubeStatus::InHand, place: None, version };
    AliquotFile { aliquot: aliquot.clone(), state }
}
