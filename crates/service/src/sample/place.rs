//! Placing tubes in box positions, moving them and taking them out.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ActorId, BoxId};
use cartotek_domain::problem::Problem;
use cartotek_domain::sample::{CustodyKind, Place, Tube};
use cartotek_domain::storage::{Position, StorageBox, StorageUnit};
use cartotek_domain::text::Text;
use cartotek_persistence::ReadSession;
use cartotek_persistence::session::sample::SampleScope;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::{Current, Refusal, ServiceError};
use crate::journal::Journal;
use crate::patient::seen;
use crate::sample::books::Books;
use crate::sample::{Found, TubeFile, TubeState, find_locked, find_tube, scope_of, tube_file};

/// How many free positions a refusal names.
const NAMED_POSITIONS: usize = 5;

/// Where a tube is to lie.
#[derive(Debug, Clone)]
pub struct Placement {
    /// The box.
    pub storage_box: BoxId,
    /// The position, e.g. `A1`.
    pub position: String,
}

/// A position that exists, in a box of the tube's biobank.
struct Target {
    storage_box: StorageBox,
    unit: StorageUnit,
    position: Position,
}

impl Target {
    fn place(&self) -> Place {
        Place { unit: self.unit.id, storage_box: self.storage_box.id, position: self.position.to_string() }
    }
}

impl Service {
    /// Puts a tube of the caller's biobanks into a free position, out of the one it had. Where it lies already
    /// nothing happens.
    ///
    /// # Errors
    /// `not_found`; `stale_version`, naming where it lies now; `content_invalid` for an unknown box or position, or a box
    /// of another biobank; `position_taken`, naming the next free positions; `wrong_state` for an empty tube.
    pub async fn place_tube(
        &self,
        granted: &Granted<permission::HandleSample>,
        act: &Act,
        tube: Tube,
        expected: i64,
        placement: Placement,
    ) -> Result<Done<TubeFile>, ServiceError> {
        let (service, scope, actor) = (self.clone(), scope_of(granted, self.today()), granted.caller().actor);
        self.change(granted, act, "place tube", move |journal| {
            let found = find_locked(journal, tube, &scope)?;
            let before = current(journal.read(), &found, expected)?;
            let target = target(journal.read(), &found, &placement)?;
            if before.state.place.as_ref().is_some_and(|named| named.place == target.place()) {
                journal.name(seen(&found.sample));
                return Ok(before);
            }
            journal.samples().lock_box(target.storage_box.id)?;
            check_free(journal.read(), &target, &scope)?;
            place(&service, journal, &found, &before.state, &target, actor)
        })
        .await
    }

    /// Takes a tube of the caller's biobanks out of its position.
    ///
    /// # Errors
    /// `not_found`; `stale_version`, naming where it lies now; `wrong_state` when it lies in none.
    pub async fn take_out_tube(
        &self,
        granted: &Granted<permission::HandleSample>,
        act: &Act,
        tube: Tube,
        expected: i64,
    ) -> Result<Done<TubeFile>, ServiceError> {
        let (service, scope, actor) = (self.clone(), scope_of(granted, self.today()), granted.caller().actor);
        self.change(granted, act, "take out tube", move |journal| {
            let found = find_locked(journal, tube, &scope)?;
            if current(journal.read(), &found, expected)?.state.place.is_none() {
                return Err(ServiceError::explained(
                    Problem::WrongState,
                    "Röret ligger inte i någon position, så det finns inget att ta ut.",
                    "The tube lies in no position, so there is nothing to take out.",
                ));
            }
            journal.samples().vacate(tube.uuid())?;
            let mut books = Books::open(&service, journal.read(), &found.sample, actor)?;
            journal.insert(&books.event(CustodyKind::TakenOut, tube, None)?)?;
            tube_file(journal.read(), &found)
        })
        .await
    }
}

