//! What is due and overdue before an infusion: of patients, of courses, and after a product that failed.

use cartotek_domain::access::Role;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::Share;
use cartotek_domain::id::CourseId;
use cartotek_domain::schedule::{Anchor, Excuse, TimeState};
use cartotek_persistence::Engine;
use cartotek_service::completeness::{FieldQuestion, FormQuestion, MissingQuery};
use cartotek_service::schedule::worklist::WorklistItem;
use rstest::rstest;
use serde_json::json;

use crate::common::content::{collection, death, infusion, loss};
use crate::due::{one_is, said, told};
use crate::world::{Asking, Treated, World, day};

impl World {
    /// A patient whose cells were collected on 2026-01-14.
    async fn collected(&self) -> Treated {
        let patient = self.enrol("KAR").await;
        self.submit(&patient, "apheresis", collection()).await;
        patient
    }

    /// A patient whose product failed on 2026-02-02.
    async fn failing(&self) -> Treated {
        let patient = self.collected().await;
        let product = json!({
            "product_code": "axicabtagene_ciloleucel", "product_category": "commercial", "cell_source": "autologous",
            "batch_id": "KTE-1", "manufacturer": "Kite", "manufacturing_site": "Amsterdam",
            "release_date": "2026-02-02", "release_status": "manufacturing_failure",
        });
        self.submit(&patient, "product", product).await;
        patient
    }

    async fn open_course(&self, patient: &Treated, opened: &str) -> CourseId {
        let (service, granted) = (&self.ground.service, self.ground.data_manager(patient.site));
        let (act, indication) = (self.ground.act(), "LBCL".to_owned());
        let course = service.open_course(&granted, &act, patient.pseudonym, indication, day(opened)).await;
        course.unwrap().value.id
    }
}

fn is_overdue(item: &WorklistItem) -> bool {
    matches!(item.state.time(), Some(TimeState::Overdue { .. }))
}

fn counted_from(anchor: Anchor) -> impl Fn(&WorklistItem) -> bool {
    move |item| item.entry.item.anchor == anchor && !item.entry.infused && is_overdue(item)
}

/// Courses were opened on 2026-01-12, so that a referral is overdue after 2026-02-11; patients were enrolled on 2026-03-02, so
/// that a registration is overdue after 2026-04-01. A product is overdue after 2026-06-13, the next one after 2026-07-02.
#[rstest]
#[tokio::test]
async fn figures_are_the_sums_of_the_worklist_before_infusions(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    world.enrol("KAR").await;
    let (dying, doubtful) = (world.collected().await, world.collected().await);
    world.collected().await;
    let (failing, lost) = (world.failing().await, world.failing().await);
    let infused = world.infused("KAR", "2026-02-12").await;
    let second = world.open_course(&infused, "2026-03-02").await;

    let items = world.sums_up("KAR", "2026-03-02").await;
    assert!(one_is(&items, counted_from(Anchor::Opening)), "a referral");
    assert!(!one_is(&items, counted_from(Anchor::Enrolment)), "a registration is due");
    let items = world.sums_up("KAR", "2026-04-02").await;
    assert!(one_is(&items, counted_from(Anchor::Enrolment)), "and overdue, of who is not infused");
    let of_second = |item: &WorklistItem| item.entry.course == Some(second) && is_overdue(item);
    assert!(one_is(&items, of_second), "a second course before its infusion");

    world.wait_until("2026-05-20");
    world.submit(&dying, "event", death("2026-05-01")).await;
    world.sums_up("KAR", "2026-06-13").await;
    let items = world.sums_up("KAR", "2026-06-14").await;
    assert!(one_is(&items, counted_from(Anchor::Apheresis)), "a product");
    world.submit(&doubtful, "event", death("2026-05")).await;
    let items = world.sums_up("KAR", "2026-06-14").await;
    let in_doubt = |item: &WorklistItem| {
        let unclear = item.entry.item.excuse == Some(Excuse::DeathUnclear);
        unclear && item.state.time() == Some(TimeState::Due)
    };
    assert!(one_is(&items, in_doubt), "due as long as the day of death is not known");

    world.sums_up("KAR", "2026-07-02").await;
    let items = world.sums_up("KAR", "2026-07-03").await;
    assert!(one_is(&items, counted_from(Anchor::FailedProduct)), "a next product");
    world.submit(&failing, "infusion", infusion("2026-05-20")).await;
    world.sums_up("KAR", "2026-07-03").await;

    world.wait_until("2027-02-01");
    world.submit(&lost, "event", loss("2026-01-20", "2027-02-01")).await;
    let items = world.sums_up("KAR", "2027-02-01").await;
    let missed =
        |item: &WorklistItem| item.state.time() == Some(TimeState::MissedLost) && !item.entry.infused;
    assert!(one_is(&items, missed), "which is neither overdue nor missing");
    world.check().await;
}

#[rstest]
#[tokio::test]
async fn what_is_overdue_before_an_infusion_is_not_missing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    world.enrol("UPP").await;
    let total = async || world.figures("UPP", FormQuestion::default()).await.remove(0);
    assert_eq!(said(&total().await), [1, 1, 0], "the registration is due, the referral overdue");
    world.wait_until("2026-04-02");
    let figures = total().await;
    assert_eq!(said(&figures), [0, 2, 0]);
    assert_eq!((figures.completed, figures.missed), (Some(Share::default().into()), Some(0)));
    assert_eq!(world.missing("UPP", MissingQuery::default()).await, []);
}

/// Registrations are due, referrals overdue.
#[rstest]
#[tokio::test]
async fn the_coordinator_reads_of_no_few_with_an_infusion_or_without(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    for _ in 0..3 {
        world.infused("KAR", "2026-02-12").await;
    }
    world.enrol("KAR").await;
    assert_eq!(told(&world, "patient_registration").await, None, "four patients");
    let last = world.enrol("KAR").await;
    assert_eq!(told(&world, "patient_registration").await, Some([Some(5), None, None, None]));
    let of_referral = FormQuestion { form: Some("referral".to_owned()), ..FormQuestion::default() };
    let own = world.figures("KAR", of_referral).await;
    assert_eq!(own.iter().map(said).collect::<Vec<_>>(), [[0, 5, 0]]);
    assert_eq!(told(&world, "referral").await, None, "five together, but three infused and two not");

    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let karolinska: SiteCode = "KAR".parse().unwrap();
    let forms = world.report(&coordinator, FormQuestion::default()).await.unwrap();
    assert!(!forms.hidden_sites.contains(&karolinska), "five patients");
    let infusions = FieldQuestion { form: "infusion".to_owned(), ..FieldQuestion::default() };
    let (service, act) = (&world.ground.service, world.ground.act());
    let fields = service.field_completeness(&coordinator, &act, infusions).await.unwrap().value;
    assert!(fields.hidden_sites.contains(&karolinska), "three of them infused");

    for _ in 0..3 {
        world.enrol("KAR").await;
    }
    assert_eq!(told(&world, "referral").await, Some([None, None, Some(5), None]), "five are not infused");
    for _ in 0..2 {
        world.infused("KAR", "2026-02-12").await;
    }
    assert_eq!(told(&world, "referral").await, Some([None, Some(5), Some(10), Some(0)]));
    world.withdraw(&last, "2026-03-01").await;
    let without_four = Some([None, Some(5), Some(5), Some(0)]);
    assert_eq!(told(&world, "referral").await, without_four, "four would be the difference");
}
