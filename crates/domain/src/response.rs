//! The best response of a course, derived from its dated assessments and never typed in.
//!
//! Conventions of this registry: nothing from the day of the first progression on can raise the best response above
//! progressive disease; that day is the earlier of the registered one and the first assessment that states progression.
//! An assessment on the day on which new therapy starts counts, one after it does not. New therapy is one of a relapse or
//! of unknown intent: consolidation in remission, maintenance and treatment of toxicity end nothing. Of equal responses
//! the earliest counts. Without an assessment that counts there is no best response. Of a date that is not known to the
//! day no day is invented: the response is told when it is the same whichever of the possible days it was, else why it is
//! not.

use std::cmp::Reverse;

use chrono::NaiveDate;
use serde::Serialize;

use crate::names::named;
use crate::text::{Language, Text};

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

/// The days that a date may stand for, first and last included; one when it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRange {
    /// The first.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
}

impl DayRange {
    fn day(self) -> Option<NaiveDate> {
        (self.first == self.last).then_some(self.first)
    }

    /// The day, or between which days it lies, after the words for what happened.
    fn after(self, sv: &str, en: &str) -> Text {
        let Self { first, last } = self;
        match self.day() {
            Some(day) => Text::new(format!("{sv} {day}"), format!("{en} {day}")),
            None => Text::new(
                format!("{sv} någon dag mellan {first} och {last}"),
                format!("{en} a day between {first} and {last}"),
            ),
        }
    }
}

/// One assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Its day, as far as it is known.
    pub date: DayRange,
    /// The class of the response.
    pub class: ResponseClass,
    /// The code of the response in the criteria of the disease, e.g. `VGPR`.
    pub code: String,
    /// The place of the code within its criteria, 1 for the best; alike for all codes where it is not known.
    pub rank: u32,
}

/// Which of their possible days dates are taken to be.
#[derive(Debug, Clone, Copy)]
enum Reading {
    /// Those with which the fewest assessments count: early limits, late assessments.
    Fewest,
    /// Those with which the most count.
    Most,
}

impl Reading {
    fn limit(self, date: DayRange) -> NaiveDate {
        match self {
            Self::Fewest => date.first,
            Self::Most => date.last,
        }
    }

    fn assessed(self, assessment: &Assessment) -> NaiveDate {
        match self {
            Self::Fewest => assessment.date.last,
            Self::Most => assessment.date.first,
        }
    }
}

/// What ends the time in which assessments count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Day of the first registered progression or relapse, as far as it is known.
    pub progression: Option<DayRange>,
    /// First day of new therapy, as far as it is known: the first whose intent makes it one.
    pub new_therapy: Option<DayRange>,
}

impl Limits {
    /// With the first assessment that states progression, when it came before the registered one.
    fn and_assessed(self, assessments: &[Assessment]) -> Self {
        let assessed = assessments
            .iter()
            .filter(|assessment| assessment.class == ResponseClass::Progressive)
            .map(|assessment| assessment.date);
        let earlier = |one: DayRange, other: DayRange| DayRange {
            first: one.first.min(other.first),
            last: one.last.min(other.last),
        };
        Self { progression: assessed.chain(self.progression).reduce(earlier), ..self }
    }

    fn admit(self, assessment: &Assessment, reading: Reading) -> bool {
        let day = reading.assessed(assessment);
        let is_no_better = assessment.class <= ResponseClass::Progressive;
        let precedes_progression = self.progression.is_none_or(|date| day < reading.limit(date));
        let precedes_therapy = self.new_therapy.is_none_or(|date| day <= reading.limit(date));
        (is_no_better || precedes_progression) && precedes_therapy
    }

    /// Whether it hangs on days that are not known which assessments count.
    fn is_open(self, assessments: &[Assessment]) -> bool {
        assessments.iter().any(|one| self.admit(one, Reading::Fewest) != self.admit(one, Reading::Most))
    }

    fn explain(self) -> impl Iterator<Item = Text> {
        let progression = self.progression.map(|date| {
            let from = date.after("från progressionen", "from the progression on");
            Text::new(
                format!("{} räknas inget bättre svar", from.sv),
                format!("{} no better response counts", from.en),
            )
        });
        let therapy = self.new_therapy.map(|date| {
            let after = date.after("bedömningar efter ny behandling", "assessments after new therapy on");
            Text::new(format!("{} räknas inte", after.sv), format!("{} do not count", after.en))
        });
        progression.into_iter().chain(therapy)
    }

