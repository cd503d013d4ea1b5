//! Which answers are due and not there, and which are explained away although they are there or take no reason.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;

use crate::answer::Answer;
use crate::expression::{Datum, Engine, Scope, Stop};
use crate::node::{Node, Required};
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

/// A reason in the place of an answer that takes none.
pub(crate) fn no_reason(pointer: String, node: &Node) -> Finding {
    let (or_sv, or_en) = match node.required {
        Required::Always => ("", ""),
        Required::Never | Required::When(_) => (
            " eller, om svaret inte krävs, inget alls",
            " or, where the answer is not required, nothing at all",
        ),
    };
    let Text { sv, en } = &node.title;
    let text = Text::new(
        format!("{sv} tar ingen orsak till att svaret saknas (i CSV #…); ange ett värde i stället{or_sv}."),
        format!("{en} takes no reason for its absence (in CSV #…); give a value in its place{or_en}."),
    );
    Finding::error("SCHEMA-MISSING", pointer, text)
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
