//! The domains of ICANS: what may be observed in each, and the grade that it gives.

use serde::{Deserialize, Serialize};

use super::score::{CapdScore, IceScore};
use crate::names::named;
use crate::text::Text;

/// The worst result of the cognitive assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cognition {
    /// ICE, from 12 years.
    Ice(IceScore),
    /// CAPD, below 12 years or with developmental delay.
    Capd(CapdScore),
    /// The patient could not perform the assessment.
    Unable,
    /// Not assessed, with a reason in the form.
    NotAssessed,
}

named! {
    /// The most depressed level of consciousness.
    Consciousness {
        /// Alert.
        Alert = "alert",
        /// Depressed, awakens spontaneously.
        AwakensSpontaneously = "awakens_spontaneously",
        /// Awakens to voice.
        AwakensToVoice = "awakens_to_voice",
        /// Awakens only to tactile stimulus.
        AwakensToTouch = "awakens_to_touch",
        /// Unarousable, or only by vigorous or repeated stimuli; stupor or coma.
        Unarousable = "unarousable",
    }
}

named! {
    /// The worst seizure.
    Seizure {
        /// None.
        None = "none",
        /// Resolves rapidly, or non-convulsive on EEG and resolving with treatment.
        ResolvesRapidly = "resolves_rapidly",
        /// Longer than 5 minutes, or repetitive without return to baseline.
        ProlongedOrRepetitive = "prolonged_or_repetitive",
    }
}

named! {
    /// Motor findings.
    Motor {
        /// None.
        None = "none",
        /// Deep focal weakness such as hemiparesis or paraparesis.
        DeepFocalWeakness = "deep_focal_weakness",
    }
}

named! {
    /// Raised intracranial pressure or cerebral oedema.
    RaisedIntracranialPressure {
        /// None.
        None = "none",
        /// Focal or local oedema on imaging.
        FocalOedema = "focal_oedema",
        /// Diffuse oedema, posturing, sixth nerve palsy, papilloedema or Cushing's triad.
        DiffuseOedemaOrHerniationSigns = "diffuse_oedema_or_herniation_signs",
    }
}

pub(super) fn cognition(result: Cognition, unarousable: bool) -> (u8, Text) {
    match result {
        Cognition::Ice(score) => (
            score.grade(unarousable),
            Text::new(format!("ICE {}", u8::from(score)), format!("ICE {}", u8::from(score))),
        ),
        Cognition::Capd(score) => (
            score.grade(),
            Text::new(format!("CAPD {}", u8::from(score)), format!("CAPD {}", u8::from(score))),
        ),
        Cognition::Unable => {
            (4, Text::new("kan inte utföra ICE eller CAPD", "unable to perform ICE or CAPD"))
        }
        Cognition::NotAssessed => (0, Text::new("ICE eller CAPD inte gjord", "ICE or CAPD not assessed")),
    }
}

pub(super) fn consciousness(level: Consciousness) -> (u8, Text) {
    match level {
        Consciousness::Alert => (0, Text::new("alert", "alert")),
        Consciousness::AwakensSpontaneously => (
            1,
            Text::new("sänkt medvetande, vaknar spontant", "depressed consciousness, awakens spontaneously"),
        ),
        Consciousness::AwakensToVoice => (2, Text::new("vaknar på tilltal", "awakens to voice")),
        Consciousness::AwakensToTouch => {
            (3, Text::new("vaknar endast på beröring", "awakens only to tactile stimulus"))
        }
        Consciousness::Unarousable => (4, Text::new("ej väckbar", "unarousable")),
    }
}

pub(super) fn seizure(worst: Seizure) -> (u8, Text) {
    match worst {
        Seizure::None => (0, Text::new("inget krampanfall", "no seizure")),
        Seizure::ResolvesRapidly => {
            (3, Text::new("krampanfall som snabbt upphör", "seizure that resolves rapidly"))
        }
        Seizure::ProlongedOrRepetitive => (
            4,
            Text::new(
                "krampanfall över 5 minuter eller upprepade",
                "seizure longer than 5 minutes or repetitive",
            ),
        ),
    }
}

pub(super) fn motor(finding: Motor) -> (u8, Text) {
    match finding {
        Motor::None => (0, Text::new("ingen motorisk svaghet", "no motor weakness")),
        Motor::DeepFocalWeakness => (4, Text::new("djup fokal svaghet", "deep focal weakness")),
    }
}

pub(super) fn raised_icp(finding: RaisedIntracranialPressure) -> (u8, Text) {
    match finding {
        RaisedIntracranialPressure::None => (0, Text::new("inget hjärnödem", "no cerebral oedema")),
        RaisedIntracranialPressure::FocalOedema => {
            (3, Text::new("fokalt ödem på bilddiagnostik", "focal oedema on imaging"))
        }
        RaisedIntracranialPressure::DiffuseOedemaOrHerniationSigns => {
            (4, Text::new("diffust ödem eller inklämningstecken", "diffuse oedema or signs of herniation"))
        }
    }
}
