//! A list on which rules rest is replaced: everybody is judged anew, whichever server does it, and not in a dry run.

use std::collections::BTreeMap;

use cartotek_domain::access::Role;
use cartotek_persistence::{Engine, Page, ReadSession};
use cartotek_service::forms::SchemaSet;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::content::infusion;
use crate::content::{follow_up, product, relapse};
use crate::world::World;

/// A list on which rules rest may be replaced: what is found by it is found anew in every record.
#[rstest]
#[tokio::test]
async fn a_replaced_list_is_applied_to_what_is_there(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.submit(&patient, "product", product("2026-02-05")).await;
    let infused = world.submit(&patient, "infusion", infusion("2026-02-12")).await.record.id;
    world.judge().await;
    assert_eq!(world.stands(&patient, infused, "R-DOSE-01A").await, None);
    let (path, text) = replaced_doses(&world);
    let documents: BTreeMap<_, _> = [(path.clone(), text.clone().into_bytes())].into();
    let (service, admin) = (&world.ground.service, world.ground.network(Role::Admin));
    service.publish(&admin, &world.ground.dry(), SchemaSet { documents }).await.unwrap();
    assert_eq!(world.count("finding_due"), 0, "a dry run makes nobody wait");
    world.publish(&path, text.into_bytes()).await;
    assert_eq!(world.judge().await, 1);
    assert!(world.stands(&patient, infused, "R-DOSE-01A").await.is_some());
    world.assert_clean().await;
    assert_eq!(world.judge().await, 0, "once");
}

/// The server stopped right after the publication, before it had noted that everybody waits.
#[rstest]
#[tokio::test]
async fn a_publication_that_was_left_half_way_is_judged(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.submit(&patient, "product", product("2026-02-05")).await;
    let infused = world.submit(&patient, "infusion", infusion("2026-02-12")).await.record.id;
    world.judge().await;
    let (path, text) = replaced_doses(&world);
    world.publish(&path, text.into_bytes()).await;
    world.ground.database.tamper(
        "DELETE FROM finding_due; UPDATE generation SET number = number - 1 WHERE name = 'findings_noted'",
    );
    let report = world.check().await;
    assert!(report.is_clean(), "of what is to wait nobody can tell: {:#?}", report.findings);
    assert_eq!(world.judge().await, 1);
    assert!(world.stands(&patient, infused, "R-DOSE-01A").await.is_some());
    world.assert_clean().await;
}

/// A server that another one's publication has not reached yet keeps with a record what its older list says.
#[rstest]
#[tokio::test]
async fn what_was_kept_by_an_older_list_is_judged_anew(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut world = World::start(engine).await;
    let patient = world.patient().await;
    world.submit(&patient, "infusion", infusion("2026-02-12")).await;
    world.judge().await;
    let behind = world.ground.another_server().await;
    let (path, text) = replaced(&world, "disease_status", "CR", "families", json!(["myeloma"]));
    world.publish(&path, text.into_bytes()).await;
    assert_eq!(world.judge().await, 1);
    let ahead = std::mem::replace(&mut world.ground.service, behind);
    let seen = world.submit(&patient, "follow_up", follow_up("D100", "2026-05-20")).await.record.id;
    assert_eq!(world.stands(&patient, seen, "R-RESP-05A").await, None, "by the older list");
    world.ground.service = ahead;
    world.judge().await;
    assert!(world.stands(&patient, seen, "R-RESP-05A").await.is_some());
    world.assert_clean().await;
}

/// What somebody has changed does not wait until a whole network was judged by a new list.
#[rstest]
#[tokio::test]
async fn a_change_goes_before_what_everybody_waits_for(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (one, _, seen) = world.followed().await;
    world.followed().await;
    let (path, text) = replaced_doses(&world);
    world.publish(&path, text.into_bytes()).await;
    let event = world.submit(&one, "event", relapse("2026-05-01")).await.record.id;
    let look = |session: &mut dyn ReadSession| session.findings_due(&Page::first(10));
    let due = world.ground.database.store.read("look", look).await.unwrap().items;
    let records: Vec<_> = due.iter().map(|one| one.record).collect();
    assert_eq!(records, [Some(event), None, None]);
    assert_eq!(world.judge().await, 2);
    assert!(world.stands(&one, seen, "R-FU-07B").await.is_some());
    world.assert_clean().await;
}

/// A label changes from a day on: what was given before is judged by the one of then.
#[rstest]
#[tokio::test]
async fn a_dose_is_judged_by_the_label_of_its_day(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let mut infused = Vec::new();
    for day in ["2026-02-28", "2026-03-01"] {
        let patient = world.patient().await;
        world.submit(&patient, "product", product("2026-02-05")).await;
        let record = world.submit(&patient, "infusion", infusion(day)).await.record.id;
        infused.push((patient, record));
    }
    world.judge().await;
    let (path, text) = replaced_doses(&world);
    let mut list: Value = serde_json::from_str(&text).unwrap();
    let published = world.ground.service.forms().unwrap();
    let before = published.forms.code_list("product").unwrap().entries("axicabtagene_ciloleucel").next();
    let mut before = serde_json::to_value(before.unwrap()).unwrap();
    before["valid_to"] = "2026-02-28".into();
    let codes = list["codes"].as_array_mut().unwrap();
    let place = codes.iter().position(|code| code["code"] == "axicabtagene_ciloleucel").unwrap();
    codes[place]["valid_from"] = "2026-03-01".into();
    codes.insert(place, before);
    world.publish(&path, list.to_string().into_bytes()).await;
    world.judge().await;
    let found = [
        world.stands(&infused[0].0, infused[0].1, "R-DOSE-01A").await,
        world.stands(&infused[1].0, infused[1].1, "R-DOSE-01A").await,
    ];
    assert_eq!(found.map(|one| one.is_some()), [false, true]);
    world.assert_clean().await;
}

/// The list of products with doses that nobody is given.
fn replaced_doses(world: &World) -> (String, String) {
    replaced(world, "product", "axicabtagene_ciloleucel", "dose_range_e6_LBCL", json!([1, 2]))
}

/// A list in which a code has another attribute.
fn replaced(world: &World, list: &str, code: &str, attribute: &str, value: Value) -> (String, String) {
    let published = world.ground.service.forms().unwrap();
    let mut document = serde_json::to_value(published.forms.code_list(list).unwrap()).unwrap();
    let codes = document["codes"].as_array_mut().unwrap();
    codes.iter_mut().find(|one| one["code"] == code).unwrap()["attributes"][attribute] = value;
    (format!("codelists/{list}.json"), document.to_string())
}
