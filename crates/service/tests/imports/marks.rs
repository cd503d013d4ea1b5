//! Decimal commas and decimal points in one file: the bad cell is named, the others are read, nothing is guessed.

use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, Counts, Import};
use rstest::rstest;

use crate::world::{HEADER, World, errors};

const COLUMN: &str = "late_toxicity.min_anc";
/// What is said of every row that is kept.
const EXPLAINED: &str =
    "contact_date: No infusion of the course is registered; register the infusion. [warning, R-FU-05]";

/// The lines of follow-ups, the header first; each ends with its cell of the lowest neutrophils.
fn lines(world: &World, separator: &str, cells: &[&str]) -> Vec<String> {
    let row = |(patient, cell): (usize, &&str)| {
        let row = world.row(patient, "D100", "2024-05-01").replacen(",0,no,", ",1,no,", 1);
        format!("{}{separator}{cell}", row.replace(',', separator))
    };
    let header = format!("{}{separator}{COLUMN}", HEADER.replace(',', separator));
    std::iter::once(header).chain(cells.iter().enumerate().map(row)).collect()
}

/// Row and text of each cell that is not read.
fn unread(import: &Import) -> Vec<(usize, &str)> {
    let refused = import.findings.iter().filter(|one| one.finding.rule == "CELL-TYPE");
    refused
        .inspect(|one| assert_eq!(one.column.as_deref(), Some(COLUMN)))
        .map(|one| (one.row, one.finding.message.en.as_str()))
        .collect()
}

/// Eleven commas and one point: one row is refused, and the file says which cell and why.
#[rstest]
#[tokio::test]
async fn one_point_among_commas_is_named(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 12).await;
    let mut cells = ["1,3"; 12];
    cells[5] = "1.3";
    let lines = lines(&world, ";", &cells);
    let import = world.import(&format!("{}\n", lines.join("\n")), Atomicity::Row).await;
    assert_eq!(errors(&import.findings), [(7, COLUMN, "CELL-TYPE")]);
    let counts = Counts {
        accepted: 11,
        already_there: 0,
        not_kept: 0,
        refused: 1,
        errors: 1,
        warnings: 11,
        notices: 0,
    };
    assert_eq!((import.rows, import.counts), (12, counts));
    let refused = import.findings.iter().find(|one| one.row == 7).unwrap();
    assert_eq!(refused.finding.pointer, "/late_toxicity/min_anc");
    let said = &refused.finding.message;
    assert_eq!(
        said.sv,
        "Filen har tal både med komma och med punkt. Semikolon skiljer dess celler, så dess decimaltecken är komma: \
         skriv det här talet med komma, t.ex. 12,5."
    );
    assert_eq!(
        said.en,
        "The file has numbers with commas and with points. Semicolons separate its cells, so its decimal mark is the \
         comma: write this number with a comma, e.g. 12,5."
    );

    let mut expected = vec![format!("{};_status;_errors", lines[0])];
    for (place, line) in lines.iter().enumerate().skip(1) {
        expected.push(if place == 6 {
            format!("{line};refused;{COLUMN}: {} [CELL-TYPE]", said.en)
        } else {
            format!("{line};accepted;\"{EXPLAINED}\"")
        });
    }
    let returned = world.file(&import).await;
    assert_eq!(returned.lines().collect::<Vec<_>>(), expected);

    // Mended there and sent again, it is read; what was read before meant the same.
    let again = world.import(&returned.replace(";1.3;", ";1,3;"), Atomicity::Row).await;
    assert_eq!((again.counts.accepted, again.counts.already_there), (1, 11), "{:?}", again.findings);
    let contents = world.ground.database.dump()["revision"].join("\n").replace(['"', '\\'], "");
    assert_eq!(contents.matches("min_anc:1.3").count(), 12, "{contents}");
}

#[rstest]
#[tokio::test]
async fn one_comma_among_points_is_named(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 4).await;
    let lines = lines(&world, ",", &["1.3", "\"1,3\"", "1.234", "1.25"]);
    let import = world.import(&format!("{}\n", lines.join("\n")), Atomicity::Row).await;
    assert_eq!(errors(&import.findings), [(3, COLUMN, "CELL-TYPE"), (4, COLUMN, "CELL-TYPE")]);
    assert_eq!((import.counts.accepted, import.counts.refused), (2, 2));
    let point = "The file has numbers with commas and with points. Commas separate its cells, so its decimal mark is the \
         point: write this number with a point, e.g. 12.5.";
    let doubtful = "The file has numbers with commas and with points, so that 1,234 may mean two things. Write this \
         number without thousands separators: 1234, or 1.2340 if it has decimals.";
    let expected = [
        format!("{},_status,_errors", lines[0]),
        format!("{},accepted,\"{EXPLAINED}\"", lines[1]),
        format!("{},refused,\"{COLUMN}: {point} [CELL-TYPE]\"", lines[2]),
        format!("{},refused,\"{COLUMN}: {doubtful} [CELL-TYPE]\"", lines[3]),
        format!("{},accepted,\"{EXPLAINED}\"", lines[4]),
    ];
    let returned = world.file(&import).await;
    assert_eq!(returned.lines().collect::<Vec<_>>(), expected);
    let mended = returned.replace("\"1,3\",", "1.3,").replace(",1.234,", ",1.2340,");
    let again = world.import(&mended, Atomicity::Row).await;
    assert_eq!((again.counts.accepted, again.counts.already_there), (2, 2), "{:?}", again.findings);
}

/// A separator, the cells of the file, and which of them are refused with which words.
type Case<'c> = (&'c str, &'c [&'c str], &'c [(usize, &'c str)]);

/// `1,234` and `1.234` are read only where no number has the other mark; between tabs nothing tells which mark is right.
#[rstest]
#[tokio::test]
async fn what_may_be_thousands_is_refused_beside_the_other_mark(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 4).await;
    let (comma, point) = ("its decimal mark is the comma", "1.2340 if it has decimals");
    let (thousands, unknown) = ("Write this number without thousands", "Write all numbers of the file alike");
    let cases: [Case<'_>; 8] = [
        (";", &["1,3", "1.3", "1,234", "1.234"], &[(3, comma), (4, thousands), (5, thousands)]),
        (";", &["1,3", "1.234", "1,25"], &[(3, thousands)]),
        (";", &["1.3", "1,234", "1.25"], &[(3, point)]),
        (";", &["1,234", "1.234"], &[(2, unknown), (3, unknown)]),
        (";", &["1,3", "1,234"], &[]),
        ("\t", &["1,3", "1.3", "1"], &[(2, unknown), (3, unknown)]),
        ("\t", &["1,3", "1.234"], &[(3, thousands)]),
        (",", &["1.3", "1.234"], &[]),
    ];
    for (separator, cells, expected) in cases {
        let text = format!("{}\n", lines(&world, separator, cells).join("\n"));
        let import = world.dry(&text, Atomicity::Row).await;
        let unread = unread(&import);
        let rows = |found: &[(usize, &str)]| found.iter().map(|(row, _)| *row).collect::<Vec<_>>();
        assert_eq!(rows(&unread), rows(expected), "{cells:?}");
        for ((_, said), (_, part)) in unread.iter().zip(expected) {
            assert!(said.contains(part), "{cells:?}: {said}");
        }
        let accepted = i64::try_from(cells.len() - expected.len()).unwrap();
        assert_eq!(import.counts.accepted, accepted, "{cells:?}: {:?}", import.findings);
    }
}
