//! The dose of CAR-positive viable cells per body weight.
//!
//! The ranges of a product's label are data of the product code list, and rules of the form compare with them.

/// The dose per body weight in 10⁶ cells/kg, from a total in 10⁶ cells and a weight in kg.
///
/// `None` unless both are positive and finite.
pub fn per_kg_e6(total_e6: f64, weight_kg: f64) -> Option<f64> {
    let usable = |value: f64| value > 0.0 && value.is_finite();
    (usable(total_e6) && usable(weight_kg)).then(|| total_e6 / weight_kg)
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
}
