//! What is due, overdue and missed: the figures against the worklist itself, and what the coordinator reads of them.

use std::collections::BTreeMap;

use cartotek_domain::access::Role;
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_domain::schedule::{Closing, Excuse, Expected, ItemState, Standing, TimeState};
use cartotek_persistence::{Engine, Page};
use cartotek_service::completeness::{FormFigures, FormQuestion};
use cartotek_service::enrol::Decision;
use cartotek_service::schedule::worklist::{WorklistItem, WorklistQuery};
use rstest::rstest;
use serde_json::json;

use crate::common::content::{death, follow_up, loss};
use crate::common::decision;
use crate::world::{Asking, Treated, World};

/// How many forms are due, overdue and missed.
pub(crate) type Numbers = [u64; 3];

/// What the figures say.
pub(crate) fn said(figures: &FormFigures) -> Numbers {
    [figures.due.unwrap(), figures.overdue.unwrap(), figures.missed.unwrap()]
}

/// The code of a form that counts by what is said of the figures: a required one.
fn counted(item: &WorklistItem) -> Option<&String> {
    let Expected::Form { form, .. } = &item.entry.item.what else { return None };
    (!item.entry.item.optional).then_some(form)
}

/// The items that count, by form and the state that is shown, those that were missed if they are of an infused course; forms
/// of which none waits are left out.
fn by_state(items: &[WorklistItem]) -> BTreeMap<String, Numbers> {
    let mut forms: BTreeMap<String, Numbers> = BTreeMap::new();
    for item in items {
        let place = match item.state.time() {
            Some(TimeState::Open | TimeState::Due) => 0,
            Some(TimeState::Overdue { .. }) => 1,
            Some(TimeState::MissedLost) if item.entry.infused => 2,
            Some(TimeState::MissedLost | TimeState::Upcoming | TimeState::Lapsed) | None => continue,
        };
        if let Some(form) = counted(item) {
            forms.entry(form.clone()).or_default()[place] += 1;
        }
    }
    forms
}

impl World {
    /// All that waits at a site, or all that is closed there, read a few at a time.
    async fn listed(&self, site: &str, urgency: Option<Urgency>) -> Vec<WorklistItem> {
        let (mut items, mut page) = (Vec::new(), Page { after: None, limit: 50 });
        loop {
            let (service, granted) = (&self.ground.service, self.ground.data_manager(site));
            let query = WorklistQuery { patient: None, form: None, urgency, soon: 30 };
            let part = service.worklist(&granted, &self.ground.act(), query, page).await.unwrap().value;
            items.extend(part.items);
            match part.next {
                Some(next) => page = Page { after: Some(next), limit: 50 },
                None => return items,
            }
        }
    }

    /// The figures of a site are the sums of its worklist, by form and in total; gives the whole worklist.
    pub(crate) async fn sums_up(&self, site: &str, today: &str) -> Vec<WorklistItem> {
        self.wait_until(today);
        let mut items = self.listed(site, None).await;
        self.narrows(site, &items).await;
        items.extend(self.listed(site, Some(Urgency::Closed)).await);
        let expected = by_state(&items);
        let of_form = FormQuestion { by_form: true, ..FormQuestion::default() };
        let of_form = self.figures(site, of_form).await;
        let found = of_form.iter().map(|one| (one.group.form.clone().unwrap(), said(one)));
        let found: BTreeMap<_, _> = found.filter(|(_, numbers)| *numbers != [0; 3]).collect();
        assert_eq!(found, expected, "{site} {today}");
        let total = self.figures(site, FormQuestion::default()).await;
        let sum = |place: usize| expected.values().map(|numbers| numbers[place]).sum::<u64>();
        assert_eq!(total.iter().map(said).collect::<Vec<_>>(), [[sum(0), sum(1), sum(2)]], "{site} {today}");
        items
    }

