//! What a function gives for a grade or a score: its number, or the lines that explain it.

use cartotek_domain::grading::Grading;
use cartotek_domain::response::BestResponse;
use cartotek_domain::score::Score;
use cartotek_domain::score::car_hematotox::CarHematotox;
use cartotek_domain::text::Text;

use super::or_null;
use crate::derived::{BECAUSE, NO_VALUE, VERSION, WARNING};
use crate::expression::Datum;

/// What can be explained.
pub(super) trait Explained {
    /// The version of the definition, what decided and what is doubtful.
    fn parts(&self) -> (&str, &[Text], &[Text]);
}

impl Explained for Grading {
    fn parts(&self) -> (&str, &[Text], &[Text]) {
        (self.definition_version, &self.explanation, &self.warnings)
    }
}

impl Explained for Score {
    fn parts(&self) -> (&str, &[Text], &[Text]) {
        (self.definition_version, &self.explanation, &self.warnings)
    }
}

impl Explained for BestResponse {
    fn parts(&self) -> (&str, &[Text], &[Text]) {
        (self.definition_version, &self.explanation, &self.warnings)
    }
}

impl Explained for CarHematotox {
    fn parts(&self) -> (&str, &[Text], &[Text]) {
        (self.definition_version, &self.explanation, &self.warnings)
    }
}

/// The number of a grade.
pub(super) fn grade(grading: Option<Grading>) -> Datum {
    or_null(grading, |grading| Datum::Number(grading.grade.into()))
}

/// The number of a score.
pub(super) fn value(score: Option<Score>) -> Datum {
    or_null(score, |score| Datum::Number(score.value))
}

/// Lines of a word and texts, for [`crate::derived::Reasoning`].
pub(super) fn explanation<T: Explained>(explained: Option<T>) -> Datum {
    or_null(explained, |explained| {
        let (version, because, warnings) = explained.parts();
        let mut lines = vec![line(&[VERSION, version])];
        lines.extend(because.iter().map(|text| line(&[BECAUSE, &text.sv, &text.en])));
        lines.extend(warnings.iter().map(|text| line(&[WARNING, &text.sv, &text.en])));
        Datum::List(lines)
    })
}

/// The same of what may not follow: then the one line that says why.
pub(super) fn explanation_or_reason<T: Explained>(explained: Option<Result<T, Text>>) -> Datum {
    match explained.transpose() {
        Ok(explained) => explanation(explained),
        Err(reason) => Datum::List(vec![line(&[NO_VALUE, &reason.sv, &reason.en])]),
    }
}

fn line(parts: &[&str]) -> Datum {
    Datum::List(parts.iter().map(|part| Datum::Text((*part).to_owned())).collect())
}
