//! Toxicity grades as pure functions of what was observed, each with its definition version and an explanation.
//!
//! Nothing here decides on treatment: the grades describe what a site recorded, for the registry only.

pub mod crs;
pub mod icaht;
pub mod icans;

use serde::Serialize;

use crate::names::named;
use crate::text::Text;

named! {
    /// The answer to a clinical yes-no question.
    Answer {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
        /// Asked, but not known; never the same as no.
        Unknown = "unknown",
    }
}

/// A computed grade and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grading {
    /// The grade, 0 (absent) to 5 (fatal).
    pub grade: u8,
    /// The version of the definition that was applied, e.g. `ASTCT2019/1`.
    pub definition_version: &'static str,
    /// Which observations decided.
    pub explanation: Vec<Text>,
    /// What makes the grade doubtful.
    pub warnings: Vec<Text>,
}

impl Grading {
    /// The grade of the worst domain, explained by every domain that reaches it.
    fn worst_of(definition_version: &'static str, domains: &[(u8, Text)]) -> Self {
        let grade = domains.iter().map(|(grade, _)| *grade).max().unwrap_or_default();
        let explanation = match grade {
            0 => vec![Text::new("inget tecken som ger en grad", "no sign that gives a grade")],
            _ => domains
                .iter()
                .filter(|(of_domain, _)| *of_domain == grade)
                .map(|(_, text)| text.clone())
                .collect(),
        };
        Self { grade, definition_version, explanation, warnings: Vec::new() }
    }

    /// The grade of values some of which are only known to lie below or above a limit, from the grades of the mildest and
    /// of the worst values that they may stand for.
    ///
    /// # Errors
    /// Why none follows, when those grades differ.
    pub fn between(mildest: Self, worst: Self) -> Result<Self, Text> {
        if mildest.grade != worst.grade {
            let (least, most) = (mildest.grade, worst.grade);
            return Err(Text::new(
                format!("av några värden är bara en gräns angiven: graden ligger mellan {least} och {most}"),
                format!("of some values only a limit is given: the grade lies between {least} and {most}"),
            ));
        }
        let mut warnings = worst.warnings;
        if mildest.explanation != worst.explanation {
            warnings.push(Text::new(
                "av några värden är bara en gräns angiven: graden är säker, dagarna är minst så många",
                "of some values only a limit is given: the grade is certain, the days are at least so many",
            ));
        }
        Ok(Self { warnings, ..mildest })
    }

    /// Grade 5, whatever else was observed.
    fn fatal(definition_version: &'static str) -> Self {
        let explanation = vec![Text::new("dödsfall till följd av toxiciteten", "death due to the toxicity")];
        Self { grade: 5, definition_version, explanation, warnings: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(grade: u8, days: u8) -> Grading {
        Grading::worst_of("X/1", &[(grade, Text::new(format!("{days} dagar"), format!("{days} days")))])
    }

    #[test]
    fn limits_between_two_grades_leave_none_and_within_one_a_warning() {
        assert_eq!(Grading::between(graded(2, 8), graded(2, 8)), Ok(graded(2, 8)));
        let certain = Grading::between(graded(2, 8), graded(2, 9)).unwrap();
        assert_eq!((certain.grade, &certain.explanation), (2, &graded(2, 8).explanation));
        assert!(certain.warnings[0].en.ends_with("the days are at least so many"));
        let open = Grading::between(graded(2, 8), graded(3, 14)).unwrap_err();
        assert_eq!(open.en, "of some values only a limit is given: the grade lies between 2 and 3");
    }
}
