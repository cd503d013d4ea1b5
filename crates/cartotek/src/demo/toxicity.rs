//! What went wrong in the first month of a demo course.

use cartotek_domain::grading::icaht::{NeutrophilCount, early};

use super::product::Product;
use super::random::Dice;

/// The days on which blood is taken.
const BLOOD_DAYS: [i32; 11] = [0, 2, 4, 6, 8, 10, 13, 16, 20, 24, 28];

/// The toxicity of the first month; days count from day 0.
#[derive(Debug)]
pub(super) struct Toxicity {
    /// Cytokine release syndrome.
    pub(super) crs: Option<Crs>,
    /// Neurotoxicity.
    pub(super) icans: Option<Icans>,
    /// Blood counts.
    pub(super) blood: Vec<Blood>,
    /// First day of an infection.
    pub(super) infection: Option<i64>,
    /// First day of IEC-HS.
    pub(super) iec_hs: Option<i64>,
    /// Day of tumour lysis.
    pub(super) lysis: Option<i64>,
    /// Whether it was treated in intensive care without need of it: for watching.
    pub(super) watched: bool,
}

/// An episode with its highest grade.
#[derive(Debug)]
pub(super) struct Episode {
    /// First day.
    pub(super) onset: i64,
    /// First day at the highest grade.
    pub(super) peak: i64,
    /// Last day.
    pub(super) end: i64,
    /// The highest grade.
    pub(super) grade: u8,
}

/// Cytokine release syndrome with what decides its grade (ASTCT 2019).
#[derive(Debug)]
pub(super) struct Crs {
    /// Days and grade; grade 5 is fatal on the last day.
    pub(super) episode: Episode,
    /// Worst hypotension.
    pub(super) hypotension: &'static str,
    /// Worst hypoxia.
    pub(super) hypoxia: &'static str,
    /// Highest temperature.
    pub(super) temperature: f64,
    /// Doses of tocilizumab.
    pub(super) tocilizumab: i64,
}

/// Neurotoxicity with what decides its grade (ASTCT 2019).
#[derive(Debug)]
pub(super) struct Icans {
    /// Days and grade.
    pub(super) episode: Episode,
    /// Lowest ICE, from 12 years, or else highest CAPD.
    pub(super) score: Score,
    /// Worst level of consciousness.
    pub(super) consciousness: &'static str,
    /// Worst seizure.
    pub(super) seizure: &'static str,
}

/// The score of cognition.
#[derive(Debug, Clone, Copy)]
pub(super) enum Score {
    /// ICE, 10 to 0.
    Ice(i64),
    /// CAPD, 0 to 32.
    Capd(i64),
}

/// A stay in intensive care.
#[derive(Debug, Clone, Copy)]
pub(super) struct IntensiveCare {
    /// Why.
    pub(super) reason: &'static str,
    /// First day.
    pub(super) admitted: i64,
    /// Last day.
    pub(super) discharged: i64,
    /// Whether the patient was ventilated.
    pub(super) ventilated: bool,
    /// How many vasopressors at most.
    pub(super) pressors: i64,
}

/// A blood count.
#[derive(Debug)]
pub(super) struct Blood {
    /// Its day.
    pub(super) day: i32,
    /// Neutrophils, 10⁹/L.
    pub(super) neutrophils: f64,
    /// Platelets, 10⁹/L.
    pub(super) platelets: f64,
    /// Haemoglobin, g/L.
    pub(super) haemoglobin: f64,
}

impl Toxicity {
    pub(super) fn draw(dice: &mut Dice, product: &Product, is_child: bool) -> Self {
        let crs = dice.chance(product.crs.0).then(|| Crs::draw(dice, product));
        let icans = crs.as_ref().filter(|crs| crs.episode.grade < 5).and_then(|crs| {
            dice.chance(product.icans.0).then(|| Icans::draw(dice, product, crs.episode.onset, is_child))
        });
        let severe = crs.as_ref().is_some_and(|crs| crs.episode.grade >= 3);
        Self {
            blood: blood(dice, severe),
            infection: dice.chance(0.25).then(|| dice.between(3, 26)),
            iec_hs: (severe && dice.chance(0.2)).then(|| dice.between(12, 18)),
            lysis: dice.chance(0.02).then(|| dice.between(1, 6)),
            watched: dice.chance(0.05),
            crs,
            icans,
        }
    }

    /// The day of death from CRS.
    pub(super) fn fatal_crs(&self) -> Option<i64> {
        self.crs.as_ref().filter(|crs| crs.episode.grade == 5).map(|crs| crs.episode.end)
    }

    /// CRS that has begun by a day.
    pub(super) fn crs_by(&self, day: i64) -> Option<&Crs> {
        self.crs.as_ref().filter(|crs| crs.episode.onset <= day)
    }

    /// ICANS that has begun by a day.
    pub(super) fn icans_by(&self, day: i64) -> Option<&Icans> {
        self.icans.as_ref().filter(|icans| icans.episode.onset <= day)
    }

