//! Whatever the order in which records come, and whenever they are judged: the same stands in the end.

use std::collections::BTreeSet;

use cartotek_persistence::Engine;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rstest::rstest;
use serde_json::Value;

use crate::common::content::{death, infusion};
use crate::content::{follow_up, registration, relapse};
use crate::world::{Patient, World};

/// How many orders are tried.
const ORDERS: usize = 12;

/// A life that contradicts itself here and there, and that no order refuses.
fn life() -> Vec<(&'static str, Value)> {
    vec![
        ("patient_registration", registration()),
        ("infusion", infusion("2026-02-12")),
        ("follow_up", follow_up("D100", "2026-05-20")),
        ("follow_up", follow_up("M6", "2026-08-12")),
        ("event", relapse("2026-06-03")),
        ("event", death("2026-08-12")),
    ]
}

/// What stands in the patient's records, whoever has explained it and whenever it came to stand.
async fn standing(world: &World, patient: &Patient) -> BTreeSet<(String, String, String, &'static str)> {
    let found = world.findings(patient).await.into_iter().map(|one| one.finding);
    let told = found.map(|one| (one.form, one.rule, one.pointer, one.severity.name()));
    told.collect()
}

#[rstest]
#[tokio::test]
async fn the_order_of_records_does_not_matter(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let orders = (Just(life()).prop_shuffle(), vec(any::<bool>(), life().len()));
    let mut runner = TestRunner::deterministic();
    let mut expected = None;
    for _ in 0..ORDERS {
        let (order, judged) = orders.new_tree(&mut runner).unwrap().current();
        let forms: Vec<_> = order.iter().map(|(form, _)| *form).collect();
        let patient = world.patient().await;
        for ((form, content), judge) in order.into_iter().zip(judged) {
            world.submit(&patient, form, content).await;
            if judge {
                world.judge().await;
            }
        }
        world.judge().await;
        let found = standing(&world, &patient).await;
        assert!(found.iter().any(|(.., rule, _, _)| rule == "R-FU-07B"), "{forms:?}: {found:#?}");
        assert!(found.iter().any(|(.., rule, _, _)| rule == "R-FU-06B"), "{forms:?}: {found:#?}");
        assert_eq!(*expected.get_or_insert_with(|| found.clone()), found, "{forms:?}");
    }
    world.assert_clean().await;
}
