//! Figures of forms against the items of the schedule, judged one by one.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::completeness::{Calendar, CalendarPeriod, Share};
use cartotek_domain::schedule::{Expected, Moment, TimeState};
use cartotek_persistence::{Engine, Page};
use cartotek_service::completeness::{FormFigures, FormGroup, FormQuestion, MissingQuery};
use cartotek_service::schedule::worklist::WorklistItem;
use chrono::NaiveDate;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use crate::common::content::{death, follow_up, loss};
use crate::world::{Treated, World, day};

/// What one item adds, by the words of the brief and the state that the worklist shows.
struct Judged {
    group: FormGroup,
    key: (Uuid, i32),
    /// Where it stands, if time decides.
    time: Option<TimeState>,
    /// It is of an infused course, its grace has passed, and it is completed, overdue or missed.
    counts: bool,
    completed: bool,
    timely: bool,
    delay: Option<i64>,
}

impl Judged {
    fn is_due(&self) -> bool {
        matches!(self.time, Some(TimeState::Open | TimeState::Due))
    }

    fn is_overdue(&self) -> bool {
        matches!(self.time, Some(TimeState::Overdue { .. }))
    }

    fn is_lost(&self) -> bool {
        self.time == Some(TimeState::MissedLost)
    }
}

fn judge(item: &WorklistItem, infused: bool, today: NaiveDate) -> Option<Judged> {
    let expected = &item.entry.item;
    let Expected::Form { form, .. } = &expected.what else { return None };
    if expected.optional {
        return None;
    }
    let completed = infused && item.state.is_completed();
    let lacking = matches!(item.state.time(), Some(TimeState::Overdue { .. } | TimeState::MissedLost));
    let submitted = item.entry.answer.map(|answer| answer.submitted.first_submitted).filter(|_| completed);
    Some(Judged {
        group: FormGroup {
            site: Some(item.entry.site.clone()),
            form: Some(form.clone()),
            time_point: Some(expected.time_point.map_or(Moment::Baseline, Moment::At)),
            period: Some(CalendarPeriod::of(Calendar::Month, expected.grace_until)),
        },
        key: (item.entry.subject(), item.entry.ordinal),
        time: item.state.time(),
        counts: infused && (completed || lacking) && expected.grace_until < today,
        completed,
        timely: submitted.is_some_and(|on| on <= expected.grace_until),
        delay: submitted.map(|on| (on - expected.last).num_days()),
    })
}

type Counted = BTreeMap<FormGroup, FormFigures>;

fn count<'j>(
    items: impl IntoIterator<Item = &'j Judged>,
    group: impl Fn(&FormGroup) -> FormGroup,
) -> Counted {
    let mut groups: BTreeMap<FormGroup, Vec<&Judged>> = BTreeMap::new();
    let is_counted = |item: &&Judged| item.is_due() || item.is_overdue() || item.counts || item.completed;
    for item in items.into_iter().filter(is_counted) {
        groups.entry(group(&item.group)).or_default().push(item);
    }
    let share = |items: &[&Judged], whole: fn(&Judged) -> bool, part: fn(&Judged) -> bool| {
        let all = items.iter().filter(|item| whole(item));
        let parts = all.clone().filter(|item| part(item));
        Share { part: u64::try_from(parts.count()).unwrap(), whole: u64::try_from(all.count()).unwrap() }
    };
    let figures = |(group, items): (FormGroup, Vec<&Judged>)| {
        let mut delays: Vec<i64> = items.iter().filter_map(|item| item.delay).collect();
        delays.sort_unstable();
        let middle = delays.get(delays.len() / 2).zip(delays.get(delays.len().saturating_sub(1) / 2));
        let median = middle.map(|(upper, lower)| {
            f64::midpoint(
                f64::from(i32::try_from(*lower).unwrap()),
                f64::from(i32::try_from(*upper).unwrap()),
            )
        });
        let figures = FormFigures {
            group: group.clone(),
            due: Some(share(&items, |_| true, Judged::is_due).part),
            overdue: Some(share(&items, |_| true, Judged::is_overdue).part),
            completed: Some(share(&items, |item| item.counts, |item| item.completed).into()),
            missed: Some(share(&items, |item| item.counts && !item.completed, Judged::is_lost).part),
            timely: Some(share(&items, |item| item.completed, |item| item.timely).into()),
            median_delay: median,
        };
        (group, figures)
    };
    groups.into_iter().map(figures).collect()
}