    /// The stay in intensive care for what has begun by a day.
    pub(super) fn intensive_care(&self, day: i64) -> Option<IntensiveCare> {
        let crs = self.crs_by(day).filter(|crs| crs.episode.grade >= 4 || crs.pressors() > 0);
        let icans = self.icans_by(day).filter(|icans| icans.episode.grade >= 4);
        let (reason, admitted, discharged) = match (crs, icans) {
            (Some(crs), _) => ("CRS", crs.episode.peak, crs.episode.end),
            (None, Some(icans)) => ("ICANS", icans.episode.peak, icans.episode.end),
            (None, None) if self.watched => ("monitoring", 3, 5),
            (None, None) => return None,
        };
        let ventilated = crs.is_some_and(|crs| crs.hypoxia == "positive_pressure");
        let pressors = crs.map_or(0, Crs::pressors);
        Some(IntensiveCare { reason, admitted, discharged, ventilated, pressors })
    }

    /// The grade of early haematotoxicity from the counts up to a day, if there are any that count.
    pub(super) fn early_icaht(&self, until: i64, censored_from: Option<i32>) -> Option<u8> {
        let counted = self.blood.iter().filter(|blood| i64::from(blood.day) <= until);
        let counts: Vec<_> = counted
            .map(|blood| NeutrophilCount { day_offset: blood.day, anc_e9_l: blood.neutrophils })
            .collect();
        early(&counts, censored_from).map(|early| early.grading.grade)
    }
}

impl Episode {
    fn draw(dice: &mut Dice, onset: i64, longest: i64, grade: u8) -> Self {
        let end = onset + dice.between(2, longest);
        Self { onset, peak: onset + dice.between(0, end - onset - 1), end, grade }
    }
}

/// A grade from 1 to 4, 3 or more this often.
fn grade(dice: &mut Dice, severe: f64) -> u8 {
    let choices = if dice.chance(severe) { [(3, 75), (4, 25)] } else { [(1, 50), (2, 50)] };
    dice.pick(&choices).unwrap_or(1)
}

impl Crs {
    /// How many vasopressors its hypotension means.
    pub(super) fn pressors(&self) -> i64 {
        match self.hypotension {
            "one_pressor" => 1,
            "multi_pressor" => 2,
            _ => 0,
        }
    }

    fn draw(dice: &mut Dice, product: &Product) -> Self {
        let grade = grade(dice, product.crs.1);
        let (hypotension, hypoxia) = match grade {
            1 => ("none", "none"),
            2 => dice
                .pick(&[(("fluids", "none"), 5), (("none", "low_flow"), 2), (("fluids", "low_flow"), 3)])
                .unwrap_or(("fluids", "none")),
            3 => dice
                .pick(&[(("one_pressor", "low_flow"), 3), (("fluids", "high_flow_or_mask"), 2)])
                .unwrap_or(("one_pressor", "none")),
            _ => dice
                .pick(&[
                    (("multi_pressor", "high_flow_or_mask"), 2),
                    (("one_pressor", "positive_pressure"), 1),
                ])
                .unwrap_or(("multi_pressor", "none")),
        };
        let fatal = grade == 4 && dice.chance(0.15);
        let late = if product.indication == "MM" { 5 } else { 0 };
        let onset = dice.between(1, 5) + late;
        let episode = Episode::draw(dice, onset, 8, if fatal { 5 } else { grade });
        let needed = i64::from(grade >= 2 || dice.chance(0.25));
        let temperature = dice.decimal(38.2, 40.6, 1);
        Self { episode, hypotension, hypoxia, temperature, tocilizumab: needed * dice.between(1, 3) }
    }
}

impl Icans {
    fn draw(dice: &mut Dice, product: &Product, crs_onset: i64, is_child: bool) -> Self {
        let grade = grade(dice, product.icans.1);
        let onset = crs_onset + dice.between(1, 5);
        let episode = Episode::draw(dice, onset, 9, grade);
        let seizure = match grade {
            4 => "prolonged_or_repetitive",
            3 if dice.chance(0.2) => "resolves_rapidly",
            _ => "none",
        };
        let consciousness = match grade {
            1 => dice.word(&["alert", "awakens_spontaneously"]),
            2 => "awakens_to_voice",
            _ => dice.word(&["awakens_to_voice", "awakens_to_touch"]),
        };
        // A child's low score is grade 1; the level of consciousness then makes it grade 2.
        let score = match (is_child, grade) {
            (true, 1 | 2) => Score::Capd(dice.between(3, 8)),
            (true, _) => Score::Capd(dice.between(9, 20)),
            (false, 1) => Score::Ice(dice.between(7, 9)),
            (false, 2) => Score::Ice(dice.between(3, 6)),
            (false, _) => Score::Ice(dice.between(0, 2)),
        };
        Self { episode, score, consciousness, seizure }
    }
}

/// Counts that fall after the lymphodepletion and come back, slowly when the toxicity is severe.
fn blood(dice: &mut Dice, severe: bool) -> Vec<Blood> {
    let fall = dice.between(1, 5);
    let days = if severe { dice.between(8, 26) } else { dice.between(0, 16) };
    let back = if days < 3 { fall } else { fall + days };
    let deep = severe && dice.chance(0.4);
    let mut draw = |day: i32| {
        let low = (fall..back).contains(&i64::from(day));
        let neutrophils = match (low, deep) {
            (true, true) => dice.decimal(0.0, 0.1, 2),
            (true, false) => dice.decimal(0.12, 0.5, 2),
            (false, _) => dice.decimal(0.8, 3.2, 1),
        };
        let platelets = if low { dice.decimal(18.0, 90.0, 0) } else { dice.decimal(70.0, 210.0, 0) };
        Blood { day, neutrophils, platelets, haemoglobin: dice.decimal(76.0, 122.0, 0) }
    };
    BLOOD_DAYS.into_iter().map(&mut draw).collect()
}
