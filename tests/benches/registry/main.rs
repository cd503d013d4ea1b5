//! What the registry takes, beside what the machine can do: `make bench`.
//!
//! The real program, built for release, over real HTTP on this machine; the clients share its processors. Every job is
//! measured in rounds that alternate with rounds of its limits, and printed as a Markdown table with the medians and
//! the middle of the ratios. Arguments name the parts to run, e.g. `timeline worklist`; a limit that a part stands beside is
//! measured with it.

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
mod ruleless;
mod submit;
mod table;
mod timeline;
mod validate;
mod workbook;
mod worklist;
mod world;

use std::env;

use cartotek_persistence::Engine;
use mimalloc::MiMalloc;

use crate::world::World;

/// That of the program: limits are to differ from it in what they do.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

fn main() {
    // `cargo bench` passes `--bench` itself.
    let named: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let (engines, parts): (Vec<_>, Vec<_>) =
        named.into_iter().partition(|name| ENGINES.iter().any(|engine| engine.as_str() == name));
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|name| name == part);
    let wanted = |engine: &Engine| engines.is_empty() || engines.iter().any(|name| name == engine.as_str());
    if asked("cohort") {
        cohort::measure();
    }
    if asked("validate") {
        validate::measure();
    }
    for engine in ENGINES.into_iter().filter(wanted) {
        if ["submit", "read", "timeline", "import", "scan"].into_iter().any(asked) {
            measure(engine, asked);
        }
        if asked("worklist") {
            worklist::measure(engine);
        }
    }
}

fn measure(engine: Engine, asked: impl Fn(&str) -> bool) {
    let mut world = World::found(engine);
    let of = |part: &str, courses: usize| if asked(part) { courses } else { 0 };
    let others = of("import", import::courses()) + of("timeline", timeline::courses());
    world.prepare_courses(submit::courses() + others);
    let bare = submit::measure(&mut world, engine);
    if asked("read") {
        read::measure_records(&world, engine, &bare);
    }
    if asked("timeline") {
        timeline::measure(&mut world, engine, &bare);
    }
    if asked("import") {
        import::measure(&mut world, engine, &bare);
    }
    if asked("scan") {
        read::measure_barcodes(&mut world, engine, &bare);
    }
}
