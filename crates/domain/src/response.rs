//! The best response of a course, derived from its dated assessments and never typed in.
//!
//! Conventions of this registry: nothing from the day of the first progression on can raise the best response above
//! progressive disease; that day is the earlier of the registered one and the first assessment that states progression.
//! An assessment on the day on which new therapy starts counts, one after it does not. New therapy is one of a relapse or
//! of unknown intent: consolidation in remission, maintenance and treatment of toxicity end nothing. Of equal responses
//! the earliest counts. Without an assessment that counts there is no best response.

use std::cmp::Reverse;

use chrono::NaiveDate;
use serde::Serialize;

use crate::names::named;
use crate::text::Text;

const VERSION: &str = "BEST-RESPONSE/2";

named! {
    /// The class of a response, alike for the criteria of all diseases; the better one is the greater.
    ResponseClass {
        /// Not evaluable.
        NotEvaluable = "NE",
        /// Progressive disease or relapse.
        Progressive = "PD",
        /// Neither an objective response nor progression.
        Stable = "SD",
        /// Partial response.
        Partial = "PR",
        /// Complete response.
        Complete = "CR",
    }
}

impl ResponseClass {
    /// Whether it is an objective response. What each disease counts as one lies in the class of its codes.
    pub const fn is_objective(self) -> bool {
        matches!(self, Self::Complete | Self::Partial)
    }
}

/// One assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Its day.
    pub date: NaiveDate,
    /// The class of the response.
    pub class: ResponseClass,
    /// The code of the response in the criteria of the disease, e.g. `VGPR`.
    pub code: String,
    /// The place of the code within its criteria, 1 for the best; alike for all codes where it is not known.
    pub rank: u32,
}

/// What ends the time in which assessments count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Day of the first registered progression or relapse.
    pub progression: Option<NaiveDate>,
    /// First day of new therapy: the first whose intent makes it one.
    pub new_therapy: Option<NaiveDate>,
}

impl Limits {
    /// With the first assessment that states progression, when it came before the registered one.
    fn and_assessed(self, assessments: &[Assessment]) -> Self {
        let assessed = assessments
            .iter()
            .filter(|assessment| assessment.class == ResponseClass::Progressive)
            .map(|assessment| assessment.date);
        Self { progression: assessed.chain(self.progression).min(), ..self }
    }

    fn admit(self, assessment: &Assessment) -> bool {
        let is_no_better = assessment.class <= ResponseClass::Progressive;
        let precedes_progression = self.progression.is_none_or(|day| assessment.date < day);
        let precedes_therapy = self.new_therapy.is_none_or(|day| assessment.date <= day);
        (is_no_better || precedes_progression) && precedes_therapy
    }

    fn explain(self) -> impl Iterator<Item = Text> {
        let progression = self.progression.map(|day| {
            Text::new(
                format!("från progressionen {day} räknas inget bättre svar"),
                format!("from the progression on {day} no better response counts"),
            )
        });
        let therapy = self.new_therapy.map(|day| {
            Text::new(
                format!("bedömningar efter ny behandling {day} räknas inte"),
                format!("assessments after new therapy on {day} do not count"),
            )
        });
        progression.into_iter().chain(therapy)
    }
}

/// The best response and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BestResponse {
    /// Its class.
    pub class: ResponseClass,
    /// Its code in the criteria of the disease.
    pub code: String,
    /// The first day on which it was found.
    pub date: NaiveDate,
    /// The version of the definition that was applied.
    pub definition_version: &'static str,
    /// Which assessments decided.
    pub explanation: Vec<Text>,
    /// What makes it doubtful.
    pub warnings: Vec<Text>,
}

/// The best response of `assessments`, which may be in any order, before the first progression and new therapy.
///
/// `None` when no assessment counts.
pub fn best(assessments: &[Assessment], limits: Limits) -> Option<BestResponse> {
    let limits = limits.and_assessed(assessments);
    let counted: Vec<&Assessment> =
        assessments.iter().filter(|assessment| limits.admit(assessment)).collect();
    let best = counted.iter().copied().max_by_key(|one| (one.class, Reverse(one.rank), Reverse(one.date)))?;
    let (count, of) = (counted.len(), assessments.len());
    let mut explanation = vec![
        reached(best),
        Text::new(
            format!("{count} av {of} bedömningar räknas"),
            format!("{count} of {of} assessments count"),
        ),
    ];
    explanation.extend(limits.explain());
    let mut warnings = Vec::new();
    // Whatever is better than the best of those that count was left out.
    if assessments.iter().any(|assessment| assessment.class > best.class) {
        warnings.push(Text::new(
            "ett bättre svar efter progression eller ny behandling räknas inte",
            "a better response after progression or new therapy does not count",
        ));
    }
    Some(BestResponse {
        class: best.class,
        code: best.code.clone(),
        date: best.date,
        definition_version: VERSION,
        explanation,
        warnings,
    })
}

