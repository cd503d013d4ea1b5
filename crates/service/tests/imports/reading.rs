//! Tables as spreadsheets write them: read for what they say, or refused with the cell named.

use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, Import, NewImport};
use rstest::rstest;

use crate::world::{World, csv, errors, table};

const REGISTRATION: [&str; 6] =
    ["patient", "birth_year_month", "sex", "legal_basis", "ebmt_uic", "region_of_residence"];

/// Imports registrations, whose cells are given one by one.
async fn register(world: &World, separator: &str, rows: &[[&str; 5]]) -> Import {
    let mut lines = vec![REGISTRATION.join(separator)];
    for (patient, cells) in world.patients.iter().zip(rows) {
        lines.push(format!("{patient}{separator}{}", cells.join(separator)));
    }
    let text = lines.join("\n");
    let new = NewImport { form: Some("patient_registration".to_owned()), ..csv(&text, Atomicity::Row) };
    let act = world.keyed(&world.ground.act().request.to_string(), &text);
    world.try_import(&act, new).await.unwrap().value
}

#[rstest]
#[tokio::test]
async fn a_table_means_the_same_between_any_separators(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(",", ";", "\t")] separator: &str,
) {
    let world = World::start(engine, 1).await;
    let cells = ["1961-04", "female", "quality_register", "0012", "03"];
    let import = register(&world, separator, &[cells]).await;
    assert_eq!((import.counts.accepted, errors(&import.findings)), (1, vec![]));
    let content = world.ground.database.dump()["revision"][0].replace('"', "");
    assert!(content.contains("ebmt_uic:0012"), "leading zeros stay: {content}");
    let returned = world.file(&import).await;
    let tail = format!("0012{separator}03{separator}accepted{separator}");
    assert!(returned.contains(&tail), "{returned}");
}

#[rstest]
#[tokio::test]
async fn windows_1252_is_read_and_comes_back_as_utf_8(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let text =
        table(&[world.row(0, "D100", "2024-05-01")]).replace("Infusion form follows", "Följer på måndag – å");
    let windows: Vec<u8> =
        text.chars().map(|c| if c == '–' { 0x96 } else { u8::try_from(u32::from(c)).unwrap() }).collect();
    let new = NewImport { file: windows, ..csv("", Atomicity::Row) };
    let import = world.try_import(&world.keyed("k", &text), new).await.unwrap().value;
    assert_eq!(import.counts.accepted, 1, "{:?}", import.findings);
    assert!(world.ground.database.dump()["revision"][0].contains("Följer på måndag – å"));
    let returned = world.file(&import).await;
    assert!(returned.starts_with("\u{feff}patient,"), "{returned}");
    assert!(returned.contains(",Följer på måndag – å,accepted,"), "{returned}");
    let again = world.import(&returned, Atomicity::Row).await;
    assert_eq!(again.counts.already_there, 1);
}

#[rstest]
#[tokio::test]
async fn a_file_that_may_be_read_in_two_ways_is_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let good = table(&[world.row(0, "D100", "2024-05-01")]);
    let told = async |file: Vec<u8>| {
        let refusal = world.refusal(NewImport { file, ..csv("", Atomicity::All) }).await;
        refusal.findings[0].clone()
    };
    let two = told(good.replacen("patient,", "patient;", 1).into_bytes()).await;
    assert_eq!(two.rule, "IMPORT-SEPARATOR");
    assert!(two.message.en.contains("use one of them"), "{two:?}");
    // Half of it was put together from a file in UTF-8.
    let mut mixed = good.replace("Infusion", "å").into_bytes();
    mixed.extend_from_slice(b"\n\xE5");
    let mixed = told(mixed).await;
    assert_eq!(mixed.rule, "IMPORT-ENCODING");
    assert!(mixed.message.en.contains("row 4, byte"), "{mixed:?}");
    assert_eq!(world.count("import_job"), 0);
}

/// `1,234` is a number or a thousand: in a file that writes both ways nobody can tell.
#[rstest]
#[tokio::test]
async fn numbers_with_both_marks_are_named_and_not_guessed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 3).await;
    let header = "patient;course;infusion_no;dose_car_total_e6;post_thaw_viability_pct";
    let row =
        |patient: usize, dose: &str, weight: &str| format!("{};1;1;{dose};{weight}", world.patients[patient]);
    let dry = async |rows: [String; 3]| {
        let text = format!("{header}\n{}\n", rows.join("\n"));
        let new = NewImport { form: Some("infusion".to_owned()), ..csv(&text, Atomicity::Row) };
        let act = cartotek_service::Act { dry_run: true, ..world.keyed("dry", &text) };
        let import = world.try_import(&act, new).await.unwrap().value;
        let cells = import.findings.into_iter().filter(|one| one.finding.rule == "CELL-TYPE");
        cells.map(|one| (one.row, one.column.unwrap_or_default(), one.finding.message.en)).collect::<Vec<_>>()
    };
    let comma = dry([row(0, "1,234", "71,5"), row(1, "150", "80"), row(2, "12,5", "x")]).await;
    let [(4, column, said)] = &comma[..] else { panic!("{comma:?}") };
    assert!(column == "post_thaw_viability_pct" && said.contains("12,5"), "{said}");
    let point = dry([row(0, "1.234", "71.5"), row(1, "150", "80"), row(2, "12.5", "80")]).await;
    assert_eq!(point, []);
    let mixed = dry([row(0, "1,234", "71"), row(1, "150", "80.5"), row(2, "150", "ca 80,5")]).await;
    let named: Vec<_> = mixed.iter().map(|(row, column, _)| (*row, column.as_str())).collect();
    assert_eq!(named, [(2, "dose_car_total_e6"), (4, "post_thaw_viability_pct")], "80.5 has one meaning");
    assert!(mixed[0].2.contains("1,234 may mean two things"), "{mixed:?}");
    let thousands = dry([row(0, "1,000", "71"), row(1, "150,000", "80"), row(2, "150", "80")]).await;
    let named: Vec<_> = thousands.iter().map(|(row, column, _)| (*row, column.as_str())).collect();
    assert_eq!(named, [(2, "dose_car_total_e6"), (3, "dose_car_total_e6")]);
    let decimals = dry([row(0, "1,000", "71"), row(1, "150,0000", "80"), row(2, "150", "80")]).await;
    assert_eq!(decimals, [], "four decimals tell what the comma is");
}

#[rstest]
#[tokio::test]
async fn what_a_spreadsheet_has_spoilt_is_named_with_its_cure(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 5).await;
    let with = |month: &'static str, uic: &'static str| [month, "male", "quality_register", uic, "03"];
    let rows = [
        with("1961-04", "1,23E+12"),
        with("1961-04", "48E12"),
        with("22372", "0012"),
        with("1961-04", "#N/A"),
        with("#VÄRDEFEL!", "0012"),
    ];
    let import = register(&world, ";", &rows).await;
    let expected = [
        (2, "ebmt_uic", "CELL-TYPE"),
        (4, "birth_year_month", "CELL-TYPE"),
        (5, "ebmt_uic", "CELL-TYPE"),
        (6, "birth_year_month", "CELL-TYPE"),
    ];
    assert_eq!(errors(&import.findings), expected);
    let said = &import.findings[0].finding.message;
    assert!(said.en.contains("Format the column as Text in Excel"), "{said:?}");
    assert!(said.sv.contains("Formatera kolumnen som Text i Excel"), "{said:?}");
    assert_eq!((import.counts.accepted, world.count("record")), (1, 1));
}
