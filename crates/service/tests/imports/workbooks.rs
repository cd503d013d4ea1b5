//! Workbooks of Excel: typed cells read for what they are, or refused with the cell named.

use std::collections::BTreeSet;

use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, Format, Import, NewImport};
use rstest::rstest;

use crate::book::{Cell, Sheet, number, text, workbook};
use crate::world::{HEADER, World, csv, errors};

fn new(sheets: &[Sheet], form: Option<&str>) -> NewImport {
    NewImport {
        form: form.map(str::to_owned),
        format: Format::Xlsx,
        file: workbook(sheets),
        ..csv("", Atomicity::Row)
    }
}

async fn import(world: &World, sheets: &[Sheet], form: Option<&str>) -> Import {
    let act = world.keyed(&world.ground.act().request.to_string(), "");
    world.try_import(&act, new(sheets, form)).await.unwrap().value
}

/// A follow-up as cells; the day is 2024-05-01.
fn follow_up(world: &World, patient: usize) -> Vec<Cell> {
    let mut cells: Vec<Cell> = world.row(patient, "D100", "").split(',').map(text).collect();
    cells[1] = number("1");
    cells[3] = Cell::Date("45413");
    cells[10] = number("0");
    cells
}

fn header() -> Vec<Cell> {
    HEADER.split(',').map(text).collect()
}

#[rstest]
#[tokio::test]
async fn a_workbook_means_what_a_table_means(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 2).await;
    let mut sheet = Sheet::new("Blad1", vec![header(), follow_up(&world, 0), follow_up(&world, 1)]);
    // A title above and a blank row between: rows are numbered as Excel shows them.
    for (number, row) in sheet.rows.iter_mut().zip([3, 4, 9]) {
        number.0 = row;
        assert!(!number.1.is_empty());
    }
    sheet.rows[2].1[3] = Cell::Date("51502");
    let hidden = Sheet { hidden: true, ..Sheet::new("Listor", vec![vec![text("D100")]]) };
    let imported = import(&world, &[hidden, sheet], Some("follow_up")).await;
    assert_eq!((imported.rows, imported.counts.accepted, imported.counts.refused), (2, 1, 1));
    assert_eq!(errors(&imported.findings), [(9, "contact_date", "R-DATE-02A")]);
    assert_eq!(unread(&imported), Some("1"), "the hidden sheet");

    let returned = world.file(&imported).await;
    assert!(returned.starts_with("\u{feff}patient;course;time_point;"), "{returned}");
    assert!(returned.contains(";1;D100;2024-05-01;visit;"), "{returned}");
    assert!(returned.contains(";_status;_errors\r\n"), "{returned}");
    let again = world.import(&returned, Atomicity::Row).await;
    assert_eq!((again.counts.already_there, again.counts.refused), (1, 1), "{:?}", again.findings);
    let same = world.import(&returned.replace("2041-01-01", "2024-06-01"), Atomicity::Row).await;
    assert_eq!((same.counts.already_there, same.counts.accepted), (1, 1), "{:?}", same.findings);
}

/// How many sheets the notice at the first row says were not read.
fn unread(imported: &Import) -> Option<&str> {
    let notice = imported.findings.iter().find(|one| one.finding.rule == "IMPORT-SHEET")?;
    assert_eq!((notice.row, imported.counts.notices > 0), (1, true), "{notice:?}");
    notice.finding.message.en.strip_prefix("Sheets with rows that were not read: ")?.split('.').next()
}

/// A sheet that is left out is never left out in silence.
#[rstest]
#[tokio::test]
async fn sheets_that_are_not_read_are_counted(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 3).await;
    let sheet = |name: &str, patient| Sheet::new(name, vec![header(), follow_up(&world, patient)]);
    let blank = Sheet { hidden: true, ..Sheet::new("Tomt", vec![]) };
    let alone = import(&world, &[sheet("a", 0), blank.clone()], Some("follow_up")).await;
    assert_eq!((alone.counts.accepted, unread(&alone)), (1, None));
    let hidden = Sheet { hidden: true, ..sheet("event", 2) };
    let sheets = [sheet("b", 0), sheet("follow_up", 1), blank, hidden];
    let imported = import(&world, &sheets, Some("follow_up")).await;
    assert_eq!((imported.rows, imported.counts.accepted, unread(&imported)), (1, 1, Some("2")));
    let named = import(&world, &[sheets[1].clone(), sheets[3].clone()], None).await;
    assert_eq!((named.counts.already_there, unread(&named)), (1, Some("1")));
}

