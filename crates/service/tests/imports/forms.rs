//! Several forms in one job: each row says which form it fills in.

use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, Format, Import, NewImport};
use cartotek_service::{Act, ServiceError};
use rstest::rstest;
use serde_json::json;

use crate::world::{World, csv, errors};

const HEADER: &str = "form,patient,course,infusion_no,infusion_date,batch_id,setting,route,entire_volume_infused,\
    dose_car_total_e6,infusion_reaction,time_point,contact_date,contact_mode,vital_status,disease_status,\
    relapse_progression,subsequent_therapy,second_malignancy,late_toxicity.late_icaht_grade,infections_occurred,\
    acknowledgement";

fn infusion(world: &World, patient: usize, day: &str) -> String {
    let pseudonym = world.patients[patient];
    format!("infusion,{pseudonym},1,1,{day},B-1,inpatient,iv,yes,150,no,,,,,,,,,,,The product form follows")
}

fn follow_up(world: &World, patient: usize, day: &str) -> String {
    let row = world.row(patient, "D100", day);
    let (who, rest) = row.split_once(",1,").unwrap();
    format!("follow_up,{who},1,,,,,,,,,{rest}")
}

async fn import(world: &World, rows: &[String], dry_run: bool) -> Import {
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    let act = Act { dry_run, ..world.keyed(&world.ground.act().request.to_string(), &text) };
    let new = NewImport { form: None, ..csv(&text, Atomicity::Row) };
    world.try_import(&act, new).await.unwrap().value
}

/// A follow-up looks at the infusion in the row above it, which is of another form.
#[rstest]
#[tokio::test]
async fn rows_of_one_form_see_those_of_another(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 2).await;
    let rows = [
        infusion(&world, 0, "2024-01-22"),
        follow_up(&world, 0, "2024-05-01"),
        infusion(&world, 1, "2024-01-22"),
        follow_up(&world, 1, "2024-01-01"),
    ];
    let dry = import(&world, &rows, true).await;
    let real = import(&world, &rows, false).await;
    assert_eq!(real.findings, dry.findings);
    let refused: Vec<_> = errors(&real.findings).into_iter().map(|(row, column, _)| (row, column)).collect();
    assert!(refused.contains(&(5, "contact_date")), "before the infusion: {refused:?}");
    assert!(refused.iter().all(|(row, _)| *row == 5), "{refused:?}");
    assert_eq!((real.form.as_deref(), real.counts.accepted), (None, 3));
    assert!(real.findings.iter().all(|one| one.form.is_some()));
    let again = import(&world, &rows[..3], false).await;
    assert_eq!((again.counts.accepted, again.counts.already_there), (0, 3));
}

#[rstest]
#[tokio::test]
async fn an_infusion_before_its_course_was_opened_is_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 2).await;
    world.ground.database.execute("UPDATE course SET opened_on = '2024-01-22'");
    let rows = [infusion(&world, 0, "2024-01-21"), infusion(&world, 1, "2024-01-22")];
    for dry_run in [true, false] {
        let imported = import(&world, &rows, dry_run).await;
        assert_eq!(errors(&imported.findings), [(2, "infusion_date", "R-DATE-01")]);
        assert_eq!((imported.counts.accepted, imported.counts.refused), (1, 1));
    }
}

#[rstest]
#[tokio::test]
async fn a_row_without_its_form_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let good = infusion(&world, 0, "2024-01-22");
    let rows = [
        good.replacen("infusion", "", 1),
        good.replacen("infusion", "infusions", 1),
        good.replacen("infusion", "121212-1212", 1),
        good.replacen(",no,,,", ",no,D100,,", 1),
        good.replacen(",no,,,", ",no,121212-1212,,", 1),
        good.clone(),
    ];
    let imported = import(&world, &rows, false).await;
    let expected = [
        (2, "form", "IMPORT-FORM"),
        (3, "form", "IMPORT-FORM"),
        (4, "form", "R-ID-01"),
        (5, "time_point", "CELL-COLUMN"),
        (6, "time_point", "R-ID-01"),
    ];
    assert_eq!(errors(&imported.findings), expected);
    assert!(imported.findings[0].finding.message.en.contains("follow_up, infusion"), "{imported:?}");
    assert_eq!(imported.counts.accepted, 1);
    assert!(!world.file(&imported).await.contains("121212-1212"));

    let without = csv("patient,course\n", Atomicity::Row);
    let refusal = world.refusal(NewImport { form: None, ..without.clone() }).await;
    assert!(refusal.findings[0].message.en.contains("no column form"), "{refusal:?}");
    let versioned = NewImport { form: None, form_version: Some(1), ..without };
    let act = world.keyed("v", "");
    assert!(matches!(world.try_import(&act, versioned).await, Err(ServiceError::Refused(_))));
}

#[rstest]
#[tokio::test]
async fn a_line_names_its_form(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let patient = world.patients[0];
    let content = json!({"birth_year_month": "1961-04", "sex": "male", "legal_basis": "quality_register"});
    let line = |form: &str| json!({"patient": patient, "form": form, "content": content}).to_string();
    let nameless = json!({"patient": patient, "content": {"comment": "121212-1212"}}).to_string();
    let lines = [line("patient_registration"), line("registration"), nameless];
    let text = lines.join("\n");
    let new = |form: Option<&str>| NewImport {
        form: form.map(str::to_owned),
        format: Format::Ndjson,
        ..csv(&text, Atomicity::Row)
    };
    let imported = world.try_import(&world.keyed("k", &text), new(None)).await.unwrap().value;
    let rules: Vec<_> = errors(&imported.findings).into_iter().map(|(row, _, rule)| (row, rule)).collect();
    assert_eq!(rules, [(2, "IMPORT-FORM"), (3, "IMPORT-FORM"), (3, "R-ID-01")]);
    assert!(!world.file(&imported).await.contains("121212-1212"));
    // A row of another form than the request names is refused, not taken for it.
    let imported = world.try_import(&world.keyed("l", &text), new(Some("infusion"))).await.unwrap().value;
    assert_eq!(errors(&imported.findings)[0], (1, "form", "IMPORT-FORM"));
    assert_eq!(imported.counts.refused, 3);
}
