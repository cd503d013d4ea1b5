//! Every way in which a cell or a file can be wrong has its row, its column and its rule.

use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, Format, NewImport};
use rstest::rstest;

use crate::common::TestGround;
use crate::world::{HEADER, World, csv, enrol, errors, statuses, table};

#[rstest]
#[tokio::test]
async fn every_bad_cell_is_named(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let good = world.row(0, "D100", "2024-05-01");
    let changed = |from: &str, to: &str| good.replacen(from, to, 1);
    let pseudonym = world.patients[0].to_string();
    let cases: [(String, &str, &str); 14] = [
        (changed(&pseudonym, ""), "patient", "IMPORT-PATIENT"),
        (changed(&pseudonym, "CT-NONSENSE"), "patient", "IMPORT-PATIENT"),
        (changed(",1,", ",2,"), "course", "R-COURSE-02"),
        (changed(",1,", ",,"), "course", "R-COURSE-02"),
        (changed(",1,", ",first,"), "course", "IMPORT-COURSE"),
        (changed("D100", "M24"), "time_point", "CODE-UNKNOWN"),
        (changed("D100", ""), "time_point", "REQUIRED"),
        (changed("2024-05-01", "1/5 2024"), "contact_date", "SCHEMA-FORMAT"),
        (changed("2024-05-01", "2027-05-01"), "contact_date", "R-DATE-02A"),
        (changed(",0,no,", ",\"0,5\",no,"), "late_toxicity.late_icaht_grade", "CELL-TYPE"),
        (changed(",0,no,", ",7,no,"), "late_toxicity.late_icaht_grade", "SCHEMA-RANGE"),
        (changed("Infusion form follows", ""), "contact_date", "ACKNOWLEDGE"),
        (changed(",visit,", ",#forgot,"), "contact_mode", "SCHEMA-ENUM"),
        (changed(",visit", ""), "", "IMPORT-CELLS"),
    ];
    let rows: Vec<String> = cases.iter().map(|(row, ..)| row.clone()).collect();
    let import = world.dry(&table(&rows), Atomicity::Row).await;
    for (place, (row, column, rule)) in cases.iter().enumerate() {
        let number = place + 2;
        let found = errors(&import.findings);
        let of_row: Vec<_> = found.iter().filter(|(row, ..)| *row == number).collect();
        assert!(of_row.contains(&&(number, *column, *rule)), "{row}: {of_row:?}");
    }
    assert_eq!(import.counts.refused, 14);
}

#[rstest]
#[tokio::test]
async fn a_wrong_cell_hides_no_other_fault(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let row = world.row(0, "D100", "2024-05-01").replacen(",0,no,", ",\"0,5\",no,", 1);
    let row = row.replacen(",visit,", ",carrier,", 1).replacen(",CR,", ",,", 1);
    let import = world.import(&table(&[row]), Atomicity::Row).await;
    let wrong = [(2, "late_toxicity.late_icaht_grade", "CELL-TYPE"), (2, "contact_mode", "CODE-UNKNOWN")];
    assert_eq!(errors(&import.findings), wrong);
    assert_eq!((import.counts.refused, world.count("record")), (1, 0));
}

#[rstest]
#[tokio::test]
async fn another_sites_patient_is_not_there(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let mut world = World::start(engine, 1).await;
    let (foreign, _) = enrol(&world.ground, "UPP", 2, 1).await;
    let absent = TestGround::start(engine).await;
    let (unknown, _) = enrol(&absent, "KAR", 3, 1).await;
    world.patients.extend(foreign.into_iter().chain(unknown));
    let rows = [world.row(1, "D100", "2024-05-01"), world.row(2, "D100", "2024-05-01")];
    let import = world.import(&table(&rows), Atomicity::Row).await;
    assert_eq!(
        errors(&import.findings),
        [(2, "patient", "IMPORT-PATIENT"), (3, "patient", "IMPORT-PATIENT")]
    );
    assert_eq!(import.findings[0].finding, import.findings[1].finding, "foreign and missing look alike");
    assert_eq!((import.counts.refused, world.count("record")), (2, 0));
}

#[rstest]
#[tokio::test]
async fn spreadsheets_write_tables_in_their_own_ways(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 2).await;
    let rows = [world.row(0, "D100", "2024-05-01"), String::new(), world.row(1, "D100", "2024-13-01")];
    let file = format!("\u{feff}{}", table(&rows).replace(',', ";").replace('\n', "\r\n"));
    let import = world.import(&file, Atomicity::Row).await;
    assert_eq!(errors(&import.findings), [(4, "contact_date", "SCHEMA-FORMAT")]);
    assert_eq!((import.rows, import.counts.accepted), (2, 1));
    let returned = world.file(&import).await;
    assert!(returned.starts_with("\u{feff}patient;course;"));
    assert!(returned.contains(";_status;_errors\r\n"));
    assert!(returned.contains(";accepted;\"contact_date: "), "the explained warning is told: {returned}");
}

