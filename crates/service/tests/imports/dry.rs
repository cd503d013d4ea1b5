//! A dry run is the real run: whatever file is sent, both tell the same of every row, and only one keeps it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cartotek_crypto::random::SeededRandom;
use cartotek_domain::finding::Severity;
use cartotek_domain::record::Acknowledgement;
use cartotek_forms::Form;
use cartotek_persistence::Engine;
use cartotek_service::Act;
use cartotek_service::import::{Atomicity, Counts, Format, ImportState, NewImport, RowFinding};
use rstest::rstest;
use serde_json::Value;

use crate::drawn::{REFUSALS, Row, patients, rows};
use crate::world::{REFUSED, World, statuses};
use crate::written::{Files, REASON};

/// What a run tells.
#[derive(Debug, PartialEq)]
struct Told {
    state: ImportState,
    rows: i64,
    done: i64,
    counts: Counts,
    findings: Vec<RowFinding>,
    /// What became of each row.
    statuses: Vec<String>,
    /// The file that is given back.
    file: String,
    /// In how many steps the rows were dealt with.
    portions: usize,
}

/// Files of rows of all forms, right ones and ones that are wrong in every way, of few patients, so that each row is judged by
/// those before it; every second one of tables by a mapping.
#[rstest]
#[tokio::test]
async fn a_dry_run_is_the_real_run(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(Format::Csv, Format::Xlsx, Format::Ndjson)] format: Format,
    #[values(Atomicity::All, Atomicity::Row)] atomicity: Atomicity,
    #[values(1, 2)] seed: u64,
) {
    let world = patients(engine).await;
    let published = world.ground.service.forms().unwrap();
    let forms: Vec<&Form> = published.forms.latest().collect();
    // No two of the files are alike.
    let random = SeededRandom::new(100 * seed + 10 * format as u64 + atomicity as u64);
    let mut rows = rows(&world, &forms, &random);
    let mut files = Files::new(&published.forms, format);
    match format {
        Format::Ndjson => explain(&world, &files, &mut rows).await,
        // The rows of a sheet stand together.
        Format::Xlsx => rows.sort_by(|one, next| one.form.cmp(&next.form)),
        Format::Csv => {}
    }
    if format != Format::Ndjson && seed == 2 {
        files = files.mapped(&world, &rows).await;
    }
    let whole = alike(&world, &files.import(&rows, atomicity)).await;
    let of_type = if format == Format::Ndjson { "SCHEMA-TYPE" } else { "CELL-TYPE" };
    for rule in REFUSALS.into_iter().chain([of_type]) {
        let mut errors = whole.findings.iter().filter(|one| one.finding.is_error());
        assert!(errors.any(|one| one.finding.rule == rule), "{rule} refuses no row");
    }
    let right = if atomicity == Atomicity::All {
        assert_eq!((whole.state, whole.counts.accepted), (ImportState::Refused, 0));
        let told = rows.into_iter().zip(&whole.statuses);
        let right: Vec<Row> = told.filter(|(_, status)| *status != REFUSED).map(|(row, _)| row).collect();
        let right = alike(&world, &files.import(&right, atomicity)).await;
        assert_eq!((right.counts.accepted, right.counts.refused), (whole.counts.not_kept, 0));
        right
    } else {
        assert!(whole.portions > 1, "later rows are judged by earlier ones that are kept");
        whole
    };
    assert_eq!(right.state, ImportState::Done);
    // Not by accident.
    assert!(right.counts.accepted > 5, "{:?}", right.counts);
    assert!(world.count("expected_item") > 10, "infusions are among them");
}

/// Runs an import dry, then really; both must tell the same.
async fn alike(world: &World, new: &NewImport) -> Told {
    let before = kept(world);
    let dry = run(world, new, true).await;
    assert!(kept(world) == before, "a dry run keeps nothing");
    let real = run(world, new, false).await;
    assert_eq!(real.statuses, dry.statuses);
    // One by one, to show the one that differs.
    for (real, dry) in real.findings.iter().zip(&dry.findings) {
        assert_eq!(real, dry);
    }
    for (real, dry) in real.file.lines().zip(dry.file.lines()) {
        assert_eq!(real, dry);
    }
    assert_eq!(real, dry);
    let (records, accepted) = (before["record"].len(), usize::try_from(real.counts.accepted).unwrap());
    assert_eq!(world.count("record"), records + accepted);
    real
}

async fn run(world: &World, new: &NewImport, dry_run: bool) -> Told {
    let portions = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&portions);
    let progress = Arc::new(move |_: usize, _: usize| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let act = Act { dry_run, ..world.keyed(&world.ground.act().request.to_string(), "") };
    let granted = world.granted();
    let done = world.ground.service.import(&granted, &act, new.clone(), progress).await;
    let import = done.unwrap().value;
    assert_eq!((import.dry_run, import.format, import.atomicity), (dry_run, new.format, new.atomicity));
    let findings = world.findings(&import).await;
    assert_eq!(import.findings[..], findings[..import.findings.len()]);
    let file = world.file(&import).await;
    let told = statuses_of(new.format, &file);
    assert_eq!(i64::try_from(told.len()), Ok(import.rows));
    Told {
        state: import.state,
        rows: import.rows,
        done: import.done,
        counts: import.counts,
        findings,
        statuses: told,
        file,
        portions: portions.load(Ordering::Relaxed),
    }
}

/// The `_status` of each row of a file that was given back.
fn statuses_of(format: Format, file: &str) -> Vec<String> {
    if format != Format::Ndjson {
        return statuses(file);
    }
    let line = |line| serde_json::from_str::<Value>(line).unwrap();
    file.lines().map(|one| line(one)["_status"].as_str().unwrap().to_owned()).collect()
}

/// What only a real run changes.
fn kept(world: &World) -> BTreeMap<&'static str, Vec<String>> {
    let mut dump = world.ground.database.dump();
    ["record", "revision", "milestone", "record_finding", "finding_due", "expected_item"]
        .map(|table| (table, dump.remove(table).unwrap()))
        .into()
}

/// Gives lines a reason for each warning that a dry run finds in them, as whoever reads its report does; once more, because a
/// line that is accepted then may let others warn.
async fn explain(world: &World, files: &Files<'_>, rows: &mut [Row]) {
    for _ in 0..2 {
        let dry = run(world, &files.import(rows, Atomicity::Row), true).await;
        for (line, row) in (1..).zip(rows.iter_mut()).filter(|(_, row)| row.explained) {
            let of_line = dry.findings.iter().filter(|one| one.row == line);
            let warnings = of_line.filter(|one| one.finding.severity == Severity::Warning);
            let reason = |one: &RowFinding| Acknowledgement {
                rule: one.finding.rule.clone(),
                pointer: one.finding.pointer.clone(),
                reason: REASON.to_owned(),
            };
            row.reasons = warnings.map(reason).collect();
        }
    }
}