    /// Each urgency narrows what waits to exactly the items that have it.
    async fn narrows(&self, site: &str, waiting: &[WorklistItem]) {
        for urgency in [Urgency::Overdue, Urgency::Due, Urgency::Open, Urgency::DueSoon] {
            let having = waiting.iter().filter(|item| item.urgency == Some(urgency));
            let having: Vec<_> = having.cloned().collect();
            assert_eq!(self.listed(site, Some(urgency)).await, having, "{urgency:?} at {site}");
        }
    }

    /// A no, taken back by a yes that ends by itself.
    async fn agree_until(&self, patient: &Treated, last: &str) {
        let no = decision(ConsentPurpose::RegistryQuality, ConsentDecision::Refused, "2026-02-20");
        let yes = decision(ConsentPurpose::RegistryQuality, ConsentDecision::Given, "2026-03-01");
        for one in [no, Decision { valid_to: last.parse().ok(), ..yes }] {
            let (service, manager) = (&self.ground.service, self.ground.data_manager(patient.site));
            service.record_consent(&manager, &self.ground.act(), patient.pseudonym, one).await.unwrap();
        }
    }
}

fn is_due(item: &WorklistItem) -> bool {
    matches!(item.state.time(), Some(TimeState::Open | TimeState::Due))
}

fn is_stopped(item: &WorklistItem) -> bool {
    item.state == ItemState::NotApplicable(Closing::Stopped)
}

/// Whether one of the items that count is like that.
pub(crate) fn one_is(items: &[WorklistItem], like_that: impl Fn(&WorklistItem) -> bool) -> bool {
    items.iter().any(|item| counted(item).is_some() && like_that(item))
}

/// All were infused on 2026-02-12 but one: day 28 is due from 2026-03-05 and overdue after 2026-04-18, day 100 from
/// 2026-05-08 and after 2026-07-07, month 6 from 2026-07-12 and after 2026-10-10, month 12 from 2027-02-12 and after
/// 2027-06-12.
#[rstest]
#[tokio::test]
async fn figures_are_the_sums_of_the_worklist(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let mut patients = Vec::new();
    for _ in 0..6 {
        patients.push(world.infused("KAR", "2026-02-12").await);
    }
    let [answering, lost, stopping, withdrawn, dying, doubtful] = &patients[..] else {
        unreachable!("six patients")
    };
    world.enrol("KAR").await;
    world.infused("UPP", "2026-02-12").await;
    world.agree_until(stopping, "2026-06-15").await;
    let items = world.sums_up("KAR", "2026-03-02").await;
    assert!(items.iter().any(|item| item.entry.item.optional), "what may be left out is listed, not counted");
    assert!(one_is(&items, |item| !item.entry.infused), "who is not infused counts");

    world.wait_until("2026-05-20");
    world.submit(answering, "follow_up", follow_up("D100", "2026-05-20")).await;
    world.draft(lost, "follow_up", json!({ "time_point": "D100" })).await;
    world.submit(dying, "event", death("2026-05-15")).await;
    let items = world.sums_up("KAR", "2026-05-20").await;
    assert!(one_is(&items, |item| item.state == ItemState::Draft(TimeState::Open)), "a draft is due as well");
    let lapses = |item: &WorklistItem| item.entry.item.excuse == Some(Excuse::DiedWithin) && is_due(item);
    assert!(one_is(&items, lapses), "due until it lapses");
    world.withdraw(withdrawn, "2026-05-19").await;
    assert!(one_is(&world.sums_up("KAR", "2026-05-20").await, is_stopped), "a no");

    let ends = |item: &WorklistItem| item.entry.item.stops_on.is_some();
    let items = world.sums_up("KAR", "2026-06-15").await;
    assert!(one_is(&items, |item| ends(item) && is_due(item)), "the last day of the yes");
    let items = world.sums_up("KAR", "2026-06-16").await;
    assert!(!one_is(&items, |item| ends(item) && item.state.time().is_some()), "nobody may answer any more");
    let stopped = |item: &WorklistItem| is_stopped(item) && item.entry.standing() == Standing::Open;
    assert!(one_is(&items, stopped), "and nothing was written");

    world.wait_until("2026-07-07");
    world.submit(doubtful, "event", death("2026-05")).await;
    world.sums_up("KAR", "2026-07-07").await;
    let items = world.sums_up("KAR", "2026-07-08").await;
    let in_doubt = |item: &WorklistItem| item.entry.item.excuse == Some(Excuse::DeathUnclear) && is_due(item);
    assert!(one_is(&items, in_doubt), "due as long as the day of death is not known");
    assert!(!one_is(&items, lapses), "lapsed");

    world.wait_until("2027-06-01");
    world.sums_up("KAR", "2027-06-01").await;
    world.submit(lost, "event", loss("2026-04-02", "2027-06-01")).await;
    let items = world.sums_up("KAR", "2027-06-01").await;
    let offered = |item: &WorklistItem| item.entry.standing() == Standing::Offered;
    let of_lost = |item: &WorklistItem| item.entry.item.excuse == Some(Excuse::Lost) && offered(item);
    assert!(one_is(&items, |item| of_lost(item) && is_due(item)), "the lost may still come back in time");
    let missed = |item: &WorklistItem| item.state.time() == Some(TimeState::MissedLost);
    assert!(one_is(&items, missed), "and have missed what is over");
    let items = world.sums_up("KAR", "2027-06-13").await;
    assert!(!one_is(&items, |item| of_lost(item) && is_due(item)), "too late");
    world.sums_up("UPP", "2027-06-13").await;
    world.check().await;
}

