//! The dose of CAR-positive viable cells: per body weight, and against the range of a product's label.
//!
//! The ranges are data of the product code list, never code: labels change.

use serde::{Deserialize, Serialize};

/// The dose per body weight in 10⁶ cells/kg, from a total in 10⁶ cells and a weight in kg.
///
/// `None` unless both are positive and finite.
pub fn per_kg_e6(total_e6: f64, weight_kg: f64) -> Option<f64> {
    let usable = |value: f64| value > 0.0 && value.is_finite();
    (usable(total_e6) && usable(weight_kg)).then(|| total_e6 / weight_kg)
}

/// The dose range of a product's label, as the product code list gives it; an absent limit is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DoseRange {
    /// Lowest total, 10⁶ cells.
    pub dose_min_e6: Option<f64>,
    /// Highest total, 10⁶ cells.
    pub dose_max_e6: Option<f64>,
    /// Lowest per body weight, 10⁶ cells/kg.
    pub dose_per_kg_min_e6: Option<f64>,
    /// Highest per body weight, 10⁶ cells/kg.
    pub dose_per_kg_max_e6: Option<f64>,
}

/// Which limit of the label a dose misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoseDeviation {
    /// The total is below the range.
    TotalTooLow,
    /// The total is above the range.
    TotalTooHigh,
    /// The dose per kg is below the range.
    PerKgTooLow,
    /// The dose per kg is above the range.
    PerKgTooHigh,
}

impl DoseRange {
    /// The limits that a total dose (10⁶ cells, components summed) misses. Without a weight the limits per kg are not
    /// checked.
    pub fn deviations(&self, total_e6: f64, weight_kg: Option<f64>) -> Vec<DoseDeviation> {
        let per_kg = weight_kg.and_then(|weight| per_kg_e6(total_e6, weight));
        let below =
            |dose: Option<f64>, limit: Option<f64>| dose.zip(limit).is_some_and(|(dose, limit)| dose < limit);
        let above =
            |dose: Option<f64>, limit: Option<f64>| dose.zip(limit).is_some_and(|(dose, limit)| dose > limit);
        let total = Some(total_e6);
        [
            (below(total, self.dose_min_e6), DoseDeviation::TotalTooLow),
            (above(total, self.dose_max_e6), DoseDeviation::TotalTooHigh),
            (below(per_kg, self.dose_per_kg_min_e6), DoseDeviation::PerKgTooLow),
            (above(per_kg, self.dose_per_kg_max_e6), DoseDeviation::PerKgTooHigh),
        ]
        .into_iter()
        .filter_map(|(misses, deviation)| misses.then_some(deviation))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_is_five_million_per_kg() {
        assert!((per_kg_e6(420.0, 84.0).unwrap() - 5.0).abs() < f64::EPSILON);
        for (total, weight) in
            [(0.0, 84.0), (420.0, 0.0), (-1.0, 84.0), (420.0, f64::NAN), (f64::INFINITY, 84.0)]
        {
            assert_eq!(per_kg_e6(total, weight), None, "{total} {weight}");
        }
    }

    #[test]
    fn limits_belong_to_the_range() {
        let range: DoseRange =
            serde_json::from_str(r#"{"dose_basis": "total", "dose_min_e6": 260, "dose_max_e6": 500}"#)
                .unwrap();
        assert_eq!(range.deviations(260.0, None), []);
        assert_eq!(range.deviations(500.0, Some(1.0)), []);
        assert_eq!(range.deviations(259.9, None), [DoseDeviation::TotalTooLow]);
        assert_eq!(range.deviations(500.1, None), [DoseDeviation::TotalTooHigh]);
    }

    #[test]
    fn per_kg_limits_need_a_weight() {
        let range = DoseRange {
            dose_max_e6: Some(100.0),
            dose_per_kg_min_e6: Some(0.5),
            dose_per_kg_max_e6: Some(1.0),
            ..DoseRange::default()
        };
        assert_eq!(range.deviations(60.0, Some(80.0)), []);
        assert_eq!(range.deviations(30.0, Some(80.0)), [DoseDeviation::PerKgTooLow]);
        assert_eq!(
            range.deviations(110.0, Some(80.0)),
            [DoseDeviation::TotalTooHigh, DoseDeviation::PerKgTooHigh]
        );
        assert_eq!(range.deviations(30.0, None), []);
    }
}
