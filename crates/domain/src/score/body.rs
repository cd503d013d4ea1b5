//! Measures of the body.

use super::is_positive;

/// Centimetres in a metre.
const CM_PER_M: f64 = 100.0;
/// The divisor of Mosteller's formula for cm and kg.
const MOSTELLER: f64 = 3600.0;

/// The body mass index, kg/m².
///
/// `None` unless both are positive and finite.
pub fn bmi(weight_kg: f64, height_cm: f64) -> Option<f64> {
    let metres = height_cm / CM_PER_M;
    (is_positive(weight_kg) && is_positive(height_cm)).then(|| weight_kg / (metres * metres))
}

/// The body surface area in m² after Mosteller 1987 (N Engl J Med 317:1098).
///
/// `None` unless both are positive and finite.
pub fn bsa_mosteller(weight_kg: f64, height_cm: f64) -> Option<f64> {
    let usable = is_positive(weight_kg) && is_positive(height_cm);
    usable.then(|| (height_cm * weight_kg / MOSTELLER).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_mosteller() {
        assert_eq!(format!("{:.2}", bsa_mosteller(74.0, 172.0).unwrap()), "1.88");
    }

    #[test]
    fn body_mass_index() {
        assert_eq!(format!("{:.1}", bmi(74.0, 172.0).unwrap()), "25.0");
        assert_eq!(format!("{:.1}", bmi(140.0, 200.0).unwrap()), "35.0");
    }

    #[test]
    fn what_cannot_be_a_body_gives_nothing() {
        for (weight, height) in
            [(0.0, 172.0), (74.0, 0.0), (-74.0, -172.0), (f64::NAN, 172.0), (74.0, f64::INFINITY)]
        {
            assert_eq!(bmi(weight, height), None, "{weight} {height}");
            assert_eq!(bsa_mosteller(weight, height), None, "{weight} {height}");
        }
    }
}
