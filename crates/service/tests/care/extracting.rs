//! The extract holds everything that the database holds on a patient.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cartotek_domain::audit::Outcome;
use cartotek_domain::consent::ConsentDecision;
use cartotek_domain::fact::{TABLES, TableClass};
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::AmendmentReason;
use cartotek_domain::sample::Tube;
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use cartotek_domain::storage::TemperatureClass;
use cartotek_persistence::Engine;
use cartotek_service::extract::Extract;
use cartotek_service::participation::Joining;
use cartotek_service::sample::{NewAliquot, Placement, Splitting};
use cartotek_service::storage::{NewStorageBox, NewStorageUnit};
use cartotek_service::{Done, Page, ServiceError};
use chrono::TimeDelta;
use rstest::rstest;

use crate::common::annulment;
use crate::world::{MARK, VIABILITY, World, problem};

/// How many rows of a table an extract shows.
type Part = fn(&Extract) -> usize;

/// Every table that names a patient, with its part in the extract: a new one is added to the extract, then here.
const PARTS: [(&str, Part); 30] = [
    ("aliquot", |all| all.samples.iter().map(|one| one.aliquots.len()).sum()),
    ("amount_balance", tubes),
    ("audit_event", |all| all.accesses.len()),
    ("audit_subject", |all| all.accesses.len()),
    ("barcode", tubes),
    ("clarification", |all| all.clarifications.len()),
    ("clarification_event", |all| all.clarifications.iter().map(|one| one.events.len()).sum()),
    ("consent", |all| all.consents.len()),
    ("course", |all| all.courses.len()),
    ("custody_event", |all| all.samples.iter().map(|one| one.custody.len()).sum()),
    ("expected_item", |all| all.expected.len()),
    ("idempotent_answer", |all| all.answers.len()),
    ("import_chunk", |all| all.imports.len()),
    ("import_job", |all| all.imports.len()),
    ("import_patient", |all| all.imports.len()),
    ("ledger_entry", |all| all.samples.iter().map(|one| one.ledger.len()).sum()),
    ("milestone", |all| all.milestones.len()),
    ("occupancy", |all| {
        let states = all.samples.iter().flat_map(|one| &one.aliquots).map(|one| &one.state);
        states.chain(all.samples.iter().map(|one| &one.state)).filter(|state| state.place.is_some()).count()
    }),
    ("participation", |all| all.participations.len()),
    ("patient", |_| 1),
    ("patient_linkage", |all| all.linkage_keys.len()),
    ("record", |all| all.records.len()),
    ("record_finding", |all| all.records.iter().map(|one| one.findings.len()).sum()),
    ("record_lock", |all| all.locks.len()),
    ("revision", |all| all.records.iter().map(|one| one.revisions.len()).sum()),
    ("sample", |all| all.samples.len()),
    ("signature", |all| all.records.iter().map(|one| one.signatures.len()).sum()),
    ("traceability", |all| all.traceability.len()),
    ("unlock_request", |all| all.locks.iter().map(|one| one.requests.len()).sum()),
    ("verification", |all| all.records.iter().map(|one| one.verifications.len()).sum()),
];

/// Tables that name a patient and are left out, since they hold nothing that the extract does not show: what waits to be
/// judged names a record and the milestones that it tells, for a second.
const LEFT_OUT: [&str; 1] = ["finding_due"];

fn tubes(all: &Extract) -> usize {
    all.samples.iter().map(|one| 1 + one.aliquots.len()).sum()
}

async fn extract(world: &World, site: &str, patient: Pseudonym) -> Result<Done<Extract>, ServiceError> {
    world.ground.service.extract(&world.ground.data_manager(site), &world.ground.act(), patient).await
}

