//! A person's question, from one site to another.

use cartotek_domain::access::{Role, permission};
use cartotek_domain::clarification::ClarificationEventKind::{Answered, Assigned, Closed, Opened, Reopened};
use cartotek_domain::clarification::ClarificationStatus;
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::patient::{Participation, ParticipationRole};
use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::clarification::{ClarificationQuery, NewClarification};
use cartotek_service::record::NewRecord;
use cartotek_service::transfer::Transfer;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use crate::common::decision;
use crate::world::{World, kinds, places, question, refusal};

#[rstest]
#[tokio::test]
async fn a_question_goes_from_site_to_site_and_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    let asked = world.ask("ORE", patient.record, question("/sex")).await.unwrap().value;
    let clarification = &asked.clarification;
    assert_eq!((clarification.site.as_str(), clarification.closing_site().as_str()), ("KAR", "ORE"));
    assert_eq!((clarification.revision, asked.pseudonym), (1, patient.pseudonym));
    assert_eq!((asked.state.status, asked.state.version), (ClarificationStatus::Open, 1));

    // The site that was asked answers, the site that asked closes; neither does the other's part.
    assert_eq!(refusal(world.answer("ORE", &asked).await).problem, Problem::PermissionMissing);
    assert_eq!(refusal(world.close("KAR", &asked, None).await).problem, Problem::PermissionMissing);
    let actor = |site: &str| world.manager::<permission::ReadRecord>(site).caller().actor;
    let assign = async |version, assignee| {
        let (service, act) = (&world.ground.service, world.ground.act());
        service
            .assign_clarification(&world.manager("KAR"), &act, asked.clarification.id, version, assignee)
            .await
    };
    let refused = refusal(assign(1, Some(actor("ORE"))).await);
    assert_eq!(places(&refused), [("ASSIGNEE-UNKNOWN", "/assignee")]);
    let assigned = assign(1, Some(actor("KAR"))).await.unwrap().value;
    assert_eq!(assigned.state.assignee, Some(actor("KAR")));
    world.ground.clock.advance(TimeDelta::days(3));
    let answered = world.answer("KAR", &assigned).await.unwrap().value;
    assert_eq!((answered.state.status, answered.age_days), (ClarificationStatus::Answered, 3));
    let late = refusal(world.answer("KAR", &assigned).await);
    assert_eq!((late.problem, late.current.unwrap().version), (Problem::StaleVersion, 3));

    let reopened = world.reopen("ORE", &answered).await.unwrap().value;
    assert_eq!(refusal(world.reopen("ORE", &reopened).await).problem, Problem::WrongState);
    let closed = world.close("ORE", &reopened, None).await.unwrap().value;
    assert_eq!(kinds(&closed), [Opened, Assigned, Answered, Reopened, Closed]);
    assert_eq!(refusal(world.answer("KAR", &closed).await).problem, Problem::WrongState);
    world.ground.clock.advance(TimeDelta::days(30));
    let (service, act) = (&world.ground.service, world.ground.act());
    let read = service.clarification(&world.manager("KAR"), &act, closed.clarification.id).await.unwrap();
    assert_eq!((read.value.age_days, &read.value.events), (3, &closed.events), "it ages no longer");
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn a_stranger_meets_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    let asked = world.ask("KAR", patient.record, question("/sex")).await.unwrap().value;
    let rows = world.count("clarification_event");
    assert_eq!(refusal(world.ask("UPP", patient.record, question("/sex")).await).problem, Problem::NotFound);
    assert_eq!(refusal(world.answer("UPP", &asked).await).problem, Problem::NotFound);
    assert_eq!(refusal(world.close("UPP", &asked, None).await).problem, Problem::NotFound);
    assert_eq!(refusal(world.reopen("UPP", &asked).await).problem, Problem::NotFound);
    let (service, act) = (&world.ground.service, world.ground.act());
    let read = service.clarification(&world.manager("UPP"), &act, asked.clarification.id).await;
    assert_eq!(refusal(read).problem, Problem::NotFound);
    assert_eq!(world.count("clarification_event"), rows);
}

