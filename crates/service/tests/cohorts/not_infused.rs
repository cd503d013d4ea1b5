//! Attempts that ended without an infusion stay in the figures, with the reason.

use cartotek_domain::access::Role;
use cartotek_domain::course::CourseOutcome;
use cartotek_domain::record::AmendmentReason;
use cartotek_persistence::Engine;
use cartotek_service::cohort::{By, CountQuestion, GroupKey};
use rstest::rstest;
use serde_json::{Value, json};

use crate::network::{Network, Treated, act, count, day, every_course, granted};

impl Network {
    /// A patient whose course is closed, unless it is still open.
    async fn attempt(&self, outcome: Option<CourseOutcome>) -> Treated {
        let pseudonym = self.enrol("KAR", None).await;
        let course = self.open_course("KAR", pseudonym, "LBCL").await;
        if let Some(outcome) = outcome {
            let (may, on) = (granted(Role::DataManager, "KAR"), day("2026-02-01"));
            self.service.close_course(&may, &act(), course, 1, outcome, on).await.unwrap();
        }
        Treated { site: "KAR", pseudonym, course }
    }

    /// How many courses there are of each outcome that occurs; `None` for those without.
    async fn outcomes(&self, site: &str) -> Vec<(Option<String>, u64)> {
        let by = Some(By { variable: "course_outcome".to_owned(), edges: Vec::new() });
        let answer = self.counted(site, CountQuestion { by, ..every_course() }).await;
        let groups = answer.result.breakdown.unwrap().groups.into_iter();
        let figures = groups.filter_map(|group| match group.key {
            GroupKey::Code { code, .. } => Some((Some(code), group.courses?)),
            GroupKey::Missing => Some((None, group.courses?)),
            _ => None,
        });
        figures.filter(|(_, courses)| *courses > 0).collect()
    }

    async fn courses(&self, filter: Value) -> Option<u64> {
        self.counted("KAR", count(filter)).await.result.courses
    }
}

#[rstest]
#[tokio::test]
async fn attempts_without_an_infusion_are_counted_by_why_they_ended(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    network.treat("KAR", "LBCL", "2026-02-12").await;
    network.attempt(None).await;
    network.settle().await;
    assert_eq!(network.outcomes("KAR").await, [(None, 2)], "an infused course and one under way");

    for outcome in [CourseOutcome::ManufacturingFailure, CourseOutcome::Death, CourseOutcome::Progression] {
        network.attempt(Some(outcome)).await;
    }
    let progressed = network.attempt(Some(CourseOutcome::Progression)).await;
    network.settle().await;
    let of = |outcome: &str, courses: u64| (Some(outcome.to_owned()), courses);
    assert_eq!(
        network.outcomes("KAR").await,
        [of("manufacturing_failure", 1), of("death", 1), of("progression", 2), (None, 2)]
    );
    for (filter, courses) in [
        (json!({"all": []}), 6),
        (json!({"variable": "course_status", "equals": "closed"}), 4),
        (json!({"variable": "course_status", "equals": "open"}), 2),
        (json!({"variable": "infusion_date", "present": false}), 5),
        (json!({"variable": "course_outcome", "in": ["death", "progression"]}), 3),
    ] {
        assert_eq!(network.courses(filter.clone()).await, Some(courses), "{filter}");
    }
    assert_eq!(network.survival("KAR", json!({})).await.result.not_infused, Some(5));

    let (may, reason) = (granted(Role::DataManager, "KAR"), AmendmentReason::DataEntry);
    network.service.reopen_course(&may, &act(), progressed.course, 2, reason).await.unwrap();
    network.settle().await;
    assert_eq!(
        network.outcomes("KAR").await,
        [of("manufacturing_failure", 1), of("death", 1), of("progression", 1), (None, 3)]
    );
}

#[rstest]
#[tokio::test]
async fn researchers_count_attempts_that_ended_as_they_count_others(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    for _ in 0..10 {
        network.attempt(Some(CourseOutcome::Progression)).await;
    }
    network.settle().await;
    let ended = |outcome: &str| count(json!({"variable": "course_outcome", "equals": outcome}));
    assert_eq!(network.counted("", ended("progression")).await.result.patients, Some(10));
    assert_eq!(network.counted("", ended("death")).await.result.patients, None, "zero looks like a few");
}