impl World {
    /// The items of the patients for whom a site is responsible, judged one by one.
    async fn judged(&self, site: &str, patients: &[Treated], today: &str) -> Vec<Judged> {
        let mut judged = Vec::new();
        for patient in patients.iter().filter(|patient| patient.site == site) {
            let items = self.items(patient).await;
            judged.extend(items.iter().filter_map(|item| judge(item, patient.infused, day(today))));
        }
        judged
    }

    /// The figures of a site are those of its items, whatever they are grouped by, and what is listed is what is missing.
    async fn agree(&self, site: &str, patients: &[Treated], today: &str) -> usize {
        let judged = self.judged(site, patients, today).await;
        let whole = |group: &FormGroup| group.clone();
        let by_all = FormQuestion {
            by_site: true,
            by_form: true,
            by_time_point: true,
            by_period: Some(Calendar::Month),
            ..FormQuestion::default()
        };
        self.agree_by(site, &by_all, count(&judged, whole), today).await;
        let of_form = |group: &FormGroup| FormGroup { form: group.form.clone(), ..FormGroup::default() };
        let by_form = FormQuestion { by_form: true, ..FormQuestion::default() };
        self.agree_by(site, &by_form, count(&judged, of_form), today).await;
        let of_quarter = |group: &FormGroup| FormGroup {
            period: group.period.map(|month| CalendarPeriod::of(Calendar::Quarter, month.first())),
            time_point: group.time_point,
            ..FormGroup::default()
        };
        let by_quarter = FormQuestion {
            by_time_point: true,
            by_period: Some(Calendar::Quarter),
            ..FormQuestion::default()
        };
        self.agree_by(site, &by_quarter, count(&judged, of_quarter), today).await;
        let total = count(&judged, |_| FormGroup::default());
        self.agree_by(site, &FormQuestion::default(), total, today).await;
        let missing: BTreeSet<_> =
            judged.iter().filter(|item| item.counts && !item.completed).map(|item| item.key).collect();
        let listed = self.missing(site, MissingQuery::default()).await;
        assert!(listed.is_sorted_by_key(|item| item.entry.item.grace_until), "{today}");
        let keys: Vec<_> = listed.iter().map(|item| (item.entry.subject(), item.entry.ordinal)).collect();
        assert_eq!(keys.iter().copied().collect::<BTreeSet<_>>(), missing, "{site} {today}");
        assert_eq!(keys.len(), missing.len(), "{site} {today}");
        missing.len()
    }

    async fn agree_by(&self, site: &str, question: &FormQuestion, expected: Counted, today: &str) {
        let figures = self.figures(site, question.clone()).await;
        let mut found = Counted::new();
        for one in figures {
            let group = &one.group;
            let query = MissingQuery {
                site: group.site.clone(),
                patient: None,
                form: group.form.clone(),
                time_point: group.time_point,
                from: group.period.map(CalendarPeriod::first),
                to: group.period.map(CalendarPeriod::last),
            };
            let listed = u64::try_from(self.missing(site, query).await.len()).unwrap();
            assert_eq!(listed, one.completed.unwrap().rest.unwrap(), "{group} {today}");
            found.insert(group.clone(), one);
        }
        assert_eq!(found, expected, "{site} {question:?} {today}");
    }
}

/// Seven lives at Karolinska and one at Uppsala.
async fn lives(world: &World) -> Vec<Treated> {
    let mut patients = Vec::new();
    for day0 in ["2026-02-12", "2026-02-12", "2026-02-12", "2026-02-20", "2026-02-25", "2026-03-01"] {
        patients.push(world.infused("KAR", day0).await);
    }
    patients.push(world.enrol("KAR").await);
    patients.push(world.infused("UPP", "2026-02-12").await);
    patients
}

