//! CRS of grade 3 and ICANS of grade 2, seen on day 28.

use serde_json::{Value, json};

use super::content::{questionnaire, response};
use super::life::{Life, derived, derives};

pub(super) async fn act(life: &Life) {
    life.wait_until("2026-06-15");
    let toxicity_form = ["2026-07-22 open 1 D28 acute_toxicity 2026-06-08..2026-06-22"];
    life.look(&[&OFFERED[..], &toxicity_form, &ASKED, &ALSO].concat(), "2/2 there, 6/6 in time").await;

    let toxicity = toxicity();
    let mut mistaken = toxicity.clone();
    (mistaken["crs"]["max_grade"], mistaken["icans"]["max_grade"]) = (2.into(), 1.into());
    let refused = [
        ("R-CRS-02", "/crs/max_grade"),
        ("R-ICANS-01A", "/icans/max_grade"),
        ("R-ICANS-01B", "/icans/max_grade"),
    ];
    life.refused(1, "acute_toxicity", &mistaken, &refused).await;

    let record = life.submit(1, "acute_toxicity", &toxicity, &[]).await;
    let follows = json!({
        // One vasopressor: 3; low-flow oxygen: 2.
        "crs_derived_grade": 3, "crs_duration_days": 7,
        // ICE 4 and awakening to voice: 2 each.
        "icans_derived_grade": 2, "icans_duration_days": 5,
        "icu_days": 4, "tocilizumab_given": "yes", "tocilizumab_doses": 2, "days_crs_to_tocilizumab": 1,
        "steroid_given": "yes", "cumulative_dexamethasone_equivalent_mg": 150, "anakinra_given": "no",
        // At most 0.5 on days 3 to 12, of which at most 0.1 on five.
        "early_icaht_derived_grade": 2,
        // Below 50 on days 5 to 12.
        "early_t_icaht_derived_grade": 2,
    });
    derives(&record, &follows);
    let grade = derived(&record, "crs_derived_grade");
    assert_eq!((&grade["version"], &grade["definition_version"]), (&json!(1), &json!("ASTCT2019/1")));
    let inputs = grade["explain"].as_array().unwrap();
    for (pointer, value) in [("/crs/hypotension_max", "one_pressor"), ("/crs/hypoxia_max", "low_flow")] {
        assert!(inputs.contains(&json!({ "pointer": pointer, "value": value })), "{grade}");
    }
    life.look(&[&OFFERED[..], &ASKED, &ALSO].concat(), "2/2 there, 7/7 in time").await;
    let values = json!({
        "vein_to_vein_days": 35, "referral_to_infusion_days": 81, "infused_dose_car_e6": 148,
        "dose_car_per_kg_e6": 2.0, "days_to_crs": 2, "days_to_icans": 5, "vital_status": "alive",
    });
    life.values(1, &values).await;

    life.wait_until("2026-06-17");
    let partial = response("2026-06-16", "D28", ("PMR", "4"), "PR");
    let record = life.submit(1, "response_assessment", &partial, &[]).await;
    let follows = json!({
        "response": "PR", "response_class": "PR", "objective_response": "yes", "class_and_response": "PR|PR",
    });
    derives(&record, &follows);
    let record = life.submit(1, "prom", &questionnaire("2026-06-15", "D28", [3, 2, 3, 2, 2], 60), &[]).await;
    derives(&record, &json!({ "eq5d_profile": "32322", "eq5d_profile_number": 32322.0 }));
    // On the last day of its grace a form of day 0 does not count as due.
    life.look(&[&OFFERED[..], &ALSO].concat(), "2/2 there, 9/9 in time").await;
    life.forms(&[
        ("acute_toxicity", "0/0 there, 1/1 in time", -7.0),
        ("infusion", "0/0 there, 1/1 in time", 0.0),
        ("patient_registration", "1/1 there, 1/1 in time", 0.0),
        ("pre_infusion", "0/0 there, 1/1 in time", -3.0),
        ("product", "0/0 there, 1/1 in time", -91.0),
        // Three and five days before the end of their windows.
        ("prom", "0/0 there, 2/2 in time", -4.0),
        ("referral", "1/1 there, 1/1 in time", 7.0),
        ("response_assessment", "0/0 there, 1/1 in time", -5.0),
    ])
    .await;
    life.check().await;
    // Last seen alive on day 29 (assessment of response), today is day 30.
    life.followed(1, 29, 30).await;
}

