//! Nothing happened, or nobody knows: a list without elements and an object that is missing, in tables and workbooks.

use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, Format, Import, NewImport};
use rstest::rstest;
use serde_json::json;

use crate::book::{Sheet, number, text, workbook};
use crate::world::{World, csv, errors};

const QUIET: &str = "patient;course;assessment_date;crs.occurred;icans.occurred;interventions;icu.admitted;\
    iec_hs.occurred;cytopenias.early_icaht_grade;tls.occurred;infections_occurred;acknowledgement;\
    interventions[0].drug;interventions[0].start";

/// A patient to whom nothing has happened; `list` stands in the cell of the interventions, `first` in those of the first.
fn quiet(world: &World, patient: usize, list: &str, first: &str) -> String {
    let pseudonym = world.patients[patient];
    format!("{pseudonym};1;2024-03-12;no;no;{list};no;no;0;no;no;Infusion form follows;{first}")
}

/// A table of one such patient.
pub(crate) fn quiet_table(world: &World) -> String {
    format!("{QUIET}\n{}\n", quiet(world, 0, "#none", ";"))
}

async fn import(world: &World, form: &str, new: NewImport) -> Import {
    let act = world.keyed(&world.ground.act().request.to_string(), "");
    world.try_import(&act, NewImport { form: Some(form.to_owned()), ..new }).await.unwrap().value
}

#[rstest]
#[tokio::test]
async fn nothing_happened_is_a_row(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 5).await;
    let rows = [
        quiet(&world, 0, "#none", ";"),
        quiet(&world, 1, "inga", ";"),
        quiet(&world, 2, "#none", "dexamethasone;2024-02-15"),
        quiet(&world, 3, "", ";"),
        quiet(&world, 4, "", "dexamethasone;2024-02-15"),
    ];
    let table = csv(&format!("{QUIET}\n{}\n", rows.join("\n")), Atomicity::Row);
    let imported = import(&world, "acute_toxicity", table).await;
    let column = "interventions";
    // Why it was given is missing, too, and has no column in this table: the list's is the nearest.
    let wrong = [(3, "CELL-TYPE"), (4, "CELL-NONE"), (5, "REQUIRED"), (6, "REQUIRED")];
    assert_eq!(errors(&imported.findings), wrong.map(|(row, rule)| (row, column, rule)));
    assert_eq!((imported.counts.accepted, imported.counts.refused), (1, 4));

    // The returned file says what to write; mended there, every row is kept.
    let returned = world.file(&imported).await;
    assert!(rows.iter().all(|row| returned.contains(row)), "{returned}");
    for said in ["interventions: Only #none belongs here", "#none in the column interventions"] {
        assert!(returned.contains(said), "{returned}");
    }
    let mended = returned.replace(";inga;", ";#none;").replace("dexamethasone;2024-02-15", ";");
    let mended = csv(&mended.replace(";no;no;;no;", ";no;no;#none;no;"), Atomicity::Row);
    let again = import(&world, "acute_toxicity", mended).await;
    assert_eq!((again.counts.accepted, again.counts.already_there), (4, 1), "{:?}", again.findings);

    // It is the record that a line makes.
    let no = json!({ "occurred": "no" });
    let content = json!({
        "assessment_date": "2024-03-12", "crs": no, "icans": no, "interventions": [], "icu": { "admitted": "no" },
        "iec_hs": no, "cytopenias": { "early_icaht_grade": 0 }, "tls": no, "infections_occurred": "no",
    });
    let line = json!({ "patient": world.patients[0], "course": 1, "content": content }).to_string();
    let line = NewImport { format: Format::Ndjson, ..csv(&line, Atomicity::Row) };
    let line = import(&world, "acute_toxicity", line).await;
    assert_eq!(line.counts.already_there, 1, "{:?}", line.findings);
}