/// What Excel has made of what was typed is never guessed back.
#[rstest]
#[tokio::test]
async fn cells_of_another_kind_are_named_with_their_cure(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 8).await;
    let columns = ["patient", "birth_year_month", "sex", "legal_basis", "ebmt_uic", "region_of_residence"];
    let row = |patient: usize, month: Cell, uic: Cell, region: Cell| {
        let who = text(world.patients[patient].to_string());
        vec![who, month, text("male"), text("quality_register"), uic, region]
    };
    let month = || text("1961-04");
    let rows = vec![
        columns.map(text).to_vec(),
        row(0, month(), text("0012"), text("03")),
        row(1, month(), number("12"), text("03")),
        row(2, month(), Cell::Date("45413"), number("14")),
        row(3, Cell::Date("22372"), text("a"), number("3")),
        row(4, Cell::Error, text("a"), text("03")),
        row(5, month(), Cell::Formula, text("03")),
        row(6, month(), Cell::Truth(true), Cell::Empty),
        row(7, number("22372"), Cell::Empty, number("14")),
    ];
    let imported = import(&world, &[Sheet::new("x", rows)], Some("patient_registration")).await;
    let expected = [
        (3, "ebmt_uic", "CELL-TYPE"),
        (4, "ebmt_uic", "CELL-TYPE"),
        (5, "birth_year_month", "CELL-TYPE"),
        (5, "region_of_residence", "CODE-UNKNOWN"),
        (6, "birth_year_month", "CELL-TYPE"),
        (7, "ebmt_uic", "CELL-TYPE"),
        (8, "ebmt_uic", "CELL-TYPE"),
        (9, "birth_year_month", "CELL-TYPE"),
    ];
    assert_eq!(errors(&imported.findings), expected);
    let said = |place: usize| imported.findings[place].finding.message.en.clone();
    assert!(said(0).contains("0012 to 12"), "{}", said(0));
    assert!(said(2).contains("first day of a month"), "{}", said(2));
    assert_eq!(imported.counts.accepted, 1);
    // Sent as it came back, the table is not taken for what it seems to say either.
    let returned = world.file(&imported).await;
    let form = Some("patient_registration".to_owned());
    let again = NewImport { form, ..csv(&returned, Atomicity::Row) };
    let again = world.try_import(&world.keyed("again", ""), again).await.unwrap().value;
    assert_eq!(errors(&again.findings), expected, "{returned}");
    assert_eq!((again.counts.already_there, again.counts.refused), (1, 7));
}

/// `84 %` is kept as 0.84.
#[rstest]
#[tokio::test]
async fn what_is_shown_as_per_cent_is_named(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 2).await;
    let columns = ["patient", "course", "infusion_no", "infusion_date", "post_thaw_viability_pct"];
    let row = |patient: usize, viability: Cell| {
        let who = text(world.patients[patient].to_string());
        vec![who, number("1"), number("1"), Cell::Date("45413"), viability]
    };
    let rows = vec![columns.map(text).to_vec(), row(0, Cell::PerCent("0.84")), row(1, number("84"))];
    let imported = import(&world, &[Sheet::new("x", rows)], Some("infusion")).await;
    let named: Vec<_> = imported
        .findings
        .iter()
        .filter(|one| one.column.as_deref() == Some("post_thaw_viability_pct"))
        .collect();
    let [one] = &named[..] else { panic!("{named:?}") };
    assert_eq!((one.row, one.finding.rule.as_str()), (2, "CELL-TYPE"));
    assert!(one.finding.message.en.contains("84 % is kept as 0.84"), "{one:?}");
    let returned = world.file(&imported).await;
    assert!(returned.contains(";#? 0,84;refused;"), "{returned}");
}

#[rstest]
#[tokio::test]
async fn every_form_has_its_sheet(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 2).await;
    let registrations = |month: &str| {
        let row = [&world.patients[0].to_string(), month, "male", "quality_register"].map(text).to_vec();
        let head = ["patient", "birth_year_month", "sex", "legal_basis"].map(text).to_vec();
        Sheet::new("patient_registration", vec![head, row])
    };
    let follow_ups = || Sheet::new("follow_up", vec![header(), follow_up(&world, 0), follow_up(&world, 1)]);
    let imported = import(&world, &[registrations("1961-04"), follow_ups()], None).await;
    assert_eq!((imported.rows, imported.counts.accepted), (3, 3), "{:?}", imported.findings);
    assert_eq!(imported.form, None);
    let returned = world.file(&imported).await;
    let head = returned.lines().next().unwrap();
    assert!(
        head.starts_with("\u{feff}form;patient;birth_year_month;sex;legal_basis;course;time_point;"),
        "{head}"
    );
    let new = NewImport { form: None, ..csv(&returned, Atomicity::Row) };
    let again = world.try_import(&world.keyed("again", ""), new).await.unwrap().value;
    assert_eq!(again.counts.already_there, 3, "{:?}", again.findings);

    // The sheet of a finding is the form of its row.
    let imported = import(&world, &[registrations("1961-13"), follow_ups()], None).await;
    let found: BTreeSet<_> = imported
        .findings
        .iter()
        .filter(|one| one.finding.is_error())
        .map(|one| (one.form.as_deref(), one.row))
        .collect();
    assert_eq!(found, [(Some("patient_registration"), 2)].into());
}