#[rstest]
#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_whole(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let good = table(&[world.row(0, "D100", "2024-05-01")]);
    let told = |text: &str| world.refusal(csv(text, Atomicity::All));
    let refusal = told(&good.replacen("contact_mode", "contact_mod", 1)).await;
    assert_eq!(refusal.problem, Problem::ContentInvalid);
    assert!(refusal.findings[0].message.en.starts_with("Column E"), "{:?}", refusal.findings);
    assert!(refusal.findings[0].message.en.contains("`contact_mode`"), "{:?}", refusal.findings);
    let refusal = told(&good.replacen("vital_status", "contact_mode", 1)).await;
    assert!(
        refusal.findings[0].message.en.contains("Column F has the same heading"),
        "{:?}",
        refusal.findings
    );
    let refusal = told(&good.replacen("patient,course,", "", 1)).await;
    assert_eq!(refusal.findings.len(), 2, "both are missed: {:?}", refusal.findings);
    assert_eq!(told("").await.findings[0].rule, "IMPORT-EMPTY");
    assert_eq!(told(&format!("{HEADER}\n")).await.findings[0].rule, "IMPORT-EMPTY");

    let mut latin = good.replace("Infusion", "\u{1}").into_bytes();
    let place = latin.iter().position(|byte| *byte == 1).unwrap();
    latin[place] = 0x81;
    let refusal = world.refusal(NewImport { file: latin, ..csv("", Atomicity::All) }).await;
    assert_eq!(refusal.findings[0].rule, "IMPORT-ENCODING");
    assert!(refusal.findings[0].message.en.contains(&format!("row 2, byte {}", place + 1)));
    assert_eq!(world.count("import_job"), 0);
}

#[rstest]
#[tokio::test]
async fn an_open_quotation_mark_is_told(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 2).await;
    let open = world.row(0, "D100", "2024-05-01").replace("Infusion form", "\"Infusion form");
    let import = world.dry(&table(&[open, world.row(1, "D100", "2024-05-01")]), Atomicity::Row).await;
    assert_eq!(errors(&import.findings), [(2, "", "IMPORT-CELLS")]);
    assert!(import.findings[0].finding.message.en.contains("quotation mark"));
}

#[rstest]
#[tokio::test]
async fn a_line_of_json_says_where(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let patient = world.patients[0];
    let file = format!(
        "{{\"patient\": \"{patient}\", \"course\": 1, \"content\": {{\"time_point\": 7}}}}\n\
         {{\"patient\": \"{patient}\", \"course\": 9, \"content\": {{}}}}\n\
         not json\n\
         {{\"patient\": \"{patient}\", \"course\": 1, \"extra\": 1, \"content\": []}}\n"
    );
    let act = world.keyed("lines", "");
    let new = NewImport { format: Format::Ndjson, ..csv(&file, Atomicity::Row) };
    let import = world.try_import(&act, new).await.unwrap().value;
    let found: Vec<_> = import
        .findings
        .iter()
        .map(|one| (one.row, one.finding.rule.as_str(), one.finding.pointer.as_str()))
        .collect();
    for expected in [
        (1, "SCHEMA-TYPE", "/time_point"),
        (2, "R-COURSE-02", "/course"),
        (3, "JSON-SYNTAX", ""),
        (4, "API-UNKNOWN-FIELD", ""),
        (4, "API-SHAPE", "/content"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let broken = import.findings.iter().find(|one| one.row == 3).unwrap();
    let said = &broken.finding.message.en;
    assert!(said.starts_with("Column "), "the row is told beside it: {said}");
    let returned = world.file(&import).await;
    let lines: Vec<serde_json::Value> =
        returned.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["_status"] == "refused"));
    assert_eq!(lines[0]["content"]["time_point"], 7);
    assert_eq!(lines[2].get("content"), None);
    assert!(
        statuses(
            &world
                .file(&world.dry(&table(&[world.row(0, "D100", "2024-05-01")]), Atomicity::All).await)
                .await
        )
        .iter()
        .all(|status| status == "accepted")
    );
}

/// Two stray quotation marks, each before a row's last cell: the reader takes what lies between them for one cell.
#[rstest]
#[tokio::test]
async fn a_row_is_not_swallowed_between_two_stray_marks(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 3).await;
    let stray =
        |patient| world.row(patient, "D100", "2024-05-01").replace("Infusion form", "\"Infusion form");
    let rows = [stray(0), stray(1), world.row(2, "D100", "2024-05-01")];
    let import = world.import(&table(&rows), Atomicity::Row).await;
    assert_eq!(errors(&import.findings), [(2, "", "IMPORT-CELLS")]);
    assert!(import.findings[0].finding.message.en.contains("swallow"), "{:?}", import.findings);
    assert_eq!((import.counts.accepted, world.count("record")), (1, 1), "the row after them is read");
}

#[rstest]
#[tokio::test]
async fn decimal_commas_are_read_between_semicolons(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let table = table(&[world.row(0, "D100", "2024-05-01")]).replace(',', ";");
    let measured = table.replacen(";acknowledgement", ";acknowledgement;late_toxicity.min_anc", 1).replacen(
        "follows",
        "follows;2,5",
        1,
    );
    let import = world.dry(&measured, Atomicity::Row).await;
    assert_eq!(errors(&import.findings), []);
    // A whole number has no decimals, not even a nought: `1,000` may be a thousand.
    for grade in ["0,0", "0,5"] {
        let import = world.dry(&table.replacen(";0;no;", &format!(";{grade};no;"), 1), Atomicity::Row).await;
        assert_eq!(errors(&import.findings), [(2, "late_toxicity.late_icaht_grade", "CELL-TYPE")]);
    }
}
