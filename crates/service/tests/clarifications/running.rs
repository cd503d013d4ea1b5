//! Questions of rules, in bulk: counted first, asked once, never of what somebody has explained.

use std::sync::Arc;

use cartotek_crypto::hash::sha256;
use cartotek_domain::audit::Outcome;
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_persistence::Engine;
use cartotek_service::clarification::ClarificationRun;
use cartotek_service::{Act, IdempotencyKey};
use rstest::rstest;
use tokio::task::JoinSet;

use crate::common::decision;
use crate::world::{World, counts, explained, no_men, places, refusal, registration, rule};

#[rstest]
#[tokio::test]
async fn a_run_asks_once_what_its_dry_run_counts(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.patient().await;
    let elsewhere = world.enrol("UPP").await;
    world.register("UPP", elsewhere, Vec::new()).await;
    assert_eq!(counts(&world.run("KAR").await), [], "no rule has anything to ask");
    world.publish(&[no_men(), rule("R-TEST-02", "error", "f.sex == 'female'")]).await;

    let all = ClarificationRun::default();
    let dry = world.run_as(&world.manager("KAR"), &world.ground.dry(), all.clone()).await.unwrap().value;
    assert_eq!(world.count("clarification"), 0, "a dry run keeps nothing");
    let run = world.run_as(&world.manager("KAR"), &world.ground.act(), all).await.unwrap().value;
    assert_eq!(run, dry);
    assert_eq!(
        (run.records, counts(&run)),
        (Some(2), vec![("KAR", "R-TEST-01", 2, 0), ("KAR", "R-TEST-02", 2, 0)])
    );
    let live = world.live().await;
    assert_eq!(live.len(), 4);
    assert!(live.iter().all(|one| one.clarification.pointer == "/sex"));
    assert_eq!(live[0].rule_text, Some(Text::new("R-TEST-01 frågar.", "R-TEST-01 asks.")));

    let again = world.run("KAR").await;
    assert_eq!(counts(&again), [("KAR", "R-TEST-01", 0, 2), ("KAR", "R-TEST-02", 0, 2)]);
    // Who follows the patient sees that it is asked, and the network asks what is left.
    assert_eq!(counts(&world.run("ORE").await), counts(&again));
    let network = world.run_as(&world.coordinator(), &world.ground.act(), ClarificationRun::default()).await;
    let network = network.unwrap().value;
    assert_eq!((network.records, counts(&network)), (None, vec![]), "of few the network gets no figure");
    assert_eq!((world.count("clarification"), world.count("clarification_event")), (6, 6));

    let events = world.events(patient.pseudonym).await;
    let asked: Vec<_> = events.iter().filter(|one| one.action == "clarifications.run").collect();
    let outcomes: Vec<_> = asked.iter().map(|one| (one.outcome, one.unit.as_deref())).collect();
    assert_eq!(outcomes, [(Outcome::DryRun, Some("KAR")), (Outcome::Changed, Some("KAR"))]);
    assert_eq!(asked[1].subjects.len(), 4, "two clarifications, each with its first event");
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn a_run_is_narrowed_to_form_rule_and_site(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    world.patient().await;
    world.publish(&[no_men(), rule("R-TEST-02", "error", "f.sex == 'female'")]).await;
    let run = async |run| world.run_as(&world.manager("KAR"), &world.ground.dry(), run).await;
    let counted = async |form: Option<&str>, rule: Option<&str>, site: Option<&str>| {
        let (form, rule) = (form.map(str::to_owned), rule.map(str::to_owned));
        let site = site.map(|site| site.parse().unwrap());
        run(ClarificationRun { form, rule, site }).await.unwrap().value.counts.len()
    };
    assert_eq!(counted(None, None, None).await, 2);
    assert_eq!(counted(Some("patient_registration"), Some("R-TEST-02"), Some("KAR")).await, 1);
    assert_eq!(counted(Some("infusion"), None, None).await, 0);
    assert_eq!(counted(None, None, Some("ORE")).await, 0, "it follows, and owns no form");
    let unknown = |form: Option<&str>, rule: Option<&str>, site: Option<&str>| {
        let (form, rule) = (form.map(str::to_owned), rule.map(str::to_owned));
        run(ClarificationRun { form, rule, site: site.map(|site| site.parse().unwrap()) })
    };
    let form = refusal(unknown(Some("nothing"), None, None).await);
    assert_eq!(places(&form), [("FORM-UNKNOWN", "/form")]);
    let rule = refusal(unknown(Some("infusion"), Some("R-TEST-01"), None).await);
    assert_eq!(places(&rule), [("RULE-UNKNOWN", "/rule")]);
    let site = refusal(unknown(None, None, Some("XXX")).await);
    assert_eq!(places(&site), [("CODE-UNKNOWN", "/site")]);
}

/// A question that was settled is not asked again of the same content, or nobody would ever be done.
#[rstest]
#[tokio::test]
async fn what_somebody_has_explained_is_not_asked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.publish(&[no_men()]).await;
    // Explained at submission.
    let careful = world.enrol("KAR").await;
    let warning = Finding::warning("R-TEST-01", "/sex", Text::new("", ""));
    world.register("KAR", careful, vec![explained(&warning)]).await;
    assert_eq!(counts(&world.run("KAR").await), [("KAR", "R-TEST-01", 1, 0)]);

    // The rule still finds something: whoever closes says why.
    let asked = world.live().await.remove(0);
    let refused = refusal(world.close("KAR", &asked, None).await);
    assert_eq!(places(&refused), [("ACKNOWLEDGE", "/text")]);
    let first = world.close("KAR", &asked, Some("Confirmed.")).await.unwrap().value;
    assert_eq!(counts(&world.run("KAR").await), []);

    // Another content is another question.
    world.ground.clock.advance(chrono::TimeDelta::hours(1));
    let mut content = registration("male");
    content["birth_year_month"] = "1961-05".into();
    world.amend(patient.record, 1, content).await;
    assert_eq!(counts(&world.run("KAR").await), [("KAR", "R-TEST-01", 1, 0)]);
    // The first one cannot come back beside it.
    assert_eq!(refusal(world.reopen("KAR", &first).await).problem, Problem::AlreadyExists);
    let second = world.live().await.remove(0);
    assert_eq!(second.clarification.revision, 2);
    world.close("KAR", &second, Some("Confirmed again.")).await.unwrap();
    world.reopen("KAR", &first).await.unwrap();
    assert_eq!(counts(&world.run("KAR").await), [("KAR", "R-TEST-01", 0, 1)]);
    world.assert_clean().await;
}

