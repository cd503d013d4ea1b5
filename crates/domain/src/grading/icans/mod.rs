//! Neurotoxicity (ICANS) after the ASTCT consensus (Lee et al. 2019, Biol Blood Marrow Transplant 25:625).
//!
//! Haemorrhage, tremor and myoclonus do not count. Every domain counts only when no other cause explains it.

mod domain;
mod score;

use domain::{cognition, consciousness, motor, raised_icp, seizure};
use serde::{Deserialize, Serialize};

pub use domain::{Cognition, Consciousness, Motor, RaisedIntracranialPressure, Seizure};
pub use score::{CapdScore, IceScore, ScoreOutOfRange};

use super::Grading;
use crate::text::Text;

const VERSION: &str = "ASTCT2019/1";

/// The worst observation in each domain during one episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcansObservation {
    /// ICE or CAPD.
    pub cognition: Cognition,
    /// Level of consciousness.
    pub consciousness: Consciousness,
    /// Seizures.
    pub seizure: Seizure,
    /// Motor findings.
    pub motor: Motor,
    /// Raised intracranial pressure.
    pub raised_icp: RaisedIntracranialPressure,
    /// Death due to ICANS.
    pub fatal: bool,
}

/// The ASTCT grade: the maximum over the domains.
pub fn grade(observed: IcansObservation) -> Grading {
    if observed.fatal {
        return Grading::fatal(VERSION);
    }
    let mut grading = Grading::worst_of(
        VERSION,
        &[
            cognition(observed.cognition, observed.consciousness == Consciousness::Unarousable),
            consciousness(observed.consciousness),
            seizure(observed.seizure),
            motor(observed.motor),
            raised_icp(observed.raised_icp),
        ],
    );
    if observed.cognition == Cognition::NotAssessed {
        grading.warnings.push(Text::new(
            "ICE eller CAPD saknas: graden kan vara högre",
            "ICE or CAPD is missing: the grade may be higher",
        ));
    }
    grading
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> IcansObservation {
        IcansObservation {
            cognition: ice(10),
            consciousness: Consciousness::Alert,
            seizure: Seizure::None,
            motor: Motor::None,
            raised_icp: RaisedIntracranialPressure::None,
            fatal: false,
        }
    }

    fn ice(score: u8) -> Cognition {
        Cognition::Ice(IceScore::try_from(score).unwrap())
    }

    fn capd(score: u8) -> Cognition {
        Cognition::Capd(CapdScore::try_from(score).unwrap())
    }

    #[test]
    fn acceptance_vectors() {
        let vectors = [
            (IcansObservation { cognition: ice(8), seizure: Seizure::ResolvesRapidly, ..well() }, 3),
            (IcansObservation { cognition: ice(3), seizure: Seizure::ResolvesRapidly, ..well() }, 3),
            (well(), 0),
            (
                IcansObservation {
                    cognition: ice(4),
                    consciousness: Consciousness::AwakensToVoice,
                    ..well()
                },
                2,
            ),
            (IcansObservation { cognition: capd(12), ..well() }, 3),
            (IcansObservation { cognition: ice(0), ..well() }, 3),
            (IcansObservation { cognition: ice(0), consciousness: Consciousness::Unarousable, ..well() }, 4),
            (IcansObservation { consciousness: Consciousness::Unarousable, ..well() }, 4),
        ];
        for (observation, expected) in vectors {
            assert_eq!(grade(observation).grade, expected, "{observation:?}");
        }
    }

    #[test]
    fn every_other_branch() {
        let vectors = [
            (IcansObservation { cognition: capd(0), ..well() }, 0),
            (IcansObservation { cognition: capd(8), ..well() }, 1),
            (
                IcansObservation {
                    cognition: capd(8),
                    consciousness: Consciousness::AwakensToVoice,
                    ..well()
                },
                2,
            ),
            (IcansObservation { cognition: capd(9), ..well() }, 3),
            (IcansObservation { cognition: Cognition::Unable, ..well() }, 4),
            (IcansObservation { consciousness: Consciousness::AwakensSpontaneously, ..well() }, 1),
            (IcansObservation { consciousness: Consciousness::AwakensToTouch, ..well() }, 3),
            (IcansObservation { seizure: Seizure::ProlongedOrRepetitive, ..well() }, 4),
            (IcansObservation { motor: Motor::DeepFocalWeakness, ..well() }, 4),
            (IcansObservation { raised_icp: RaisedIntracranialPressure::FocalOedema, ..well() }, 3),
            (
                IcansObservation {
                    raised_icp: RaisedIntracranialPressure::DiffuseOedemaOrHerniationSigns,
                    ..well()
                },
                4,
            ),
            (IcansObservation { fatal: true, ..well() }, 5),
        ];
        for (observation, expected) in vectors {
            assert_eq!(grade(observation).grade, expected, "{observation:?}");
        }
    }

    #[test]
    fn ice_alone() {
        let expected = [3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 0];
        for (score, grade) in (0..=10).zip(expected) {
            assert_eq!(IceScore::try_from(score).unwrap().grade(false), grade, "ICE {score}");
        }
        assert_eq!(IceScore::try_from(0).unwrap().grade(true), 4);
        assert_eq!(IceScore::try_from(11), Err(ScoreOutOfRange { highest: 10 }));
        assert_eq!(CapdScore::try_from(33), Err(ScoreOutOfRange { highest: 32 }));
    }

    #[test]
    fn the_explanation_names_the_deciding_domain() {
        let grading =
            grade(IcansObservation { cognition: ice(8), seizure: Seizure::ResolvesRapidly, ..well() });
        assert_eq!(
            grading.explanation,
            [Text::new("krampanfall som snabbt upphör", "seizure that resolves rapidly")]
        );
        assert!(grading.warnings.is_empty());
        let missing = grade(IcansObservation { cognition: Cognition::NotAssessed, ..well() });
        assert_eq!((missing.grade, missing.warnings.len()), (0, 1));
    }
}
