//! The CAR-HEMATOTOX score (Rejeski et al. 2021, Blood 138:2499), from the last values before lymphodepletion.
//!
//! Conventions of this registry: a value on a cut that the publication leaves open (ANC 1.2, Hb 90, CRP 30) counts as
//! risk; while an item is missing there is no score but the range in which it lies.

use serde::{Deserialize, Serialize};

use super::{is_measured, is_same, points_line};
use crate::text::Text;

const VERSION: &str = "REJESKI2021/1";
/// From this score on the risk is high.
const HIGH_RISK: u8 = 2;
const ANC_CUT: f64 = 1.2;
const HB_CUT: f64 = 90.0;
const CRP_CUT: f64 = 30.0;

/// The values before lymphodepletion; what is no possible measurement counts as missing.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Baseline {
    /// Platelets, 10⁹/L.
    pub platelets: Option<f64>,
    /// Neutrophils, 10⁹/L.
    pub anc: Option<f64>,
    /// Haemoglobin, g/L.
    pub hb: Option<f64>,
    /// C-reactive protein, mg/L.
    pub crp: Option<f64>,
    /// Ferritin, µg/L.
    pub ferritin: Option<f64>,
}

/// The score or its range, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CarHematotox {
    /// The score, 0 to 7; `None` while an item is missing.
    pub score: Option<u8>,
    /// The lowest score that the missing items allow.
    pub min: u8,
    /// The highest score that the missing items allow.
    pub max: u8,
    /// The version of the definition that was applied.
    pub definition_version: &'static str,
    /// The points of each item.
    pub explanation: Vec<Text>,
    /// What makes the score doubtful.
    pub warnings: Vec<Text>,
}

/// One item with the points that a value gives.
struct Item {
    title: Text,
    value: Option<f64>,
    points: fn(f64) -> u8,
    highest: u8,
    /// The value that the publication assigns to neither side.
    open_cut: Option<f64>,
}

/// The score, or its range while items are missing; `None` without any item.
pub fn score(baseline: Baseline) -> Option<CarHematotox> {
    let mut result = CarHematotox {
        score: None,
        min: 0,
        max: 0,
        definition_version: VERSION,
        explanation: Vec::new(),
        warnings: Vec::new(),
    };
    let mut missing = Vec::new();
    for item in items(baseline) {
        if let Some(value) = item.value.filter(|value| is_measured(*value)) {
            result.count(&item, value);
        } else {
            result.max += item.highest;
            missing.push(item.title);
        }
    }
    if result.explanation.is_empty() {
        return None;
    }
    if missing.is_empty() {
        result.score = Some(result.min);
    } else {
        result.warnings.push(range(&missing, result.min, result.max));
    }
    Some(result)
}

impl CarHematotox {
    fn count(&mut self, item: &Item, value: f64) {
        let points = (item.points)(value);
        self.min += points;
        self.max += points;
        self.explanation.push(points_line(&item.title, points));
        if let Some(cut) = item.open_cut.filter(|cut| is_same(*cut, value)) {
            let comma = cut.to_string().replace('.', ",");
            self.warnings.push(Text::new(
                format!("{} ligger exakt på gränsen {comma} och räknas här som risk", item.title.sv),
                format!("{} exactly on the limit of {cut}, counted here as risk", item.title.en),
            ));
        }
    }
}

fn items(baseline: Baseline) -> [Item; 5] {
    let item = |sv: &str, en: &str, value, points: fn(f64) -> u8, highest, open_cut| Item {
        title: Text::new(sv, en),
        value,
        points,
        highest,
        open_cut,
    };
    [
        item("trombocyter", "platelets", baseline.platelets, platelets, 2, None),
        item("neutrofila (ANC)", "neutrophils (ANC)", baseline.anc, anc, 1, Some(ANC_CUT)),
        item("Hb", "haemoglobin", baseline.hb, hb, 1, Some(HB_CUT)),
        item("CRP", "CRP", baseline.crp, crp, 1, Some(CRP_CUT)),
        item("ferritin", "ferritin", baseline.ferritin, ferritin, 2, None),
    ]
}

fn platelets(count: f64) -> u8 {
    if count > 175.0 {
        0
    } else if count >= 75.0 {
        1
    } else {
        2
    }
}

fn anc(count: f64) -> u8 {
    u8::from(count <= ANC_CUT)
}

fn hb(value: f64) -> u8 {
    u8::from(value <= HB_CUT)
}

fn crp(value: f64) -> u8 {
    u8::from(value >= CRP_CUT)
}

fn ferritin(value: f64) -> u8 {
    if value < 650.0 {
        0
    } else if value <= 2000.0 {
        1
    } else {
        2
    }
}

