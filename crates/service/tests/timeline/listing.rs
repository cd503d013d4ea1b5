//! Lists of findings: narrowed, paged, and of the caller's patients alone.

use cartotek_domain::access::{Granted, Role, permission};
use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::Page;
use cartotek_service::timeline::FindingQuery;
use rstest::rstest;

use crate::content::relapse;
use crate::world::World;

#[rstest]
#[tokio::test]
async fn a_list_is_narrowed_and_paged_and_shows_no_stranger_anything(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (one, other) = (world.followed().await, world.followed().await);
    world.submit(&one.0, "event", relapse("2026-05-01")).await;
    world.judge().await;
    let all = world.list(FindingQuery::default()).await;
    let of = |query: FindingQuery| world.list(query);
    let none = FindingQuery::default;
    let of_one = of(FindingQuery { patient: Some(one.0.pseudonym), ..none() }).await;
    let of_other = of(FindingQuery { patient: Some(other.0.pseudonym), ..none() }).await;
    assert!(of_one.len() > 1 && !of_other.is_empty());
    assert_eq!(all.len(), of_one.len() + of_other.len());
    assert_eq!(of(FindingQuery { site: Some("KAR".parse().unwrap()), ..none() }).await, all);
    assert_eq!(of(FindingQuery { site: Some("ORE".parse().unwrap()), ..none() }).await, []);
    let in_infusions = of(FindingQuery { form: Some("infusion".to_owned()), ..none() }).await;
    assert!(in_infusions.len() >= 2 && in_infusions.len() < all.len(), "{in_infusions:#?}");
    assert!(in_infusions.iter().all(|one| one.finding.form == "infusion"), "{in_infusions:#?}");

    let (ground, service) = (&world.ground, &world.ground.service);
    let (mut paged, mut page) = (Vec::new(), Page::first(1));
    loop {
        let manager = ground.data_manager("KAR");
        let part = service.findings(&manager, &ground.act(), none(), page).await.unwrap().value;
        paged.extend(part.items);
        let Some(next) = part.next else { break };
        page = Page { after: Some(next.to_string().parse().unwrap()), limit: 1 };
    }
    assert_eq!(paged, all);
    let stranger = || ground.data_manager::<permission::ReadRecord>("UPP");
    let seen = service.findings(&stranger(), &ground.act(), none(), Page::first(10)).await.unwrap();
    assert_eq!((seen.value.items, seen.receipt), (Vec::new(), None));
    let of_foreign = FindingQuery { patient: Some(one.0.pseudonym), ..none() };
    let missed = service.findings(&stranger(), &ground.act(), of_foreign, Page::first(10)).await;
    assert_eq!(missed.unwrap_err().problem(), Problem::NotFound);
    let unknown = FindingQuery { form: Some("nothing".to_owned()), ..none() };
    let manager = ground.data_manager("KAR");
    let refused = service.findings(&manager, &ground.act(), unknown, Page::first(10)).await;
    assert_eq!(refused.unwrap_err().problem(), Problem::ContentInvalid);
    // Whoever may read no record is given no proof of the permission at all.
    let coordinator = ground.network::<permission::RunClarifications>(Role::Coordinator);
    assert!(Granted::<permission::ReadRecord>::prove(coordinator.caller()).is_none());
}
