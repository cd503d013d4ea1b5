//! Files of size: many short transactions, and a limit on what is kept all or none.

use std::sync::{Arc, Mutex};

use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, MOST_ATOMIC_ROWS, NewImport};
use rstest::rstest;

use crate::world::{ACCEPTED, HEADER, REFUSED, World, csv, errors, statuses, table};

const TIME_POINTS: [&str; 10] = ["D100", "M6", "M12", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Y8"];

fn file(world: &World, rows: usize) -> String {
    let rows: Vec<String> = (0..rows)
        .map(|row| {
            let (patient, visit) = (row / 10, row % 10);
            world.row(patient, TIME_POINTS[visit], &format!("{}-05-01", 2010 + visit))
        })
        .collect();
    table(&rows)
}

#[rstest]
#[tokio::test]
async fn ten_thousand_rows(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let rows = if cfg!(debug_assertions) { 3_000 } else { 10_000 };
    let world = World::start(engine, rows / 10).await;
    let file = file(&world, rows);
    let started = std::time::Instant::now();
    let import = world.import(&file, Atomicity::Row).await;
    println!("{engine:?}: {rows} rows in {:?}", started.elapsed());
    assert_eq!(import.counts.accepted, i64::try_from(rows).unwrap(), "{:?}", import.findings.first());
    assert_eq!((world.count("record"), world.count("revision")), (rows, rows));
    let returned = statuses(&world.file(&import).await);
    assert_eq!(returned.len(), rows);
    assert!(returned.iter().all(|status| status == "accepted"));
}

/// One cell of a hundred is wrong: each is named once, by row, column and rule, and nothing else is. The caller's own cells
/// come back as they were sent, the wrong ones among them.
#[rstest]
#[tokio::test]
async fn a_report_names_every_wrong_cell_and_no_other(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    const SPOILT: [(&str, &str, &str, &str); 4] = [
        ("visit", "carrier", "contact_mode", "CODE-UNKNOWN"),
        ("alive", "gone", "vital_status", "CODE-UNKNOWN"),
        (",CR,", ",XR,", "disease_status", "CODE-UNKNOWN"),
        (",0,no,", ",\"0,5\",no,", "late_toxicity.late_icaht_grade", "CELL-TYPE"),
    ];
    let rows = if cfg!(debug_assertions) { 3_000 } else { 100_000 };
    let world = World::start(engine, rows / 10).await;
    let mut expected = Vec::new();
    let text = file(&world, rows);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // A row has thirteen cells, four of which are spoilt here in turn.
    for cell in (0..rows * 13).step_by(100) {
        let (row, (from, to, column, rule)) = (cell / 13, SPOILT[cell / 100 % SPOILT.len()]);
        lines[row + 1] = lines[row + 1].replacen(from, to, 1);
        expected.push((row + 2, column, rule));
    }
    let import = world.import(&lines.join("\n"), Atomicity::Row).await;
    let wrong = i64::try_from(expected.len()).unwrap();
    assert_eq!((import.counts.refused, import.counts.errors), (wrong, wrong));
    assert_eq!(import.counts.accepted, i64::try_from(rows).unwrap() - wrong);
    assert_eq!(errors(&world.findings(&import).await), expected);
    assert_returned(&world.file(&import).await, &lines, &expected);
    // Mended and sent again, the file is whole.
    let again = world.import(&text, Atomicity::Row).await;
    assert_eq!((again.counts.accepted, again.counts.refused), (wrong, 0));
    assert_eq!(world.count("record"), rows);
}

/// Every row has come back byte for byte with its status, and names of its cells those that are wrong, with the rule.
fn assert_returned(returned: &str, lines: &[String], wrong: &[(usize, &str, &str)]) {
    assert_eq!(returned.lines().count(), lines.len());
    let (header, rows) = returned.split_once('\n').unwrap();
    assert_eq!(header, format!("{HEADER},_status,_errors"));
    let mut wrong = wrong.iter().peekable();
    for ((number, own), row) in (2..).zip(&lines[1..]).zip(rows.lines()) {
        let added = row.strip_prefix(own.as_str()).unwrap_or_else(|| panic!("row {number}, {own}, is {row}"));
        let cells: Vec<_> = wrong.next_if(|(of, ..)| *of == number).into_iter().collect();
        let status = if cells.is_empty() { ACCEPTED } else { REFUSED };
        let cells: Vec<_> = cells.into_iter().map(|(_, column, rule)| (*column, *rule)).collect();
        assert_eq!(told(added), (status, cells), "row {number}: {row}");
    }
    assert_eq!(wrong.next(), None);
}

/// The status that stands behind a row's own cells, and of each error that is told there its column and rule.
fn told(added: &str) -> (&str, Vec<(&str, &str)>) {
    let (status, said) = added.strip_prefix(',').and_then(|added| added.split_once(',')).unwrap();
    let said = said.strip_prefix('"').and_then(|said| said.strip_suffix('"')).unwrap_or(said);
    (status, said.split(" | ").filter_map(error).collect())
}

/// Column and rule of a sentence about an error; a warning says what it is before its rule.
fn error(sentence: &str) -> Option<(&str, &str)> {
    let (said, rule) = sentence.rsplit_once(" [")?;
    let (column, _) = said.split_once(": ").unwrap_or_default();
    Some((column, rule.trim_end_matches(']'))).filter(|(_, rule)| !rule.contains(", "))
}

#[rstest]
#[tokio::test]
async fn more_than_one_transaction_can_hold_is_not_kept_all_or_none(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, MOST_ATOMIC_ROWS / 10 + 1).await;
    let refusal = world.refusal(csv(&file(&world, MOST_ATOMIC_ROWS + 1), Atomicity::All)).await;
    assert_eq!(refusal.findings[0].rule, "IMPORT-SIZE");
    let import = world.import(&file(&world, MOST_ATOMIC_ROWS), Atomicity::All).await;
    assert_eq!(import.counts.accepted, i64::try_from(MOST_ATOMIC_ROWS).unwrap());
}

