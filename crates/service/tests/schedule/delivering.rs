//! Reminders on their way: tried, tried again, given up, and brought at last.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::reminder::{Reminder, ReminderState, pause_after};
use cartotek_persistence::{Engine, ReadSession};
use cartotek_service::reminder::{Courier, Due, Parcel};
use chrono::TimeDelta;
use rstest::rstest;

use crate::common::TestGround;
use crate::patient::Treated;
use crate::reminders::{compose, site};

/// A courier that says what became of its parcels before it has them.
struct Scripted {
    sites: Vec<SiteCode>,
    outcomes: Mutex<VecDeque<Result<(), String>>>,
    parcels: Mutex<Vec<Parcel>>,
    most: i64,
}

impl Scripted {
    fn new(most: i64, outcomes: &[Result<(), &str>]) -> Arc<Self> {
        Self::to(&["KAR"], most, outcomes)
    }

    fn to(sites: &[&str], most: i64, outcomes: &[Result<(), &str>]) -> Arc<Self> {
        let sites = sites.iter().map(|code| site(code)).collect();
        let outcomes = outcomes.iter().map(|outcome| outcome.map_err(str::to_owned));
        Arc::new(Self { sites, outcomes: Mutex::new(outcomes.collect()), parcels: Mutex::default(), most })
    }

    fn parcels(&self) -> Vec<Parcel> {
        self.parcels.lock().unwrap().clone()
    }
}

impl Courier for Scripted {
    fn sites(&self) -> Vec<SiteCode> {
        self.sites.clone()
    }

    fn most_attempts(&self, wanted: &SiteCode) -> Option<i64> {
        self.sites.contains(wanted).then_some(self.most)
    }

    fn deliver(&self, parcel: &Parcel) -> Result<(), String> {
        self.parcels.lock().unwrap().push(parcel.clone());
        self.outcomes.lock().unwrap().pop_front().expect("nobody tries as often")
    }
}

/// A courier that says with what it has begun, and has succeeded once it may end.
struct Slow {
    begun: Sender<Parcel>,
    may_end: Mutex<Receiver<()>>,
}

impl Courier for Slow {
    fn sites(&self) -> Vec<SiteCode> {
        vec![site("KAR")]
    }

    fn most_attempts(&self, _site: &SiteCode) -> Option<i64> {
        Some(2)
    }

    fn deliver(&self, parcel: &Parcel) -> Result<(), String> {
        self.begun.send(parcel.clone()).unwrap();
        self.may_end.lock().unwrap().recv().map_err(|error| error.to_string())
    }
}

