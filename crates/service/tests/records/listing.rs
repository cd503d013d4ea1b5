//! Lists of what waits for a second person: records to be verified, locks that hold, requests that they be ended.

use cartotek_domain::id::{LockId, RecordId, UnlockRequestId};
use cartotek_domain::lock::{LockKind, LockTarget};
use cartotek_domain::problem::Problem;
use cartotek_domain::record::AmendmentReason;
use cartotek_domain::unlock::UnlockStatus;
use cartotek_persistence::{Engine, Page};
use cartotek_service::lock::NewTarget;
use cartotek_service::record::{RecordQuery, Version};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{TestGround, annulment};
use crate::judging::{death, patient, record, submit};
use crate::locking::{amend, death_on, lock, up_to};

/// The records that a site's list shows, page by page.
async fn records(ground: &TestGround, site: &str, verified: Option<bool>) -> Vec<RecordId> {
    let (mut found, mut page) = (Vec::new(), Page::first(1));
    loop {
        let query = RecordQuery { verified, ..RecordQuery::default() };
        let (reader, act) = (ground.data_manager(site), ground.act());
        let listed = ground.service.records(&reader, &act, query, page).await.unwrap().value;
        found.extend(listed.items.iter().map(|one| one.record.id));
        let Some(after) = listed.next else { return found };
        page = Page { after: Some(after), limit: 1 };
    }
}

async fn locks(ground: &TestGround, site: &str, holds: Option<bool>) -> Vec<LockId> {
    let reader = ground.data_manager(site);
    let listed = ground.service.locks(&reader, &ground.act(), holds, Page::first(10)).await.unwrap();
    listed.value.items.iter().map(|one| one.lock.id).collect()
}

async fn requests(ground: &TestGround, site: &str, status: Option<UnlockStatus>) -> Vec<UnlockRequestId> {
    let (mut found, mut page) = (Vec::new(), Page::first(1));
    loop {
        let (reader, act) = (ground.data_manager(site), ground.act());
        let listed = ground.service.unlock_requests(&reader, &act, status, page).await.unwrap().value;
        found.extend(listed.items.iter().map(|one| one.request.id));
        let Some(after) = listed.next else { return found };
        page = Page { after: Some(after), limit: 1 };
    }
}

/// A draft awaits nothing; an amendment makes a record await again.
#[rstest]
#[tokio::test]
async fn what_awaits_verification_is_found(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let service = &ground.service;
    let (first, second) = (patient(&ground).await, patient(&ground).await);
    let draft = record(first, "event", json!({}), None);
    service.create_record(&ground.data_manager("KAR"), &ground.act(), draft).await.unwrap();
    let amended = submit(&ground, first, "event", death(), Vec::new()).await.unwrap().value;
    let other = submit(&ground, second, "event", death(), Vec::new()).await.unwrap().value.record.id;
    let id = amended.record.id;
    assert_eq!(records(&ground, "KAR", Some(false)).await, [id, other]);
    for record in [id, other] {
        service.verify_record(&ground.second_manager(), &ground.act(), record, 1).await.unwrap();
    }
    assert!(records(&ground, "KAR", Some(false)).await.is_empty());
    assert_eq!(records(&ground, "KAR", Some(true)).await, [id, other]);
    amend(&ground, &amended, death_on("2026-02-11")).await.unwrap();
    assert_eq!(records(&ground, "KAR", Some(false)).await, [id]);
    assert_eq!(records(&ground, "KAR", Some(true)).await, [other]);
    assert_eq!(records(&ground, "KAR", None).await.len(), 3);
    assert!(records(&ground, "UPP", Some(true)).await.is_empty(), "a site sees its own patients");

    let valid = async || {
        let reader = ground.data_manager("KAR");
        let listed = service.verifications(&reader, &ground.act(), id).await.unwrap().value;
        listed.iter().map(|one| (one.verification.revision, one.valid)).collect::<Vec<_>>()
    };
    assert_eq!(valid().await, [(1, false)]);
    service.verify_record(&ground.second_manager(), &ground.act(), id, 2).await.unwrap();
    assert_eq!(valid().await, [(1, false), (2, true)]);
    let stranger = service.verifications(&ground.data_manager("UPP"), &ground.act(), id).await;
    assert_eq!(stranger.unwrap_err().problem(), Problem::NotFound);
}

#[rstest]
#[tokio::test]
async fn locks_that_hold_and_requests_that_wait_are_found(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let service = &ground.service;
    let (mut ids, mut asked) = (Vec::new(), Vec::new());
    for day in ["2026-01-31", "2026-02-28", "2026-03-01"] {
        ids.push(lock(&ground, up_to(day)).await.unwrap().value.lock.id);
    }
    ground.unlock(ids[0]).await;
    for id in &ids[1..] {
        let (manager, reason) = (ground.data_manager("KAR"), "Mistyped".to_owned());
        asked.push(service.request_unlock(&manager, &ground.act(), *id, reason).await.unwrap().value.id);
    }
    assert_eq!(locks(&ground, "KAR", None).await, ids);
    assert_eq!(locks(&ground, "KAR", Some(true)).await, ids[1..]);
    assert_eq!(locks(&ground, "KAR", Some(false)).await, ids[..1]);
    assert_eq!(requests(&ground, "KAR", Some(UnlockStatus::Pending)).await, asked);
    service.withdraw_unlock(&ground.data_manager("KAR"), &ground.act(), asked[0]).await.unwrap();
    assert_eq!(requests(&ground, "KAR", Some(UnlockStatus::Pending)).await, asked[1..]);
    assert_eq!(requests(&ground, "KAR", Some(UnlockStatus::Withdrawn)).await, asked[..1]);
    assert_eq!(requests(&ground, "KAR", Some(UnlockStatus::Approved)).await.len(), 1);
    assert_eq!(requests(&ground, "KAR", None).await.len(), 3);
    for site in ["UPP", "ORE"] {
        assert!(requests(&ground, site, None).await.is_empty());
        assert!(locks(&ground, site, Some(true)).await.is_empty());
    }
}

