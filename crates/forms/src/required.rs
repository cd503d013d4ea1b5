//! Which answers are due and not there, and which are both there and explained away.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;

use crate::answer::Answer;
use crate::expression::{Datum, Engine, Scope, Stop};
use crate::node::Required;
use crate::rule::defect;

/// A value beside a reason for its absence.
pub(crate) fn check_missing(answer: &Answer<'_, '_>, findings: &mut Vec<Finding>) {
    if answer.value.is_some() && answer.reason.is_some() {
        findings.push(Finding::error(
            "SCHEMA-MISSING",
            answer.pointer,
            Text::new(
                format!(
                    "{} har både ett värde och en orsak till att det saknas; ta bort det ena.",
                    answer.node.title.sv
                ),
                format!(
                    "{} has both a value and a reason for its absence; remove one.",
                    answer.node.title.en
                ),
            ),
        ));
    }
}

/// Whether the answer is due and neither given nor explained.
///
/// # Errors
/// The finding of a condition that cannot be evaluated.
pub(crate) fn is_unanswered(
    answer: &Answer<'_, '_>,
    engine: &Engine,
    scope: &Scope<'_>,
) -> Result<bool, Finding> {
    if answer.value.is_some() || answer.reason.is_some() {
        return Ok(false);
    }
    is_due(answer, engine, scope)
}

/// Whether the answer is due, given or not; one whose condition is undecided is not.
///
/// # Errors
/// The finding of a condition that cannot be evaluated.
pub(crate) fn is_due(answer: &Answer<'_, '_>, engine: &Engine, scope: &Scope<'_>) -> Result<bool, Finding> {
    match &answer.node.required {
        Required::Never => Ok(false),
        Required::Always => Ok(true),
        Required::When(condition) => {
            let scope = Scope { element: answer.element, ..*scope };
            match condition.evaluate(engine, &scope) {
                Ok(Datum::Truth(due)) => Ok(due),
                Err(Stop::Absent | Stop::Partial) => Ok(false),
                Ok(_) | Err(Stop::Defect(_)) => Err(defect("x-required", answer.pointer)),
            }
        }
    }
}