/// While schedules are laid anew, nobody else can write on SQLite.
#[rstest]
#[tokio::test]
async fn rows_that_shape_schedules_are_written_a_few_at_a_time(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    const PATIENTS: usize = 230;
    const INFUSION: &str = "patient,course,infusion_no,infusion_date,batch_id,setting,route,entire_volume_infused,\
        dose_car_total_e6,infusion_reaction,acknowledgement";
    let world = World::start(engine, PATIENTS).await;
    let infusion = |patient: &Pseudonym| {
        format!("{patient},1,1,2024-01-22,B-1,inpatient,iv,yes,150,no,The product form follows\n")
    };
    let infusions: Vec<String> = world.patients.iter().map(infusion).collect();
    let follow_ups: Vec<String> = (0..PATIENTS).map(|one| world.row(one, "D100", "2024-05-01")).collect();
    for (form, text, expected) in [
        ("infusion", format!("{INFUSION}\n{}", infusions.concat()), vec![100, 200, 230]),
        ("follow_up", table(&follow_ups), vec![230]),
    ] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let progress = Arc::new(move |done: usize, _: usize| told.lock().unwrap().push(done));
        let new = NewImport { form: Some(form.to_owned()), ..csv(&text, Atomicity::Row) };
        let (granted, act) = (world.granted(), world.keyed(form, &text));
        let import = world.ground.service.import(&granted, &act, new, progress).await.unwrap().value;
        assert_eq!(import.counts.accepted, 230, "{form}: {:?}", import.findings.first());
        assert_eq!(*seen.lock().unwrap(), expected, "{form}");
    }
    let due = world.ground.database.dump()["expected_item"].len();
    assert!(due > PATIENTS * 10, "{due} items");
}
