//! Importing a file: every row is a record like a single submission's.

use cartotek_persistence::Engine;
use cartotek_service::import::MOST_ATOMIC_ROWS;

use crate::content::{TIME_POINTS, csv, ndjson};
use crate::limit::Bare;
use crate::load::{Connection, request};
use crate::table::{ROUNDS, Series, head, milliseconds, row};
use crate::workbook::workbook;
use crate::world::World;

/// Rows of a file.
const SIZES: [usize; 2] = [10_000, 100_000];
/// Rows that the server writes in one transaction.
const CHUNK: usize = 500;
/// The content type of a workbook of Excel.
const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Courses that all rounds take.
pub(crate) fn courses() -> usize {
    let of = |rows: usize| rows.div_ceil(TIME_POINTS.len());
    3 * ROUNDS * SIZES.iter().map(|rows| of(*rows)).sum::<usize>() + ROUNDS * of(MOST_ATOMIC_ROWS)
}

/// Measures all formats at every size.
pub(crate) fn measure(world: &mut World, engine: Engine, bare: &Bare) {
    head(&format!("Import a file, {}", engine.as_str()), "rows per second");
    for rows in SIZES {
        compare(world, bare, rows, "CSV", "text/csv", csv);
        compare(world, bare, rows, "XLSX", WORKBOOK, |cases, rows| workbook(&csv(cases, rows)));
        compare(world, bare, rows, "NDJSON", "application/x-ndjson", ndjson);
    }
    hold(world, engine);
    println!("\nResident memory of the server after the imports: {:.0} MB", world.memory());
}

fn compare(
    world: &mut World,
    bare: &Bare,
    rows: usize,
    name: &str,
    kind: &str,
    write: impl Fn(&[crate::world::Case], usize) -> Vec<u8>,
) {
    let mut job = Series::new(format!("{rows} rows of {name}"));
    let mut limit = Series::new(format!("bare rows of NDJSON, {CHUNK} a transaction"));
    for round in 0..ROUNDS {
        let cases = world.take(rows.div_ceil(TIME_POINTS.len()));
        let file = write(&cases, rows);
        job.add(send(world, rows, kind, &format!("{name}-{rows}-{round}"), &file, "row"));
        limit.add(bare.bulk(CHUNK, rows));
    }
    row(&job, None, &[&limit]);
}

/// How long the one transaction of a file that is kept all or none lasts: on SQLite the writer stands still for everybody.
fn hold(world: &mut World, engine: Engine) {
    let mut job = Series::new(format!("{MOST_ATOMIC_ROWS} rows of NDJSON, all or none"));
    let held = |world: &World| world.metric("cartotek_transaction_seconds_sum", "write import rows");
    for round in 0..ROUNDS {
        let cases = world.take(MOST_ATOMIC_ROWS.div_ceil(TIME_POINTS.len()));
        let before = held(world);
        let file = ndjson(&cases, MOST_ATOMIC_ROWS);
        send(world, MOST_ATOMIC_ROWS, "application/x-ndjson", &format!("whole-{round}"), &file, "all");
        job.add((held(world) - before) * 1000.0);
    }
    milliseconds(&format!("The longest transaction of an import, {}", engine.as_str()));
    row(&job, None, &[]);
}

fn send(world: &World, rows: usize, kind: &str, key: &str, file: &[u8], atomic: &str) -> f64 {
    let headers = format!("Content-Type: {kind}\r\nIdempotency-Key: {key}\r\n");
    let path = format!("/api/v1/imports?form=follow_up&site=KAR&atomic={atomic}");
    let request = request("POST", &path, world.data_manager(), &headers, file);
    let started = std::time::Instant::now();
    let (status, body) = Connection::open(world.address()).ask(&request);
    let seconds = started.elapsed().as_secs_f64();
    let report: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    assert_eq!((status, report["accepted"].as_u64()), (201, Some(rows as u64)), "{report}");
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let rate = rows as f64 / seconds;
    rate
}