#[rstest]
#[tokio::test]
async fn nothing_happened_is_a_row_of_a_workbook(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 2).await;
    let cells = |row: &str| row.split(';').map(text).collect::<Vec<_>>();
    let mut nought = cells(&quiet(&world, 1, "", ";"));
    nought[5] = number("0");
    let sheet = Sheet::new("x", vec![cells(QUIET), cells(&quiet(&world, 0, "#none", ";")), nought]);
    let book = NewImport { format: Format::Xlsx, file: workbook(&[sheet]), ..csv("", Atomicity::Row) };
    let imported = import(&world, "acute_toxicity", book).await;
    let wrong = [(3, "interventions", "CELL-TYPE")];
    assert_eq!(errors(&imported.findings), wrong);
    assert_eq!(imported.counts.accepted, 1);

    let returned = world.file(&imported).await;
    let again = import(&world, "acute_toxicity", csv(&returned, Atomicity::Row)).await;
    assert_eq!(errors(&again.findings), wrong, "{returned}");
    assert_eq!((again.counts.already_there, again.counts.refused), (1, 1));
}

/// What is missing and has no column in the file is told under the column that the form has for it.
#[rstest]
#[tokio::test]
async fn what_has_no_column_is_told_by_the_forms_own(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let header = "patient;course;assessment_date;crs.occurred;icans.occurred;iec_hs.occurred;\
        cytopenias.early_icaht_grade;tls.occurred;infections_occurred;interventions[0].drug;interventions[0].start";
    let row = format!("{};1;2024-03-12;no;no;no;0;no;no;dexamethasone;2024-02-15", world.patients[0]);
    let table = csv(&format!("{header}\n{row}\n"), Atomicity::Row);
    let imported = import(&world, "acute_toxicity", table).await;
    assert_eq!(errors(&imported.findings), [(2, "", "REQUIRED"), (2, "", "REQUIRED")]);
    let found = imported.findings.iter().filter(|one| one.finding.is_error());
    let found: Vec<_> = found.map(|one| (one.column.as_deref(), one.finding.pointer.as_str())).collect();
    assert_eq!(found, [(None, "/interventions/0/indication"), (None, "/icu")]);

    let returned = world.file(&imported).await;
    let told = "interventions[0].indication: Indication is missing; give a value or a reason under missing (in CSV as \
        #unknown in the cell). [REQUIRED] | icu.admitted: Intensive care is missing; give a value. [REQUIRED]\"";
    assert!(returned.contains(&format!("{row};refused;\"")) && returned.contains(told), "{returned}");
}

#[rstest]
#[tokio::test]
async fn why_a_whole_questionnaire_is_missing_is_a_cell(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 5).await;
    let header = "patient;course;instrument;time_point;completed_date;instrument_version;language;mode;eq5d5l;\
        eq5d5l.mobility";
    let row = |(patient, cells): (usize, &str)| {
        let (pseudonym, why) = (world.patients[patient], "#not_applicable");
        format!("{pseudonym};1;eq5d5l;BASELINE;2024-01-10;{why};{why};{why};{cells}")
    };
    let cells = ["#not_applicable;", "nej;", "#no_time;", ";", "#not_applicable;2"];
    let rows: Vec<String> = cells.into_iter().enumerate().map(row).collect();
    let table = format!("{header}\n{}\n", rows.join("\n"));
    let imported = import(&world, "prom", csv(&table, Atomicity::Row)).await;
    let found = errors(&imported.findings);
    for (number, rule) in [(3, "CELL-TYPE"), (4, "SCHEMA-ENUM"), (5, "REQUIRED"), (6, "SCHEMA-MISSING")] {
        assert!(found.contains(&(number, "eq5d5l", rule)), "{number} {rule}: {found:?}");
    }
    assert_eq!((imported.counts.accepted, imported.counts.refused), (1, 4), "{found:?}");
    let mended = world.file(&imported).await.replace(";nej;", ";#not_done;");
    let again = import(&world, "prom", csv(&mended, Atomicity::Row)).await;
    assert_eq!((again.counts.already_there, again.counts.accepted), (1, 1), "{:?}", again.findings);
}
