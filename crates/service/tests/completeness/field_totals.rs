//! What the coordinator reads of fields above something hidden: of several sites, and of the required fields together.

use cartotek_domain::access::Role;
use cartotek_persistence::Engine;
use cartotek_service::completeness::{FieldQuestion, FieldShown};
use rstest::rstest;
use serde_json::Value;

use crate::common::content::follow_up;
use crate::fields::{of, question};
use crate::world::{Asking, Treated, World};

/// The shares with an answer and with a value; `None` where neither is told.
type Shares = Option<(Option<f64>, Option<f64>)>;

const WHOLE: Shares = Some((Some(1.0), Some(1.0)));
/// Every field is answered; what is known of a few is not told.
const ANSWERED: Shares = Some((Some(1.0), None));

/// A follow-up in which some of the required answers are not known.
fn lacking(fields: &[&str]) -> Value {
    let mut content = follow_up("D100", "2026-05-20");
    for field in fields {
        content.as_object_mut().unwrap().remove(*field);
        content["missing"][field] = "unknown".into();
    }
    content
}

impl World {
    /// So many infused patients of each of some sites, in the time of day 100.
    async fn treated(&self, sites: &[&'static str], many: usize) -> Vec<Treated> {
        let mut patients = Vec::new();
        for &site in sites {
            for _ in 0..many {
                patients.push(self.infused(site, "2026-02-12").await);
            }
        }
        self.wait_until("2026-06-07");
        patients
    }

    /// What the coordinator reads of how the contact was made, and of the required fields together.
    async fn read_of(&self, site: Option<&str>) -> (Shares, Shares) {
        let coordinator: Asking = self.ground.network(Role::Coordinator);
        let question = FieldQuestion { site: site.map(|code| code.parse().unwrap()), ..question() };
        let (service, act) = (&self.ground.service, self.ground.act());
        let report = service.field_completeness(&coordinator, &act, question).await.unwrap().value;
        let shares = |shown: Option<FieldShown>| shown.map(|one| (one.answered, one.known));
        (shares(of(&report, "/contact_mode").figures), shares(report.required))
    }
}

/// How the contact was made is known of all ten at Karolinska, of six of ten at Uppsala, of nine of ten at Skåne: 25 of 30.
#[rstest]
#[tokio::test]
async fn a_total_counts_the_sites_that_are_hidden(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patients = world.treated(&["KAR", "UPP", "SKA"], 10).await;
    for (place, patient) in patients.iter().enumerate() {
        if place == 20 {
            assert_eq!(world.read_of(None).await, (ANSWERED, ANSWERED), "four are a few");
        }
        let is_unknown = (10..14).contains(&place) || place == 20;
        let content = lacking(if is_unknown { &["contact_mode"] } else { &[] });
        world.submit(patient, "follow_up", content).await;
    }
    assert_eq!(world.read_of(Some("KAR")).await, (WHOLE, WHOLE));
    for site in ["UPP", "SKA"] {
        assert_eq!(world.read_of(Some(site)).await, (ANSWERED, ANSWERED), "{site}");
    }
    let (total, required) = world.read_of(None).await;
    assert_eq!(total, Some((Some(1.0), Some(0.83))), "the sum of what is shown would be whole");
    assert_eq!(required, Some((Some(1.0), Some(0.97))), "235 of 240 answers");
}

/// Five sites of ten contents lack one answer each: known as a sum, it would be known of each of them.
#[rstest]
#[tokio::test]
async fn a_total_at_the_edge_is_not_told(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let patients = world.treated(&["KAR", "UPP", "SKA", "LIN", "UME"], 10).await;
    for (place, patient) in patients.iter().enumerate() {
        let is_unknown = place % 10 == 0;
        world.submit(patient, "follow_up", lacking(if is_unknown { &["contact_mode"] } else { &[] })).await;
    }
    assert_eq!(world.read_of(None).await, (ANSWERED, ANSWERED));
}

/// Of ten contents one lacks five answers: together they would be five, and tell that each field lacks one.
#[rstest]
#[tokio::test]
async fn the_required_fields_tell_of_no_content_that_lacks_several(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patients = world.treated(&["KAR"], 10).await;
    let (last, others) = patients.split_last().unwrap();
    for patient in others {
        world.submit(patient, "follow_up", lacking(&[])).await;
    }
    let several =
        ["contact_mode", "vital_status", "relapse_progression", "subsequent_therapy", "second_malignancy"];
    world.submit(last, "follow_up", lacking(&several)).await;
    assert_eq!(world.read_of(None).await, (ANSWERED, ANSWERED));
    let own = world.fields("KAR", question()).await.required.and_then(|shown| shown.counts).unwrap();
    assert_eq!((own.answered.rest(), own.known.rest()), (0, 5));
}
