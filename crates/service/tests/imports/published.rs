//! What another server has published since an import began.

use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, NewImport};
use rstest::rstest;

use crate::common::revised;
use crate::world::{World, csv};

const INFUSION: &str = "patient,course,infusion_no,infusion_date,batch_id,setting,route,entire_volume_infused,\
    dose_car_total_e6,infusion_reaction,acknowledgement";

/// A long import must not lay what is expected by the schedule with which it began.
#[rstest]
#[tokio::test]
async fn what_rows_make_due_is_laid_by_what_is_published_now(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let (service, other) = (&world.ground.service, world.ground.another_server().await);
    other.publish_as_system(&world.ground.act(), revised()).await.unwrap();
    let (known, published) = (service.forms().unwrap().generation, other.forms().unwrap().generation);
    assert!(known < published, "this server has not looked yet");
    let patient = world.patients[0];
    let row = format!("{patient},1,1,2024-01-22,B-1,inpatient,iv,yes,150,no,The product form follows");
    let text = format!("{INFUSION}\n{row}\n");
    let new = NewImport { form: Some("infusion".to_owned()), ..csv(&text, Atomicity::Row) };
    let import = world.try_import(&world.keyed("k", &text), new).await.unwrap().value;
    assert_eq!(import.counts.accepted, 1, "{:?}", import.findings.first());
    assert_eq!(service.forms().unwrap().generation, published);
    assert!(world.count("expected_item") > 10);
}
