//! What is sent: follow-ups of about sixty answers, one by one and as files.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::world::Case;

/// The time points of a follow-up, one record each per course.
pub(crate) const TIME_POINTS: [&str; 17] = [
    "D100", "M6", "M12", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Y8", "Y9", "Y10", "Y11", "Y12", "Y13", "Y14",
    "Y15",
];

/// A follow-up of about sixty answers.
pub(crate) fn follow_up(time_point: usize) -> Value {
    let contact = contact_date(time_point);
    json!({
        "time_point": TIME_POINTS[time_point], "contact_date": contact, "contact_mode": "visit",
        "vital_status": "alive", "ecog": 1, "disease_status": "CR", "reported_best_response": "CR",
        "relapse_progression": "no", "subsequent_therapy": "no", "further_infusion": "no",
        "second_malignancy": "no", "pregnancy": "no",
        "late_toxicity": {
            "late_icaht_grade": 1, "min_anc": 1.3, "late_t_icaht_grade": 1, "min_platelets": 88, "rbc_units": 2,
            "plt_units": 0, "stem_cell_boost": "no", "movement_disorder": "no", "cranial_neuropathy": "no",
        },
        "infections_occurred": "yes",
        "infections": [{
            "date": contact, "organism_group": "viral", "organism_text": "Cytomegalovirus", "site": "blood",
            "severity": "moderate", "ctcae_grade": 2, "microbiologically_confirmed": "yes",
            "outcome": "resolved", "previously_reported": "no",
        }],
        "b_cell_aplasia": { "date": contact, "cd19_per_ul": 2, "status": "present" },
        "hypogammaglobulinaemia": { "date": contact, "igg": 4.8, "severity": "mild", "ivig_given": "yes" },
        "car_persistence": [{
            "date": contact, "method": "flow", "specimen": "blood", "value": 0.8, "unit": "pct_CD3",
            "detectable": "yes",
        }],
    })
}

/// The day of the contact of a time point after a day 0 on 2010-03-01.
pub(crate) fn contact_date(time_point: usize) -> String {
    match time_point {
        0 => "2010-06-09".to_owned(),
        1 => "2010-08-28".to_owned(),
        years => format!("{}-03-15", 2009 + years),
    }
}

/// The body that submits a follow-up.
pub(crate) fn submission(case: Case, time_point: usize) -> Vec<u8> {
    let body = json!({
        "patient": case.pseudonym, "course": case.course, "form": "follow_up", "submit": true,
        "content": follow_up(time_point),
        "acknowledgements": [
            { "rule": "R-FU-05", "pointer": "/contact_date", "reason": "The infusion form follows." },
        ],
    });
    body.to_string().into_bytes()
}

/// A file with a follow-up per line.
pub(crate) fn csv(cases: &[Case], rows: usize) -> Vec<u8> {
    let mut file = "patient,course,time_point,contact_date,contact_mode,vital_status,ecog,disease_status,\
        reported_best_response,relapse_progression,subsequent_therapy,further_infusion,second_malignancy,pregnancy,\
        late_toxicity.late_icaht_grade,late_toxicity.min_anc,infections_occurred,acknowledgement\n"
        .to_owned();
    for row in 0..rows {
        let (case, point) = (cases[row / TIME_POINTS.len()], row % TIME_POINTS.len());
        let _ = writeln!(
            file,
            "{},1,{},{},visit,alive,1,CR,CR,no,no,no,no,no,1,1.3,no,Infusion form follows",
            case.pseudonym,
            TIME_POINTS[point],
            contact_date(point),
        );
    }
    file.into_bytes()
}

/// The same kind of content as [`submission`], a line of JSON each.
pub(crate) fn ndjson(cases: &[Case], rows: usize) -> Vec<u8> {
    let mut file = String::new();
    for row in 0..rows {
        let (case, point) = (cases[row / TIME_POINTS.len()], row % TIME_POINTS.len());
        let line: Value = serde_json::from_slice(&submission(case, point)).expect("a body is JSON");
        let line = json!({
            "patient": line["patient"], "course": 1, "content": line["content"],
            "acknowledgements": line["acknowledgements"],
        });
        let _ = writeln!(file, "{line}");
    }
    file.into_bytes()
}
