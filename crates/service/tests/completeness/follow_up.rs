//! Clark's C from records, and the courses whose follow-up falls short.

use cartotek_domain::access::Role;
use cartotek_domain::completeness::PersonTime;
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::id::CourseId;
use cartotek_domain::problem::Problem;
use cartotek_persistence::{Engine, Page};
use cartotek_service::completeness::{FollowUpQuestion, FollowUpReport, GapQuery};
use rstest::rstest;

use crate::common::content::{death, follow_up};
use crate::common::decision;
use crate::world::{Asking, Treated, World, day};

const DAY0: &str = "2026-02-12";

fn after(days: u64) -> String {
    (day(DAY0) + chrono::Days::new(days)).to_string()
}

impl World {
    async fn followed(&self, by: &Asking, question: FollowUpQuestion) -> FollowUpReport {
        self.ground.service.seal_all().await.unwrap();
        self.ground.service.refresh_cohorts().await.unwrap();
        let (service, act) = (&self.ground.service, self.ground.act());
        service.follow_up_completeness(by, &act, question).await.unwrap().value
    }

    /// The courses that miss days, read one at a time.
    async fn gaps(&self, site: &str, question: &FollowUpQuestion) -> Vec<(CourseId, u64)> {
        let query = GapQuery { question: question.clone(), patient: None };
        let (mut gaps, mut page) = (Vec::new(), Page { after: None, limit: 1 });
        loop {
            let (service, granted) = (&self.ground.service, self.ground.data_manager(site));
            let act = self.ground.act();
            let part =
                service.follow_up_gaps(&granted, &act, query.clone(), page.clone()).await.unwrap().value;
            gaps.extend(part.items.into_iter().map(|one| (one.course, one.time.missing())));
            match part.next {
                Some(next) => page.after = Some(next),
                None => return gaps,
            }
        }
    }
}

/// The worked example of the brief, on day 1000: A was seen on day 900, B died on day 300, C was seen on day 400.
async fn clark(engine: Engine) -> (World, [Treated; 3]) {
    let world = World::start(engine).await;
    let patients = [
        world.infused("KAR", DAY0).await,
        world.infused("KAR", DAY0).await,
        world.infused("KAR", DAY0).await,
    ];
    world.enrol("KAR").await;
    world.wait_until(&after(1000));
    let [a, b, c] = &patients;
    world.submit(a, "follow_up", follow_up("Y2", &after(900))).await;
    world.submit(b, "event", death(&after(300))).await;
    world.submit(c, "follow_up", follow_up("M12", &after(400))).await;
    (world, patients)
}

#[rstest]
#[tokio::test]
async fn the_worked_example_of_clark(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, [a, _, c]) = clark(engine).await;
    let manager: Asking = world.ground.data_manager("KAR");
    let report = world.followed(&manager, FollowUpQuestion::default()).await;
    assert_eq!(report.as_of.to_string(), after(1000));
    assert_eq!(report.together.courses, Some(3), "only infused courses");
    assert_eq!(report.together.time, Some(PersonTime { observed: 1600, potential: 2300 }));
    assert!((report.together.completeness.unwrap() - 0.696).abs() < 0.0005);
    assert_eq!(report.sites.len(), 1);
    assert_eq!((&report.sites[0].time, report.exact), (&report.together.time, true));
    let gaps = world.gaps("KAR", &FollowUpQuestion::default()).await;
    assert_eq!(gaps, [(c.course, 600), (a.course, 100)], "together the 700 days that are missing");
}

#[rstest]
#[tokio::test]
async fn follow_up_can_be_asked_for_as_of_a_day_and_to_a_horizon(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, [_, _, c]) = clark(engine).await;
    let manager: Asking = world.ground.data_manager("KAR");
    let as_of = |days| FollowUpQuestion { as_of: Some(day(&after(days))), ..FollowUpQuestion::default() };
    for (question, observed, potential) in [
        (as_of(500), 500 + 300 + 400, 500 + 300 + 500),
        (as_of(200), 600, 600),
        (as_of(0), 0, 0),
        (
            FollowUpQuestion { horizon: Some("M12".parse().unwrap()), ..as_of(1000) },
            365 + 300 + 365,
            365 + 300 + 365,
        ),
        (
            FollowUpQuestion { horizon: Some("Y2".parse().unwrap()), ..as_of(1000) },
            730 + 300 + 400,
            730 + 300 + 730,
        ),
    ] {
        let report = world.followed(&manager, question.clone()).await;
        assert_eq!(report.together.time, Some(PersonTime { observed, potential }), "{question:?}");
        let missing: u64 = world.gaps("KAR", &question).await.iter().map(|(_, missing)| missing).sum();
        assert_eq!(missing, potential - observed, "{question:?}");
    }
    assert_eq!(world.gaps("KAR", &as_of(500)).await, [(c.course, 100)]);
    let before = FollowUpQuestion { as_of: Some(day("2026-02-11")), ..FollowUpQuestion::default() };
    assert_eq!(world.followed(&manager, before).await.together.courses, Some(0), "nobody was infused then");
    let (service, act) = (&world.ground.service, world.ground.act());
    let refused = service.follow_up_completeness(&manager, &act, as_of(1001)).await.unwrap_err();
    assert_eq!(refused.problem(), Problem::ContentInvalid, "tomorrow");
}