/// The only reminder there is, in that state.
async fn only(ground: &TestGround, state: ReminderState) -> Reminder {
    let read = move |session: &mut dyn ReadSession| session.reminders(state);
    let mut found = ground.database.store.read("look", read).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[rstest]
#[tokio::test]
async fn a_reminder_is_tried_with_longer_and_longer_pauses_then_given_up(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let service = &ground.service;
    let script = Scripted::new(3, &[Err("status 500"), Err("status 500"), Err("no answer"), Ok(())]);
    let courier: Arc<dyn Courier> = Arc::clone(&script) as Arc<dyn Courier>;
    let (reminder, _) = compose(service, "KAR").await;
    for attempt in 1..=3 {
        let tried = service.deliver_reminders(&courier, Due::Now).await.unwrap();
        assert_eq!(tried.iter().map(|one| one.attempts).collect::<Vec<_>>(), [attempt]);
        ground.clock.advance(pause_after(attempt) - TimeDelta::seconds(1));
        let early = service.deliver_reminders(&courier, Due::Now).await.unwrap();
        assert_eq!(early, [], "too early after attempt {attempt}");
        ground.clock.advance(TimeDelta::seconds(1));
    }
    let dead = only(&ground, ReminderState::Dead).await;
    assert_eq!((dead.attempts, dead.failure.as_deref()), (3, Some("no answer")));
    assert_eq!(service.dead_reminders().await.unwrap(), [dead]);
    ground.clock.advance(TimeDelta::days(100));
    assert_eq!(
        service.deliver_reminders(&courier, Due::AtOnce).await.unwrap(),
        [],
        "nobody tries it by himself"
    );

    assert!(service.revive_reminder(reminder.id).await.unwrap());
    assert!(!service.revive_reminder(reminder.id).await.unwrap(), "it waits already");
    let tried = service.deliver_reminders(&courier, Due::Now).await.unwrap();
    let [tried] = &tried[..] else { panic!("{tried:?}") };
    assert_eq!((tried.state, tried.attempts), (ReminderState::Delivered, 1));
    assert_eq!(service.dead_reminders().await.unwrap(), []);
    assert!(!service.revive_reminder(reminder.id).await.unwrap(), "it has arrived");
    let parcels = script.parcels();
    assert_eq!(parcels.len(), 4);
    let same = |parcel: &Parcel| (parcel.id, &parcel.body) == (reminder.id, &reminder.body);
    assert!(parcels.iter().all(same), "the receiver knows it again");
    assert!(parcels.is_sorted_by(|one, other| one.sent_at < other.sent_at), "each attempt has its time");
}

/// Two servers at the same moment.
#[rstest]
#[tokio::test]
async fn what_two_do_at_once_is_done_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, sites) = (&ground.service, [site("KAR")]);
    let (one, other) = tokio::join!(service.compose_reminders(&sites), service.compose_reminders(&sites));
    assert_eq!(one.unwrap().reminders.len() + other.unwrap().reminders.len(), 1);
    let script = Scripted::new(3, &[Ok(())]);
    let courier: Arc<dyn Courier> = Arc::clone(&script) as Arc<dyn Courier>;
    let (one, other) = tokio::join!(
        service.deliver_reminders(&courier, Due::Now),
        service.deliver_reminders(&courier, Due::Now)
    );
    assert_eq!(one.unwrap().len() + other.unwrap().len(), 1);
    assert_eq!(script.parcels().len(), 1);
}

/// An operator tries one that a server is just trying, in vain, and it is given up; then it has arrived after all.
#[rstest]
#[tokio::test]
async fn what_has_arrived_is_no_dead_letter(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let service = &ground.service;
    compose(service, "KAR").await;
    let ((begun, has_begun), (end, may_end)) = (channel(), channel());
    let slow: Arc<dyn Courier> = Arc::new(Slow { begun, may_end: Mutex::new(may_end) });
    let failing: Arc<dyn Courier> = Scripted::new(2, &[Err("status 500")]);
    let operator = async {
        tokio::task::spawn_blocking(move || has_begun.recv()).await.unwrap().unwrap();
        let tried = service.deliver_reminders(&failing, Due::AtOnce).await.unwrap();
        end.send(()).unwrap();
        tried
    };
    let (server, operator) = tokio::join!(service.deliver_reminders(&slow, Due::Now), operator);
    assert_eq!(operator.iter().map(|one| one.state).collect::<Vec<_>>(), [ReminderState::Dead]);
    assert_eq!(server.unwrap(), [only(&ground, ReminderState::Delivered).await]);
    assert_eq!(service.dead_reminders().await.unwrap(), []);
}

/// Two servers never try the same one at once. An operator does not wait for them: the receiver may get it from both, and
/// knows it by its id.
#[rstest]
#[tokio::test]
async fn what_an_operator_tries_at_once_may_arrive_twice_under_one_id(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let service = &ground.service;
    let (reminder, _) = compose(service, "KAR").await;
    let ((begun, has_begun), (end, may_end)) = (channel(), channel());
    let slow: Arc<dyn Courier> = Arc::new(Slow { begun, may_end: Mutex::new(may_end) });
    let script = Scripted::new(3, &[Ok(())]);
    let courier: Arc<dyn Courier> = Arc::clone(&script) as Arc<dyn Courier>;
    let others = async {
        let parcel = tokio::task::spawn_blocking(move || has_begun.recv()).await.unwrap().unwrap();
        assert_eq!(service.deliver_reminders(&courier, Due::Now).await.unwrap(), [], "another server waits");
        let tried = service.deliver_reminders(&courier, Due::AtOnce).await.unwrap();
        end.send(()).unwrap();
        (parcel, tried)
    };
    let (server, (parcel, tried)) = tokio::join!(service.deliver_reminders(&slow, Due::Now), others);
    assert_eq!(
        tried.iter().map(|one| (one.state, one.attempts)).collect::<Vec<_>>(),
        [(ReminderState::Delivered, 2)]
    );
    assert_eq!(server.unwrap(), [], "it had arrived already");
    let sent = [&parcel, &script.parcels()[0]].map(|parcel| (parcel.id, parcel.body.clone()));
    assert_eq!(sent, [(reminder.id, reminder.body.clone()), (reminder.id, reminder.body)]);
    assert_eq!(only(&ground, ReminderState::Delivered).await.id, reminder.id);
}

