//! A site's own headings and codes, saved once and read by name.

use cartotek_domain::audit::AuditEvent;
use cartotek_domain::import_mapping::{ImportMapping, MappedCode, MappedColumn};
use cartotek_domain::problem::Problem;
use cartotek_persistence::{Engine, Page, ReadSession, StoreError};
use cartotek_service::import::{Atomicity, Format, NewImport};
use cartotek_service::{Done, Refusal, ServiceError};
use rstest::rstest;

use crate::none::quiet_table;
use crate::world::{World, csv, errors};

pub(crate) fn column(heading: &str, to: &str, codes: &[(&str, &str)]) -> MappedColumn {
    let code =
        |(cell, code): &(&str, &str)| MappedCode { cell: (*cell).to_owned(), code: (*code).to_owned() };
    MappedColumn { heading: heading.to_owned(), to: to.to_owned(), codes: codes.iter().map(code).collect() }
}

pub(crate) async fn save(
    world: &World,
    site: &str,
    form: &str,
    expected: Option<i64>,
    columns: Vec<MappedColumn>,
) -> Result<Done<ImportMapping>, ServiceError> {
    let names = (site.parse().unwrap(), form.to_owned(), "lab".parse().unwrap());
    let granted = world.ground.data_manager("KAR");
    world.ground.service.save_mapping(&granted, &world.ground.act(), names, expected, columns).await
}

