//! Reminders: what a site is told.

use std::collections::BTreeSet;

use cartotek_crypto::hash::sha256;
use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::reminder::{ESCALATED_AFTER_DAYS, Reminder, ReminderState};
use cartotek_domain::schedule::TimeState;
use cartotek_persistence::{Engine, Page, ReadSession};
use cartotek_service::Service;
use cartotek_service::clarification::NewClarification;
use cartotek_service::lock::NewTarget;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::content::{follow_up, infusion};
use crate::patient::Treated;

pub(crate) fn site(code: &str) -> SiteCode {
    code.parse().unwrap()
}

/// Form, time point and urgency of an item.
type Row = (String, String, &'static str);

/// The one reminder that is composed for a site.
pub(crate) async fn compose(service: &Service, code: &str) -> (Reminder, Value) {
    let composed = service.compose_reminders(&[site(code)]).await.unwrap();
    assert_eq!(composed.unknown, []);
    let [reminder] = &composed.reminders[..] else { panic!("{composed:?}") };
    (reminder.clone(), serde_json::from_str(&reminder.body).unwrap())
}

#[rstest]
#[tokio::test]
async fn a_site_is_told_in_numbers_and_nobody_is_named(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-07-08");
    let (reminder, body) = compose(&patient.ground.service, "KAR").await;
    let waiting = patient.worklist("KAR").await;
    let number = |urgency: &str| waiting.iter().filter(|(.., one)| *one == urgency).count();
    for urgency in ["overdue", "due", "open", "due_soon"] {
        assert_eq!(body["totals"][urgency], number(urgency), "{urgency}: {waiting:?}");
    }
    let of = |form: &str, time_point: &str| {
        let items = body["items"].as_array().unwrap().iter();
        items.into_iter().find(|line| line["form"] == form && line["time_point"] == time_point).cloned()
    };
    let line = of("follow_up", "D100").expect("it is overdue");
    assert_eq!((&line["overdue"], &line["new"]), (&1.into(), &1.into()), "{body}");

    // What is overdue for long is counted apart.
    let schedule = patient.schedule().await;
    let overdue = schedule.iter().filter_map(|item| match item.state.time() {
        Some(TimeState::Overdue { days }) => Some(days),
        _ => None,
    });
    let escalated = overdue.filter(|days| *days > ESCALATED_AFTER_DAYS).count();
    assert!(escalated > 0, "{waiting:?}");
    assert_eq!((&body["totals"]["escalated"], &line["escalated"]), (&escalated.into(), &0.into()), "{body}");
    assert_eq!(
        (&body["site"], &body["day"], &body["since"]),
        (&"KAR".into(), &"2026-07-08".into(), &Value::Null)
    );

    // Neither a pseudonym nor an id but its own, nor a day but that of the reminder.
    let course = patient.course.to_string();
    for named in [&patient.pseudonym.to_string(), &course, "CT-"] {
        assert!(!reminder.body.contains(named), "{named}: {}", reminder.body);
    }
    let text = reminder.body.replace(&reminder.id.to_string(), "");
    let days: BTreeSet<_> = text.match_indices("202").filter_map(|(at, _)| text.get(at..at + 10)).collect();
    assert_eq!(days, BTreeSet::from(["2026-07-08"]), "{text}");
    let (_, uppsala) = compose(&patient.ground.service, "UPP").await;
    assert_eq!(uppsala["items"], Value::Array(Vec::new()), "another site's patient");
}

/// Of what waits, how much did not wait before.
fn risen(before: &[Row], after: &[Row]) -> usize {
    let mut before = before.to_vec();
    let is_new = |row: &&Row| match before.iter().position(|one| one == *row) {
        Some(place) => {
            before.remove(place);
            false
        }
        None => true,
    };
    after.iter().filter(is_new).count()
}

#[rstest]
#[tokio::test]
async fn what_was_told_before_is_not_new(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    let service = &patient.ground.service;
    let waiting = async || -> Vec<Row> {
        patient.worklist("KAR").await.into_iter().filter(|(.., urgency)| *urgency != "closed").collect()
    };
    patient.wait_until("2026-07-07");
    let (first, (_, told)) = (waiting().await, compose(service, "KAR").await);
    assert_eq!(told["totals"]["new"], first.len(), "nothing was told before");
    let again = service.compose_reminders(&[site("KAR")]).await.unwrap();
    assert_eq!(again.reminders, [], "one a day");
    patient.wait_until("2026-07-08");
    let (second, (_, told)) = (waiting().await, compose(service, "KAR").await);
    let overdue = ("follow_up".to_owned(), "D100".to_owned(), "overdue");
    assert!(second.contains(&overdue) && !first.contains(&overdue), "{second:?}");
    let new = risen(&first, &second);
    assert!(new >= 1 && new < second.len(), "{new} of {second:?}");
    assert_eq!((&told["since"], &told["totals"]["new"]), (&"2026-07-07".into(), &new.into()), "{told}");
    patient.wait_until("2026-07-09");
    patient.submit("follow_up", follow_up("D100", "2026-05-20")).await;
    let (third, (_, told)) = (waiting().await, compose(service, "KAR").await);
    assert!(!third.contains(&overdue), "{third:?}");
    assert_eq!(told["totals"]["new"], risen(&second, &third), "{told}");
    let read = |session: &mut dyn ReadSession| session.reminders(ReminderState::Waiting);
    let kept = patient.ground.database.store.read("look", read).await.unwrap();
    let listed = kept.iter().map(|one| !one.marks.is_empty());
    assert_eq!(
        listed.collect::<Vec<_>>(),
        [false, false, true],
        "what was listed is kept for the next one alone"
    );
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn clarifications_are_counted_where_they_are_answered(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    let record = patient.submit("infusion", infusion("2026-02-12")).await.record.id;
    let (ground, service) = (&patient.ground, &patient.ground.service);
    let ask = async || {
        let (manager, text) = (ground.data_manager("KAR"), "Is that the day?".to_owned());
        let new = NewClarification { pointer: "/infusion_date".to_owned(), revision: None, text };
        let asked = service.open_clarification(&manager, &ground.act(), record, new).await.unwrap();
        asked.value.clarification.id
    };
    let told = async |code: &str| compose(service, code).await.1["clarifications"].clone();
    let none = json!({ "open": 0, "escalated": 0, "oldest_days": null });
    assert_eq!(told("KAR").await, none);
    let first = ask().await;
    ground.clock.advance(TimeDelta::days(31));
    ask().await;
    assert_eq!(told("KAR").await, json!({ "open": 2, "escalated": 1, "oldest_days": 31 }));
    assert_eq!(told("UPP").await, none, "another site's patient");
    let (manager, text) = (ground.data_manager("KAR"), "It is.".to_owned());
    service.answer_clarification(&manager, &ground.act(), first, 1, text).await.unwrap();
    ground.clock.advance(TimeDelta::days(1));
    let left = json!({ "open": 1, "escalated": 0, "oldest_days": 1 });
    assert_eq!(told("KAR").await, left, "what is answered waits for whoever asked");
}

#[rstest]
#[tokio::test]
async fn requests_to_end_a_lock_are_counted_where_they_are_approved(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    let (ground, service) = (&patient.ground, &patient.ground.service);
    let up_to = NewTarget::Site(site("KAR"), "2026-02-28".parse().unwrap());
    for target in [up_to, NewTarget::Patient(patient.pseudonym)] {
        let (manager, reason) = (ground.data_manager("KAR"), "Frozen".to_owned());
        let lock = service.create_lock(&manager, &ground.act(), target, reason).await.unwrap().value.lock.id;
        let (manager, reason) = (ground.data_manager("KAR"), "Mistyped".to_owned());
        service.request_unlock(&manager, &ground.act(), lock, reason).await.unwrap();
    }
    let count = async |code: &str| compose(service, code).await.1["unlock_requests"].clone();
    assert_eq!((count("KAR").await, count("UPP").await), (2.into(), 0.into()));
    let read = |session: &mut dyn ReadSession| session.open_unlock_requests();
    for (request, _) in ground.database.store.read("look", read).await.unwrap() {
        service.approve_unlock(&ground.second_manager(), &ground.act(), request.id).await.unwrap();
    }
    ground.clock.advance(TimeDelta::days(1));
    assert_eq!(count("KAR").await, 0);
}

#[rstest]
#[tokio::test]
async fn the_log_says_what_has_left(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    let service = &patient.ground.service;
    let (reminder, _) = compose(service, "KAR").await;
    let read = |session: &mut dyn ReadSession| session.events(&Page::first(5000));
    let events = patient.ground.database.store.read("look", read).await.unwrap().items;
    let events = events.iter().map(|event| AuditEvent::from_canonical(&event.canonical).unwrap());
    let events: Vec<_> = events.filter(|event| event.action == "reminders.compose").collect();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((event.outcome, event.unit.as_deref(), event.actor), (Outcome::Changed, Some("KAR"), None));
    assert_eq!(event.reason, Some(sha256(&[reminder.body.as_bytes()]).to_string()));
    let [subject] = &event.subjects[..] else { panic!("{event:?}") };
    assert_eq!((subject.table.as_str(), &subject.row), ("reminder", &reminder.id.to_string()));
    assert_eq!((subject.patient, &subject.before, &subject.after), (None, &None, &None));
    patient.check().await;
}