/// After a transfer no question is left to a site that may not see the patient any more.
#[rstest]
#[tokio::test]
async fn the_responsible_site_stands_in_for_one_that_has_left(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let pseudonym = world.enrol("KAR").await;
    let record = world.register("KAR", pseudonym, Vec::new()).await.record;
    let asked = world.ask("KAR", record, question("/sex")).await.unwrap().value;
    let (service, ground) = (&world.ground.service, &world.ground);
    let transfer = Transfer {
        to_site: "ORE".parse().unwrap(),
        role: ParticipationRole::Treating,
        on: "2026-02-01".parse().unwrap(),
        keep_role: Some(ParticipationRole::Following),
    };
    service.transfer(&world.manager("KAR"), &ground.act(), pseudonym, transfer).await.unwrap();
    assert_eq!(refusal(world.answer("ORE", &asked).await).problem, Problem::PermissionMissing);
    let to_answer = async |site: &str| {
        let query = ClarificationQuery { site: site.parse().ok(), ..ClarificationQuery::default() };
        world.listed("ORE", query).await.len()
    };
    assert_eq!((to_answer("KAR").await, to_answer("ORE").await), (1, 0), "Karolinska keeps a part");
    let file = service.patient(&world.manager("KAR"), &ground.act(), pseudonym).await.unwrap().value;
    let own = |one: &&Participation| one.site.as_str() == "KAR" && one.valid_to.is_none();
    let own = file.participations.iter().find(own).unwrap();
    let (manager, last) = (world.manager("KAR"), "2026-03-01".parse().unwrap());
    service.end_participation(&manager, &ground.act(), pseudonym, own.id, own.version, last).await.unwrap();

    assert_eq!(refusal(world.answer("KAR", &asked).await).problem, Problem::NotFound);
    assert_eq!((to_answer("KAR").await, to_answer("ORE").await), (0, 1), "it has left");
    let all = world.listed("KAR", ClarificationQuery::default()).await;
    assert!(all.is_empty(), "it sees nothing of the patient any more: {all:?}");
    let assignee = world.manager::<permission::ReadRecord>("ORE").caller().actor;
    let assigned = service
        .assign_clarification(&world.manager("ORE"), &ground.act(), asked.clarification.id, 1, Some(assignee))
        .await
        .unwrap();
    let answered = world.answer("ORE", &assigned.value).await.unwrap().value;
    let closed = world.close("ORE", &answered, None).await.unwrap().value;
    assert_eq!(kinds(&closed), [Opened, Assigned, Answered, Closed]);
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn only_what_is_there_is_asked_about(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    for pointer in ["/nothing", "sex", "/sex/0", &"/sex".repeat(100)] {
        let refused = refusal(world.ask("KAR", patient.record, question(pointer)).await);
        assert_eq!(places(&refused), [("POINTER-UNKNOWN", "/pointer")], "{pointer}");
    }
    for revision in [0, 2, -1] {
        let new = NewClarification { revision: Some(revision), ..question("/sex") };
        let refused = refusal(world.ask("KAR", patient.record, new).await);
        assert_eq!(places(&refused), [("REVISION-UNKNOWN", "/revision")], "{revision}");
    }
    world.ask("KAR", patient.record, question("")).await.unwrap();

    let draft = NewRecord {
        patient: world.enrol("KAR").await,
        course: None,
        form: "patient_registration".to_owned(),
        form_version: None,
        content: json!({ "sex": "male" }),
        submission: None,
    };
    let (service, act) = (&world.ground.service, world.ground.act());
    let draft = service.create_record(&world.manager("KAR"), &act, draft).await.unwrap().value.record.id;
    assert_eq!(refusal(world.ask("KAR", draft, question("/sex")).await).problem, Problem::WrongState);
}

#[rstest]
#[tokio::test]
async fn nothing_is_added_to_what_an_erasure_will_take(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    let asked = world.ask("KAR", patient.record, question("/sex")).await.unwrap().value;
    let no = decision(ConsentPurpose::RegistryQuality, ConsentDecision::OptedOut, "2026-02-01");
    let (service, act) = (&world.ground.service, world.ground.act());
    service.record_consent(&world.manager("KAR"), &act, patient.pseudonym, no).await.unwrap();
    let refused = refusal(world.ask("KAR", patient.record, question("/sex")).await);
    assert_eq!(places(&refused), [("R-CONS-01", "")]);
    assert_eq!(places(&refusal(world.answer("KAR", &asked).await)), [("R-CONS-01", "")]);
}

#[rstest]
#[tokio::test]
async fn a_list_is_narrowed_by_whatever_is_asked(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (one, other) = (world.patient().await, world.patient().await);
    let first = world.ask("ORE", one.record, question("/sex")).await.unwrap().value;
    world.ground.clock.advance(TimeDelta::days(10));
    let second = world.ask("KAR", other.record, question("/birth_year_month")).await.unwrap().value;
    let third = world.answer("KAR", &second).await.unwrap().value;
    let listed = async |query| -> Vec<_> {
        world.list(query).await.into_iter().map(|file| file.clarification.id).collect()
    };
    let all = ClarificationQuery::default;
    let (first, second) = (first.clarification.id, third.clarification.id);
    assert_eq!(listed(all()).await, [first, second]);
    let of_one = ClarificationQuery { patient: Some(one.pseudonym), ..all() };
    assert_eq!(listed(of_one).await, [first]);
    let of_other = ClarificationQuery { record: Some(other.record), ..all() };
    assert_eq!(listed(of_other).await, [second]);
    let answered = ClarificationQuery { status: Some(ClarificationStatus::Answered), ..all() };
    assert_eq!(listed(answered).await, [second]);
    let old = |days| ClarificationQuery { older_than_days: Some(days), ..all() };
    assert_eq!((listed(old(9)).await, listed(old(10)).await), (vec![first], vec![]));
    let by_rule = ClarificationQuery { rule: Some("R-TEST-01".to_owned()), ..all() };
    assert_eq!(listed(by_rule).await, []);
    let of_site = |site: &str| ClarificationQuery { site: Some(site.parse().unwrap()), ..all() };
    assert_eq!((listed(of_site("KAR")).await, listed(of_site("ORE")).await), (vec![first, second], vec![]));
    let assigned = ClarificationQuery {
        assignee: Some(world.ground.network::<permission::ReadNetwork>(Role::Auditor).caller().actor),
        ..all()
    };
    assert_eq!(listed(assigned).await, []);
}
