//! Relapse: an assessment shows progression, the event follows; the forgotten form becomes due, then overdue.

use serde_json::json;

use super::content::{resources, response};
use super::life::Life;

pub(super) async fn act(life: &mut Life) {
    life.wait_until("2026-12-10");
    let progression = response("2026-12-07", "UNSCHEDULED", ("PMD", "5"), "PD");
    // The event is not registered yet: no contradiction, but an open finding.
    let unexplained = [("ACKNOWLEDGE", "/assessment_date"), ("R-REL-04B", "/assessment_date")];
    life.refused(1, "response_assessment", &progression, &unexplained).await;
    life.submit(1, "response_assessment", &progression, &[("R-REL-04B", "/assessment_date")]).await;
    let open = "2027-01-13 open 1 M6 resource_use 2026-10-15..2026-12-14";
    let waits = [&[open][..], &offered("open")].concat();
    let explained = ("R-REL-04B", "/assessment_date", "response_assessment", true);
    life.look_at(&waits, "13/13 there, 16/16 in time", &[explained]).await;

    let mut relapse = json!({
        "kind": "relapse_progression", "event_no": 1,
        "relapse_progression": {
            "date": "2026-05-18", "type": "relapse_after_CR", "site": ["nodal"], "biopsy": "yes",
            "antigen_status": "target_positive", "lineage_switch": "no",
        },
    });
    // Neither after day 0 nor after a complete remission.
    let early = ["R-REL-01", "R-REL-03"].map(|rule| (rule, "/relapse_progression/date"));
    life.refused(1, "event", &relapse, &early).await;
    // Mistyped: it explains the progression, and contradicts the visit and the assessment of 2026-11-18, which saw none.
    relapse["relapse_progression"]["date"] = "2026-11-10".into();
    let record = life.submit(1, "event", &relapse, &[]).await;
    let contradicted = [
        ("R-FU-07B", "/relapse_progression", "follow_up", false),
        ("R-RESP-03", "/disease_status", "follow_up", false),
        ("R-RESP-03B", "/assessment_date", "response_assessment", false),
    ];
    life.look_at(&waits, "13/13 there, 16/16 in time", &contradicted).await;
    relapse["relapse_progression"]["date"] = "2026-12-07".into();
    life.amend(record.json["id"].as_str().unwrap(), 1, &relapse).await;
    // What came before the relapse stays the best response.
    let values = json!({
        "vein_to_vein_days": 35, "referral_to_infusion_days": 81, "infused_dose_car_e6": 148,
        "dose_car_per_kg_e6": 2.0, "days_to_crs": 2, "days_to_icans": 5, "best_response": "CR",
        "days_to_best_response": 100, "days_to_relapse": 203, "vital_status": "alive",
    });
    life.values(1, &values).await;
    life.look(&waits, "13/13 there, 16/16 in time").await;

    life.wait_until("2026-12-21");
    life.renew_token("2027-12-20T00:00:00Z").await;
    let due = "2027-01-13 due 1 M6 resource_use 2026-10-15..2026-12-14";
    life.look(&[&[due][..], &offered("due")].concat(), "13/13 there, 16/16 in time").await;
    life.wait_until("2027-01-13");
    life.look(&[&[due][..], &offered("due")].concat(), "13/13 there, 16/16 in time").await;
    life.wait_until("2027-01-14");
    let overdue = "2027-01-13 overdue 1 M6 resource_use 2026-10-15..2026-12-14";
    // Of month 6 two forms are there and one is missing; the grace of the questionnaire runs four days longer.
    life.look(&[&[overdue][..], &offered("due")].concat(), "15/16 there, 16/16 in time").await;
    let period = resources("M6", ("2026-08-27", "2026-11-18"), (0, 0), 6);
    life.submit(1, "resource_use", &period, &[]).await;
    life.look(&offered("due"), "16/16 there, 16/17 in time").await;
    life.forms(&[
        ("acute_toxicity", "1/1 there, 1/1 in time", -7.0),
        ("follow_up", "2/2 there, 2/2 in time", -20.0),
        ("infusion", "1/1 there, 1/1 in time", 0.0),
        ("patient_registration", "1/1 there, 1/1 in time", 0.0),
        ("pre_infusion", "1/1 there, 1/1 in time", -3.0),
        ("product", "1/1 there, 1/1 in time", -91.0),
        ("prom", "3/3 there, 4/4 in time", -9.5),
        ("referral", "1/1 there, 1/1 in time", 7.0),
        // 14 days before the end of the window, then 31 after it: a day beyond the grace.
        ("resource_use", "2/2 there, 1/2 in time", 8.5),
        ("response_assessment", "3/3 there, 3/3 in time", -14.0),
    ])
    .await;
    life.check().await;
    // Known alive on the day of the relapse, day 203; today is day 241.
    life.followed(1, 203, 241).await;
}

/// What may be left out at six months, while it is open or due.
fn offered(state: &str) -> [&'static str; 4] {
    if state == "open" {
        [
            "2027-01-17 open 1 M6 prom/qlq_c30? 2026-10-19..2026-12-18",
            "2027-01-17 open 1 M6 prom/fact_lym? 2026-10-19..2026-12-18",
            "2027-01-17 open 1 M6 sample of Peripheral blood mononuclear cells? 2026-10-19..2026-12-18",
            "2027-01-17 open 1 M6 sample of Plasma? 2026-10-19..2026-12-18",
        ]
    } else {
        [
            "2027-01-17 due 1 M6 prom/qlq_c30? 2026-10-19..2026-12-18",
            "2027-01-17 due 1 M6 prom/fact_lym? 2026-10-19..2026-12-18",
            "2027-01-17 due 1 M6 sample of Peripheral blood mononuclear cells? 2026-10-19..2026-12-18",
            "2027-01-17 due 1 M6 sample of Plasma? 2026-10-19..2026-12-18",
        ]
    }
}
