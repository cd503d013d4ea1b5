//! Stored answers and files of imports, which repeat what was sent.

use std::sync::{Arc, Mutex};

use cartotek_domain::consent::ConsentDecision;
use cartotek_domain::problem::Problem;
use cartotek_persistence::{Engine, StoreError, WriteSession};
use cartotek_service::import::Format;
use rstest::rstest;

use crate::looking::assert_clean;
use crate::world::{COLUMNS, MARK, World, enrolment, infusion, key, new_import, problem};

/// A key that was used stays used, so that a late retry does nothing a second time.
#[rstest]
#[tokio::test]
async fn an_erased_answer_is_gone_but_its_request_is_not_done_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (gone, _) = (world.treat(MARK, None).await, world.treat("KTE-48111", None).await);
    world.opt_out(gone.pseudonym).await;
    let erasure = world.keyed("erasure");
    let first = world.try_erase("KAR", &erasure, gone.pseudonym).await.unwrap();
    let patients = world.count("patient");
    let (service, ground) = (&world.ground.service, &world.ground);
    let enrol = |batch: &str| (ground.data_manager("KAR"), world.keyed(&key("enrol", batch)));
    let (manager, act) = enrol(MARK);
    assert_eq!(problem(service.enrol(&manager, &act, enrolment(None)).await), Problem::WrongState);
    let record = infusion(gone.pseudonym, gone.course, MARK);
    let (writer, act) = (ground.data_manager("KAR"), world.keyed(&key("infuse", MARK)));
    assert_eq!(problem(service.create_record(&writer, &act, record).await), Problem::WrongState);
    let (manager, act) = enrol("KTE-48111");
    assert!(
        service.enrol(&manager, &act, enrolment(None)).await.unwrap().replayed,
        "the other's answer stays"
    );
    assert_eq!(world.count("patient"), patients);
    let again = world.try_erase("KAR", &erasure, gone.pseudonym).await.unwrap();
    assert!(again.replayed);
    assert_eq!((again.value, again.receipt), (first.value, first.receipt));
    let hash: String = erasure.key.unwrap().fingerprint.to_string();
    assert_eq!(world.tables_with(&hash), ["idempotent_answer"]);
    let erased = cartotek_crypto::hash::sha256(&[key("infuse", MARK).as_bytes()]).to_string();
    assert_eq!(world.tables_with(&erased), Vec::<String>::new(), "the hash of a body can be guessed");
}

#[rstest]
#[tokio::test]
async fn imports_that_name_the_patient_go_whoever_sent_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (gone, other) = (world.treat(MARK, None).await, world.treat("KTE-48111", None).await);
    let row = "1943-07;male;quality_register";
    let own = world.import("KAR", &world.keyed("own"), &[(gone.pseudonym, row)]).await.unwrap().value;
    let dry = cartotek_service::Act { dry_run: true, ..world.keyed("dry") };
    world.import("KAR", &dry, &[(gone.pseudonym, row)]).await.unwrap();
    // Uppsala has nothing to do with the patient, and its file is refused; it is kept for a week all the same.
    let foreign = world.import("UPP", &world.keyed("foreign"), &[(gone.pseudonym, row)]).await.unwrap().value;
    assert_eq!((own.counts.accepted, foreign.counts.refused), (1, 1));
    let unrelated = [(other.pseudonym, "1944-08;male;quality_register")];
    let unrelated = world.import("KAR", &world.keyed("unrelated"), &unrelated).await.unwrap().value;
    world.opt_out(gone.pseudonym).await;

    assert_eq!(world.erase(gone.pseudonym).await.imports, 3);
    assert_eq!(world.tables_with("1943-07"), Vec::<String>::new());
    assert_eq!((world.count("import_job"), world.count("import_patient")), (1, 1));
    let (service, ground) = (&world.ground.service, &world.ground);
    let status =
        async |site: &str, id| service.import_status(&ground.data_manager(site), &ground.act(), id).await;
    assert_eq!(problem(status("KAR", own.id).await), Problem::NotFound);
    assert_eq!(problem(status("UPP", foreign.id).await), Problem::NotFound);
    status("KAR", unrelated.id).await.unwrap();
    let again = world.import("KAR", &world.keyed("own"), &[(gone.pseudonym, row)]).await;
    assert_eq!(problem(again), Problem::WrongState);
    let report = world.check().await;
    assert_clean(&report);
}

/// What the patient allowed again is collected again, and a second objection erases it.
#[rstest]
#[tokio::test]
async fn a_second_erasure_takes_what_came_after_the_first(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    world.opt_out(person.pseudonym).await;
    world.erase(person.pseudonym).await;
    assert_eq!(world.erase(person.pseudonym).await.records, 0, "nothing is left");
    world.decide(person.pseudonym, ConsentDecision::Given).await;
    world.draft(person.pseudonym).await.unwrap();
    world.opt_out(person.pseudonym).await;
    assert_eq!(world.erase(person.pseudonym).await.records, 1);
    let report = world.check().await;
    assert_clean(&report);
}

/// What is erased while an import is under way is not put back by the rows that follow.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_running_import_that_names_the_patient_ends(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (gone, other) = (world.treat(MARK, None).await, world.treat("KTE-48111", None).await);
    let mut rows = vec![format!("{};;1943-07;male;quality_register", gone.pseudonym)];
    rows.extend((0..1_200).map(|_| "CT-7K3M9Q2XAN;;1944-08;male;quality_register".to_owned()));
    rows.push(format!("{};;1945-09;male;quality_register", other.pseudonym));
    let new = new_import("KAR", Format::Csv, &format!("{COLUMNS}\n{}\n", rows.join("\n")));
    let (said, heard) = tokio::sync::oneshot::channel();
    let (erased, go_on) = std::sync::mpsc::channel::<()>();
    let paused = Mutex::new(Some((said, go_on)));
    let progress = Arc::new(move |_, _| {
        if let Some((said, go_on)) = paused.lock().unwrap().take() {
            said.send(()).unwrap();
            go_on.recv().unwrap();
        }
    });
    let (service, granted, act) =
        (world.ground.service.clone(), world.ground.data_manager("KAR"), world.keyed("under way"));
    let import = tokio::spawn(async move { service.import(&granted, &act, new, progress).await });
    heard.await.unwrap();
    assert!(!world.tables_with("1943-07").is_empty(), "the first rows were kept");
    // However long it has been silent, it is not tidied away: its server may only have been paused.
    let tidy = |tx: &mut dyn WriteSession| {
        let (late, early) = ("2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z");
        tx.delete_expired_imports(late.parse().unwrap(), early.parse().unwrap())
    };
    let tidied = world.ground.database.store.write::<_, StoreError>("tidy up", tidy).await;
    assert_eq!(tidied, Ok(0));
    world.opt_out(gone.pseudonym).await;
    assert_eq!(world.erase(gone.pseudonym).await.imports, 1);
    erased.send(()).unwrap();
    assert_eq!(problem(import.await.unwrap()), Problem::WrongState);
    assert_eq!(world.tables_with("1943-07"), Vec::<String>::new());
    assert_eq!(world.tables_with("1945-09"), Vec::<String>::new(), "it has ended");
    assert_clean(&world.check().await);
}
