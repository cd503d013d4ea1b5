//! What a schedule expects, as it is published.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Target, WindowRule};
use crate::names::named;
use crate::text::Text;

named! {
    /// The day from which windows are counted.
    Anchor {
        /// The day on which the patient was enrolled.
        Enrolment = "enrolment",
        /// The day on which the course was opened.
        Opening = "opening",
        /// The day of the referral that was accepted, while nothing has come of it.
        AcceptedReferral = "accepted_referral",
        /// The day of the first apheresis.
        Apheresis = "apheresis",
        /// The day of the latest product of a course that may not be infused, or of the apheresis after it.
        FailedProduct = "failed_product",
        /// The day of the latest product that may be infused, while nothing is.
        InfusableProduct = "infusable_product",
        /// The day of the first infusion.
        Day0 = "day0",
        /// The day of the first infusion of a named batch in a course of which no apheresis is recorded.
        InfusionWithoutApheresis = "infusion_without_apheresis",
    }
}

impl Anchor {
    /// Whether what is counted from it waits for an infusion to come: it is asked for as long as the course lasts, and not
    /// past its end.
    pub const fn awaits_infusion(self) -> bool {
        matches!(self, Self::AcceptedReferral | Self::FailedProduct | Self::InfusableProduct)
    }

    /// Whether it is a day of the registry, which may come to know of somebody after their death: what is counted from it
    /// tells of the time before.
    pub const fn may_follow_death(self) -> bool {
        matches!(self, Self::Enrolment | Self::Opening)
    }

    /// Its name within a sentence.
    pub fn text(self) -> Text {
        match self {
            Self::Enrolment => Text::new("inskrivningen", "the enrolment"),
            Self::Opening => Text::new("behandlingsomgångens start", "the opening of the course"),
            Self::AcceptedReferral => {
                Text::new("remissen som accepterades", "the referral that was accepted")
            }
            Self::Apheresis => Text::new("leukaferesen", "the leukapheresis"),
            Self::FailedProduct => Text::new(
                "produkten som inte får infunderas, eller leukaferesen efter den",
                "the product that may not be infused, or the leukapheresis after it",
            ),
            Self::InfusableProduct => {
                Text::new("produkten som får infunderas", "the product that may be infused")
            }
            Self::Day0 => Text::new("dag 0", "day 0"),
            Self::InfusionWithoutApheresis => Text::new(
                "infusionen, eftersom ingen leukaferes är registrerad",
                "the infusion, since no leukapheresis is recorded",
            ),
        }
    }
}

/// What satisfies an expectation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Expected {
    /// A submitted form.
    Form {
        /// Code of the form.
        form: String,
        /// The answers that tell it from other records of the form; empty: any record will do.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        key: BTreeMap<String, String>,
    },
    /// A sample; what is made of it later answers nothing.
    Sample {
        /// Code of its time point (code list `sample_time_point`).
        sample: String,
        /// Codes of the materials of which one is enough (code list `material`).
        materials: Vec<String>,
    },
}

impl Expected {
    /// Whether a record of that form with that content is what is expected.
    pub fn is_met_by_form(&self, code: &str, content: &Value) -> bool {
        match self {
            Self::Form { form, key } => {
                let given = |name: &str| content.get(name).and_then(Value::as_str);
                form == code && key.iter().all(|(name, answer)| given(name) == Some(answer.as_str()))
            }
            Self::Sample { .. } => false,
        }
    }

    /// Whether a sample of that time point and material is what is expected.
    pub fn is_met_by_sample(&self, time_point: &str, material: &str) -> bool {
        match self {
            Self::Form { .. } => false,
            Self::Sample { sample, materials } => {
                sample == time_point && materials.iter().any(|one| one == material)
            }
        }
    }
}

