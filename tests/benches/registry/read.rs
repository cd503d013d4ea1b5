//! Reading a record by its id and scanning a barcode: each look at a patient is on disk before its answer leaves.

use cartotek_persistence::Engine;

use crate::limit::{Bare, empty};
use crate::load::{drive, request};
use crate::rows::barcode;
use crate::table::{ROUNDS, Series, head, row};
use crate::world::{World, get};

/// Clients at once, and how many reads a round has.
const LOADS: [(usize, usize); 3] = [(1, 2_000), (8, 16_000), (64, 32_000)];
/// How many aliquots there are.
const ALIQUOTS: [usize; 3] = [10_000, 100_000, 1_000_000];
/// Records that are read again and again.
const RECORDS: usize = 5_000;

/// Measures reading a record by its id.
pub(crate) fn measure_records(world: &World, engine: Engine, bare: &Bare) {
    let paths = record_paths(world);
    head(&format!("Read a record by id, {}", engine.as_str()), "per second");
    for (clients, reads) in LOADS {
        let path = |number: usize| paths[number.wrapping_mul(7919) % paths.len()].clone();
        compare(world, bare, &format!("read, {clients} clients"), clients, reads, world.data_manager(), path);
    }
}

/// Measures scanning a barcode, at every number of aliquots.
pub(crate) fn measure_barcodes(world: &mut World, engine: Engine, bare: &Bare) {
    head(&format!("Scan a barcode, 8 clients, {}", engine.as_str()), "per second");
    for aliquots in ALIQUOTS {
        world.prepare_aliquots(aliquots);
        let path =
            |number: usize| format!("/api/v1/barcodes/{}", barcode(number.wrapping_mul(7919) % aliquots));
        compare(world, bare, &format!("scan among {aliquots}"), 8, 16_000, &world.biobanker, path);
    }
}

fn compare(
    world: &World,
    bare: &Bare,
    name: &str,
    clients: usize,
    reads: usize,
    token: &str,
    path: impl Fn(usize) -> String,
) {
    let nothing = empty();
    let (mut job, mut p99) = (Series::new(name), Series::new(""));
    let mut limits = [Series::new("bare appends of events"), Series::new("empty handler")];
    let requests: Vec<Vec<_>> = (0..clients)
        .map(|client| {
            let numbers = (0..reads / clients).map(|number| client + number * clients);
            numbers.map(|number| request("GET", &path(number), token, "", &[])).collect()
        })
        .collect();
    for _ in 0..ROUNDS {
        let round = drive(world.address(), 200, &requests);
        job.add(round.per_second);
        p99.add(round.p99);
        limits[0].add(bare.appends(clients, reads));
        limits[1].add(drive(nothing.address, 201, &requests).per_second);
    }
    row(&job, Some(&p99), &limits.each_ref());
}

fn record_paths(world: &World) -> Vec<String> {
    let (mut paths, mut cursor) = (Vec::new(), String::new());
    while paths.len() < RECORDS {
        let list = format!("/api/v1/records?form=follow_up&limit=500{cursor}");
        let page = get(world.address(), world.data_manager(), &list);
        let ids = page["items"].as_array().expect("a page of records").iter();
        paths.extend(ids.map(|one| format!("/api/v1/records/{}", one["id"].as_str().expect("an id"))));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    paths
}
