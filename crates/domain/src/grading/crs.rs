//! Cytokine release syndrome after the ASTCT consensus (Lee et al. 2019, Biol Blood Marrow Transplant 25:625).

use serde::{Deserialize, Serialize};

use super::{Answer, Grading};
use crate::names::named;
use crate::text::Text;

const VERSION: &str = "ASTCT2019/1";

named! {
    /// The worst hypotension of the episode.
    Hypotension {
        /// None.
        None = "none",
        /// Present; fluids suffice.
        Fluids = "fluids",
        /// One vasopressor, with or without vasopressin.
        OnePressor = "one_pressor",
        /// Several vasopressors, vasopressin not counted.
        MultiPressor = "multi_pressor",
    }
}

named! {
    /// The worst hypoxia of the episode, by the support it needed.
    Hypoxia {
        /// None.
        None = "none",
        /// Nasal cannula up to 6 L/min, or blow-by.
        LowFlow = "low_flow",
        /// Cannula above 6 L/min, face mask, non-rebreather or Venturi.
        HighFlowOrMask = "high_flow_or_mask",
        /// CPAP, bilevel pressure or ventilator.
        PositivePressure = "positive_pressure",
    }
}

/// What was observed during one episode, possibly on different days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrsObservation {
    /// Fever of at least 38.0 °C without other cause.
    pub fever: Answer,
    /// The worst hypotension.
    pub hypotension: Hypotension,
    /// The worst hypoxia.
    pub hypoxia: Hypoxia,
    /// Death due to CRS without other principal cause.
    pub fatal: bool,
    /// Antipyretics, tocilizumab or steroids were given, so that fever is no longer required.
    pub antipyretic_or_anticytokine: bool,
}

/// The ASTCT grade: the worse of hypotension and hypoxia, or 1 for fever alone. Organ toxicities do not count.
pub fn grade(observed: CrsObservation) -> Grading {
    if observed.fatal {
        return Grading::fatal(VERSION);
    }
    let fever_grade = u8::from(observed.fever == Answer::Yes);
    let mut grading = Grading::worst_of(
        VERSION,
        &[
            (fever_grade, Text::new("feber minst 38,0 °C", "fever of at least 38.0 °C")),
            hypotension(observed.hypotension),
            hypoxia(observed.hypoxia),
        ],
    );
    if observed.fever != Answer::Yes && !observed.antipyretic_or_anticytokine {
        if grading.grade > 0 {
            grading.warnings.push(Text::new(
                "feberkriteriet är inte uppfyllt: ange feber, eller behandlingen som dämpade den",
                "fever criterion not met: state the fever, or the treatment that suppressed it",
            ));
        } else if observed.fever == Answer::Unknown {
            grading
                .warnings
                .push(Text::new("feber är okänd: graden kan vara 1", "fever is unknown: the grade may be 1"));
        }
    }
    grading
}

fn hypotension(worst: Hypotension) -> (u8, Text) {
    match worst {
        Hypotension::None => (0, Text::new("ingen hypotension", "no hypotension")),
        Hypotension::Fluids => {
            (2, Text::new("hypotension utan vasopressor", "hypotension without need of a vasopressor"))
        }
        Hypotension::OnePressor => {
            (3, Text::new("hypotension med en vasopressor", "hypotension on one vasopressor"))
        }
        Hypotension::MultiPressor => {
            (4, Text::new("hypotension med flera vasopressorer", "hypotension on several vasopressors"))
        }
    }
}

fn hypoxia(worst: Hypoxia) -> (u8, Text) {
    match worst {
        Hypoxia::None => (0, Text::new("ingen hypoxi", "no hypoxia")),
        Hypoxia::LowFlow => (2, Text::new("hypoxi med lågflödessyrgas", "hypoxia on low-flow oxygen")),
        Hypoxia::HighFlowOrMask => {
            (3, Text::new("hypoxi med högflöde eller mask", "hypoxia on high-flow oxygen or mask"))
        }
        Hypoxia::PositivePressure => {
            (4, Text::new("hypoxi med övertrycksandning", "hypoxia on positive pressure"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(fever: Answer, hypotension: Hypotension, hypoxia: Hypoxia) -> CrsObservation {
        CrsObservation { fever, hypotension, hypoxia, fatal: false, antipyretic_or_anticytokine: false }
    }

    #[test]
    fn acceptance_vectors() {
        let vectors = [
            (observed(Answer::Yes, Hypotension::Fluids, Hypoxia::LowFlow), 2),
            (observed(Answer::Yes, Hypotension::OnePressor, Hypoxia::None), 3),
            (observed(Answer::Yes, Hypotension::None, Hypoxia::None), 1),
            (observed(Answer::No, Hypotension::None, Hypoxia::None), 0),
            (observed(Answer::Yes, Hypotension::None, Hypoxia::HighFlowOrMask), 3),
            (observed(Answer::Yes, Hypotension::Fluids, Hypoxia::PositivePressure), 4),
        ];
        for (observation, expected) in vectors {
            let grading = grade(observation);
            assert_eq!(grading.grade, expected, "{observation:?}");
            assert!(grading.warnings.is_empty(), "{observation:?}");
        }
    }

    #[test]
    fn after_tocilizumab_fever_is_not_required() {
        let mut observation = observed(Answer::No, Hypotension::MultiPressor, Hypoxia::None);
        assert_eq!(grade(observation).warnings.len(), 1);
        observation.antipyretic_or_anticytokine = true;
        let grading = grade(observation);
        assert_eq!((grading.grade, grading.warnings.len()), (4, 0));
        assert_eq!(
            grading.explanation,
            [Text::new("hypotension med flera vasopressorer", "hypotension on several vasopressors")]
        );
    }

    #[test]
    fn unknown_fever_is_never_no_fever() {
        let alone = grade(observed(Answer::Unknown, Hypotension::None, Hypoxia::None));
        assert_eq!((alone.grade, alone.warnings.len()), (0, 1));
        assert!(
            grade(observed(Answer::Unknown, Hypotension::Fluids, Hypoxia::None)).warnings[0]
                .en
                .contains("not met")
        );
    }

    #[test]
    fn death_is_grade_five_and_equal_domains_are_both_named() {
        let mut observation = observed(Answer::Yes, Hypotension::Fluids, Hypoxia::LowFlow);
        assert_eq!(grade(observation).explanation.len(), 2);
        observation.fatal = true;
        assert_eq!(grade(observation).grade, 5);
    }

    #[test]
    fn codes_are_those_of_the_form() {
        let json = r#"{"fever":"yes","hypotension":"one_pressor","hypoxia":"high_flow_or_mask","fatal":false,
            "antipyretic_or_anticytokine":false}"#;
        let observation: CrsObservation = serde_json::from_str(json).unwrap();
        assert_eq!(observation, observed(Answer::Yes, Hypotension::OnePressor, Hypoxia::HighFlowOrMask));
    }
}