/// A patient with a row in every table that can name one, but for what an erasure keeps.
async fn whole(world: &World) -> Pseudonym {
    let linkage = format!("h1.{}", "0a".repeat(32));
    let person = world.treat(MARK, Some(&linkage)).await;
    world.draft(person.pseudonym).await.unwrap();
    world.ask(&person, "Is this the right batch?").await;
    world.certify(&person).await;
    world.draw(&person, Some(person.course), "KIBB-1").await;
    let row = "1943-07;male;quality_register";
    world.import("KAR", &world.keyed("import"), &[(person.pseudonym, row)]).await.unwrap();
    let (service, ground, staff) = (&world.ground.service, &world.ground, world.ground.staff("KI-BB"));
    let page = service.samples(&staff, &ground.act(), Some(person.pseudonym), Page::first(2)).await;
    let sample = Tube::Sample(page.unwrap().value.items[0].sample.id);
    let amount = Amount::new(1_000_000, AmountUnit::Nanolitre).unwrap();
    let aliquots = vec![NewAliquot { barcode: "KIBB-1-1".parse().unwrap(), amount }];
    let handle = ground.staff("KI-BB");
    let split = Splitting { aliquots, loss: None };
    let made = service.aliquot(&handle, &ground.act(), sample, split).await.unwrap().value.aliquots;
    let (biobank, manage) = ("KI-BB".parse().unwrap(), ground.staff("KI-BB"));
    let unit = NewStorageUnit { biobank, name: "Freezer".to_owned(), temperature: TemperatureClass::Minus80 };
    let unit = service.create_storage_unit(&manage, &ground.act(), unit).await.unwrap().value.id;
    let new = NewStorageBox { barcode: "BOX-1".parse().unwrap(), rows: 9, columns: 9 };
    let storage_box = service.create_storage_box(&manage, &ground.act(), unit, new).await.unwrap().value.id;
    let placement = Placement { storage_box, position: "A1".to_owned() };
    let (tube, version) = (Tube::Aliquot(made[0].aliquot.id), made[0].state.version);
    service.place_tube(&handle, &ground.act(), tube, version, placement).await.unwrap();
    person.pseudonym
}

/// The rows of each table that name the patient, or what is the patient's.
async fn naming(world: &World, patient: Pseudonym, all: &Extract) -> BTreeMap<String, usize> {
    let mut ids = vec![world.patient_id(patient).await.to_string()];
    ids.extend(all.samples.iter().map(|one| one.sample.id.to_string()));
    ids.extend(all.samples.iter().flat_map(|one| &one.aliquots).map(|one| one.aliquot.id.to_string()));
    ids.extend(all.imports.iter().map(|one| one.id.to_string()));
    let bare = |text: &str| text.to_lowercase().replace('-', "");
    let ids: Vec<_> = ids.iter().map(|id| bare(id)).collect();
    let names = |row: &String| ids.iter().any(|id| bare(row).contains(id));
    let dump = world.ground.database.dump().into_iter();
    let counted = dump.map(|(table, rows)| (table, rows.iter().filter(|row| names(row)).count()));
    counted.filter(|(_, count)| *count > 0).collect()
}

/// Tables with a column for a patient, as the migrations make them: also those that have no row here.
fn of_patients() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    let mut found = BTreeSet::new();
    for migration in std::fs::read_dir(folder).unwrap() {
        let sql = std::fs::read_to_string(migration.unwrap().path().join("up.sql")).unwrap();
        for table in sql.split("CREATE TABLE ").skip(1) {
            let columns = table.split("STRICT").next().unwrap();
            if columns.contains("patient_id ") {
                found.insert(columns.split_whitespace().next().unwrap().to_owned());
            }
        }
    }
    found
}

#[rstest]
#[tokio::test]
async fn an_extract_lacks_no_table(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let parts: BTreeMap<&str, Part> = PARTS.into_iter().collect();
    let classes: BTreeMap<&str, TableClass> = TABLES.iter().copied().collect();
    let known = |table: &String| parts.contains_key(table.as_str()) || LEFT_OUT.contains(&table.as_str());
    assert!(of_patients().iter().all(known), "{:?}", of_patients());
    let whole = whole(&world).await;
    let erased = world.treat("KTE-48111", None).await.pseudonym;
    world.opt_out(erased).await;
    world.erase(erased).await;
    let mut seen = BTreeSet::new();
    for patient in [whole, erased] {
        let all = extract(&world, "KAR", patient).await.unwrap().value;
        let naming = naming(&world, patient, &all).await.into_iter();
        for (table, rows) in naming.filter(|(table, _)| !LEFT_OUT.contains(&table.as_str())) {
            let part = parts.get(table.as_str()).unwrap_or_else(|| panic!("the extract lacks {table}"));
            let shown = part(&all);
            match classes[table.as_str()] {
                TableClass::Fact | TableClass::Projection => assert_eq!(shown, rows, "{table}"),
                TableClass::Log | TableClass::Housekeeping => assert!(shown > 0, "{table}"),
            }
            seen.insert(table);
        }
    }
    let facts = PARTS.iter().filter(|(table, _)| classes[table] != TableClass::Log).map(|(table, _)| *table);
    assert!(facts.clone().all(|table| seen.contains(table)), "no row of {seen:?} to compare");
}

