//! The whole life of a patient in the registry, played through the API by a data manager whose clock moves with it: what
//! waits, how complete the registry is, what the rules find, which scores follow and what follows for a course, after
//! every step.
//!
//! Everything expected here was worked out from the domain (windows and grace of the schedule by the calendar, figures of
//! completeness by counting forms, grades and scores by their definitions, rules by their words), none of it was copied
//! from an answer. One file per act.

mod completeness;
mod content;
mod findings;
mod life;

mod death;
mod infusion;
mod product_failure;
mod referral;
mod relapse;
mod response;
mod second_course;
mod second_malignancy;
mod toxicity;

use cartotek_tests::Engine;
use rstest::rstest;

#[rstest]
#[actix_web::test]
async fn a_whole_life_from_referral_to_death(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let mut life = referral::act(engine).await;
    product_failure::act(&life).await;
    infusion::act(&life).await;
    toxicity::act(&life).await;
    response::act(&life).await;
    relapse::act(&mut life).await;
    second_course::act(&mut life).await;
    second_malignancy::act(&life).await;
    death::act(&life).await;
}
