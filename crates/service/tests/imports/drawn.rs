//! Rows of every form: what examples say, varied, among rows that shape schedules and rows that are refused, in every way.

use cartotek_crypto::random::{RandomSource, SeededRandom, bytes};
use cartotek_domain::consent::ConsentDecision::{Given, OptedOut, Withdrawn};
use cartotek_domain::consent::ConsentPurpose::{RegistryQuality, RegistryResearch};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Acknowledgement;
use cartotek_forms::{Form, Subject};
use cartotek_persistence::Engine;
use cartotek_service::import::Atomicity;
use cartotek_service::lock::NewTarget;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::common::content::{death, follow_up, infusion, loss, varied};
use crate::common::seeded::draw;
use crate::exported::decide;
use crate::locked::lock;
use crate::world::{World, enrol, table};

/// A patient whose rows are judged by each other alone; one who has a record already; one who is lost and dies.
const ALONE: usize = 0;
const KNOWN: usize = 1;
const GONE: usize = 2;
/// Patients of whom no row is accepted.
const WITHDRAWN: usize = 3;
const OPTED_OUT: usize = 4;
const LOCKED: usize = 5;
const FOREIGN: usize = 10;
const UNKNOWN: usize = 11;
/// Patients as any others.
const ORDINARY: [usize; 4] = [6, 7, 8, 9];
/// Of whom examples are drawn.
const ANYBODY: [usize; 16] =
    [6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, WITHDRAWN, OPTED_OUT, LOCKED, FOREIGN, UNKNOWN];

/// Rows that are drawn: of three, one is an example and two shape schedules, so that one transaction does not write them all.
const DRAWN: usize = 165;

/// The rules by which some of the rows are refused, however the file is written.
pub(crate) const REFUSALS: [&str; 11] = [
    "ACKNOWLEDGE",
    "CODE-UNKNOWN",
    "IMPORT-DUPLICATE",
    "IMPORT-EXISTS",
    "IMPORT-LOCKED",
    "IMPORT-PATIENT",
    "R-CONS-01",
    "R-COURSE-02",
    "R-FU-02A",
    "R-ID-01",
    "SCHEMA-FORMAT",
];

/// A row before it is written down.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) form: String,
    pub(crate) patient: Pseudonym,
    pub(crate) course: Option<i32>,
    pub(crate) content: Value,
    /// Whether its warnings are explained.
    pub(crate) explained: bool,
    /// The reason for each of them, where a row says which it belongs to.
    pub(crate) reasons: Vec<Acknowledgement>,
}

/// A world with these patients, on the day on which the examples are checked.
pub(crate) async fn patients(engine: Engine) -> World {
    let mut world = World::start(engine, FOREIGN).await;
    world.ground.clock.advance(TimeDelta::days(263));
    decide(&world, WITHDRAWN, RegistryResearch, Given, "2026-01-10").await;
    decide(&world, WITHDRAWN, RegistryResearch, Withdrawn, "2026-02-10").await;
    decide(&world, OPTED_OUT, RegistryQuality, OptedOut, "2026-02-10").await;
    lock(&world, NewTarget::Patient(world.patients[LOCKED])).await;
    let known = world.import(&table(&[world.row(KNOWN, "D100", "2024-05-01")]), Atomicity::All).await;
    assert_eq!(known.counts.accepted, 1, "{:?}", known.findings);
    let (foreign, _) = enrol(&world.ground, "UPP", 2, 1).await;
    let (now, ids) = (world.ground.service.now(), world.ground.service.ids());
    let (unknown, ..) = draw("KAR", now, ids, &SeededRandom::new(3));
    world.patients.extend(foreign);
    world.patients.push(unknown.pseudonym);
    world
}

/// The rows of a file.
pub(crate) fn rows(world: &World, forms: &[&Form], random: &dyn RandomSource) -> Vec<Row> {
    let mut planned = planned(world).into_iter();
    let mut rows = Vec::new();
    for place in 0..DRAWN {
        if place.is_multiple_of(6) {
            rows.extend(planned.next());
        }
        rows.push(if place.is_multiple_of(3) {
            example(world, forms, bytes(random).unwrap())
        } else {
            shaping(world, bytes(random).unwrap())
        });
    }
    rows.extend(planned);
    rows
}

