//! Following the change feed while others write and seal: nothing is missed, nothing comes twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cartotek_domain::access::permission;
use cartotek_domain::change::{ChangeEvent, FeedCursor, Since};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::id::AuditEventId;
use cartotek_domain::patient::ParticipationRole;
use cartotek_persistence::Engine;
use cartotek_service::Service;
use cartotek_service::enrol::{Decision, Enrolment};
use cartotek_service::feed::Feed;
use chrono::TimeDelta;
use rstest::rstest;

use crate::registry::{Registry, act, data_manager, granted};

/// Who writes at the same time.
const WRITERS: usize = 8;
/// How often each does.
const TIMES: usize = 12;

/// Enrols a patient at a site; gives the event.
async fn enrol(service: &Service, site: &str) -> AuditEventId {
    let decision = Decision {
        purpose: ConsentPurpose::RegistryResearch,
        decision: ConsentDecision::Given,
        decided_on: "2026-01-10".parse().unwrap(),
        valid_to: None,
        form_version: None,
        language: None,
        signed_by: Signatory::Patient,
        ethics_ref: None,
        document_ref: None,
    };
    let enrolment = Enrolment {
        site: site.parse().unwrap(),
        role: ParticipationRole::Treating,
        from: "2026-01-10".parse().unwrap(),
        consents: vec![decision],
        linkage: None,
    };
    let granted = granted::<permission::EnrolPatient>(&data_manager(site));
    service.enrol(&granted, &act(service), enrolment).await.unwrap().receipt.unwrap().event
}

async fn read(service: &Service, since: Since, limit: u16) -> Feed {
    let granted = granted::<permission::ReadChanges>(&data_manager("KAR"));
    service.changes(&granted, &act(service), since, limit).await.unwrap().value
}

/// Follows the feed until it has ended and nobody adds to it any more.
async fn follow(service: Service, mut cursor: FeedCursor, ended: Arc<AtomicBool>) -> Vec<ChangeEvent> {
    let mut told = Vec::new();
    loop {
        // Asked before the feed is: what was sealed until then is in it.
        let last = ended.load(Ordering::SeqCst);
        let feed = read(&service, Since::Cursor(cursor), 5).await;
        let nothing_new = feed.events.is_empty() && !feed.more;
        cursor = feed.cursor;
        told.extend(feed.events);
        if last && nothing_new {
            return told;
        }
        tokio::task::yield_now().await;
    }
}

/// Seals in turn with the other server.
async fn keep_sealing(server: Service, ended: Arc<AtomicBool>) {
    while !ended.load(Ordering::SeqCst) {
        server.seal().await.unwrap();
        server.end_sealing().await.unwrap();
        tokio::task::yield_now().await;
    }
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_follows_misses_nothing(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let servers = [registry.service.clone(), registry.second_server().await];
    let start = read(&servers[0], Since::Latest, 1).await.cursor;
    let (written, sealed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let sealers = servers.clone().map(|server| tokio::spawn(keep_sealing(server, Arc::clone(&written))));
    let followers = servers.clone().map(|server| tokio::spawn(follow(server, start, Arc::clone(&sealed))));
    let writers = (0..WRITERS).map(|writer| {
        let server = servers[writer % 2].clone();
        tokio::spawn(async move {
            let mut events = Vec::new();
            for time in 0..TIMES {
                // Every third is another site's.
                let site = if time % 3 == 2 { "SUS" } else { "KAR" };
                let event = enrol(&server, site).await;
                events.extend((site == "KAR").then_some(event));
            }
            events
        })
    });
    let mut expected = BTreeSet::new();
    for writer in writers.collect::<Vec<_>>() {
        expected.extend(writer.await.unwrap());
    }
    written.store(true, Ordering::SeqCst);
    for sealer in sealers {
        sealer.await.unwrap();
    }
    registry.service.seal_all().await.unwrap();
    sealed.store(true, Ordering::SeqCst);
    assert_eq!(expected.len(), WRITERS * TIMES * 2 / 3);
    for follower in followers {
        let told = follower.await.unwrap();
        assert!(told.is_sorted_by(|one, other| one.number < other.number), "out of order");
        let events: BTreeSet<_> = told.iter().map(|event| event.event).collect();
        assert_eq!((told.len(), events), (expected.len(), expected.clone()));
    }
    assert!(registry.check().await.is_clean());
}

/// A server whose clock is slow seals after others what happened, by its clock, before.
#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn what_is_sealed_late_is_told_late(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let service = &registry.service;
    let start = read(service, Since::Latest, 1).await.cursor;
    let first = enrol(service, "KAR").await;
    service.seal_all().await.unwrap();
    let feed = read(service, Since::Cursor(start), 10).await;
    assert_eq!(feed.events.iter().map(|event| event.event).collect::<Vec<_>>(), [first]);
    registry.clock.advance(TimeDelta::minutes(-30));
    let second = enrol(service, "KAR").await;
    let unsealed = read(service, Since::Cursor(feed.cursor), 10).await;
    assert_eq!((unsealed.events.len(), unsealed.cursor), (0, feed.cursor));
    service.seal_all().await.unwrap();
    let next = read(service, Since::Cursor(feed.cursor), 10).await;
    assert_eq!(next.events.iter().map(|event| event.event).collect::<Vec<_>>(), [second]);
    assert!(next.events[0].occurred_at < feed.events[0].occurred_at);
    assert!(next.events[0].number > feed.events[0].number);
}

/// More events than are looked at by one statement, between two that are told.
#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn what_is_nothing_to_the_reader_is_passed_over(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let service = &registry.service;
    let start = read(service, Since::Latest, 1).await.cursor;
    registry.refuse(600).await;
    service.seal_all().await.unwrap();
    let nothing = read(service, Since::Cursor(start), 10).await;
    assert_eq!((nothing.events.len(), nothing.cursor, nothing.more), (0, start, false));
    let first = enrol(service, "KAR").await;
    service.seal_all().await.unwrap();
    registry.refuse(600).await;
    let second = enrol(service, "KAR").await;
    service.seal_all().await.unwrap();
    let events = |feed: &Feed| feed.events.iter().map(|event| event.event).collect::<Vec<_>>();
    let one = read(service, Since::Cursor(start), 1).await;
    assert_eq!((events(&one), one.more), (vec![first], true));
    let other = read(service, Since::Cursor(one.cursor), 1).await;
    assert_eq!(events(&other), [second]);
    assert_eq!(events(&read(service, Since::Cursor(start), 2).await), [first, second]);
    let end = read(service, Since::Cursor(other.cursor), 1).await;
    assert_eq!((end.events.len(), end.more), (0, false));
}
