//! The load of clarifications against the questions one by one, and the forms behind it.

use cartotek_domain::access::Role;
use cartotek_domain::completeness::Calendar;
use cartotek_domain::id::{ClarificationId, RecordId};
use cartotek_domain::problem::Problem;
use cartotek_persistence::{Engine, Page};
use cartotek_service::ServiceError;
use cartotek_service::clarification::{ClarificationFile, NewClarification};
use cartotek_service::completeness::{LoadFigures, LoadQuestion, LoadRecordQuery, LoadReport};
use rstest::rstest;

use crate::common::content::{follow_up, infusion};
use crate::world::{Asking, Treated, World, day};

fn by_form() -> LoadQuestion {
    LoadQuestion { by_site: true, by_form: true, ..LoadQuestion::default() }
}

/// The group, forms, open and closed clarifications, the load and the days.
type Line = (String, u64, u64, u64, Option<f64>, Option<f64>);

fn line(one: &LoadFigures) -> Line {
    let counts = one.counts.as_ref().unwrap();
    let (forms, open, closed) = (counts.forms, counts.open, counts.closed.count());
    (one.group.to_string(), forms, open, closed, one.open_per_100_forms, one.median_days_to_close)
}

impl World {
    /// A patient with an infusion form.
    async fn infused_with(&self, site: &'static str) -> (Treated, RecordId) {
        let patient = self.enrol(site).await;
        let file = self.submit(&patient, "infusion", infusion("2026-02-12")).await;
        (Treated { infused: true, ..patient }, file.record.id)
    }

    /// The site asks about a form as a whole.
    async fn ask(&self, site: &str, record: RecordId) -> ClarificationFile {
        let text = "The letter says otherwise. Which is right?".to_owned();
        let question = NewClarification { pointer: String::new(), revision: None, text };
        let (service, granted) = (&self.ground.service, self.ground.data_manager(site));
        service.open_clarification(&granted, &self.ground.act(), record, question).await.unwrap().value
    }

    /// The site that asked is content.
    async fn close(&self, site: &str, asked: &ClarificationFile) {
        let (service, granted) = (&self.ground.service, self.ground.data_manager(site));
        let (id, act) = (asked.clarification.id, self.ground.act());
        service.close_clarification(&granted, &act, id, asked.state.version, None).await.unwrap();
    }

    async fn load(&self, by: &Asking, question: LoadQuestion) -> Result<LoadReport, ServiceError> {
        let (service, act) = (&self.ground.service, self.ground.act());
        let done = service.query_load(by, &act, question, Page::first(500)).await?;
        assert!(done.receipt.is_some(), "the question is in the log");
        Ok(done.value)
    }

    /// The figures of a site; what is listed for each group is what waits there.
    async fn own_load(&self, site: &str, question: LoadQuestion) -> Vec<Line> {
        let report = self.load(&self.ground.data_manager(site), question.clone()).await.unwrap();
        assert!(report.exact && report.hidden_sites.is_empty() && report.groups.next.is_none());
        for one in &report.groups.items {
            let period = one.group.period;
            let query = LoadRecordQuery {
                site: one.group.site.clone(),
                patient: None,
                form: one.group.form.clone().or_else(|| question.form.clone()),
                from: period.map_or(question.from, |period| Some(period.first())),
                to: period.map_or(question.to, |period| Some(period.last())),
            };
            let waiting: usize = self.waiting(site, query).await.iter().map(|(_, ids)| ids.len()).sum();
            assert_eq!(u64::try_from(waiting).unwrap(), one.counts.as_ref().unwrap().open, "{one:?}");
        }
        report.groups.items.iter().map(line).collect()
    }

