//! Death: what comes after it is closed, nothing after it can be told, and in time nothing waits.

use std::collections::BTreeMap;

use serde_json::json;

use super::content::follow_up;
use super::life::Life;

pub(super) async fn act(life: &Life) {
    life.wait_until("2027-10-04");
    let offered = [
        "2027-10-14 due 2 M6 prom/qlq_c30? 2027-07-16..2027-09-14",
        "2027-10-14 due 2 M6 prom/fact_lym? 2027-07-16..2027-09-14",
        "2027-10-14 due 2 M6 sample of Peripheral blood mononuclear cells? 2027-07-16..2027-09-14",
        "2027-10-14 due 2 M6 sample of Plasma? 2027-07-16..2027-09-14",
    ];
    life.look(&offered, "29/29 there, 32/33 in time").await;
    let mut death = json!({
        "kind": "death", "event_no": 1,
        "death": {
            "date": "2027-08-15", "main_cause": "second_malignancy", "contributing": ["infection"],
            "icd10_underlying": "C84.4", "autopsy": "no", "source": "chart",
        },
    });
    // The visit, the end of the period, the assessment and the questionnaire of 2027-08-16 lie after it.
    let contradictions = ["R-DATE-03R", "R-DATE-03UF", "R-DATE-03UG", "R-DATE-03UH"];
    life.refused(2, "event", &death, &contradictions.map(|rule| (rule, "/death/date"))).await;
    death["death"]["date"] = "2027-09-30".into();
    life.submit(2, "event", &death, &[]).await;
    mortality(life).await;
    // The window of six months was reached alive.
    life.look(&offered, "29/29 there, 32/33 in time").await;
    assert_eq!(life.schedule().await, states(12 + 16, 4));
    let findings =
        [("R-FU-01", "/contact_date"), ("R-FU-03", "/contact_date"), ("R-FU-06B", "/vital_status")];
    life.refused(2, "follow_up", &follow_up("2027-10-01", "M12", "no"), &findings).await;
    let mut again = death.clone();
    again["death"]["date"] = "2027-10-01".into();
    life.refused(1, "event", &again, &[("R-DEATH-02", "/death/date")]).await;

    life.wait_until("2027-12-01");
    life.look(&[], "33/33 there, 32/33 in time").await;
    assert_eq!(life.schedule().await, states(16 + 16, 0));
    figures(life).await;
    life.check().await;
    // Followed to the death, day 500 of the first course and day 227 of the second.
    life.followed(2, 500 + 227, 500 + 227).await;
}

/// The relapse of the first course preceded the death; after the infusion of the second there was none.
async fn mortality(life: &Life) {
    let first = json!({
        "vein_to_vein_days": 35, "referral_to_infusion_days": 81, "infused_dose_car_e6": 148,
        "dose_car_per_kg_e6": 2.0, "days_to_crs": 2, "days_to_icans": 5, "best_response": "CR",
        "days_to_best_response": 100, "days_to_relapse": 203, "days_to_new_therapy": 273,
        "days_to_second_malignancy": 441, "days_to_death": 500, "vital_status": "dead", "nrm": "no",
    });
    life.values(1, &first).await;
    let second = json!({
        "vein_to_vein_days": 39, "referral_to_infusion_days": 56, "infused_dose_car_e6": 310,
        "dose_car_per_kg_e6": 4.19, "days_to_crs": 2, "best_response": "CR", "days_to_best_response": 28,
        "days_to_second_malignancy": 168, "days_to_death": 227, "vital_status": "dead", "nrm": "yes",
    });
    life.values(2, &second).await;
}

/// One form of 33 came late: the registration, and sixteen required forms of each course until month 6. What lies after the
/// death or was taken over by the second course is not missing.
async fn figures(life: &Life) {
    life.forms(&[
        ("acute_toxicity", "2/2 there, 2/2 in time", -7.0),
        ("follow_up", "4/4 there, 4/4 in time", -14.5),
        ("infusion", "2/2 there, 2/2 in time", 0.0),
        ("patient_registration", "1/1 there, 1/1 in time", 0.0),
        ("pre_infusion", "2/2 there, 2/2 in time", -1.5),
        ("product", "2/2 there, 2/2 in time", -86.0),
        ("prom", "8/8 there, 8/8 in time", -10.5),
        ("referral", "2/2 there, 2/2 in time", 16.0),
        ("resource_use", "4/4 there, 3/4 in time", -14.0),
        ("response_assessment", "6/6 there, 6/6 in time", -14.0),
    ])
    .await;
    life.field("follow_up", "/contact_mode", [4, 0, 0]).await;
    life.field("follow_up", "/ecog", [0, 0, 4]).await;
}

/// Of 225 items the registration and 18 forms of each course came. Twelve months and fourteen years of the second course
/// lie after the death, of the first those years, because its twelve months had been taken over before.
fn states(lapsed: usize, due: usize) -> BTreeMap<String, usize> {
    let dead = (8 + 14 * 5) + 14 * 5;
    let states = [
        ("completed", 1 + 18 + 18),
        ("lapsed", lapsed),
        ("due", due),
        ("not_applicable_dead", dead),
        ("not_applicable_superseded", 8),
    ];
    states
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| (state.to_owned(), count))
        .collect()
}
