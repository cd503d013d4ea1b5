//! The names of files as a door: many a file is called after its patient.

use std::ffi::OsStr;
use std::path::PathBuf;

use cartotek_domain::identifier::{FieldKind, Verdict, detect};
use cartotek_domain::time::{Clock as _, swedish_day};
use cartotek_service::SystemClock;
use clap::builder::{PathBufValueParser, TypedValueParser};

/// What is wrong, and how to mend it; without the name.
const REFUSAL: &str = "the name of the file, or of a folder on its path, seems to hold a personal identifier; rename \
                       it (a date followed by a time of day looks like one too)";

/// Reads a path that names no person; one that does is refused and not repeated, so that it gets into no report.
pub(super) fn screened() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(screen)
}

fn screen(path: PathBuf) -> Result<PathBuf, &'static str> {
    // Part by part: digits on both sides of a slash are not one number.
    if path.iter().any(names_a_person) {
        return Err(REFUSAL);
    }
    Ok(path)
}

fn names_a_person(name: &OsStr) -> bool {
    let today = swedish_day(SystemClock.now());
    matches!(detect(&name.to_string_lossy(), today, FieldKind::Structured), Verdict::Refused(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_judged_part_by_part() {
        for harmless in
            ["registrations.csv", "2026-01-15/follow_up.csv", "850101/2382.csv", "../a b/ö.ndjson"]
        {
            assert_eq!(screen(harmless.into()), Ok(PathBuf::from(harmless)));
        }
        for person in ["19850101-2382.csv", "/srv/850101-2382/rows.csv", "to anna.andersson@example.com.csv"]
        {
            assert!(screen(person.into()).is_err(), "{person}");
        }
    }
}
