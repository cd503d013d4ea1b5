//! Acute toxicity.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::course::{Course, plus};
use super::super::outcome::Death;
use super::super::random::Dice;
use super::super::toxicity::{Episode, Score, Toxicity};
use super::{Filled, put, yes_no};

/// What is told of the first month: up to which day after day 0, and whether the patient died on it.
struct Month<'a> {
    toxicity: &'a Toxicity,
    day0: NaiveDate,
    until: i64,
    death: Option<Death>,
    /// The first day whose counts do not grade: that of progression, next therapy or death, in the first month.
    censored_from: Option<i32>,
}

/// The last day that the form covers.
pub(in super::super) fn assessment(course: &Course, death: Option<Death>) -> Option<NaiveDate> {
    let usual = plus(course.day0()?, 29);
    Some(death.map_or(usual, |death| death.date.min(usual)))
}

/// The acute toxicity of a course.
pub(in super::super) fn acute_toxicity(
    dice: &mut Dice,
    course: &Course,
    death: Option<Death>,
) -> Option<Filled> {
    let (toxicity, outcome) = course.after.as_ref()?;
    let (day0, until) = (course.day0()?, assessment(course, death)?);
    let ends = [
        outcome.relapse.as_ref().map(|relapse| relapse.date),
        outcome.therapy.as_ref().map(|therapy| therapy.start),
        death.map(|death| death.date),
    ];
    let ends = ends.into_iter().flatten().map(|day| (day - day0).num_days());
    let censored_from = ends.min().and_then(|day| i32::try_from(day).ok()).filter(|day| *day <= 30);
    let death = death.filter(|death| death.date == until);
    let month = Month { toxicity, day0, until: (until - day0).num_days(), death, censored_from };
    let myeloma = !course.product.is_against_cd19();
    let infections = month.infections(dice);
    let mut content = json!({
        "assessment_date": until,
        "hospital_days_first_30": dice.between(9, 22).min(month.until + 1),
        "crs": month.crs(),
        "icans": month.icans(),
        "other_neurotoxicity": {
            "movement_disorder": yes_no(myeloma && dice.chance(0.02)),
            "cranial_neuropathy": yes_no(myeloma && dice.chance(0.04)),
        },
        "interventions": month.interventions(dice),
        "icu": month.intensive_care(),
        "iec_hs": month.iec_hs(dice),
        "cytopenias": month.cytopenias(dice),
        "tls": month.lysis(),
        "infections_occurred": yes_no(!infections.is_empty()),
    });
    if !infections.is_empty() {
        put(&mut content, "infections", json!(infections));
    }
    if !myeloma && month.until >= 14 {
        month.measure(dice, &mut content);
    }
    Some(Filled::new("acute_toxicity", content))
}