/// Rows of which each but the first ones is refused, together by all of [`REFUSALS`].
fn planned(world: &World) -> Vec<Row> {
    let day_100 = || follow_up("D100", "2024-05-01");
    let of = |patient, content| row(world, patient, "follow_up", content);
    vec![
        row(world, ALONE, "infusion", infusion("2024-01-22")),
        row(world, GONE, "infusion", infusion("2023-01-22")),
        row(world, GONE, "event", loss("2023-06-01", "2024-06-01")),
        row(world, GONE, "event", death("2025-02-01")),
        of(ALONE, day_100()),
        // There already, in the file and in the registry; and the same with other answers.
        of(ALONE, day_100()),
        of(ALONE, with(day_100(), "contact_mode", "remote")),
        of(KNOWN, follow_up("D100", "2024-04-30")),
        of(KNOWN, day_100()),
        // Against another record.
        of(ALONE, follow_up("M6", "2024-05-01")),
        of(GONE, follow_up("Y3", "2026-02-01")),
        // By itself.
        Row { explained: false, ..of(KNOWN, follow_up("M6", "2024-08-01")) },
        of(KNOWN, follow_up("M6", "2024-13-01")),
        of(KNOWN, with(follow_up("M12", "2025-02-01"), "contact_mode", "carrier")),
        of(
            KNOWN,
            with(follow_up("M12", "2025-02-01"), "late_toxicity", json!({ "late_icaht_grade": "light" })),
        ),
        of(KNOWN, follow_up("19121212-1212", "2025-02-01")),
        Row { course: Some(2), ..of(KNOWN, day_100()) },
        // For whom it is about.
        of(WITHDRAWN, day_100()),
        of(OPTED_OUT, day_100()),
        of(LOCKED, day_100()),
        of(FOREIGN, day_100()),
        of(UNKNOWN, day_100()),
    ]
}

fn row(world: &World, patient: usize, form: &str, content: Value) -> Row {
    Row {
        form: form.to_owned(),
        patient: world.patients[patient],
        course: Some(1),
        content,
        explained: true,
        reasons: Vec::new(),
    }
}

fn with(mut content: Value, member: &str, value: impl Into<Value>) -> Value {
    content[member] = value.into();
    content
}

/// What an example of any form says, with an answer of another one or without one, now and then with one that nobody
/// understands, or as if it were about the patient and not a course, or the other way round.
fn example(world: &World, forms: &[&Form], choice: [u8; 9]) -> Row {
    let form = forms[usize::from(choice[0]) % forms.len()];
    let mut content = varied(form.examples(), &choice[1..5]);
    let mut answers = content.as_object_mut().unwrap().values_mut();
    if choice[5].is_multiple_of(8)
        && let Some(answer) = answers.find(|answer| answer.is_string())
    {
        *answer = json!("?");
    }
    let about_course = form.subject() == Subject::Course;
    let names_course = about_course != choice[6].is_multiple_of(16);
    Row {
        course: names_course.then_some(1),
        explained: !choice[7].is_multiple_of(4),
        ..row(world, ANYBODY[usize::from(choice[8]) % ANYBODY.len()], form.code(), content)
    }
}

/// An infusion, more seldom a loss or a death.
fn shaping(world: &World, choice: [u8; 6]) -> Row {
    let day = format!("20{}-{:02}-{:02}", 20 + choice[0] % 7, 1 + choice[1] % 12, 1 + choice[2] % 28);
    let (form, content, number) = match choice[3] {
        0..4 => ("event", death(&day), "event_no"),
        4..20 => ("event", loss(&day, "2026-11-01"), "event_no"),
        _ => ("infusion", infusion(&day), "infusion_no"),
    };
    let patient = ORDINARY[usize::from(choice[4]) % ORDINARY.len()];
    row(world, patient, form, with(content, number, 1 + choice[5] % 4))
}