    /// The forms about which clarifications wait, read one at a time.
    async fn waiting(&self, site: &str, query: LoadRecordQuery) -> Vec<(RecordId, Vec<ClarificationId>)> {
        let (mut found, mut page) = (Vec::new(), Page { after: None, limit: 1 });
        loop {
            let (service, granted) = (&self.ground.service, self.ground.data_manager(site));
            let act = self.ground.act();
            let part = service.load_records(&granted, &act, query.clone(), page.clone()).await.unwrap().value;
            assert!(part.items.len() <= 1);
            found.extend(part.items.into_iter().map(|one| (one.record.id, one.clarifications)));
            match part.next {
                Some(next) => page.after = Some(next),
                None => return found,
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn the_load_is_what_waits_per_100_forms(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (first, infused_first) = world.infused_with("KAR").await;
    let (_, infused_second) = world.infused_with("KAR").await;
    let not_infused = world.enrol("KAR").await;
    let closed_soon = world.ask("KAR", infused_first).await;
    let waits = world.ask("KAR", infused_first).await;
    let closed_late = world.ask("KAR", infused_second).await;
    world.wait_until("2026-03-06");
    world.close("KAR", &closed_soon).await;
    world.wait_until("2026-06-07");
    world.close("KAR", &closed_late).await;
    let followed = world.submit(&first, "follow_up", follow_up("D100", "2026-05-20")).await.record.id;
    let uncounted = world.submit(&not_infused, "follow_up", follow_up("D100", "2026-06-05")).await.record.id;
    let second_waits = world.ask("KAR", followed).await;
    world.ask("KAR", uncounted).await;

    // Closed after 4 and 97 days.
    let of_infusions = (2, 1, 2, Some(50.0), Some(50.5));
    let of_follow_up = (1, 1, 0, Some(100.0), None);
    let line = |group: &str, (forms, open, closed, load, days)| -> Line {
        (group.to_owned(), forms, open, closed, load, days)
    };
    let expected = [line("KAR~follow_up~~", of_follow_up), line("KAR~infusion~~", of_infusions)];
    assert_eq!(world.own_load("KAR", by_form()).await, expected);
    let by_month = LoadQuestion { by_period: Some(Calendar::Month), ..LoadQuestion::default() };
    let expected = [line("~~~2026-03", of_infusions), line("~~~2026-06", of_follow_up)];
    assert_eq!(world.own_load("KAR", by_month).await, expected, "by the form's first submission");
    let from_june = LoadQuestion { from: Some(day("2026-06-01")), ..LoadQuestion::default() };
    assert_eq!(world.own_load("KAR", from_june).await, [line("~~~", of_follow_up)]);
    let until_may = LoadQuestion { to: Some(day("2026-05-31")), ..LoadQuestion::default() };
    assert_eq!(world.own_load("KAR", until_may).await, [line("~~~", of_infusions)]);
    let total = line("~~~", (3, 2, 2, Some(200.0 / 3.0), Some(50.5)));
    assert_eq!(world.own_load("KAR", LoadQuestion::default()).await, [total]);
    let mut listed = world.waiting("KAR", LoadRecordQuery::default()).await;
    listed.sort_unstable();
    let mut expected =
        [(infused_first, vec![waits.clarification.id]), (followed, vec![second_waits.clarification.id])];
    expected.sort_unstable();
    assert_eq!(listed, expected);

    world.transfer(&first, "UPP").await;
    let second = line("KAR~infusion~~", (1, 0, 1, Some(0.0), Some(97.0)));
    assert_eq!(world.own_load("KAR", by_form()).await, [second], "the figures follow the patient");
    let moved =
        [line("UPP~follow_up~~", of_follow_up), line("UPP~infusion~~", (1, 1, 1, Some(100.0), Some(4.0)))];
    assert_eq!(world.own_load("UPP", by_form()).await, moved);
    world.check().await;
}

/// Group, load and days; others see no counts.
fn shown(report: &LoadReport) -> Vec<(String, Option<f64>, Option<f64>)> {
    assert!(!report.exact && report.groups.items.iter().all(|one| one.counts.is_none()), "{report:?}");
    let figures = report.groups.items.iter();
    figures.map(|one| (one.group.to_string(), one.open_per_100_forms, one.median_days_to_close)).collect()
}

#[rstest]
#[tokio::test]
async fn the_coordinator_sees_no_load_of_a_few(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let sees = async |question: LoadQuestion| shown(&world.load(&coordinator, question).await.unwrap());
    let mut forms = Vec::new();
    for _ in 0..9 {
        forms.push(world.infused_with("KAR").await);
    }
    assert_eq!(sees(by_form()).await, [], "of nine forms");
    forms.push(world.infused_with("KAR").await);
    let group = |load, days| vec![("KAR~infusion~~".to_owned(), load, days)];
    assert_eq!(sees(by_form()).await, group(Some(0.0), None));
    let (_, elsewhere) = world.infused_with("UPP").await;
    world.ask("UPP", elsewhere).await;
    let mut asked = Vec::new();
    for (_, record) in &forms[..5] {
        assert_eq!(sees(by_form()).await.len(), usize::from(asked.is_empty()), "{} patients", asked.len());
        asked.push(world.ask("KAR", *record).await);
    }
    let report = world.load(&coordinator, by_form()).await.unwrap();
    assert!(report.hidden_sites.contains(&"UPP".parse().unwrap()), "{report:?}");
    assert_eq!(shown(&report), group(Some(50.0), None));
    let total = sees(LoadQuestion::default()).await;
    assert_eq!(total, [("~~~".to_owned(), Some(50.0), None)], "no total tells of the sites that are hidden");

    for (_, record) in &forms[..5] {
        asked.push(world.ask("KAR", *record).await);
    }
    world.wait_until("2026-03-05");
    let (last, rest) = asked.split_last().unwrap();
    for one in rest {
        world.close("KAR", one).await;
    }
    assert_eq!(sees(by_form()).await, [], "one patient is waited for; nine closings make no median");
    world.close("KAR", last).await;
    assert_eq!(sees(by_form()).await, group(Some(0.0), Some(3.0)));
    world.withdraw(&forms[0].0, "2026-03-05").await;
    assert_eq!(sees(by_form()).await, [], "who has said no is in no figure of others");
    let [own] = &world.own_load("KAR", by_form()).await[..] else { unreachable!("one group") };
    assert_eq!((own.1, own.3), (10, 10));
}

/// Four patients of ten are waited for at Karolinska, one of ten at Uppsala, none of ten at Skåne.
#[rstest]
#[tokio::test]
async fn a_total_counts_the_forms_that_are_hidden(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let total = async || {
        let shown = shown(&world.load(&coordinator, LoadQuestion::default()).await.unwrap());
        shown.into_iter().map(|(_, load, days)| (load, days)).next()
    };
    let mut forms = Vec::new();
    for site in ["KAR", "UPP", "SKA"] {
        for _ in 0..10 {
            forms.push((site, world.infused_with(site).await.1));
        }
    }
    assert_eq!(total().await, Some((Some(0.0), None)));
    let mut asked = Vec::new();
    for place in [0, 1, 2, 3, 10] {
        assert_eq!(total().await.is_none(), (1..5).contains(&(asked.len() / 2)), "{place}");
        let (site, record) = forms[place];
        for _ in 0..2 {
            asked.push((site, world.ask(site, record).await));
        }
    }
    let cells = shown(&world.load(&coordinator, by_form()).await.unwrap());
    assert_eq!(cells, [("SKA~infusion~~".to_owned(), Some(0.0), None)], "four are a few");
    assert_eq!(total().await, Some((Some(34.0), None)), "ten about 30 forms");

    world.wait_until("2026-03-05");
    for (site, one) in &asked {
        world.close(site, one).await;
    }
    let cells = shown(&world.load(&coordinator, by_form()).await.unwrap());
    assert!(cells.iter().all(|(_, load, days)| (*load, *days) == (Some(0.0), None)), "{cells:?}");
    assert_eq!((cells.len(), total().await), (3, Some((Some(0.0), Some(3.0)))), "of ten closings");

    for place in [0, 1, 2, 3, 10, 11, 12, 13] {
        let (site, record) = forms[place];
        world.ask(site, record).await;
    }
    assert_eq!(total().await, Some((None, Some(3.0))), "eight of two sites are four each");
}

#[rstest]
#[tokio::test]
async fn what_tells_of_lives_is_asked_by_the_site_alone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let manager: Asking = world.ground.data_manager("UPP");
    let of = |site: Option<&str>, form: Option<&str>| LoadQuestion {
        site: site.map(|code| code.parse().unwrap()),
        form: form.map(str::to_owned),
        ..LoadQuestion::default()
    };
    for (by, question, problem) in [
        (&coordinator, of(None, Some("event")), Problem::ContentInvalid),
        (&coordinator, of(Some("XXX"), None), Problem::NotFound),
        (&manager, of(Some("KAR"), None), Problem::NotFound),
        (&manager, of(None, Some("folow_up")), Problem::ContentInvalid),
    ] {
        assert_eq!(world.load(by, question).await.unwrap_err().problem(), problem);
    }
    assert_eq!(world.own_load("UPP", of(None, Some("event"))).await, []);
    let query = LoadRecordQuery { site: Some("KAR".parse().unwrap()), ..LoadRecordQuery::default() };
    let (service, granted) = (&world.ground.service, world.ground.data_manager("UPP"));
    let refused = service.load_records(&granted, &world.ground.act(), query, Page::first(10)).await;
    assert_eq!(refused.unwrap_err().problem(), Problem::NotFound);
}