#[rstest]
#[tokio::test]
async fn sheets_that_nobody_can_tell_apart_are_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let sheet = |name: &str| Sheet::new(name, vec![header(), follow_up(&world, 0)]);
    let told = async |sheets: &[Sheet], form: Option<&str>| {
        let finding = world.refusal(new(sheets, form)).await.findings.remove(0);
        (finding.rule, finding.message.en)
    };
    let (rule, said) = told(&[sheet("a"), sheet("b")], Some("follow_up")).await;
    assert!(rule == "IMPORT-SHEET" && said.contains("name the one to be imported follow_up"), "{said}");
    let (rule, said) = told(&[sheet("follow_up"), sheet("b")], None).await;
    assert!(rule == "IMPORT-SHEET" && said.contains("infusion"), "{said}");
    assert_eq!(told(&[Sheet::new("follow_up", vec![])], None).await.0, "IMPORT-EMPTY");
    let mut wrong = sheet("follow_up");
    wrong.rows[0].1[4] = text("contact_mod");
    let (rule, said) = told(&[wrong, Sheet::new("event", vec![header()])], None).await;
    assert!(rule == "IMPORT-COLUMN" && said.starts_with("Sheet follow_up: Column E"), "{said}");
    for file in [b"no workbook".to_vec(), workbook(&[sheet("a")])[..200].to_vec(), Vec::new()] {
        let new = NewImport { format: Format::Xlsx, file, ..csv("", Atomicity::Row) };
        assert_eq!(world.refusal(new).await.findings[0].rule, "IMPORT-WORKBOOK");
    }
    assert_eq!(world.count("import_job"), 0);
}

/// A text that looks like a formula is inert in the workbook: it must not wake up in the table that comes back.
#[rstest]
#[tokio::test]
async fn a_text_like_a_formula_comes_back_as_a_text(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let texts = ["=1+1", "＝1+1", "-1 day", "@a", "'=1+1"];
    let world = World::start(engine, texts.len()).await;
    let columns = ["patient", "birth_year_month", "sex", "legal_basis", "ebmt_uic"];
    let row = |(patient, uic): (usize, &str)| {
        let who = world.patients[patient].to_string();
        [who.as_str(), "1961-04", "male", "quality_register", uic].map(text).to_vec()
    };
    let rows = [columns.map(text).to_vec()].into_iter().chain(texts.into_iter().enumerate().map(row));
    let imported = import(&world, &[Sheet::new("x", rows.collect())], Some("patient_registration")).await;
    assert_eq!(imported.counts.accepted, 5, "{:?}", imported.findings);
    let returned = world.file(&imported).await;
    for text in texts {
        assert!(returned.contains(&format!(";'{text};accepted;")), "{text}: {returned}");
    }
    let form = Some("patient_registration".to_owned());
    let again = NewImport { form, ..csv(&returned, Atomicity::Row) };
    let again = world.try_import(&world.keyed("again", ""), again).await.unwrap().value;
    assert_eq!(again.counts.already_there, 5, "{:?}", again.findings);
}

/// A direct identifier that Excel holds as a number is one all the same.
#[rstest]
#[tokio::test]
async fn a_number_is_screened_as_a_text_is(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let mut rows = vec![header()];
    for place in [0, 1, 3, 10] {
        let mut row = follow_up(&world, 0);
        row[place] = number("191212121212");
        rows.push(row);
    }
    let imported = import(&world, &[Sheet::new("follow_up", rows)], Some("follow_up")).await;
    assert_eq!((imported.counts.accepted, imported.counts.refused), (0, 4));
    let dump = format!("{:?}", world.ground.database.dump());
    let hexadecimal = "191212121212".bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let returned = world.file(&imported).await;
    for shown in [dump.to_lowercase(), returned, format!("{imported:?}")] {
        assert!(!shown.contains("191212121212") && !shown.contains(&hexadecimal), "{shown}");
    }
}
