//! Who a demo patient is: as little as the registry knows of anybody, and nobody in particular.

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use chrono::{Datelike, Months, NaiveDate};

use super::random::{Dice, rounded};

/// The sites with the weight of each as home of patients, and counties that live near it; its own comes first.
const HOMES: [(&str, u32, &[&str]); 7] = [
    ("KAR", 26, &["01", "09"]),
    ("UPP", 16, &["03", "17", "20", "21", "19"]),
    ("SKA", 18, &["12", "07", "10"]),
    ("SAH", 18, &["14", "13"]),
    ("UME", 8, &["24", "25", "22", "23"]),
    ("LIN", 8, &["05", "06", "08"]),
    ("ORE", 6, &["18", "17", "04"]),
];

/// Days around which children outgrow the score of ICANS; nobody is treated then.
const TWELFTH_BIRTHDAY: std::ops::RangeInclusive<i64> = 136..=145;

/// What is known of a patient.
#[derive(Debug)]
pub(super) struct Person {
    /// The site near home.
    pub(super) home: &'static str,
    /// The site that treats.
    pub(super) treating: &'static str,
    /// County of residence.
    pub(super) county: &'static str,
    /// Sex recorded at birth.
    pub(super) sex: &'static str,
    /// The first day of the month of birth.
    pub(super) born: NaiveDate,
    /// Body weight.
    pub(super) weight_kg: f64,
    /// What was decided at the enrolment.
    pub(super) consents: Vec<(ConsentPurpose, ConsentDecision)>,
}

impl Person {
    /// Somebody with a disease who is referred on a day.
    pub(super) fn draw(dice: &mut Dice, indication: &str, day: NaiveDate) -> Self {
        let months = age_months(dice, indication, day);
        let sex = if dice.chance(0.6) { "male" } else { "female" };
        let (home, counties) = home(dice);
        let born = day.checked_sub_months(Months::new(u32::try_from(months).unwrap_or_default()));
        Self {
            home,
            treating: treating(dice, home),
            county: dice.word(counties),
            sex,
            born: born.and_then(|day| day.with_day(1)).unwrap_or(day),
            weight_kg: weight(dice, months, sex),
            consents: consents(dice),
        }
    }

    /// Completed months of age on a day, the birthday counted as passed in the month of birth.
    pub(super) fn months_on(&self, day: NaiveDate) -> i64 {
        i64::from(day.year() - self.born.year()) * 12 + i64::from(day.month0())
            - i64::from(self.born.month0())
    }

    /// Whether another site treats than the one near home.
    pub(super) fn is_referred(&self) -> bool {
        self.home != self.treating
    }

    /// The county of the site near home.
    pub(super) fn county_of_home(&self) -> &'static str {
        let home = HOMES.iter().find(|(site, ..)| *site == self.home);
        home.and_then(|(_, _, counties)| counties.first()).copied().unwrap_or(self.county)
    }

    /// What was decided about a purpose at the enrolment.
    pub(super) fn agrees_to(&self, purpose: ConsentPurpose) -> bool {
        self.consents.contains(&(purpose, ConsentDecision::Given))
    }

    /// The month of birth as forms write it.
    pub(super) fn birth_month(&self) -> String {
        self.born.format("%Y-%m").to_string()
    }
}

fn home(dice: &mut Dice) -> (&'static str, &'static [&'static str]) {
    let choices = HOMES.map(|(site, weight, counties)| ((site, counties), weight));
    dice.pick(&choices).unwrap_or(("KAR", &["01"]))
}

/// Örebro refers everybody, the other sites some; most go to the nearest large centre.
fn treating(dice: &mut Dice, home: &'static str) -> &'static str {
    if home != "ORE" && dice.chance(0.75) {
        return home;
    }
    let others: Vec<_> = [("KAR", 4), ("UPP", 4), ("SKA", 1), ("SAH", 1)]
        .into_iter()
        .filter(|(site, _)| *site != home)
        .collect();
    dice.pick(&others).unwrap_or("KAR")
}

fn age_months(dice: &mut Dice, indication: &str, day: NaiveDate) -> i64 {
    let adult_leukaemia = day >= NaiveDate::from_ymd_opt(2022, 10, 1).unwrap_or(day) && dice.chance(0.45);
    let months = match indication {
        "B_ALL" if adult_leukaemia => around(dice, 44, 14, 27, 72),
        "B_ALL" => dice.between(14, 25 * 12),
        "MCL" => around(dice, 67, 8, 45, 82),
        "FL" => around(dice, 61, 10, 33, 80),
        "MM" => around(dice, 63, 8, 40, 79),
        _ => around(dice, 62, 11, 22, 83),
    };
    if TWELFTH_BIRTHDAY.contains(&months) { TWELFTH_BIRTHDAY.end() + 6 } else { months }
}

/// Months of an age that lies around a mean, bell-shaped, within two limits, all in years.
fn around(dice: &mut Dice, mean: i64, deviation: i64, least: i64, most: i64) -> i64 {
    let drawn: i64 = (0..4).map(|_| dice.between(-21 * deviation, 21 * deviation)).sum();
    (mean * 12 + drawn / 2).clamp(least * 12, most * 12)
}

fn weight(dice: &mut Dice, months: i64, sex: &str) -> f64 {
    let years = f64::from(i32::try_from(months).unwrap_or_default()) / 12.0;
    let usual = match sex {
        _ if years < 16.0 => 8.0 + 3.2 * years,
        "male" => 82.0,
        _ => 69.0,
    };
    rounded(usual * (0.8 + 0.4 * dice.unit()), 1)
}

/// Every purpose that the network asks about; few say no.
fn consents(dice: &mut Dice) -> Vec<(ConsentPurpose, ConsentDecision)> {
    let asked = [
        (ConsentPurpose::RegistryQuality, 1.0),
        (ConsentPurpose::RegistryResearch, 0.93),
        (ConsentPurpose::BiobankCare, 0.98),
        (ConsentPurpose::BiobankResearch, 0.87),
        (ConsentPurpose::GeneticAnalysis, 0.8),
        (ConsentPurpose::SharingEbmt, 0.85),
        (ConsentPurpose::SharingMahEma, 0.7),
        (ConsentPurpose::Recontact, 0.8),
    ];
    let decide = |(purpose, agreement): (ConsentPurpose, f64)| {
        let decision = if dice.chance(agreement) { ConsentDecision::Given } else { ConsentDecision::Refused };
        (purpose, decision)
    };
    asked.into_iter().map(decide).collect()
}