/// What the coordinator reads of a form: due, missing, overdue and missed; `None` where there is no figure.
pub(crate) async fn told(world: &World, form: &str) -> Option<[Option<u64>; 4]> {
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let question = FormQuestion { form: Some(form.to_owned()), ..FormQuestion::default() };
    let report = world.report(&coordinator, question).await.unwrap();
    let one = report.groups.items.first()?;
    Some([one.due, one.completed.and_then(|share| share.rest), one.overdue, one.missed])
}

async fn read(world: &World) -> Option<[Option<u64>; 4]> {
    told(world, "follow_up").await
}

#[rstest]
#[tokio::test]
async fn the_coordinator_reads_what_is_due_overdue_and_missed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let mut patients = Vec::new();
    for _ in 0..5 {
        patients.push(world.infused("KAR", "2026-02-12").await);
        // Of a site with one patient nothing is told.
        if patients.len() == 1 {
            world.infused("UPP", "2026-02-12").await;
        }
    }
    world.wait_until("2026-05-20");
    assert_eq!(read(&world).await, Some([Some(5), None, None, None]), "day 100");
    world.submit(&patients[0], "follow_up", follow_up("D100", "2026-05-20")).await;
    assert_eq!(read(&world).await, None, "four are due");
    let own = FormQuestion { form: Some("follow_up".to_owned()), ..FormQuestion::default() };
    assert_eq!(world.figures("KAR", own.clone()).await.iter().map(said).collect::<Vec<_>>(), [[4, 0, 0]]);
    world.wait_until("2026-07-08");
    assert_eq!(read(&world).await, None, "four are overdue");
    assert_eq!(world.figures("KAR", own).await.iter().map(said).collect::<Vec<_>>(), [[0, 4, 0]]);
    world.wait_until("2026-10-10");
    assert_eq!(read(&world).await, Some([Some(5), None, None, None]), "month 6 in its grace");
    world.wait_until("2026-10-11");
    assert_eq!(read(&world).await, None, "five of month 6 and four of day 100 are nine");

    world.wait_until("2027-06-01");
    world.submit(&patients[0], "event", loss("2026-06-20", "2027-06-01")).await;
    let of_year = Some([Some(5), None, None, None]);
    assert_eq!(read(&world).await, of_year, "month 12 is due of five; that one is lost is not told");
    for patient in &patients[1..] {
        world.submit(patient, "event", loss("2026-06-20", "2027-06-01")).await;
    }
    assert_eq!(read(&world).await, of_year);
    world.wait_until("2027-06-13");
    assert_eq!(read(&world).await, Some([None, Some(10), None, Some(10)]), "14, and 10 at least");
}
