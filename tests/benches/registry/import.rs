//! Importing a file: every row is a record like a single submission's.

use cartotek_persistence::Engine;

use crate::limit::Bare;
use crate::load::{Connection, request};
use crate::table::{ROUNDS, Series, head, row};
use crate::world::{TIME_POINTS, World, csv, ndjson};

/// Rows of a file.
const SIZES: [usize; 2] = [10_000, 100_000];
/// Rows that the server writes in one transaction.
const CHUNK: usize = 500;

/// Courses that all rounds take.
pub(crate) fn courses() -> usize {
    2 * ROUNDS * SIZES.iter().map(|rows| rows.div_ceil(TIME_POINTS.len())).sum::<usize>()
}

/// Measures both formats at every size.
pub(crate) fn measure(world: &mut World, engine: Engine, bare: &Bare) {
    head(&format!("Import a file, {}", engine.as_str()), "rows per second");
    for rows in SIZES {
        compare(world, bare, rows, "CSV", "text/csv", csv);
        compare(world, bare, rows, "NDJSON", "application/x-ndjson", ndjson);
    }
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
        job.add(send(world, rows, kind, &format!("{name}-{rows}-{round}"), &file));
        limit.add(bare.bulk(CHUNK, rows));
    }
    row(&job, None, &[&limit]);
}

fn send(world: &World, rows: usize, kind: &str, key: &str, file: &[u8]) -> f64 {
    let headers = format!("Content-Type: {kind}\r\nIdempotency-Key: {key}\r\n");
    let path = "/api/v1/imports?form=follow_up&site=KAR&atomic=row";
    let request = request("POST", path, world.data_manager(), &headers, file);
    let started = std::time::Instant::now();
    let (status, body) = Connection::open(world.address()).ask(&request);
    let seconds = started.elapsed().as_secs_f64();
    let report: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    assert_eq!((status, report["accepted"].as_u64()), (201, Some(rows as u64)), "{report}");
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let rate = rows as f64 / seconds;
    rate
}