#[rstest]
#[tokio::test]
async fn a_day_begins_at_its_hour(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let service = &ground.service;
    let script = Scripted::new(3, &[Ok(()), Ok(())]);
    let courier: Arc<dyn Courier> = Arc::clone(&script) as Arc<dyn Courier>;
    // It is ten o'clock in Sweden.
    assert_eq!(service.remind(&courier, 11).await.unwrap(), []);
    assert_eq!(script.parcels(), []);
    for _ in 0..2 {
        service.remind(&courier, 10).await.unwrap();
    }
    assert_eq!(script.parcels().len(), 1);
    ground.clock.advance(TimeDelta::hours(23));
    service.remind(&courier, 10).await.unwrap();
    assert_eq!(script.parcels().len(), 1, "it is nine");
    ground.clock.advance(TimeDelta::hours(1));
    service.remind(&courier, 10).await.unwrap();
    assert_eq!(script.parcels().len(), 2);
}

#[rstest]
#[tokio::test]
async fn nobody_waits_for_a_site_that_is_not_there_or_no_longer_configured(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let service = &ground.service;
    let composed = service.compose_reminders(&[site("XYZ"), site("UPP")]).await.unwrap();
    assert_eq!((composed.reminders.len(), composed.unknown), (1, vec![site("XYZ")]));
    let script = Scripted::new(3, &[]);
    let courier: Arc<dyn Courier> = Arc::clone(&script) as Arc<dyn Courier>;
    assert_eq!(service.deliver_reminders(&courier, Due::Now).await.unwrap(), []);
    assert_eq!(only(&ground, ReminderState::Waiting).await.attempts, 0, "another server may know where to");
    ground.clock.advance(TimeDelta::days(1));
    service.deliver_reminders(&courier, Due::Now).await.unwrap();
    let dead = only(&ground, ReminderState::Dead).await;
    assert_eq!(dead.failure.as_deref(), Some("no destination is configured for the site"));
}

/// Else a single row that cannot be believed would silence every site.
#[rstest]
#[tokio::test]
async fn a_site_that_cannot_be_told_keeps_no_other_waiting(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.ground.database.tamper("UPDATE expected_item SET expected = 'nothing'");
    let script = Scripted::to(&["KAR", "UPP"], 3, &[Ok(())]);
    let courier: Arc<dyn Courier> = Arc::clone(&script) as Arc<dyn Courier>;
    patient.ground.service.remind(&courier, 0).await.unwrap_err();
    let told: Vec<_> = script.parcels().into_iter().map(|parcel| parcel.site).collect();
    assert_eq!(told, [site("UPP")]);
    assert_eq!(only(&patient.ground, ReminderState::Delivered).await.site, site("UPP"));
}

#[rstest]
#[tokio::test]
async fn what_was_delivered_goes_after_three_months(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let service = &ground.service;
    let courier: Arc<dyn Courier> = Scripted::new(3, &[Ok(())]);
    let (first, _) = compose(service, "KAR").await;
    service.deliver_reminders(&courier, Due::Now).await.unwrap();
    ground.clock.advance(TimeDelta::days(90));
    compose(service, "KAR").await;
    assert_eq!(only(&ground, ReminderState::Delivered).await.id, first.id);
    ground.clock.advance(TimeDelta::days(1));
    let (third, _) = compose(service, "KAR").await;
    let rows = &ground.database.dump()["reminder"];
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().any(|row| row.contains(&third.day.to_string())));
}