/// What the network asked, nobody of the network may close: it sees no patient. The site that answers does.
#[rstest]
#[tokio::test]
async fn the_site_that_answers_closes_what_the_network_asked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    world.patient().await;
    world.publish(&[no_men()]).await;
    world.run_as(&world.coordinator(), &world.ground.act(), ClarificationRun::default()).await.unwrap();
    let asked = world.live().await.remove(0);
    assert_eq!(asked.clarification.opened_for, None);
    let refused = world.close("ORE", &asked, Some("It is right.")).await;
    assert_eq!(refusal(refused).problem, Problem::PermissionMissing);
    world.close("KAR", &asked, Some("It is right.")).await.unwrap();
}

/// A rule that was too strict is mended in the form; nobody has to close what it has asked.
#[rstest]
#[tokio::test]
async fn a_run_closes_what_its_rules_find_no_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.patient().await;
    world.publish(&[no_men(), rule("R-TEST-02", "error", "f.sex == 'female'")]).await;
    world.run("KAR").await;
    let answered = world.live().await.remove(0);
    world.answer("KAR", &answered).await.unwrap();
    world.revise("f.sex != 'male'", "f.sex != 'female'").await;

    let by_other = ClarificationRun { rule: Some("R-TEST-02".to_owned()), ..ClarificationRun::default() };
    let report = world.run_as(&world.manager("KAR"), &world.ground.act(), by_other).await.unwrap().value;
    assert_eq!(counts(&report), [("KAR", "R-TEST-02", 0, 2)]);
    assert_eq!(world.live().await.len(), 4, "that rule was not run");
    let all = ClarificationRun::default();
    let dry = world.run_as(&world.manager("ORE"), &world.ground.dry(), all).await.unwrap().value;
    assert_eq!(world.live().await.len(), 4, "a dry run keeps nothing");
    let report = world.run("ORE").await;
    assert_eq!(report, dry);
    let closed: Vec<_> = report.counts.iter().map(|one| (one.rule.as_str(), one.closed)).collect();
    assert_eq!(closed, [("R-TEST-01", Some(2)), ("R-TEST-02", Some(0))]);
    let live = world.live().await;
    assert!(live.iter().all(|one| one.clarification.rule.as_deref() == Some("R-TEST-02")), "{live:?}");
    assert_eq!(live.len(), 2);
    let events = world.events(patient.pseudonym).await;
    let event = events.into_iter().rfind(|one| one.action == "clarifications.run").unwrap();
    let tables: Vec<_> = event.subjects.iter().map(|one| one.table.as_str()).collect();
    assert_eq!((event.outcome, event.unit.as_deref()), (Outcome::Changed, Some("ORE")));
    assert_eq!(tables, ["clarification_event"]);
    assert_eq!(counts(&world.run("ORE").await), [("KAR", "R-TEST-02", 0, 2)]);
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn parallel_runs_ask_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = Arc::new(World::start(engine).await);
    for _ in 0..4 {
        world.patient().await;
    }
    world.publish(&[no_men()]).await;
    let mut runs = JoinSet::new();
    for number in 0..12 {
        let world = Arc::clone(&world);
        runs.spawn(async move {
            let by = match number % 3 {
                0 => world.manager("KAR"),
                1 => world.manager("ORE"),
                _ => world.coordinator(),
            };
            world.run_as(&by, &world.ground.act(), ClarificationRun::default()).await.unwrap().value
        });
    }
    let mut opened = 0;
    for report in runs.join_all().await {
        // The network gets no figure of four patients.
        for (_, _, newly, already) in counts(&report) {
            assert_eq!(newly + already, 4);
            opened += newly;
        }
    }
    assert!(opened <= 4, "{opened}");
    assert_eq!((world.count("clarification"), world.count("clarification_state")), (4, 4));
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn a_repeated_request_gets_its_answer_and_asks_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    world.patient().await;
    world.publish(&[no_men()]).await;
    let run = async |body: &str| {
        let key = IdempotencyKey { key: "run".to_owned(), fingerprint: sha256(&[body.as_bytes()]) };
        let act = Act { key: Some(key), ..world.ground.act() };
        world.run_as(&world.coordinator(), &act, ClarificationRun::default()).await
    };
    let first = run("all").await.unwrap();
    // There would be more to ask now.
    world.publish(&[rule("R-TEST-02", "error", "f.sex == 'female'")]).await;
    let again = run("all").await.unwrap();
    assert_eq!((again.replayed, again.value), (true, first.value));
    assert_eq!(world.count("clarification"), 1);
    assert_eq!(refusal(run("other").await).problem, Problem::IdempotencyKeyReused);
}

#[rstest]
#[tokio::test]
async fn who_has_opted_out_is_passed_over(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.publish(&[no_men()]).await;
    let no = decision(ConsentPurpose::RegistryQuality, ConsentDecision::OptedOut, "2026-02-01");
    let (service, act) = (&world.ground.service, world.ground.act());
    service.record_consent(&world.manager("KAR"), &act, patient.pseudonym, no).await.unwrap();
    let report = world.run("KAR").await;
    assert_eq!((report.records, report.counts), (Some(0), vec![]));
}
