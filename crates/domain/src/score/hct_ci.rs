//! The comorbidity index of haematopoietic cell transplantation, HCT-CI (Sorror et al. 2005, Blood 106:2912).
//!
//! The index needs an answer to every item: an unknown one never counts as absent.

use super::{Score, points_line};
use crate::grading::Answer;
use crate::names::named;
use crate::text::Text;

const VERSION: &str = "SORROR2005/1";

named! {
    /// An item of the index.
    Comorbidity {
        /// Atrial fibrillation or flutter, sick sinus syndrome or ventricular arrhythmia.
        Arrhythmia = "arrhythmia",
        /// Coronary disease, heart failure, myocardial infarction or an ejection fraction of at most 50 %.
        Cardiac = "cardiac",
        /// Crohn's disease or ulcerative colitis.
        InflammatoryBowel = "inflammatory_bowel",
        /// Diabetes treated with insulin or oral drugs.
        Diabetes = "diabetes",
        /// Transient ischaemic attack or stroke.
        Cerebrovascular = "cerebrovascular",
        /// Depression or anxiety that needs consultation or treatment.
        Psychiatric = "psychiatric",
        /// Liver disease, with its severity ([`HepaticDisease`]).
        Hepatic = "hepatic",
        /// Body mass index above 35; in children from the 95th percentile.
        Obesity = "obesity",
        /// Infection that needs treatment beyond day 0.
        Infection = "infection",
        /// Rheumatological disease.
        Rheumatologic = "rheumatologic",
        /// Peptic ulcer that needs treatment.
        PepticUlcer = "peptic_ulcer",
        /// Creatinine above 177 µmol/L, dialysis or earlier kidney transplantation.
        RenalModerateSevere = "renal_moderate_severe",
        /// Lung disease, with its severity ([`PulmonaryDisease`]).
        Pulmonary = "pulmonary",
        /// A malignancy treated earlier, other than non-melanoma skin cancer.
        PriorMalignancy = "prior_malignancy",
        /// Valvular heart disease, except asymptomatic mitral valve prolapse.
        HeartValve = "heart_valve",
    }
}

named! {
    /// The severity of liver disease.
    HepaticDisease {
        /// None.
        None = "none",
        /// Chronic hepatitis, bilirubin up to 1.5 or transaminases up to 2.5 times the upper limit of normal.
        Mild = "mild",
        /// Cirrhosis, or bilirubin or transaminases above these limits.
        ModerateSevere = "moderate_severe",
        /// Not known.
        Unknown = "unknown",
    }
}

named! {
    /// The severity of lung disease.
    PulmonaryDisease {
        /// None.
        None = "none",
        /// DLCO or FEV1 of 66 to 80 %, or dyspnoea on slight activity.
        Moderate = "moderate",
        /// DLCO or FEV1 of at most 65 %, dyspnoea at rest or oxygen.
        Severe = "severe",
        /// Not known.
        Unknown = "unknown",
    }
}

impl HepaticDisease {
    /// The points it gives; `None` when it is unknown.
    pub const fn points(self) -> Option<u8> {
        match self {
            Self::None => Some(0),
            Self::Mild => Some(1),
            Self::ModerateSevere => Some(3),
            Self::Unknown => None,
        }
    }
}

impl PulmonaryDisease {
    /// The points it gives; `None` when it is unknown.
    pub const fn points(self) -> Option<u8> {
        match self {
            Self::None => Some(0),
            Self::Moderate => Some(2),
            Self::Severe => Some(3),
            Self::Unknown => None,
        }
    }
}

impl Comorbidity {
    /// The points that an answer by name gives; `None` when it is unknown or no answer to this item.
    pub fn points(self, answer: &str) -> Option<u8> {
        match self {
            Self::Hepatic => HepaticDisease::from_name(answer).and_then(HepaticDisease::points),
            Self::Pulmonary => PulmonaryDisease::from_name(answer).and_then(PulmonaryDisease::points),
            Self::Arrhythmia
            | Self::Cardiac
            | Self::InflammatoryBowel
            | Self::Diabetes
            | Self::Cerebrovascular
            | Self::Psychiatric
            | Self::Obesity
            | Self::Infection => when_present(answer, 1),
            Self::Rheumatologic | Self::PepticUlcer | Self::RenalModerateSevere => when_present(answer, 2),
            Self::PriorMalignancy | Self::HeartValve => when_present(answer, 3),
        }
    }