/// Which items are missing, and what is known without them.
fn range(missing: &[Text], min: u8, max: u8) -> Text {
    let names = |of: fn(&Text) -> &str| missing.iter().map(of).collect::<Vec<_>>().join(", ");
    let (sv, en) = if min >= HIGH_RISK {
        (", hög risk oavsett värde", ", high risk in any case")
    } else if max < HIGH_RISK {
        (", låg risk oavsett värde", ", low risk in any case")
    } else {
        ("", "")
    };
    Text::new(
        format!("saknas: {}; poängen ligger mellan {min} och {max}{sv}", names(|title| &title.sv)),
        format!("missing: {}; the score lies between {min} and {max}{en}", names(|title| &title.en)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(values: [f64; 5]) -> Baseline {
        let [platelets, anc, hb, crp, ferritin] = values.map(Some);
        Baseline { platelets, anc, hb, crp, ferritin }
    }

    /// A baseline that gives no point.
    fn well() -> Baseline {
        baseline([210.0, 2.4, 112.0, 8.0, 410.0])
    }

    fn range_of(baseline: Baseline) -> (Option<u8>, u8, u8) {
        let result = score(baseline).unwrap();
        (result.score, result.min, result.max)
    }

    #[test]
    fn the_worked_examples() {
        let high = score(baseline([120.0, 0.9, 86.0, 45.0, 1500.0])).unwrap();
        assert_eq!((high.score, high.warnings.len()), (Some(5), 0));
        assert_eq!(high.explanation.len(), 5);
        assert_eq!(high.explanation[0], Text::new("trombocyter: 1 poäng", "platelets: 1 point"));
        assert_eq!(range_of(well()), (Some(0), 0, 0));
        assert_eq!(range_of(Baseline { platelets: Some(60.0), ..well() }), (Some(2), 2, 2));
        assert_eq!(range_of(baseline([10.0, 0.0, 70.0, 300.0, 9000.0])), (Some(7), 7, 7));
        assert_eq!(range_of(Baseline { platelets: Some(0.0), ..well() }), (Some(2), 2, 2));
    }

    #[test]
    fn limits_of_the_items_with_three_steps() {
        for (count, points) in [(175.1, 0), (175.0, 1), (75.0, 1), (74.9, 2)] {
            assert_eq!(range_of(Baseline { platelets: Some(count), ..well() }).0, Some(points), "{count}");
        }
        for (value, points) in [(649.9, 0), (650.0, 1), (2000.0, 1), (2000.1, 2)] {
            assert_eq!(range_of(Baseline { ferritin: Some(value), ..well() }).0, Some(points), "{value}");
        }
    }

    #[test]
    fn equality_with_a_binary_cut_is_a_risk_and_says_so() {
        let on_a_cut = [
            Baseline { anc: Some(1.2), ..well() },
            Baseline { hb: Some(90.0), ..well() },
            Baseline { crp: Some(30.0), ..well() },
        ];
        for baseline in on_a_cut {
            let result = score(baseline).unwrap();
            assert_eq!((result.score, result.warnings.len()), (Some(1), 1), "{baseline:?}");
        }
        assert!(score(on_a_cut[0]).unwrap().warnings[0].sv.contains("gränsen 1,2"));
        assert!(score(on_a_cut[1]).unwrap().warnings[0].en.contains("limit of 90,"));
        let beside = score(baseline([210.0, 1.3, 91.0, 29.0, 410.0])).unwrap();
        assert_eq!((beside.score, beside.warnings.len()), (Some(0), 0));
    }

    #[test]
    fn missing_items_give_a_range() {
        assert_eq!(range_of(Baseline { ferritin: None, ..well() }), (None, 0, 2));
        let high = score(Baseline { platelets: Some(60.0), crp: None, ..well() }).unwrap();
        assert_eq!((high.score, high.min, high.max), (None, 2, 3));
        assert_eq!(
            high.warnings,
            [Text::new(
                "saknas: CRP; poängen ligger mellan 2 och 3, hög risk oavsett värde",
                "missing: CRP; the score lies between 2 and 3, high risk in any case",
            )]
        );
        let low = score(Baseline { hb: None, ..well() }).unwrap();
        assert_eq!((low.score, low.min, low.max), (None, 0, 1));
        assert!(low.warnings[0].en.ends_with("low risk in any case"));
        let open = score(Baseline { platelets: None, anc: None, ..well() }).unwrap();
        assert!(open.warnings[0].en.ends_with("between 0 and 3"));
    }

    #[test]
    fn nothing_and_the_impossible_are_missing() {
        assert_eq!(score(Baseline::default()), None);
        assert_eq!(score(baseline([f64::NAN, -1.0, f64::INFINITY, f64::NEG_INFINITY, -0.1])), None);
        assert_eq!(range_of(Baseline { platelets: Some(-1.0), ..well() }), (None, 0, 2));
    }
}
