//! What the coordinator sees of the sites, and a site of the others.

use cartotek_domain::access::Role;
use cartotek_domain::completeness::{Calendar, Share};
use cartotek_domain::problem::Problem;
use cartotek_persistence::{Engine, Page};
use cartotek_service::completeness::{
    FieldQuestion, FollowUpQuestion, FormFigures, FormQuestion, FormReport, FormShare, MissingQuery,
};
use rstest::rstest;

use crate::common::content::follow_up;
use crate::world::{Asking, World};

/// Five infused courses at Karolinska, one of them months later; four at Uppsala; one at Linköping that was not infused.
async fn network(engine: Engine) -> World {
    let world = World::start(engine).await;
    for day0 in ["2026-02-12", "2026-02-12", "2026-02-12", "2026-02-12"] {
        world.infused("KAR", day0).await;
        world.infused("UPP", day0).await;
    }
    let last = world.infused("KAR", "2026-01-20").await;
    world.enrol("LIN").await;
    world.wait_until("2026-12-01");
    world.submit(&last, "follow_up", follow_up("D100", "2026-05-02")).await;
    world
}

fn of_follow_up() -> FormQuestion {
    FormQuestion { form: Some("follow_up".to_owned()), ..FormQuestion::default() }
}

fn share(part: u64, whole: u64) -> FormShare {
    Share { part, whole }.into()
}

fn shares(report: &FormReport) -> Vec<(Option<FormShare>, Option<FormShare>)> {
    report.groups.items.iter().map(|one: &FormFigures| (one.completed, one.timely)).collect()
}

#[rstest]
#[tokio::test]
async fn the_coordinator_sees_of_a_site_what_tells_of_no_few(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = network(engine).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let by_site = FormQuestion { by_site: true, ..of_follow_up() };
    let by_both = FormQuestion { by_time_point: true, ..by_site.clone() };
    let shown = world.report(&coordinator, by_both.clone()).await.unwrap();
    // D100 and M6 of five courses; one was submitted, months too late.
    let own = world.figures("KAR", by_site.clone()).await;
    assert_eq!((own.len(), own[0].completed), (1, Some(share(1, 10))));
    assert_eq!((own[0].timely, own[0].median_delay.is_some()), (Some(share(0, 1)), true));
    assert_eq!(shares(&shown), [(Some(share(0, 5)), None)], "of D100 one is there, which tells whose");
    assert_eq!(shown.groups.items[0].group.time_point, Some("M6".parse().unwrap()));
    assert_eq!(shown.groups.items[0].median_delay, None);
    assert!(!shown.exact);

    let hidden: Vec<_> = shown.hidden_sites.iter().map(ToString::to_string).collect();
    assert_eq!(hidden, ["LIN", "ORE", "SAH", "SKA", "UME", "UPP"], "fewer than five, or none");
    for question in [of_follow_up(), by_site] {
        let sum = world.report(&coordinator, question).await.unwrap();
        assert_eq!(shares(&sum), [], "neither five and four that are missing, nor of ten one that is there");
    }
    let one = FormQuestion { site: Some("KAR".parse().unwrap()), ..by_both };
    assert_eq!(shares(&world.report(&coordinator, one).await.unwrap()), shares(&shown));
}

/// All of ten are there of day 100, eight of month 6, seven of month 12: 25 of 30.
#[rstest]
#[tokio::test]
async fn a_site_with_few_missing_of_each_time_point_is_not_complete(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let mut patients = Vec::new();
    for _ in 0..10 {
        patients.push(world.infused("KAR", "2026-02-12").await);
    }
    for (time_point, day, there) in
        [("D100", "2026-05-20", 10), ("M6", "2026-08-12", 8), ("M12", "2027-03-01", 7)]
    {
        world.wait_until(day);
        for patient in &patients[..there] {
            world.submit(patient, "follow_up", follow_up(time_point, day)).await;
        }
    }
    world.wait_until("2027-06-13");
    let own = world.figures("KAR", of_follow_up()).await;
    assert_eq!((own[0].completed, own[0].overdue, own[0].missed), (Some(share(25, 30)), Some(5), Some(0)));

    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let by_time_point = FormQuestion { by_time_point: true, ..of_follow_up() };
    let cells = world.report(&coordinator, by_time_point).await.unwrap();
    let of_all =
        [(Some(share(10, 10)), Some(share(10, 10))), (None, Some(share(8, 8))), (None, Some(share(7, 7)))];
    assert_eq!(shares(&cells), of_all, "two and three missing are a few");
    // 10 + 15 there, 10 + 20 in all, 0 + 5 missing, in tens; 25 / 30 = 0.833.
    let sum = FormShare { part: Some(20), whole: Some(30), rest: None, fraction: Some(0.83) };
    for question in [of_follow_up(), FormQuestion { by_site: true, ..of_follow_up() }] {
        let report = world.report(&coordinator, question).await.unwrap();
        assert_eq!(shares(&report), [(Some(sum), Some(share(25, 25)))]);
        let one = &report.groups.items[0];
        assert_eq!((one.due, one.overdue, one.missed), (None, None, None), "five are overdue");
    }
    world.submit(&patients[8], "follow_up", follow_up("M6", "2026-08-12")).await;
    let report = world.report(&coordinator, of_follow_up()).await.unwrap();
    let of_four = FormShare { fraction: None, ..sum };
    assert_eq!(report.groups.items[0].completed, Some(of_four), "four are a few");
}