/// The locked tube, unless more has happened to it than the caller knows.
fn current(session: &mut dyn ReadSession, found: &Found, expected: i64) -> Result<TubeFile, ServiceError> {
    let file = tube_file(session, found)?;
    if file.state.version == expected {
        return Ok(file);
    }
    let (place_sv, place_en) = match &file.state.place {
        Some(named) => {
            let at = format!("{} {}", named.box_barcode, named.place.position);
            (format!("Nu ligger det i {at}."), format!("It lies in {at} now."))
        }
        None => ("Nu ligger det inte i någon position.".to_owned(), "It lies in no position now.".to_owned()),
    };
    let detail = Text::new(
        format!("Något har hänt med röret sedan du läste det. {place_sv} Läs röret igen och försök på nytt."),
        format!(
            "Something has happened to the tube since you read it. {place_en} Read the tube again and repeat."
        ),
    );
    let current = Some(Current { version: file.state.version, changes: None });
    Err(Refusal { current, detail: Some(detail), ..Refusal::new(Problem::StaleVersion) }.into())
}

/// The position asked for; a box of another biobank is as good as none.
fn target(
    session: &mut dyn ReadSession,
    found: &Found,
    placement: &Placement,
) -> Result<Target, ServiceError> {
    let unknown = || {
        let text = Text::new(
            "Det finns ingen sådan låda i den biobank som håller röret.",
            "There is no such box in the biobank that holds the tube.",
        );
        ServiceError::invalid(vec![Finding::error("R-BIO-03", "/box", text)])
    };
    let biobank = std::slice::from_ref(&found.sample.biobank);
    let (storage_box, unit) = session.storage_box(placement.storage_box, biobank)?.ok_or_else(unknown)?;
    let position =
        Position::parse(&placement.position, storage_box.rows, storage_box.columns).map_err(|error| {
            ServiceError::invalid(vec![Finding::error("R-BIO-03", "/position", error.text())])
        })?;
    Ok(Target { storage_box, unit, position })
}

fn place(
    service: &Service,
    journal: &mut Journal<'_>,
    found: &Found,
    before: &TubeState,
    target: &Target,
    actor: ActorId,
) -> Result<TubeFile, ServiceError> {
    let tube = found.tube();
    if before.remaining.quantity() == 0 {
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Röret är tomt och läggs inte in.",
            "The tube is empty and is not stored.",
        ));
    }
    journal.samples().vacate(tube.uuid())?;
    journal.samples().occupy(target.storage_box.id, target.position, tube)?;
    let kind = if before.place.is_some() { CustodyKind::Moved } else { CustodyKind::Placed };
    let mut books = Books::open(service, journal.read(), &found.sample, actor)?;
    journal.insert(&books.event(kind, tube, Some(target.place()))?)?;
    tube_file(journal.read(), found)
}

/// Refuses a taken position in words that help: who lies there, and where there is room.
fn check_free(
    session: &mut dyn ReadSession,
    target: &Target,
    scope: &SampleScope,
) -> Result<(), ServiceError> {
    let Target { storage_box, position, .. } = target;
    let occupants: BTreeMap<_, _> = session
        .occupants(storage_box.id)?
        .into_iter()
        .filter_map(|(name, tube)| {
            Position::parse(&name, storage_box.rows, storage_box.columns).ok().map(|at| (at, tube))
        })
        .collect();
    let Some(occupant) = occupants.get(position).copied() else { return Ok(()) };
    let barcode = match find_tube(session, occupant, scope) {
        Ok(found) => Some(found.barcode().to_owned()),
        Err(error) if error.problem() == Problem::NotFound => None,
        Err(error) => return Err(error),
    };
    let taken: BTreeSet<_> = occupants.into_keys().collect();
    let free: Vec<_> = storage_box
        .free_behind(*position, &taken)
        .into_iter()
        .take(NAMED_POSITIONS)
        .map(|position| position.to_string())
        .collect();
    let (sv, en) = describe(*position, barcode.as_deref(), &free.join(", "));
    Err(ServiceError::explained(Problem::PositionTaken, sv, en))
}

fn describe(position: Position, occupant: Option<&str>, free: &str) -> (String, String) {
    let (by_sv, by_en) = occupant
        .map_or_else(Default::default, |barcode| (format!(" av {barcode}"), format!(" by {barcode}")));
    let (room_sv, room_en) = if free.is_empty() {
        ("Lådan är full.".to_owned(), "The box is full.".to_owned())
    } else {
        (format!("Nästa lediga: {free}."), format!("Next free: {free}."))
    };
    (
        format!("Position {position} är upptagen{by_sv}. {room_sv}"),
        format!("Position {position} is occupied{by_en}. {room_en}"),
    )
}