#[rstest]
#[tokio::test]
async fn answers_have_words_and_every_revision_is_there(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = whole(&world).await;
    let done = extract(&world, "KAR", patient).await.unwrap();
    assert!(done.receipt.is_some());
    let all = done.value;
    let infusion = all.records.iter().find(|one| one.record.form == "infusion").unwrap();
    let wordings = &infusion.revisions[0].wordings;
    let said = |pointer: &str| wordings[pointer].answer.as_ref().map(|text| text.sv.as_str());
    assert_eq!((said("/entire_volume_infused"), said("/batch_id")), (Some("Ja"), None));
    assert_eq!(wordings["/post_thaw_viability_pct"].question.en, "Viability after thawing");
    assert_ne!(infusion.form_title.sv, "");
    let standing: Vec<_> = infusion.findings.iter().map(|one| one.finding.rule.as_str()).collect();
    assert_eq!(standing, ["R-INF-04B"], "the form of the product is not there");
    assert!(all.expected.iter().any(|item| item.entry.answer.is_some()), "the infusion");
    let traceable = all.retention.iter().find(|one| one.class.code == "atmp_traceability").unwrap();
    assert_eq!(traceable.removable_from, Some("2056-02-13".parse().unwrap()));
    let kept = all.imports[0].expires_at - all.imports[0].started_at;
    assert_eq!(kept, TimeDelta::days(7), "as schemas/retention says");
    let event = world.events(patient).await.pop().unwrap();
    assert_eq!((event.action.as_str(), event.outcome), ("patients.extract", Outcome::Read));
    let named: BTreeSet<_> = event.subjects.iter().map(|one| one.table.as_str()).collect();
    assert_eq!(named, BTreeSet::from(["patient", "record", "sample"]));
}

/// It may be somebody else's: that it was annulled is held on the patient, what stood in it is not shown.
#[rstest]
#[tokio::test]
async fn an_annulled_record_is_named_without_its_contents(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(AmendmentReason::EnteredInError, AmendmentReason::OtherPatient)] reason: AmendmentReason,
) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    world.ask(&person, &format!("Is {MARK} the right batch?")).await;
    world.certify(&person).await;
    world.unlock().await;
    let before = format!("{:?}", extract(&world, "KAR", person.pseudonym).await.unwrap().value);
    assert!(before.contains(MARK) && before.contains(VIABILITY));
    let (manager, act) = (world.ground.data_manager("KAR"), world.ground.act());
    let (service, why) = (&world.ground.service, annulment(reason));
    let first = annulment(AmendmentReason::EnteredInError);
    service.annul_record(&manager, &act, person.infusion, 1, first).await.unwrap();
    if reason == AmendmentReason::OtherPatient {
        let (second, act) = (world.ground.second_manager(), world.ground.act());
        service.annul_record(&second, &act, person.infusion, 2, why.clone()).await.unwrap();
    }
    let all = extract(&world, "KAR", person.pseudonym).await.unwrap().value;
    let [infusion] = all.records.as_slice() else { panic!("{:?}", all.records) };
    assert_eq!((infusion.record.form.as_str(), infusion.key.len()), ("infusion", 0));
    assert_eq!(infusion.annulled.map(|one| one.reason), Some(reason));
    assert_eq!(all.clarifications.len(), 1, "that something was asked is told");
    let after = format!("{all:?}");
    let said = [MARK, VIABILITY, why.text.as_str()];
    assert!(said.iter().all(|text| !after.contains(text)), "{after}");
    assert!(all.records[0].revisions.is_empty() && all.milestones.is_empty());
}

#[rstest]
#[tokio::test]
async fn only_the_responsible_site_gets_it(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let patient = world.treat(MARK, None).await.pseudonym;
    assert_eq!(problem(extract(&world, "UPP", patient).await), Problem::NotFound);
    let joining = Joining {
        site: "UPP".parse().unwrap(),
        role: ParticipationRole::Following,
        from: "2026-02-01".parse().unwrap(),
    };
    let manager = world.ground.data_manager("KAR");
    world.ground.service.add_participation(&manager, &world.ground.act(), patient, joining).await.unwrap();
    assert_eq!(problem(extract(&world, "UPP", patient).await), Problem::PermissionMissing);
    world.decide(patient, ConsentDecision::OptedOut).await;
    assert_eq!(extract(&world, "KAR", patient).await.unwrap().value.consents.len(), 3, "a no hides nothing");
}
