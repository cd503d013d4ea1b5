//! The CAR-HEMATOTOX score (Rejeski et al. 2021, Blood 138:2499), from the last values before lymphodepletion.
//!
//! Conventions of this registry: a value on a cut that the publication leaves open (ANC 1.2, Hb 90, CRP 30) counts as
//! risk; while an item is missing, or given as a limit that leaves its points open, there is no score but the range in
//! which it lies.

use serde::Serialize;

use super::{is_measured, is_same, points_line};
use crate::measured::Measured;
use crate::text::Text;

const VERSION: &str = "REJESKI2021/2";
/// From this score on the risk is high.
const HIGH_RISK: u8 = 2;
const ANC_CUT: f64 = 1.2;
const HB_CUT: f64 = 90.0;
const CRP_CUT: f64 = 30.0;

/// The values before lymphodepletion; what is no possible measurement counts as missing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Baseline {
    /// Platelets, 10⁹/L.
    pub platelets: Option<Measured>,
    /// Neutrophils, 10⁹/L.
    pub anc: Option<Measured>,
    /// Haemoglobin, g/L.
    pub hb: Option<Measured>,
    /// C-reactive protein, mg/L.
    pub crp: Option<Measured>,
    /// Ferritin, µg/L.
    pub ferritin: Option<Measured>,
}

/// The score or its range, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CarHematotox {
    /// The score, 0 to 7; `None` while an item is missing or its points are open.
    pub score: Option<u8>,
    /// The lowest score that the items allow.
    pub min: u8,
    /// The highest score that the items allow.
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
    value: Option<Measured>,
    points: fn(f64) -> u8,
    highest: u8,
    /// The value that the publication assigns to neither side.
    open_cut: Option<f64>,
}

impl Item {
    /// The fewest and the most points that the value may give, since no item falls and rises; `None` without a value.
    fn points_of(&self) -> Option<(u8, u8)> {
        let value = self.value.filter(|value| is_measured(value.least()) && is_measured(value.greatest()))?;
        let (one, other) = ((self.points)(value.least()), (self.points)(value.greatest()));
        Some((one.min(other), one.max(other)))
    }
}

/// The score, or its range while items are missing or their points open; `None` without any item.
pub fn score(baseline: Baseline) -> Option<CarHematotox> {
    let mut result = CarHematotox {
        score: None,
        min: 0,
        max: 0,
        definition_version: VERSION,
        explanation: Vec::new(),
        warnings: Vec::new(),
    };
    let (mut missing, mut limited) = (Vec::new(), Vec::new());
    for item in items(baseline) {
        let Some((min, max)) = item.points_of() else {
            result.max += item.highest;
            missing.push(item.title);
            continue;
        };
        result.count(&item, min, max);
        if min < max {
            limited.push(item.title);
        }
    }
    if result.explanation.is_empty() {
        return None;
    }
    if result.min == result.max {
        result.score = Some(result.min);
    } else {
        result.warnings.push(range(&missing, &limited, result.min, result.max));
    }
    Some(result)
}

impl CarHematotox {
    fn count(&mut self, item: &Item, min: u8, max: u8) {
        self.min += min;
        self.max += max;
        let line = if min == max { points_line(&item.title, min) } else { open_line(&item.title, min, max) };
        self.explanation.push(line);
        let exact = item.value.and_then(Measured::exact);
        if let Some(cut) = item.open_cut.filter(|cut| exact.is_some_and(|value| is_same(*cut, value))) {
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

/// A line of the explanation for an item whose value is given as a limit.
fn open_line(title: &Text, min: u8, max: u8) -> Text {
    Text::new(format!("{}: {min} till {max} poäng", title.sv), format!("{}: {min} to {max} points", title.en))
}

/// Which items are missing or given as a limit, and what is known all the same.
fn range(missing: &[Text], limited: &[Text], min: u8, max: u8) -> Text {
    let named = |why: &str, titles: &[Text], of: fn(&Text) -> &str| {
        let titles: Vec<&str> = titles.iter().map(of).collect();
        if titles.is_empty() { String::new() } else { format!("{why}: {}; ", titles.join(", ")) }
    };
    let (sv, en) = if min >= HIGH_RISK {
        (", hög risk oavsett värde", ", high risk in any case")
    } else if max < HIGH_RISK {
        (", låg risk oavsett värde", ", low risk in any case")
    } else {
        ("", "")
    };
    Text::new(
        format!(
            "{}{}poängen ligger mellan {min} och {max}{sv}",
            named("saknas", missing, |title| &title.sv),
            named("angivna som gräns", limited, |title| &title.sv),
        ),
        format!(
            "{}{}the score lies between {min} and {max}{en}",
            named("missing", missing, |title| &title.en),
            named("given as a limit", limited, |title| &title.en),
        ),
    )
}

#[cfg(test)]
mod tests;