/// Whoever is to approve sees what the lock holds without asking for the lock and its record.
#[rstest]
#[tokio::test]
async fn requests_say_what_their_locks_hold(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, patient) = (&ground.service, patient(&ground).await);
    let file = submit(&ground, patient, "event", death(), Vec::new()).await.unwrap().value;
    let until = up_to("2026-01-31");
    for target in [NewTarget::Record(file.record.id), NewTarget::Patient(patient.0), until] {
        let id = lock(&ground, target).await.unwrap().value.lock.id;
        let (manager, reason) = (ground.data_manager("KAR"), "Mistyped".to_owned());
        service.request_unlock(&manager, &ground.act(), id, reason).await.unwrap();
    }
    let (reader, act) = (ground.second_manager(), ground.act());
    ground.database.statements();
    let listed = service.unlock_requests(&reader, &act, None, Page::first(10)).await.unwrap().value.items;
    let statements = ground.database.statements();
    let of_versions = statements.iter().filter(|text| text.contains("form_version"));
    assert_eq!(of_versions.count(), 1, "a record is read with the version of its form: {statements:#?}");
    let shown = listed.iter().map(|one| {
        let record = one.record.as_ref().map(|(record, key)| (record.clone(), json!(key)));
        (one.target.kind(), one.pseudonym, record)
    });
    let of_death = (file.record, json!({ "kind": "death", "event_no": 1 }));
    let expected = [
        (LockKind::Record, Some(patient.0), Some(of_death)),
        (LockKind::Patient, Some(patient.0), None),
        (LockKind::Site, None, None),
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    let (site, cut_off) = ("KAR".parse().unwrap(), "2026-01-31".parse().unwrap());
    assert_eq!(listed[2].target, LockTarget::Site { site, cut_off });
}

/// A list says what each record is about; an earlier content says what it was about.
#[rstest]
#[tokio::test]
async fn records_show_their_keys(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, patient) = (&ground.service, patient(&ground).await);
    let act = || ground.act();
    let relapse = |number: u8| json!({ "kind": "relapse_progression", "event_no": number });
    let single = record(patient, "acute_toxicity", json!({}), None);
    let single = service.create_record(&ground.data_manager("KAR"), &act(), single).await.unwrap().value;
    let unfinished = record(patient, "event", json!({ "kind": "relapse_progression" }), None);
    let draft = service.create_record(&ground.data_manager("KAR"), &act(), unfinished).await.unwrap().value;
    let file = submit(&ground, patient, "event", death(), Vec::new()).await.unwrap().value;
    let of_death = json!({ "kind": "death", "event_no": 1 });
    assert_eq!([&single, &draft, &file].map(|one| json!(one.key)), [json!({}), json!({}), of_death.clone()]);
    assert_eq!(keys(&ground).await, [json!({}), json!({}), of_death.clone()]);

    let id = draft.record.id;
    for number in [3, 4] {
        let expected = i64::from(number) - 2;
        let replaced = service
            .replace_draft(&ground.data_manager("KAR"), &act(), id, expected, relapse(number))
            .await
            .unwrap();
        assert_eq!(json!(replaced.value.key), relapse(number));
    }
    assert_eq!(keys(&ground).await, [json!({}), relapse(4), of_death]);
    for (version, key) in
        [(Version::Number(1), json!({})), (Version::Number(2), relapse(3)), (Version::Current, relapse(4))]
    {
        let stored = service.record(&ground.data_manager("KAR"), &act(), id, version).await.unwrap().value;
        assert_eq!(json!(stored.key), key);
    }

    let (id, why) = (file.record.id, annulment(AmendmentReason::Duplicate));
    let annulled = service.annul_record(&ground.data_manager("KAR"), &act(), id, 1, why).await.unwrap().value;
    let stored =
        service.record(&ground.data_manager("KAR"), &act(), id, Version::Current).await.unwrap().value;
    assert_eq!([annulled.key, stored.key].map(|key| json!(key)), [json!({}), json!({})]);
    assert_eq!(keys(&ground).await, [json!({}), relapse(4), json!({})], "its key is free");
}

async fn keys(ground: &TestGround) -> Vec<Value> {
    let (reader, act, query) = (ground.data_manager("KAR"), ground.act(), RecordQuery::default());
    let listed = ground.service.records(&reader, &act, query, Page::first(10)).await.unwrap().value;
    listed.items.iter().map(|one| json!(one.key)).collect()
}