#[rstest]
#[tokio::test]
async fn figures_are_those_of_the_items_one_by_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patients = lives(&world).await;
    let [in_time, late, dead, lost, withdrawn, drafting, not_infused, at_uppsala] = &patients[..] else {
        unreachable!("eight patients")
    };
    let in_march = world.agree("KAR", &patients, "2026-03-02").await;
    assert_eq!(in_march, 6, "the referrals of infused courses; no other grace has passed");

    world.wait_until("2026-05-20");
    world.submit(dead, "event", death("2026-04-20")).await;
    // Timely already, although its grace still runs.
    world.submit(in_time, "follow_up", follow_up("D100", "2026-05-20")).await;
    world.submit(at_uppsala, "follow_up", follow_up("D100", "2026-05-19")).await;
    world.draft(drafting, "follow_up", json!({ "time_point": "D100" })).await;
    let in_may = world.agree("KAR", &patients, "2026-05-20").await;
    assert!(in_may > in_march, "acute toxicity of day 28 is missing");
    world.wait_until("2026-07-20");
    world.submit(late, "follow_up", follow_up("D100", "2026-07-01")).await;
    world.withdraw(withdrawn, "2026-07-10").await;
    assert!(world.agree("KAR", &patients, "2026-07-20").await > in_may);
    assert!(world.agree("UPP", &patients, "2026-07-20").await > 0);

    world.wait_until("2027-06-01");
    world.submit(lost, "event", loss("2026-04-02", "2027-06-01")).await;
    world.submit(in_time, "follow_up", follow_up("M12", "2027-04-10")).await;
    let before = world.agree("KAR", &patients, "2027-06-01").await;
    let missed =
        world.items(lost).await.into_iter().filter(|item| item.state.time() == Some(TimeState::MissedLost));
    assert!(missed.count() > 0, "what nobody could submit counts as missing");
    let [referral] =
        &world.items(not_infused).await.into_iter().filter(of_form("referral")).collect::<Vec<_>>()[..]
    else {
        unreachable!("one referral is expected")
    };
    assert!(
        matches!(referral.state.time(), Some(TimeState::Overdue { .. })),
        "overdue, but of nobody infused"
    );

    world.submit(not_infused, "infusion", crate::common::content::infusion("2026-03-01")).await;
    let mut patients = patients.clone();
    patients[6].infused = true;
    assert!(world.agree("KAR", &patients, "2027-06-01").await > before, "now it counts");
    world.check().await;
}

fn of_form(code: &str) -> impl Fn(&WorklistItem) -> bool {
    move |item| matches!(&item.entry.item.what, Expected::Form { form, .. } if form == code)
}

#[rstest]
#[tokio::test]
async fn a_transfer_moves_the_figures(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let patient = world.infused("KAR", "2026-02-12").await;
    world.wait_until("2026-07-20");
    let missing = world.agree("KAR", std::slice::from_ref(&patient), "2026-07-20").await;
    assert!(missing > 0);
    let patient = world.transfer(&patient, "UPP").await;
    assert_eq!(world.agree("UPP", std::slice::from_ref(&patient), "2026-07-20").await, missing);
    assert_eq!(world.figures("KAR", FormQuestion { by_form: true, ..FormQuestion::default() }).await, []);
    assert_eq!(world.missing("KAR", MissingQuery::default()).await, []);
    world.check().await;
}

#[rstest]
#[tokio::test]
async fn figures_are_paged_without_a_gap(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    world.infused("KAR", "2026-02-12").await;
    world.wait_until("2027-06-01");
    let question = FormQuestion { by_form: true, by_time_point: true, ..FormQuestion::default() };
    let whole = world.figures("KAR", question.clone()).await;
    assert!(whole.len() > 5, "{whole:?}");
    let (mut paged, mut page) = (Vec::new(), Page { after: None, limit: 2 });
    loop {
        let (service, granted) = (&world.ground.service, world.ground.data_manager("KAR"));
        let act = world.ground.act();
        let report = service.form_completeness(&granted, &act, question.clone(), page.clone()).await;
        let groups = report.unwrap().value.groups;
        paged.extend(groups.items);
        match groups.next {
            Some(next) => page.after = Some(next.to_string().parse().unwrap()),
            None => break,
        }
    }
    assert_eq!(paged, whole);
}
