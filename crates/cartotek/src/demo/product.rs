//! The products of the demo network: doses, and how often toxicity and lasting remission follow.
//!
//! Doses and approvals repeat the product code list, so that nothing is off label by accident. Frequencies are rounded
//! from the pivotal trials and registry reports of each product; they make plausible curves and nothing more.

use chrono::NaiveDate;

use super::random::{Dice, rounded};

/// How a dose is set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dosing {
    /// A total between two limits, in 10⁶ cells.
    Total(f64, f64),
    /// Per kg between two limits, in 10⁶ cells, with a highest total.
    PerKg(f64, f64, f64),
    /// Per kg up to 50 kg, a total above it, as tisagenlecleucel in leukaemia.
    ByWeight,
    /// 410 in two infusions, as obecabtagene autoleucel with few blasts in the bone marrow.
    Split,
}

/// A product for one indication.
#[derive(Debug)]
pub(super) struct Product {
    /// Its code.
    pub(super) code: &'static str,
    /// The indication it is given for.
    pub(super) indication: &'static str,
    /// The first day on which it is ordered, `YYYY-MM-DD`.
    pub(super) from: &'static str,
    /// How often it is chosen among the others of its indication.
    pub(super) weight: u32,
    /// Who makes it and where.
    pub(super) maker: (&'static str, &'static str),
    /// What its batch numbers begin with.
    pub(super) batch: &'static str,
    /// Days from start of manufacture to release.
    pub(super) days: (i64, i64),
    /// The dose.
    pub(super) dosing: Dosing,
    /// Share with CRS, and of these with grade 3 or more.
    pub(super) crs: (f64, f64),
    /// Share with ICANS among those with CRS, and of these with grade 3 or more.
    pub(super) icans: (f64, f64),
    /// Share that never relapses.
    pub(super) cured: f64,
    /// Shape and scale in days of the time to relapse of the others.
    pub(super) relapse: (f64, f64),
}

const KITE: (&str, &str) = ("Kite", "Amsterdam");
const NOVARTIS: (&str, &str) = ("Novartis", "Les Ulis");
const BMS: (&str, &str) = ("Bristol Myers Squibb", "Leiden");
const JANSSEN: (&str, &str) = ("Janssen", "Ghent");
const AUTOLUS: (&str, &str) = ("Autolus", "Stevenage");
const HOSPITAL: (&str, &str) = ("Hospital production", "Clean room");

/// One row per product and indication; a wide table on purpose, so that its columns can be compared.
#[rustfmt::skip]
pub(super) const PRODUCTS: &[Product] = &[
    Product { code: "axicabtagene_ciloleucel", indication: "LBCL", from: "2019-11-01", weight: 50, maker: KITE, batch: "KTE", days: (14, 22), dosing: Dosing::PerKg(1.0, 2.0, 200.0), crs: (0.90, 0.09), icans: (0.62, 0.40), cured: 0.42, relapse: (0.9, 140.0) },
    Product { code: "tisagenlecleucel", indication: "LBCL", from: "2019-11-01", weight: 20, maker: NOVARTIS, batch: "NVS", days: (22, 35), dosing: Dosing::Total(60.0, 600.0), crs: (0.60, 0.12), icans: (0.28, 0.35), cured: 0.32, relapse: (0.9, 120.0) },
    Product { code: "lisocabtagene_maraleucel", indication: "LBCL", from: "2022-06-01", weight: 30, maker: BMS, batch: "BMS", days: (20, 32), dosing: Dosing::Total(44.0, 120.0), crs: (0.46, 0.05), icans: (0.45, 0.30), cured: 0.40, relapse: (0.9, 150.0) },
    Product { code: "academic_cd19_3g", indication: "LBCL", from: "2019-11-01", weight: 4, maker: HOSPITAL, batch: "HEX", days: (9, 14), dosing: Dosing::PerKg(1.0, 2.0, 200.0), crs: (0.70, 0.08), icans: (0.30, 0.25), cured: 0.30, relapse: (0.9, 130.0) },
    Product { code: "tisagenlecleucel", indication: "FL", from: "2022-06-01", weight: 40, maker: NOVARTIS, batch: "NVS", days: (22, 35), dosing: Dosing::Total(60.0, 600.0), crs: (0.50, 0.03), icans: (0.15, 0.15), cured: 0.45, relapse: (1.0, 800.0) },
    Product { code: "axicabtagene_ciloleucel", indication: "FL", from: "2022-08-01", weight: 40, maker: KITE, batch: "KTE", days: (14, 22), dosing: Dosing::PerKg(1.0, 2.0, 200.0), crs: (0.78, 0.07), icans: (0.60, 0.25), cured: 0.50, relapse: (1.0, 850.0) },
    Product { code: "brexucabtagene_autoleucel", indication: "MCL", from: "2021-02-01", weight: 100, maker: KITE, batch: "KTE", days: (14, 22), dosing: Dosing::PerKg(1.0, 2.0, 200.0), crs: (0.91, 0.14), icans: (0.62, 0.45), cured: 0.32, relapse: (0.9, 420.0) },
    Product { code: "tisagenlecleucel", indication: "B_ALL", from: "2019-11-01", weight: 100, maker: NOVARTIS, batch: "NVS", days: (22, 32), dosing: Dosing::ByWeight, crs: (0.72, 0.35), icans: (0.30, 0.30), cured: 0.50, relapse: (0.9, 260.0) },
    Product { code: "brexucabtagene_autoleucel", indication: "B_ALL", from: "2022-10-01", weight: 40, maker: KITE, batch: "KTE", days: (14, 20), dosing: Dosing::PerKg(0.5, 1.0, 100.0), crs: (0.89, 0.25), icans: (0.62, 0.42), cured: 0.36, relapse: (0.9, 240.0) },
    Product { code: "obecabtagene_autoleucel", indication: "B_ALL", from: "2025-08-01", weight: 60, maker: AUTOLUS, batch: "AUT", days: (16, 22), dosing: Dosing::Split, crs: (0.68, 0.04), icans: (0.32, 0.30), cured: 0.42, relapse: (0.9, 260.0) },
    Product { code: "idecabtagene_vicleucel", indication: "MM", from: "2021-10-01", weight: 40, maker: BMS, batch: "BMS", days: (22, 34), dosing: Dosing::Total(260.0, 500.0), crs: (0.84, 0.06), icans: (0.20, 0.25), cured: 0.06, relapse: (1.0, 330.0) },
    Product { code: "ciltacabtagene_autoleucel", indication: "MM", from: "2022-09-01", weight: 60, maker: JANSSEN, batch: "JNJ", days: (26, 40), dosing: Dosing::PerKg(0.5, 1.0, 100.0), crs: (0.80, 0.05), icans: (0.20, 0.20), cured: 0.15, relapse: (1.1, 1100.0) },
];