fn reached(best: &Assessment) -> Text {
    let (class, code, date) = (best.class.name(), &best.code, best.date);
    let response = if class == code { class.to_owned() } else { format!("{class} ({code})") };
    Text::new(format!("{response}, först {date}"), format!("{response}, first on {date}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ResponseClass::{Complete, NotEvaluable, Partial, Progressive, Stable};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// From `(date, class, code, rank)`.
    fn assessments(given: &[(&str, ResponseClass, &str, u32)]) -> Vec<Assessment> {
        given
            .iter()
            .map(|&(date, class, code, rank)| Assessment {
                date: day(date),
                class,
                code: code.to_owned(),
                rank,
            })
            .collect()
    }

    fn best_of(
        given: &[(&str, ResponseClass, &str, u32)],
        progression: Option<&str>,
        new_therapy: Option<&str>,
    ) -> Option<(ResponseClass, String, String)> {
        let limits = Limits { progression: progression.map(day), new_therapy: new_therapy.map(day) };
        best(&assessments(given), limits).map(|best| (best.class, best.code, best.date.to_string()))
    }

    fn found(class: ResponseClass, code: &str, date: &str) -> (ResponseClass, String, String) {
        (class, code.to_owned(), date.to_owned())
    }

    #[test]
    fn classes_are_ordered_and_only_the_best_two_are_objective() {
        assert!(Complete > Partial && Partial > Stable && Stable > Progressive && Progressive > NotEvaluable);
        for class in ResponseClass::ALL {
            assert_eq!(class.is_objective(), ["CR", "PR"].contains(&class.name()), "{class:?}");
            assert_eq!(ResponseClass::from_name(class.name()), Some(*class));
        }
    }

    #[test]
    fn the_best_is_the_greatest_and_of_equals_the_earliest() {
        let later_complete = [
            ("2026-08-12", Complete, "CR", 1),
            ("2026-03-12", Partial, "PR", 2),
            ("2026-05-22", Complete, "CR", 1),
        ];
        assert_eq!(best_of(&later_complete, None, None), Some(found(Complete, "CR", "2026-05-22")));
        let deeper = [
            ("2026-03-12", Complete, "CR", 2),
            ("2026-05-22", Complete, "sCR", 1),
            ("2026-08-12", Complete, "CR", 2),
        ];
        assert_eq!(best_of(&deeper, None, None), Some(found(Complete, "sCR", "2026-05-22")));
    }

    #[test]
    fn nothing_from_the_progression_on_is_better_than_progression() {
        let given = [
            ("2026-03-12", Partial, "PR", 2),
            ("2026-05-22", Progressive, "PD", 4),
            ("2026-08-12", Complete, "CR", 1),
        ];
        assert_eq!(
            best_of(&given, None, None),
            Some(found(Partial, "PR", "2026-03-12")),
            "progression as assessed"
        );
        assert_eq!(best_of(&given[..1], Some("2026-03-13"), None), Some(found(Partial, "PR", "2026-03-12")));
        assert_eq!(best_of(&given[..1], Some("2026-03-12"), None), None, "on the day itself");
        assert_eq!(best_of(&given[1..], None, None), Some(found(Progressive, "PD", "2026-05-22")));
        let known_before = best_of(&given[1..2], Some("2026-05-10"), None);
        assert_eq!(known_before, Some(found(Progressive, "PD", "2026-05-22")), "registered before");
    }

    #[test]
    fn assessments_after_new_therapy_do_not_count() {
        let given = [("2026-03-12", Stable, "SD", 3), ("2026-05-22", Complete, "CR", 1)];
        assert_eq!(best_of(&given, None, Some("2026-04-01")), Some(found(Stable, "SD", "2026-03-12")));
        assert_eq!(
            best_of(&given, None, Some("2026-05-22")),
            Some(found(Complete, "CR", "2026-05-22")),
            "first day"
        );
        assert_eq!(best_of(&given[1..], None, Some("2026-04-01")), None);
    }

    #[test]
    fn not_evaluable_is_the_least_and_nothing_gives_nothing() {
        let given = [("2026-03-12", NotEvaluable, "NE", 5), ("2026-05-22", Progressive, "PD", 4)];
        assert_eq!(best_of(&given, None, None), Some(found(Progressive, "PD", "2026-05-22")));
        assert_eq!(best_of(&given[..1], None, None), Some(found(NotEvaluable, "NE", "2026-03-12")));
        assert_eq!(best_of(&[], Some("2026-03-12"), None), None);
    }

    #[test]
    fn the_explanation_names_the_response_and_what_was_left_out() {
        let given = [
            ("2026-03-12", Partial, "VGPR", 3),
            ("2026-05-22", Progressive, "PD", 7),
            ("2026-08-12", Complete, "CR", 2),
        ];
        let best = best(&assessments(&given), Limits::default()).unwrap();
        let lines: Vec<&str> = best.explanation.iter().map(|text| text.en.as_str()).collect();
        assert_eq!(
            lines,
            [
                "PR (VGPR), first on 2026-03-12",
                "2 of 3 assessments count",
                "from the progression on 2026-05-22 no better response counts",
            ]
        );
        assert_eq!(best.warnings.len(), 1);
        assert_eq!(best.definition_version, "BEST-RESPONSE/2");
    }
}