fn refused<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> Refusal {
    match answer {
        Err(ServiceError::Refused(refusal)) => *refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn registration() -> Vec<MappedColumn> {
    vec![
        column("Pseudonym", "patient", &[]),
        column("Född (år, månad)", "/birth_year_month", &[("okänt", "#unknown")]),
        column("Kön", "/sex", &[("M", "male"), ("K", "female")]),
        column("Grund", "/legal_basis", &[("KVAL", "quality_register")]),
    ]
}

#[rstest]
#[tokio::test]
async fn own_headings_and_codes_are_read_by_name(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 3).await;
    save(&world, "KAR", "patient_registration", None, registration()).await.unwrap();
    let [one, two, three] = [0, 1, 2].map(|patient| world.patients[patient]);
    // A heading of the form's own needs no mapping, nor does a code.
    let file = format!(
        "Pseudonym;\"Född (år, månad)\";Kön;Grund;region_of_residence\n\
         {one};1961-04;K;KVAL;03\n{two};1961-04;female;KVAL;\n{three};1961-04;X;KVAL;03\n"
    );
    let new = |file: &str| NewImport {
        form: Some("patient_registration".to_owned()),
        mapping: Some("lab".parse().unwrap()),
        ..csv(file, Atomicity::Row)
    };
    let import = world.try_import(&world.keyed("k", &file), new(&file)).await.unwrap().value;
    assert_eq!(errors(&import.findings), [(4, "Kön", "CODE-UNKNOWN")]);
    assert_eq!((import.counts.accepted, import.mapping.as_deref()), (2, Some("lab")));
    let returned = world.file(&import).await;
    assert!(returned.contains(&format!("{one};1961-04;K;KVAL;03;accepted;")), "{returned}");
    let mended = returned.replace(";X;", ";M;");
    let again = world.try_import(&world.keyed("l", &mended), new(&mended)).await.unwrap().value;
    assert_eq!((again.counts.already_there, again.counts.accepted), (2, 1), "{:?}", again.findings);

    // Two columns that mean the same are one too many.
    let doubled = file.replacen("region_of_residence", "sex", 1);
    let refusal = world.refusal(new(&doubled)).await;
    assert!(refusal.findings[0].message.en.contains("Column E means the same"), "{refusal:?}");
}

#[rstest]
#[tokio::test]
async fn an_import_names_the_version_it_was_read_by(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let first = save(&world, "KAR", "patient_registration", None, registration()).await.unwrap();
    assert!(first.receipt.is_some());
    let file = format!("Pseudonym;sex\n{};K\n", world.patients[0]);
    let new = NewImport {
        form: Some("patient_registration".to_owned()),
        mapping: Some("lab".parse().unwrap()),
        ..csv(&file, Atomicity::Row)
    };
    world.try_import(&world.keyed("k", &file), new).await.unwrap();
    let look = |session: &mut dyn ReadSession| session.events(&Page::first(500));
    let events = world.ground.database.store.read::<_, StoreError>("look", look).await.unwrap().items;
    let last = AuditEvent::from_canonical(&events.last().unwrap().canonical).unwrap();
    let named: Vec<_> = last.subjects.iter().map(|one| (one.table.as_str(), one.row.clone())).collect();
    assert_eq!(named, [("import_mapping", first.value.id.to_string())]);
}

#[rstest]
#[tokio::test]
async fn every_version_stays_and_nobody_saves_over_another(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let form = "patient_registration";
    let first = save(&world, "KAR", form, None, registration()).await.unwrap().value;
    assert_eq!(
        refused(save(&world, "KAR", form, None, registration()).await).problem,
        Problem::PreconditionRequired
    );
    let second = save(&world, "KAR", form, Some(1), registration()[..2].to_vec()).await.unwrap().value;
    assert_eq!((first.version, second.version), (1, 2));
    let stale = refused(save(&world, "KAR", form, Some(1), registration()).await);
    assert_eq!((stale.problem, stale.current.unwrap().version), (Problem::StaleVersion, 2));
    let stale = refused(save(&world, "KAR", "follow_up", Some(1), vec![]).await);
    assert_eq!((stale.problem, stale.current.unwrap().version), (Problem::StaleVersion, 0));

    let (service, act) = (&world.ground.service, world.ground.act());
    let names = || ("KAR".parse().unwrap(), form.to_owned(), "lab".parse().unwrap());
    let granted = world.ground.data_manager("KAR");
    assert_eq!(service.mapping(&granted, &act, names(), None).await.unwrap().value, second);
    assert_eq!(service.mapping(&granted, &act, names(), Some(1)).await.unwrap().value, first);
    let other = save(&world, "KAR", "follow_up", None, vec![]).await.unwrap().value;
    let listed = service.mappings(&granted, &act, "KAR".parse().unwrap()).await.unwrap().value;
    assert_eq!(listed, [other, second]);

    // Another site has mappings of its own, and sees none of these.
    let uppsala = world.ground.data_manager("UPP");
    assert_eq!(refused(service.mapping(&uppsala, &act, names(), None).await).problem, Problem::NotFound);
    assert_eq!(refused(save(&world, "UPP", form, None, vec![]).await).problem, Problem::NotFound);
    let dry = world.ground.dry();
    service.save_mapping(&granted, &dry, names(), Some(2), vec![]).await.unwrap();
    assert_eq!(world.count("import_mapping"), 3);
}

#[rstest]
#[tokio::test]
async fn what_the_form_does_not_have_is_refused_when_it_is_saved(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let columns = vec![
        column("a", "/nothing", &[]),
        column("b", "/sex", &[("M", "male"), ("K", "kvinna"), ("?", "#unknown"), ("!", "#never_heard")]),
        column("c", "/late_toxicity.late_icaht_grade", &[]),
        column("d", "course", &[("1", "2")]),
        column(" a", "/contact_date", &[]),
    ];
    let found = refused(save(&world, "KAR", "patient_registration", None, columns).await).findings;
    let pointers: Vec<_> = found.iter().map(|one| one.pointer.as_str()).collect();
    let expected = [
        "/columns/4/heading",
        "/columns/0/to",
        "/columns/1/codes/1/code",
        "/columns/1/codes/3/code",
        "/columns/2/to",
        "/columns/3/codes",
        "/columns/4/to",
    ];
    assert_eq!(pointers, expected, "{found:?}");
    let second = column("Grad 2", "/infections/1/severity", &[("svår", "severe"), ("dödlig", "deadly")]);
    let found = refused(save(&world, "KAR", "follow_up", None, vec![second]).await).findings;
    let found: Vec<_> = found.iter().map(|one| (one.rule.as_str(), one.pointer.as_str())).collect();
    assert_eq!(found, [("CODE-UNKNOWN", "/columns/0/codes/1/code")]);
    assert_eq!(refused(save(&world, "KAR", "nothing", None, vec![]).await).problem, Problem::NotFound);

    let file = format!("patient;sex\n{};male\n", world.patients[0]);
    let unknown = NewImport { mapping: Some("none".parse().unwrap()), ..csv(&file, Atomicity::Row) };
    let lines = NewImport { format: Format::Ndjson, ..unknown.clone() };
    for (new, said) in [(unknown, "no mapping of that name"), (lines, "NDJSON has none")] {
        let refusal = world.refusal(new).await;
        assert_eq!(refusal.findings[0].rule, "IMPORT-MAPPING");
        assert!(refusal.findings[0].message.en.contains(said), "{refusal:?}");
    }
}

/// What a site writes when nothing happened.
#[rstest]
#[tokio::test]
async fn an_own_word_for_a_list_without_elements_is_read(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let interventions = |code: &str| vec![column("Åtgärder", "/interventions", &[("inga", code)])];
    let found = refused(save(&world, "KAR", "acute_toxicity", None, interventions("none")).await).findings;
    let found: Vec<_> = found.iter().map(|one| (one.rule.as_str(), one.pointer.as_str())).collect();
    assert_eq!(found, [("CELL-TYPE", "/columns/0/codes/0/code")]);
    save(&world, "KAR", "acute_toxicity", None, interventions("#none")).await.unwrap();
    let file = quiet_table(&world).replacen("interventions;", "Åtgärder;", 1);
    let new = |file: &str| NewImport {
        form: Some("acute_toxicity".to_owned()),
        mapping: Some("lab".parse().unwrap()),
        ..csv(file, Atomicity::Row)
    };
    for (word, accepted) in [("ingen", 0), ("inga", 1)] {
        let file = file.replace("#none", word);
        let import = world.try_import(&world.keyed(word, &file), new(&file)).await.unwrap().value;
        let refused = errors(&import.findings);
        assert_eq!((import.counts.accepted, refused.is_empty()), (accepted, accepted == 1), "{refused:?}");
        assert!(refused.iter().all(|one| *one == (2, "Åtgärder", "CELL-TYPE")), "{refused:?}");
    }
}

/// One name for several forms: every row is read by the mapping of its form.
#[rstest]
#[tokio::test]
async fn one_name_serves_every_form_of_a_file(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let mut columns = registration();
    columns.push(column("Blankett", "form", &[]));
    columns.push(column("Datum", "/registration_date", &[]));
    save(&world, "KAR", "patient_registration", None, columns).await.unwrap();
    save(&world, "KAR", "follow_up", None, vec![column("Datum", "/contact_date", &[])]).await.unwrap();
    let patient = world.patients[0];
    let file = format!(
        "Blankett;Pseudonym;course;Datum;Kön;\"Född (år, månad)\";Grund;time_point;contact_mode;vital_status\n\
         patient_registration;{patient};;2026-01-12;K;1961-04;KVAL;;;\n\
         follow_up;{patient};1;2024-13-01;;;;D100;visit;alive\n"
    );
    let new = NewImport { form: None, mapping: Some("lab".parse().unwrap()), ..csv(&file, Atomicity::Row) };
    let import = world.try_import(&world.keyed("k", &file), new).await.unwrap().value;
    assert!(errors(&import.findings).contains(&(3, "Datum", "SCHEMA-FORMAT")), "{:?}", import.findings);
    assert!(errors(&import.findings).iter().all(|(row, ..)| *row == 3), "{:?}", import.findings);
    assert_eq!(import.counts.accepted, 1);
}