    /// Why no response follows: what an assessment may precede or not.
    fn reason(self, assessments: &[Assessment]) -> Text {
        let (progression, new_therapy) =
            (Self { new_therapy: None, ..self }, Self { progression: None, ..self });
        let progression = self.progression.filter(|_| progression.is_open(assessments));
        let new_therapy = self.new_therapy.filter(|_| new_therapy.is_open(assessments));
        let limits: Vec<Text> = [
            progression.map(|date| date.after("progressionen", "the progression on")),
            new_therapy.map(|date| date.after("den nya behandlingen", "the new therapy on")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let joined = |language: Language, and: &str| {
            let limits: Vec<&str> = limits.iter().map(|limit| limit.in_language(language)).collect();
            limits.join(and)
        };
        let (sv, en) = (joined(Language::Sv, " och "), joined(Language::En, " and "));
        Text::new(
            format!("kan inte avgöras: en bedömning kan ligga före eller efter {sv}; {}", IMPRECISE.0),
            format!("cannot be decided: an assessment may lie before or after {en}; {}", IMPRECISE.1),
        )
    }
}

/// What is to be mended where days are not known, in Swedish and English.
const IMPRECISE: (&str, &str) = (
    "ett datum är bara känt som månad eller år och måste preciseras",
    "a date is known only by month or year and must be made more precise",
);

/// The best response and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BestResponse {
    /// Its class.
    pub class: ResponseClass,
    /// Its code in the criteria of the disease; none where only the class is certain.
    pub code: Option<String>,
    /// The first day on which it was found; none where that is not certain.
    pub date: Option<NaiveDate>,
    /// The version of the definition that was applied.
    pub definition_version: &'static str,
    /// Which assessments decided.
    pub explanation: Vec<Text>,
    /// What makes it doubtful.
    pub warnings: Vec<Text>,
}

/// The best response of `assessments`, which may be in any order, before the first progression and new therapy; or why
/// its class hangs on days that are not known.
///
/// `None` when no assessment counts.
pub fn best(assessments: &[Assessment], limits: Limits) -> Option<Result<BestResponse, Text>> {
    let limits = limits.and_assessed(assessments);
    let (least, surely) = counted(assessments, limits, Reading::Fewest);
    let (most, best) = counted(assessments, limits, Reading::Most);
    let best = best?;
    if surely.is_none_or(|surely| surely.class != best.class) {
        return Some(Err(limits.reason(assessments)));
    }
    let first = surely.filter(|surely| *surely == best);
    let mut explanation = vec![reached(best.class, first), count(least, most, assessments.len())];
    explanation.extend(limits.explain());
    let mut warnings = Vec::new();
    // Whatever is better than the best of those that count was left out.
    if assessments.iter().any(|assessment| assessment.class > best.class) {
        warnings.push(Text::new(
            "ett bättre svar efter progression eller ny behandling räknas inte",
            "a better response after progression or new therapy does not count",
        ));
    }
    let date = first.and_then(|first| first.date.day());
    if date.is_none() {
        warnings.push(Text::new(
            format!("svaret är säkert men inte dagen: {}", IMPRECISE.0),
            format!("the response is certain but not its day: {}", IMPRECISE.1),
        ));
    }
    Some(Ok(BestResponse {
        class: best.class,
        code: first.map(|first| first.code.clone()),
        date,
        definition_version: VERSION,
        explanation,
        warnings,
    }))
}

/// How many assessments count, and the best of them.
fn counted(assessments: &[Assessment], limits: Limits, reading: Reading) -> (usize, Option<&Assessment>) {
    let admitted = assessments.iter().filter(|one| limits.admit(one, reading));
    let key = |one: &&Assessment| (one.class, Reverse(one.rank), Reverse(reading.assessed(one)));
    (admitted.clone().count(), admitted.max_by_key(key))
}

fn reached(class: ResponseClass, first: Option<&Assessment>) -> Text {
    let class = class.name();
    let Some(Assessment { code, date, .. }) = first else { return Text::new(class, class) };
    let response = if class == code { class.to_owned() } else { format!("{class} ({code})") };
    date.after(&format!("{response}, först"), &format!("{response}, first on"))
}

fn count(least: usize, most: usize, of: usize) -> Text {
    let (sv, en) = if least == most {
        (most.to_string(), most.to_string())
    } else {
        (format!("{least} till {most}"), format!("{least} to {most}"))
    };
    Text::new(format!("{sv} av {of} bedömningar räknas"), format!("{en} of {of} assessments count"))
}

#[cfg(test)]
mod tests;