impl Product {
    /// Whether it could be ordered on a day for somebody who is so many months old then and infused within half a
    /// year.
    pub(super) fn fits(&self, indication: &str, age_months: i64, day: NaiveDate) -> bool {
        let of_age = match (self.indication, self.dosing) {
            ("B_ALL", Dosing::ByWeight) => age_months + 6 < 26 * 12,
            ("B_ALL", _) => age_months >= 26 * 12,
            _ => age_months >= 18 * 12,
        };
        self.indication == indication
            && of_age
            && self.from.parse::<NaiveDate>().is_ok_and(|from| from <= day)
    }

    /// Whether it was made by a hospital.
    pub(super) fn is_academic(&self) -> bool {
        self.code.starts_with("academic_")
    }

    /// Whether it aims at B cells; otherwise at plasma cells.
    pub(super) fn is_against_cd19(&self) -> bool {
        self.indication != "MM"
    }

    /// The highest share of blasts in the bone marrow, in per cent, with which its doses are given.
    pub(super) fn most_blasts(&self) -> i64 {
        if matches!(self.dosing, Dosing::Split) { 20 } else { 85 }
    }

    /// How many infusions a course of it has by plan.
    pub(super) fn planned_infusions(&self) -> u8 {
        if matches!(self.dosing, Dosing::Split) { 2 } else { 1 }
    }

    /// The doses of its infusions, in 10⁶ cells.
    pub(super) fn doses(&self, dice: &mut Dice, weight_kg: f64) -> Vec<f64> {
        let per_kg = |dose: f64, most: f64| vec![rounded((dose * weight_kg).min(most), 1)];
        match self.dosing {
            Dosing::Total(least, most) => vec![dice.decimal(least * 1.1, most * 0.95, 0)],
            Dosing::PerKg(least, most, total) => {
                per_kg(least + (most - least) * (0.7 + 0.3 * dice.unit()), total)
            }
            Dosing::ByWeight if weight_kg <= 50.0 => per_kg(dice.decimal(1.0, 4.5, 1), 225.0),
            Dosing::ByWeight => vec![dice.decimal(100.0, 240.0, 0)],
            Dosing::Split => vec![100.0, 310.0],
        }
    }
}

/// The product that is chosen for somebody, if there is one yet; never the one given before.
pub(super) fn choose(
    dice: &mut Dice,
    indication: &str,
    age_months: i64,
    day: NaiveDate,
    before: Option<&str>,
) -> Option<&'static Product> {
    let fits = |one: &&Product| one.fits(indication, age_months, day) && before != Some(one.code);
    let choices: Vec<_> = PRODUCTS.iter().filter(fits).map(|one| (one, one.weight)).collect();
    dice.pick(&choices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doses_stay_within_what_the_code_list_allows() {
        let mut dice = Dice::new(1, 0);
        for product in PRODUCTS {
            for weight in [9.0, 30.0, 50.0, 51.0, 70.0, 125.0] {
                let doses = product.doses(&mut dice, weight);
                let total: f64 = doses.iter().sum();
                assert_eq!(doses.len(), usize::from(product.planned_infusions()), "{product:?}");
                match product.dosing {
                    Dosing::Total(least, most) => assert!(least <= total && total <= most, "{product:?}"),
                    Dosing::PerKg(least, most, highest) => {
                        let per_kg = total / weight;
                        assert!(total <= highest && per_kg <= most * 1.02, "{product:?} {weight}");
                        assert!(per_kg >= least * 0.98, "{product:?} {weight}");
                    }
                    Dosing::ByWeight => assert!((0.4..=250.0).contains(&total), "{weight} {total}"),
                    Dosing::Split => assert!((total - 410.0).abs() < f64::EPSILON),
                }
            }
        }
    }

    #[test]
    fn nobody_gets_a_product_before_its_time_or_age() {
        let mut dice = Dice::new(1, 0);
        let day = |text: &str| text.parse().unwrap();
        assert!(choose(&mut dice, "MM", 720, day("2021-09-30"), None).is_none());
        assert!(choose(&mut dice, "B_ALL", 312, day("2022-09-30"), None).is_none());
        let child = choose(&mut dice, "B_ALL", 305, day("2026-01-01"), None).unwrap();
        assert_eq!(child.code, "tisagenlecleucel");
        assert!(choose(&mut dice, "B_ALL", 305, day("2026-01-01"), Some(child.code)).is_none());
    }
}