/// One thing that a time point expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// What satisfies it.
    pub what: Expected,
    /// Whether it may be left out: then it never becomes overdue.
    #[serde(default)]
    pub optional: bool,
    /// Whether it tells of the effect of the treatment: then it ends when the next course begins or the patient dies.
    #[serde(default)]
    pub efficacy: bool,
    /// The families of indications that it is for (attribute `family` of the code list `indication_group`); empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub families: Vec<String>,
    /// A window of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowRule>,
    /// The window for a patient who died before it opened, of a form that tells of the days before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_of_the_dead: Option<WindowRule>,
    /// A grace of its own, in days after the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u32>,
}

impl Expectation {
    /// Whether it is for courses of that family of indications; with an unknown one, only if it is for all.
    pub(super) fn is_for(&self, family: Option<&str>) -> bool {
        self.families.is_empty() || self.families.iter().any(|one| Some(one.as_str()) == family)
    }
}

/// What is expected at no time point after day 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineDefinition {
    /// The day from which it is counted.
    pub anchor: Anchor,
    /// Its name.
    pub title: Text,
    /// The nominal day.
    pub target: Target,
    /// The days on which it should be dated.
    pub window: WindowRule,
    /// Days after the window before it is overdue.
    pub grace_days: u32,
    /// What is expected.
    pub expects: Vec<Expectation>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::schedule::fixture::schedule;

    fn expected(json: Value) -> Expected {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_form_is_told_by_its_key() {
        let what = expected(json!({"form": "prom", "key": {"instrument": "eq5d5l", "time_point": "D28"}}));
        let answered = json!({"instrument": "eq5d5l", "time_point": "D28", "mode": "web"});
        assert!(what.is_met_by_form("prom", &answered));
        assert!(!what.is_met_by_form("follow_up", &answered));
        assert!(!what.is_met_by_form("prom", &json!({"instrument": "eq5d5l", "time_point": "D100"})));
        assert!(!what.is_met_by_form("prom", &json!({"time_point": "D28"})));
        assert!(expected(json!({"form": "infusion"})).is_met_by_form("infusion", &json!({"infusion_no": 2})));
        assert!(!what.is_met_by_sample("D28", "PBMC"));
    }

    #[test]
    fn a_sample_is_told_by_time_point_and_material() {
        let what = expected(json!({"sample": "D28", "materials": ["PLASMA_EDTA", "PLASMA_STRECK"]}));
        assert!(what.is_met_by_sample("D28", "PLASMA_STRECK"));
        assert!(!what.is_met_by_sample("D28", "PBMC"));
        assert!(!what.is_met_by_sample("D100", "PLASMA_EDTA"));
        assert!(!what.is_met_by_form("D28", &json!({})));
    }

    #[test]
    fn other_shapes_are_refused() {
        for json in [
            json!({"what": {"form": "infusion", "sample": "D28"}}),
            json!({"what": {"form": "infusion"}, "required": true}),
            json!({"what": {"sample": "D28"}}),
            json!({"form": "infusion"}),
        ] {
            assert!(serde_json::from_value::<Expectation>(json.clone()).is_err(), "{json}");
        }
    }

    #[test]
    fn expected_samples_are_on_the_code_lists() {
        let codes = |list: &str| -> BTreeSet<String> {
            let list: Value = serde_json::from_str(list).unwrap();
            let codes = list["codes"].as_array().unwrap();
            codes.iter().map(|code| code["code"].as_str().unwrap().to_owned()).collect()
        };
        let times = codes(include_str!("../../../../schemas/codelists/sample_time_point.json"));
        let known = codes(include_str!("../../../../schemas/codelists/material.json"));
        let mut seen = 0;
        for point in schedule().time_points {
            for expectation in point.expects {
                let Expected::Sample { sample, materials } = expectation.what else { continue };
                assert_eq!(sample, point.code.to_string());
                assert!(expectation.optional && times.contains(&sample), "{sample}");
                assert!(materials.iter().all(|material| known.contains(material)), "{materials:?}");
                seen += 1;
            }
        }
        assert_eq!(seen, 10);
    }
}
