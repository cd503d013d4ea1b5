//! Referral: Örebro asks, Karolinska takes over; the form waits as a draft until the national meeting has decided.

use cartotek_tests::Engine;
use serde_json::json;

use super::completeness::UNCOUNTED;
use super::life::Life;

pub(super) async fn act(engine: Engine) -> Life {
    let mut life = Life::begin(engine).await;
    life.look(&["2026-04-01 open 0 - patient_registration 2025-12-02..2026-03-02"], UNCOUNTED).await;

    let joining = json!({ "site": "ORE", "role": "referring", "from": "2026-03-02" });
    let path = format!("/api/v1/patients/{}/participations", life.pseudonym);
    life.app.data_manager("KAR").post(&path).json(&joining).send().await.expect(201);
    let list = format!("/api/v1/worklist?patient={}", life.pseudonym);
    let of_referrer = life.app.data_manager("ORE").get(&list).send().await.expect(200);
    assert_eq!(of_referrer.json["items"], json!([]), "the responsible site has the worklist");

    // The form of the referral may come up to 30 days after it.
    life.open_course("2026-02-26").await;
    let both = [
        "2026-03-28 due 1 - referral 2025-11-28..2026-02-26",
        "2026-04-01 open 0 - patient_registration 2025-12-02..2026-03-02",
    ];
    life.look(&both, UNCOUNTED).await;
    let registration = json!({
        "registration_date": "2026-03-02", "birth_year_month": "1961-04", "sex": "female",
        "region_of_residence": "18", "legal_basis": "research_consent",
    });
    life.submit(0, "patient_registration", &registration, &[]).await;
    life.look(&both[..1], UNCOUNTED).await;

    let mut referral =
        json!({ "referral_date": "2026-02-26", "referring_region": "18", "referring_site": "ORE" });
    let draft = life.draft(1, "referral", &referral, &["/decision"]).await;
    let early = life.submit_draft(&draft, 1).await.problem(422, "content_invalid");
    assert_eq!(early.found(), [("REQUIRED", "/decision")]);
    life.look(&["2026-03-28 due draft 1 - referral 2025-11-28..2026-02-26"], UNCOUNTED).await;

    life.wait_until("2026-03-05");
    let decided = json!({
        "mdt_date": "2026-03-05", "mdt_type": "national", "decision": "accepted",
        "intended_product": "axicabtagene_ciloleucel", "intended_setting": "commercial",
    });
    referral.as_object_mut().unwrap().extend(decided.as_object().unwrap().clone());
    life.complete(&draft, 1, &referral).await;
    // Accepted, the patient is to be apheresed within 90 days.
    life.look(&["2026-06-26 open 1 - apheresis 2026-02-26..2026-05-27"], UNCOUNTED).await;
    life.values(1, &json!({})).await;
    life.check().await;
    life
}
