//! What the registry takes, beside what the machine can do: `make bench`.
//!
//! The real program, built for release, over real HTTP on this machine; the clients share its processors. Every job is
//! measured in rounds that alternate with rounds of its limits, and printed as a Markdown table with the medians and
//! the middle of the ratios. A first argument names the one part to run.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark whose registry answers otherwise than expected must fail"
)]

mod cohort;
mod content;
mod followed;
mod import;
mod life;
mod limit;
mod load;
mod read;
mod rows;
mod submit;
mod table;
mod timeline;
mod validate;
mod workbook;
mod worklist;
mod world;

use std::env;

use cartotek_persistence::Engine;

use crate::world::World;

fn main() {
    // `cargo bench` passes `--bench` itself.
    let part = env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let asked = |name: &str| part.as_deref().is_none_or(|part| part == name);
    if asked("cohort") {
        cohort::measure();
    }
    if asked("validate") {
        validate::measure();
    }
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if asked(engine.as_str()) {
            measure(engine);
        }
        if asked("worklist") {
            worklist::measure(engine);
        }
    }
}

fn measure(engine: Engine) {
    let mut world = World::found(engine);
    world.prepare_courses(submit::courses() + import::courses() + timeline::courses());
    let bare = submit::measure(&mut world, engine);
    read::measure_records(&world, engine, &bare);
    timeline::measure(&mut world, engine, &bare);
    import::measure(&mut world, engine, &bare);
    read::measure_barcodes(&mut world, engine, &bare);
}