#[rstest]
#[tokio::test]
async fn a_site_of_four_courses_is_hidden_from_others_and_not_from_itself(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = network(engine).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let uppsala = FormQuestion { site: Some("UPP".parse().unwrap()), ..of_follow_up() };
    let hidden = world.report(&coordinator, uppsala.clone()).await.unwrap();
    assert_eq!((shares(&hidden), hidden.hidden_sites), (vec![], vec!["UPP".parse().unwrap()]));
    let own = world.figures("UPP", uppsala.clone()).await;
    assert_eq!(own[0].completed, Some(share(0, 8)));

    world.infused("UPP", "2026-02-12").await;
    let shown = world.report(&coordinator, uppsala).await.unwrap();
    assert_eq!(shares(&shown), [(Some(share(0, 10)), None)], "the fifth course shows the site");
}

#[rstest]
#[tokio::test]
async fn a_group_of_fewer_than_five_patients_is_left_out(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = network(engine).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    for period in [Calendar::Month, Calendar::Quarter] {
        let by_period = FormQuestion { by_period: Some(period), ..of_follow_up() };
        let none = world.report(&coordinator, by_period.clone()).await.unwrap();
        let karolinska = FormQuestion { site: Some("KAR".parse().unwrap()), ..by_period };
        let own = world.figures("KAR", karolinska).await;
        assert!(!own.is_empty() && own.iter().all(|one| one.completed.is_some()), "{own:?}");
        assert!(none.groups.items.len() < own.len(), "{none:?}");
    }
    let by_month = FormQuestion { by_period: Some(Calendar::Month), ..of_follow_up() };
    assert_eq!(shares(&world.report(&coordinator, by_month.clone()).await.unwrap()), []);
    world.infused("KAR", "2026-02-12").await;
    let shown = world.report(&coordinator, by_month).await.unwrap();
    assert_eq!(shown.groups.items.len(), 2, "{shown:?}");
    for (completed, _) in shares(&shown) {
        assert!(
            completed.is_some_and(|share| share.part == Some(0) && share.whole >= Some(5)),
            "{completed:?}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn who_has_said_no_is_in_no_figure_of_others(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = network(engine).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let sixth = world.infused("KAR", "2026-02-12").await;
    let of = async |whole| {
        let by_time_point = FormQuestion { by_time_point: true, ..of_follow_up() };
        let shown = world.report(&coordinator, by_time_point).await.unwrap();
        assert_eq!(shares(&shown), [(Some(share(0, whole)), None)]);
    };
    of(6).await;
    world.withdraw(&sixth, "2026-11-30").await;
    of(5).await;
    let own = world.figures("KAR", of_follow_up()).await;
    assert_eq!(own[0].completed, Some(share(1, 10)), "what nobody may answer any more lacks nowhere");
}

#[rstest]
#[tokio::test]
async fn a_site_asks_about_itself_alone(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = network(engine).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let manager: Asking = ground.data_manager("UPP");
    let coordinator: Asking = ground.network(Role::Coordinator);
    for (granted, site) in [(&manager, "KAR"), (&manager, "XXX"), (&coordinator, "XXX")] {
        let site = Some(site.parse().unwrap());
        let forms = FormQuestion { site: site.clone(), ..FormQuestion::default() };
        let refused = world.report(granted, forms).await.unwrap_err();
        assert_eq!(refused.problem(), Problem::NotFound);
        let fields =
            FieldQuestion { site: site.clone(), form: "infusion".to_owned(), ..FieldQuestion::default() };
        let refused = service.field_completeness(granted, &ground.act(), fields).await.unwrap_err();
        assert_eq!(refused.problem(), Problem::NotFound);
        let follow_up = FollowUpQuestion { site, ..FollowUpQuestion::default() };
        let refused = service.follow_up_completeness(granted, &ground.act(), follow_up).await.unwrap_err();
        assert_eq!(refused.problem(), Problem::NotFound);
    }
    let query = MissingQuery { site: Some("KAR".parse().unwrap()), ..MissingQuery::default() };
    let granted = ground.data_manager("UPP");
    let refused = service.missing_items(&granted, &ground.act(), query, Page::first(10)).await.unwrap_err();
    assert_eq!(refused.problem(), Problem::NotFound);
    let unknown = FormQuestion { form: Some("folow_up".to_owned()), ..FormQuestion::default() };
    assert_eq!(world.report(&manager, unknown).await.unwrap_err().problem(), Problem::ContentInvalid);
}
