//! Submitting a record: checked, authorised, witnessed and durable.

use std::sync::Arc;

use cartotek_persistence::Engine;

use crate::content::{TIME_POINTS, submission};
use crate::limit::{Bare, Rows, Server, empty, prototype};
use crate::load::{Round, drive, request};
use crate::table::{ROUNDS, Series, head, milliseconds, row};
use crate::world::{Case, World};

/// Clients at once, and how many records each round submits.
const LOADS: [(usize, usize); 3] = [(1, 2_000), (8, 8_000), (64, 16_000)];

/// Courses that all rounds take.
pub(crate) fn courses() -> usize {
    1 + ROUNDS
        * LOADS.iter().map(|(clients, records)| clients * courses_each(*clients, *records)).sum::<usize>()
}

fn courses_each(clients: usize, records: usize) -> usize {
    (records / clients).div_ceil(TIME_POINTS.len())
}

/// Measures at every load; gives the rows of a submission, for the limits of other jobs.
pub(crate) fn measure(world: &mut World, engine: Engine) -> Arc<Bare> {
    let first = world.take(1);
    send(world, 1, 1, &first);
    let rows = Rows::of(world, first[0].patient);
    let size = rows.content().len();
    let bare = Arc::new(Bare::new(engine, rows, (0..2_000).map(|_| world.draw()).collect()));
    let (nothing, less) = (empty(), prototype(Arc::clone(&bare)));
    head(&format!("Submit a record of {size} bytes, {}", engine.as_str()), "per second");
    for (clients, records) in LOADS {
        compare(world, &bare, &nothing, &less, clients, records);
    }
    judging(world, engine);
    bare
}

/// How long the transactions last that keep what was found in the earlier follow-ups of the same courses, beside those that
/// submit: on SQLite the writer stands still for everybody.
fn judging(world: &World, engine: Engine) {
    let each = |transaction: &str| {
        let of = |figure: &str| world.metric(&format!("cartotek_transaction_seconds_{figure}"), transaction);
        of("sum") * 1000.0 / of("count")
    };
    let mut kept = Series::new("keep what was found after up to 50 changes");
    kept.add(each("keep findings"));
    let mut submitted = Series::new("submit one record");
    submitted.add(each("create record"));
    milliseconds(&format!("A transaction after the submissions, {}", engine.as_str()));
    row(&kept, None, &[&submitted]);
}

fn compare(world: &mut World, bare: &Bare, nothing: &Server, less: &Server, clients: usize, records: usize) {
    let mut job = Series::new(format!("submit, {clients} clients"));
    let mut p99 = Series::new("");
    let mut limits = [
        Series::new("parse, check, hash, store (prototype)"),
        Series::new("bare rows, the same durability"),
        Series::new("the same, one statement for all tables"),
        Series::new("empty handler"),
    ];
    for _ in 0..ROUNDS {
        let cases = world.take(clients * courses_each(clients, records));
        let round = send(world, clients, records, &cases);
        job.add(round.per_second);
        p99.add(round.p99);
        limits[0].add(drive(less.address, 201, &requests(world, clients, records, &cases)).per_second);
        limits[1].add(bare.submissions(clients, records));
        limits[2].add(bare.submissions_together(clients, records));
        limits[3].add(drive(nothing.address, 201, &requests(world, clients, records, &cases)).per_second);
    }
    row(&job, Some(&p99), &limits.each_ref());
}

fn send(world: &World, clients: usize, records: usize, cases: &[Case]) -> Round {
    drive(world.address(), 201, &requests(world, clients, records, cases))
}

/// Each client has patients of its own.
fn requests(world: &World, clients: usize, records: usize, cases: &[Case]) -> Vec<Vec<Vec<u8>>> {
    let own = cases.len() / clients;
    let of = |client: usize| {
        let record = |number: usize| {
            let case = cases[client * own + number / TIME_POINTS.len()];
            post(world, &submission(case, number % TIME_POINTS.len()))
        };
        (0..records / clients).map(record).collect()
    };
    (0..clients).map(of).collect()
}

/// The request that creates a record.
pub(crate) fn post(world: &World, body: &[u8]) -> Vec<u8> {
    request("POST", "/api/v1/records", world.data_manager(), "Content-Type: application/json\r\n", body)
}