#[rstest]
#[tokio::test]
async fn a_transfer_moves_the_follow_up_and_few_patients_are_hidden(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, [a, ..]) = clark(engine).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let hidden = world.followed(&coordinator, FollowUpQuestion::default()).await;
    assert_eq!((hidden.sites.len(), hidden.together.courses, hidden.hidden_sites.len()), (0, None, 7));
    assert_eq!((hidden.together.time, hidden.together.completeness), (None, None));
    world.transfer(&a, "UPP").await;
    let moved = world.followed(&world.ground.data_manager("UPP"), FollowUpQuestion::default()).await;
    assert_eq!((moved.together.courses, moved.together.time.unwrap().observed), (Some(1), 900));
    let left = world.followed(&world.ground.data_manager("KAR"), FollowUpQuestion::default()).await;
    assert_eq!((left.together.courses, left.together.time.unwrap().observed), (Some(2), 700));
}

/// The view may be older than a transfer or an objection: the list that names patients is not.
#[rstest]
#[tokio::test]
async fn who_was_handed_over_or_objects_is_named_no_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, [a, _, c]) = clark(engine).await;
    let manager: Asking = world.ground.data_manager("KAR");
    world.followed(&manager, FollowUpQuestion::default()).await;
    let gaps = async || world.gaps("KAR", &FollowUpQuestion::default()).await;
    assert_eq!(gaps().await, [(c.course, 600), (a.course, 100)]);
    // From here on nothing is sealed, so that no view knows of it.
    world.transfer(&c, "UPP").await;
    assert_eq!(gaps().await, [(a.course, 100)]);
    let no = decision(ConsentPurpose::RegistryQuality, ConsentDecision::OptedOut, &after(1000));
    let (service, granted) = (&world.ground.service, world.ground.data_manager("KAR"));
    service.record_consent(&granted, &world.ground.act(), a.pseudonym, no).await.unwrap();
    assert_eq!(gaps().await, []);
    let report = world.followed(&manager, FollowUpQuestion::default()).await;
    assert_eq!(report.together.time, Some(PersonTime { observed: 300, potential: 300 }), "B alone");
}

/// Two questions a day apart would tell on which day somebody was seen or died.
#[rstest]
#[tokio::test]
async fn others_see_whole_per_cent_at_ends_of_quarters(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, _) = clark(engine).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    for _ in 0..2 {
        world.infused("KAR", DAY0).await;
    }
    // Day 1000 is 2028-11-08.
    let shown = world.followed(&coordinator, FollowUpQuestion::default()).await;
    assert_eq!(shown.as_of, day("2028-09-30"), "the last quarter that has ended");
    let quarter = FollowUpQuestion { as_of: Some(shown.as_of), ..FollowUpQuestion::default() };
    let own = world.followed(&world.ground.data_manager("KAR"), quarter.clone()).await;
    let exact = own.together.completeness.unwrap();
    let [karolinska] = &shown.sites[..] else { panic!("{shown:?}") };
    assert_eq!((karolinska.courses, karolinska.time), (None, None), "five courses are fewer than ten");
    let coarse = karolinska.completeness.unwrap();
    let lost = exact - coarse;
    assert!((0.0..0.01).contains(&lost) && coarse.to_string().len() <= 4, "{coarse} {exact}");
    assert_eq!(shown.together.completeness, Some(coarse));
    for _ in 0..6 {
        world.infused("KAR", DAY0).await;
    }
    let eleven = world.followed(&coordinator, quarter.clone()).await;
    assert_eq!((eleven.sites[0].courses, eleven.together.courses), (Some(10), Some(10)));
    for _ in 0..9 {
        world.infused("UPP", DAY0).await;
    }
    let twenty = world.followed(&coordinator, quarter).await;
    let courses: Vec<_> = twenty.sites.iter().map(|one| one.courses).collect();
    assert_eq!((courses, twenty.together.courses), (vec![Some(10), None], Some(20)), "eleven and nine");
    let before = FollowUpQuestion { as_of: Some(day("2025-12-31")), ..FollowUpQuestion::default() };
    assert_eq!(world.followed(&coordinator, before).await.sites, [], "there were fewer patients than five");

    let (service, act) = (&world.ground.service, world.ground.act());
    let horizon = |code: &str| Some(code.parse().unwrap());
    for question in [
        FollowUpQuestion { as_of: Some(day("2028-09-29")), ..FollowUpQuestion::default() },
        FollowUpQuestion { as_of: Some(day("2028-12-31")), ..FollowUpQuestion::default() },
        FollowUpQuestion { horizon: horizon("D100"), ..FollowUpQuestion::default() },
    ] {
        let refused = service.follow_up_completeness(&coordinator, &act, question).await.unwrap_err();
        assert_eq!(refused.problem(), Problem::ContentInvalid);
    }
    let year = FollowUpQuestion { horizon: horizon("M12"), ..FollowUpQuestion::default() };
    assert!(world.followed(&coordinator, year).await.sites[0].completeness.is_some());
}
