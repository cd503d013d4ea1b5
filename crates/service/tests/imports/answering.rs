//! What imported rows answer of what is expected.

use cartotek_domain::schedule::{Expected, ScheduleEntry};
use cartotek_persistence::{Engine, ReadSession, StoreError};
use cartotek_service::import::{Atomicity, NewImport};
use rstest::rstest;

use crate::world::{World, csv};

const INFUSION: &str = "patient,course,infusion_no,infusion_date,batch_id,setting,route,entire_volume_infused,\
    dose_car_total_e6,infusion_reaction,acknowledgement";
const BRIDGING: &str = "patient,course,line_no,given,timing,type,start,stop,response,acknowledgement";

async fn import(world: &World, form: &str, header: &str, rows: &[String]) {
    let text = format!("{header}\n{}\n", rows.join("\n"));
    let act = world.keyed(&world.ground.act().request.to_string(), &text);
    let new = NewImport { form: Some(form.to_owned()), ..csv(&text, Atomicity::Row) };
    let done = world.try_import(&act, new).await.unwrap().value;
    assert_eq!(usize::try_from(done.counts.accepted), Ok(rows.len()), "{:#?}", done.findings);
}

/// Two rows of one file meet the same item: the one that fits better answers it, wherever it stands.
#[rstest]
#[tokio::test]
async fn of_two_rows_the_one_that_fits_answers(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(false, true)] reversed: bool,
) {
    let world = World::start(engine, 1).await;
    let pseudonym = world.patients[0];
    let infused = format!("{pseudonym},1,1,2024-01-22,B-1,inpatient,iv,yes,150,no,The product form follows");
    import(&world, "infusion", INFUSION, &[infused]).await;
    let line = |number: u8, start: &str, stop: &str| {
        format!(
            "{pseudonym},1,{number},yes,post_apheresis,radiotherapy,{start},{stop},SD,Checked in the chart"
        )
    };
    let mut rows = vec![line(1, "2023-08-01", "2023-08-05"), line(2, "2024-01-02", "2024-01-05")];
    if reversed {
        rows.reverse();
    }
    import(&world, "bridging", BRIDGING, &rows).await;

    let patient = world.patient_id(0).await;
    let look = move |session: &mut dyn ReadSession| session.schedule_of(patient);
    let items = world.ground.database.store.read::<_, StoreError>("look", look).await.unwrap();
    let of_bridging =
        |one: &&ScheduleEntry| matches!(&one.item.what, Expected::Form { form, .. } if form == "bridging");
    let [item] = items.iter().filter(of_bridging).collect::<Vec<_>>()[..] else { panic!("{items:#?}") };
    let dated = item.answer.and_then(|answer| answer.submitted.dated);
    assert_eq!(dated, "2024-01-02".parse().ok());
}