    fn title(self) -> Text {
        let (sv, en) = match self {
            Self::Arrhythmia => ("hjärtarytmi", "arrhythmia"),
            Self::Cardiac => ("hjärtsjukdom", "cardiac disease"),
            Self::InflammatoryBowel => ("inflammatorisk tarmsjukdom", "inflammatory bowel disease"),
            Self::Diabetes => ("diabetes", "diabetes"),
            Self::Cerebrovascular => ("cerebrovaskulär sjukdom", "cerebrovascular disease"),
            Self::Psychiatric => ("psykisk sjukdom", "psychiatric disturbance"),
            Self::Hepatic => ("leversjukdom", "hepatic disease"),
            Self::Obesity => ("obesitas", "obesity"),
            Self::Infection => ("infektion", "infection"),
            Self::Rheumatologic => ("reumatisk sjukdom", "rheumatological disease"),
            Self::PepticUlcer => ("ulcussjukdom", "peptic ulcer"),
            Self::RenalModerateSevere => {
                ("måttlig eller svår njursjukdom", "moderate or severe renal disease")
            }
            Self::Pulmonary => ("lungsjukdom", "pulmonary disease"),
            Self::PriorMalignancy => ("tidigare malignitet", "prior malignancy"),
            Self::HeartValve => ("hjärtklaffsjukdom", "heart valve disease"),
        };
        Text::new(sv, en)
    }
}

fn when_present(answer: &str, points: u8) -> Option<u8> {
    match Answer::from_name(answer)? {
        Answer::Yes => Some(points),
        Answer::No => Some(0),
        Answer::Unknown => None,
    }
}

/// The index, 0 to 26, from the answer by name to each item; of several answers to one item the first counts.
///
/// `None` unless every item is known.
pub fn score(answers: &[(Comorbidity, &str)]) -> Option<Score> {
    let mut total: u8 = 0;
    let mut explanation = Vec::new();
    for item in Comorbidity::ALL {
        let (_, answer) = answers.iter().find(|(answered, _)| answered == item)?;
        let points = item.points(answer)?;
        if points > 0 {
            total += points;
            explanation.push(points_line(&item.title(), points));
        }
    }
    if explanation.is_empty() {
        explanation.push(Text::new("ingen samsjuklighet som ger poäng", "no comorbidity that gives points"));
    }
    Some(Score { value: total.into(), definition_version: VERSION, explanation, warnings: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn absent(item: Comorbidity) -> &'static str {
        match item {
            Comorbidity::Hepatic | Comorbidity::Pulmonary => "none",
            _ => "no",
        }
    }

    fn worst(item: Comorbidity) -> &'static str {
        match item {
            Comorbidity::Hepatic => "moderate_severe",
            Comorbidity::Pulmonary => "severe",
            _ => "yes",
        }
    }

    /// The score when everything but `answers` is absent.
    fn with(answers: &[(Comorbidity, &str)]) -> Option<Score> {
        let mut all = answers.to_vec();
        all.extend(Comorbidity::ALL.iter().map(|item| (*item, absent(*item))));
        score(&all)
    }

    fn value(answers: &[(Comorbidity, &str)]) -> Option<f64> {
        with(answers).map(|score| score.value)
    }

    #[test]
    fn the_worked_example_is_four() {
        let example = [
            (Comorbidity::Arrhythmia, "yes"),
            (Comorbidity::Diabetes, "yes"),
            (Comorbidity::Pulmonary, "moderate"),
        ];
        let score = with(&example).unwrap();
        assert_eq!(Some(score.value), Some(4.0));
        assert_eq!(
            score.explanation,
            [
                Text::new("hjärtarytmi: 1 poäng", "arrhythmia: 1 point"),
                Text::new("diabetes: 1 poäng", "diabetes: 1 point"),
                Text::new("lungsjukdom: 2 poäng", "pulmonary disease: 2 points"),
            ]
        );
        assert_eq!((score.definition_version, score.warnings.len()), (VERSION, 0));
    }

    #[test]
    fn from_nothing_to_the_maximum() {
        let nothing = with(&[]).unwrap();
        assert_eq!((Some(nothing.value), nothing.explanation.len()), (Some(0.0), 1));
        let all: Vec<_> = Comorbidity::ALL.iter().map(|item| (*item, worst(*item))).collect();
        let most = score(&all).unwrap();
        assert_eq!((Some(most.value), most.explanation.len()), (Some(26.0), 15));
    }

    #[test]
    fn points_of_each_item() {
        let expected = [1, 1, 1, 1, 1, 1, 3, 1, 1, 2, 2, 2, 3, 3, 3];
        for (item, points) in Comorbidity::ALL.iter().zip(expected) {
            assert_eq!(item.points(worst(*item)), Some(points), "{item:?}");
            assert_eq!(item.points(absent(*item)), Some(0), "{item:?}");
        }
        assert_eq!(value(&[(Comorbidity::Hepatic, "mild")]), Some(1.0));
        assert_eq!(value(&[(Comorbidity::Pulmonary, "moderate")]), Some(2.0));
    }

    #[test]
    fn every_item_must_be_known() {
        for item in Comorbidity::ALL {
            assert_eq!(with(&[(*item, "unknown")]), None, "{item:?}");
            assert_eq!(with(&[(*item, "perhaps")]), None, "{item:?}");
            let others = Comorbidity::ALL.iter().filter(|other| *other != item);
            let others: Vec<_> = others.map(|other| (*other, absent(*other))).collect();
            assert_eq!(score(&others), None, "{item:?}");
        }
        assert_eq!(with(&[(Comorbidity::Arrhythmia, "none")]), None, "an answer of other items");
        assert_eq!(with(&[(Comorbidity::Hepatic, "no")]), None, "an answer of other items");
    }
}
