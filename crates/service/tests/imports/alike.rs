//! One door: a row is judged as a single record is.

use cartotek_domain::finding::{Finding, any_error};
use cartotek_domain::time::swedish_day;
use cartotek_forms::{CheckTime, Example, Form};
use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, Format, ImportState, NewImport};
use cartotek_service::record::NewRecord;
use cartotek_service::{Act, ServiceError};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use crate::sheet::table_of;
use crate::world::{World, csv, errors, table};

/// Every example of every form, as a record, as a line and as a row, among the milestones it names: all get the same
/// findings, byte for byte, and those it names. Rules about milestones wait until the content is sound by itself. Only an
/// invalid one may be what no table can say, such as a value beside the reason why it is missing.
#[rstest]
#[tokio::test]
async fn a_row_is_judged_as_a_single_record(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1000).await;
    world.ground.clock.advance(TimeDelta::days(263));
    let published = world.ground.service.forms().unwrap();
    let (mut judged, mut tables) = (0, 0);
    for form in published.forms.latest() {
        let about_course = form.subject() == cartotek_service::forms::Subject::Course;
        for example in form.examples() {
            let (name, content) = (format!("{} {}", form.code(), example.name), &example.content);
            world.seed(judged, &example.milestones).await;
            let single = single(&world, judged, form.code(), content.clone(), about_course).await;
            if example.first_submitted.is_none() && example.today == swedish_day(world.ground.service.now()) {
                expect(form, example, &single);
            }
            let (patient, course) = (world.patients[judged], about_course.then_some(1));
            let line = json!({ "patient": patient, "course": course, "content": content });
            let row = imported(&world, form, Format::Ndjson, &format!("{line}\n")).await;
            assert_eq!(bytes_of(&row), bytes_of(&single), "{name}: {row:?} {single:?}");
            if let Some(table) = table_of(form, content, &patient.to_string(), course) {
                let row = imported(&world, form, Format::Csv, &table).await;
                assert_eq!(bytes_of(&row), bytes_of(&single), "{name}: {row:?} {single:?}");
                tables += 1;
            } else {
                assert!(!example.valid, "{name} fits no table");
            }
            judged += 1;
        }
    }
    assert!(judged > 100 && tables * 20 > judged * 19, "{tables} of {judged} examples as tables");
}

/// What the dry run of an import of one row finds.
async fn imported(world: &World, form: &Form, format: Format, text: &str) -> Vec<Finding> {
    let new = NewImport { form: Some(form.code().to_owned()), format, ..csv(text, Atomicity::Row) };
    let act = Act { dry_run: true, ..world.keyed("dry", "") };
    let import = world.try_import(&act, new).await.unwrap().value;
    import.findings.into_iter().map(|one| one.finding).collect()
}

fn bytes_of(findings: &[Finding]) -> Vec<u8> {
    serde_json::to_vec(findings).unwrap()
}

fn expect(form: &Form, example: &Example, found: &[Finding]) {
    let checked =
        form.check_content(&example.content, &CheckTime { today: example.today, first_submitted: None });
    let sound = !any_error(&checked.findings) && checked.unanswered.is_empty();
    for named in &example.findings {
        let fits = |one: &&Finding| {
            one.rule == named.rule && one.severity == named.severity && one.pointer == named.pointer
        };
        let local =
            checked.findings.iter().any(|one| fits(&one)) || checked.unanswered.contains(&named.pointer);
        if sound || local {
            assert!(
                found.iter().any(|one| fits(&one)),
                "{} {}: {named:?} in {found:?}",
                form.code(),
                example.name
            );
        }
    }
}

async fn single(
    world: &World,
    patient: usize,
    form: &str,
    content: serde_json::Value,
    about_course: bool,
) -> Vec<Finding> {
    let new = NewRecord {
        patient: world.patients[patient],
        course: about_course.then_some(world.courses[patient]),
        form: form.to_owned(),
        form_version: None,
        content,
        submission: Some(Vec::new()),
    };
    let granted = world.ground.data_manager("KAR");
    match world.ground.service.create_record(&granted, &world.ground.dry(), new).await {
        Ok(done) => done.value.findings,
        Err(ServiceError::Refused(refusal)) => refusal.findings,
        Err(other) => panic!("{other}"),
    }
}

#[rstest]
#[tokio::test]
async fn rows_of_a_patient_see_the_rows_before(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(Atomicity::All, Atomicity::Row)] atomicity: Atomicity,
) {
    let world = World::start(engine, 2).await;
    let rows = [
        world.row(0, "D100", "2024-05-01"),
        world.row(1, "D100", "2024-05-01"),
        world.row(0, "M6", "2024-08-01"),
        world.row(1, "M6", "2024-05-01"),
    ];
    let dry = world.dry(&table(&rows), atomicity).await;
    let real = world.import(&table(&rows), atomicity).await;
    let expected = [(5, "contact_date", "R-FU-02A"), (5, "contact_date", "R-FU-02B")];
    assert_eq!(errors(&real.findings), expected);
    assert_eq!(real.findings, dry.findings);
    let expected = if atomicity == Atomicity::All { ImportState::Refused } else { ImportState::Done };
    assert_eq!(real.state, expected);
}