impl Month<'_> {
    /// B cells and CAR T cells in blood.
    fn measure(&self, dice: &mut Dice, content: &mut Value) {
        let cells = dice.between(0, 5);
        let aplasia = json!({ "date": self.day(self.until), "cd19_per_ul": cells, "status": "present" });
        put(content, "b_cell_aplasia", aplasia);
        let persistence = json!([{
            "date": self.day(10), "method": "ddPCR", "specimen": "blood",
            "value": dice.between(2_000, 90_000), "unit": "copies/ug_DNA", "detectable": "yes",
        }]);
        put(content, "car_persistence", persistence);
    }

    fn day(&self, days: i64) -> NaiveDate {
        plus(self.day0, days.clamp(0, self.until))
    }

    /// The answers about an episode that CRS and ICANS share; one that did not end before death goes on.
    fn episode(&self, episode: &Episode) -> Value {
        let ongoing = episode.end > self.until || (episode.end == self.until && self.death.is_some());
        let mut answers = json!({
            "occurred": "yes",
            "onset_date": self.day(episode.onset),
            "max_grade": episode.grade,
            "max_grade_date": self.day(episode.peak),
            "ongoing": yes_no(ongoing),
        });
        if !ongoing {
            put(&mut answers, "resolution_date", json!(self.day(episode.end)));
        }
        answers
    }

    fn crs(&self) -> Value {
        let Some(crs) = self.toxicity.crs_by(self.until) else { return json!({ "occurred": "no" }) };
        let mut answers = self.episode(&crs.episode);
        put(&mut answers, "grading_system", json!("ASTCT2019"));
        put(&mut answers, "fever", json!("yes"));
        put(&mut answers, "max_temp_c", json!(crs.temperature));
        put(&mut answers, "antipyretic_or_anticytokine", json!(yes_no(crs.tocilizumab > 0)));
        put(&mut answers, "hypotension_max", json!(crs.hypotension));
        put(&mut answers, "hypoxia_max", json!(crs.hypoxia));
        answers
    }

    fn icans(&self) -> Value {
        let Some(icans) = self.toxicity.icans_by(self.until) else { return json!({ "occurred": "no" }) };
        let mut answers = self.episode(&icans.episode);
        let (name, score) = match icans.score {
            Score::Ice(score) => ("min_ice", score),
            Score::Capd(score) => ("max_capd", score),
        };
        put(&mut answers, name, json!(score));
        put(&mut answers, "unarousable", json!("no"));
        put(&mut answers, "consciousness", json!(icans.consciousness));
        put(&mut answers, "seizure", json!(icans.seizure));
        put(&mut answers, "motor", json!("none"));
        put(&mut answers, "raised_icp", json!("none"));
        answers
    }

    fn interventions(&self, dice: &mut Dice) -> Vec<Value> {
        let mut rows = Vec::new();
        if let Some(crs) = self.toxicity.crs_by(self.until) {
            let start = crs.episode.onset + 1;
            if crs.tocilizumab > 0 {
                rows.push(json!({
                    "drug": "tocilizumab", "indication": "CRS", "doses": crs.tocilizumab,
                    "start": self.day(start), "end": self.day(start + crs.tocilizumab - 1),
                }));
            }
            let pressors = crs.pressors();
            if pressors > 0 {
                rows.push(json!({
                    "drug": "vasopressor", "indication": "CRS", "max_concurrent": pressors,
                    "start": self.day(crs.episode.peak), "end": self.day(crs.episode.peak + 1),
                }));
            }
        }
        let neurotoxic = self.toxicity.icans_by(self.until).filter(|icans| icans.episode.grade >= 2);
        if let Some(icans) = neurotoxic {
            let (start, end) = (icans.episode.onset, icans.episode.end);
            let dose = 30 * (end - start + 1);
            rows.push(json!({
                "drug": "dexamethasone", "indication": "ICANS", "start": self.day(start), "end": self.day(end),
                "cumulative_dose_mg": dose, "cumulative_dexa_equiv_mg": dose,
            }));
        }
        if dice.chance(0.5) {
            rows.push(json!({
                "drug": "levetiracetam", "indication": "prophylaxis", "start": self.day(0), "end": self.day(28),
            }));
        }
        rows
    }

    fn intensive_care(&self) -> Value {
        let Some(stay) = self.toxicity.intensive_care(self.until) else { return json!({ "admitted": "no" }) };
        json!({
            "admitted": "yes", "reason": stay.reason, "ventilation": yes_no(stay.ventilated), "rrt": "no",
            "admit_date": self.day(stay.admitted), "discharge_date": self.day(stay.discharged),
            "max_vasopressors": stay.pressors,
        })
    }

    fn iec_hs(&self, dice: &mut Dice) -> Value {
        let Some(onset) = self.toxicity.iec_hs.filter(|onset| onset + 8 <= self.until) else {
            return json!({ "occurred": "no" });
        };
        json!({
            "occurred": "yes", "onset_date": self.day(onset), "ferritin_criterion": "yes",
            "max_ferritin": dice.between(9_000, 60_000), "min_fibrinogen": dice.decimal(0.6, 1.4, 1),
            "manifestations": ["fibrinogen_low", "transaminases_gt_5_uln", "fever"],
            "max_grade": dice.between(2, 3), "treatment": ["anakinra", "dexamethasone"],
            "resolved": "yes", "resolution_date": self.day(onset + 8),
        })
    }

    fn cytopenias(&self, dice: &mut Dice) -> Value {
        let counted = self.toxicity.blood.iter().filter(|blood| i64::from(blood.day) <= self.until);
        let rows: Vec<_> = counted
            .map(|blood| {
                json!({
                    "day": blood.day, "anc": blood.neutrophils, "platelets": blood.platelets,
                    "hb": blood.haemoglobin,
                })
            })
            .collect();
        let mut answers = json!({
            "cbc": rows, "biphasic": "no", "rbc_units": dice.between(0, 8), "plt_units": dice.between(0, 6),
        });
        if let Some(day) = self.censored_from {
            put(&mut answers, "censored_from_day", json!(day));
        }
        match self.toxicity.early_icaht(self.until, self.censored_from) {
            Some(grade) => put(&mut answers, "early_icaht_grade", json!(grade)),
            None => put(&mut answers, "missing", json!({ "early_icaht_grade": "not_applicable" })),
        }
        answers
    }

    fn lysis(&self) -> Value {
        match self.toxicity.lysis.filter(|day| *day <= self.until) {
            Some(day) => json!({ "occurred": "yes", "date": self.day(day), "basis": "laboratory" }),
            None => json!({ "occurred": "no" }),
        }
    }

    fn infections(&self, dice: &mut Dice) -> Vec<Value> {
        let fatal = self.death.is_some_and(|death| death.cause == "infection");
        let infection = |day: i64, organism: &str, severity: &str, outcome: &str| {
            json!({
                "date": self.day(day), "organism_group": organism, "site": "blood", "severity": severity,
                "microbiologically_confirmed": "yes", "outcome": outcome,
            })
        };
        if fatal {
            return vec![infection(self.until - 4, "bacterial", "fatal", "fatal")];
        }
        let Some(day) = self.toxicity.infection.filter(|day| *day <= self.until) else { return Vec::new() };
        let severity = dice.word(&["mild", "moderate", "moderate", "severe"]);
        vec![infection(day, dice.word(&["bacterial", "bacterial", "viral", "fungal"]), severity, "resolved")]
    }
}