/// What may be left out and stands before the forms of day 28.
const OFFERED: [&str; 6] = [
    "2026-06-17 due 1 D0 prom/qlq_c30? 2026-04-18..2026-05-18",
    "2026-06-17 due 1 D0 prom/fact_lym? 2026-04-18..2026-05-18",
    "2026-06-26 due 1 D7 sample of Peripheral blood mononuclear cells? 2026-05-23..2026-05-27",
    "2026-07-03 due 1 D14 sample of Peripheral blood mononuclear cells? 2026-05-30..2026-06-03",
    "2026-07-18 open 1 D28 sample of Peripheral blood mononuclear cells? 2026-06-12..2026-06-18",
    "2026-07-18 open 1 D28 sample of Plasma? 2026-06-12..2026-06-18",
];
/// What is asked on day 28 beside the toxicity.
const ASKED: [&str; 2] = [
    "2026-07-22 open 1 D28 response_assessment 2026-06-08..2026-06-22",
    "2026-07-22 open 1 D28 prom/eq5d5l 2026-06-08..2026-06-22",
];
/// What may be left out and stands after it.
const ALSO: [&str; 2] = [
    "2026-07-22 open 1 D28 prom/qlq_c30? 2026-06-08..2026-06-22",
    "2026-07-22 open 1 D28 prom/fact_lym? 2026-06-08..2026-06-22",
];

fn toxicity() -> Value {
    let counts = [
        (0, 1.8, 110),
        (3, 0.4, 60),
        (5, 0.1, 42),
        (10, 0.3, 48),
        (13, 0.9, 70),
        (16, 1.5, 95),
        (28, 2.1, 140),
    ];
    let row =
        |(day, anc, platelets): &(i32, f64, i32)| json!({ "day": day, "anc": anc, "platelets": platelets });
    let counts: Vec<Value> = counts.iter().map(row).collect();
    json!({
        "assessment_date": "2026-06-15",
        "crs": {
            "occurred": "yes", "grading_system": "ASTCT2019", "onset_date": "2026-05-20",
            "resolution_date": "2026-05-26", "max_grade": 3, "max_grade_date": "2026-05-22", "fever": "yes",
            "max_temp_c": 39.4, "hypotension_max": "one_pressor", "hypoxia_max": "low_flow",
        },
        "icans": {
            "occurred": "yes", "onset_date": "2026-05-23", "resolution_date": "2026-05-27", "max_grade": 2,
            "min_ice": 4, "unarousable": "no", "consciousness": "awakens_to_voice", "seizure": "none",
            "motor": "none", "raised_icp": "none",
        },
        "interventions": [
            { "drug": "tocilizumab", "start": "2026-05-21", "end": "2026-05-22", "doses": 2, "indication": "CRS" },
            {
                "drug": "dexamethasone", "start": "2026-05-22", "end": "2026-05-26", "doses": 15,
                "indication": "ICANS", "cumulative_dose_mg": 150,
            },
        ],
        "icu": {
            "admitted": "yes", "reason": "CRS", "admit_date": "2026-05-22", "discharge_date": "2026-05-25",
            "ventilation": "no", "rrt": "no", "max_vasopressors": 1,
        },
        "iec_hs": { "occurred": "no" },
        "cytopenias": { "early_icaht_grade": 2, "early_t_icaht_grade": 2, "cbc": counts },
        "tls": { "occurred": "no" },
        "infections_occurred": "no",
    })
}
