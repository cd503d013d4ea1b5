//! Answers of the later version that were not there before: computed from the others, or the same in every record.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::carry::{put, steps};
use super::route::{MISSING, Routes};
use super::text::{ComputedText, Constant};
use crate::canonical::canonical;
use crate::derived::json;
use crate::expression::{Datum, Engine, Expression, Scope, Stop};
use crate::node::{Kind, Node};
use crate::pointer::{at_indexes, find, tokens};
use crate::rule::Needs;

/// An answer that is computed from those of the earlier version.
#[derive(Debug)]
pub(crate) struct Computed {
    pub(crate) at: String,
    pub(crate) each: Option<String>,
    pub(crate) needs: Needs,
    pub(crate) value: Expression,
}

impl Computed {
    /// From its text.
    ///
    /// # Errors
    /// What is wrong with its expression.
    pub(crate) fn compile(text: &ComputedText) -> Result<Self, String> {
        let value = Expression::parse(&text.value)?;
        if !value.names().milestones.is_empty() || value.names().today {
            return Err("a migration sees `f` and `e` alone: it gives the same on every day".to_owned());
        }
        let (at, each) = (text.at.clone(), text.each.clone());
        Ok(Self { at, each, needs: Needs::new(text.needs.clone()), value })
    }

    /// Computes it from a content of the earlier version, whose tree is `root`, and puts it into that of the later one.
    pub(crate) fn fill(
        &self,
        engine: &Engine,
        routes: &Routes,
        (root, content): (&Node, &Value),
        into: &mut Value,
    ) -> Vec<Finding> {
        let scope =
            Scope { content: (root, content), element: None, milestones: None, today: NaiveDate::default() };
        let Some(each) = &self.each else {
            return self.fill_one(engine, routes, &scope, &[], into).into_iter().collect();
        };
        let elements = find(content, each, &[]).and_then(Value::as_array);
        let Some(Node { kind: Kind::List(items), .. }) = root.at(each) else { return Vec::new() };
        let elements = elements.into_iter().flatten().enumerate();
        let fill = |(index, element)| {
            let scope = Scope { element: Some((&**items, element)), ..scope };
            self.fill_one(engine, routes, &scope, &[index], into)
        };
        elements.filter_map(fill).collect()
    }

    fn fill_one(
        &self,
        engine: &Engine,
        routes: &Routes,
        scope: &Scope<'_>,
        indexes: &[usize],
        into: &mut Value,
    ) -> Option<Finding> {
        // What is in its place already would be lost unseen, unless the expression itself says that there is no answer.
        let lost = || {
            let before = find(scope.content.1, &self.at, indexes).filter(|before| !before.is_null());
            (before.is_some() && routes.replaces(&self.at))
                .then(|| no_successor(&at_indexes(&self.at, indexes)))
        };
        if !self.needs.are_met(scope, indexes) {
            return lost();
        }
        let value = match self.value.evaluate(engine, scope) {
            Ok(datum) => answer(&datum)?,
            Err(Stop::Absent | Stop::Partial) => return lost(),
            Err(Stop::Defect(_)) => return Some(not_computed(&at_indexes(&self.at, indexes))),
        };
        let placed = put(into, &steps(&self.at, indexes), value);
        (!placed).then(|| no_place(&at_indexes(&self.at, indexes)))
    }
}

/// A computed value as it is stored: whole numbers as integers.
fn answer(datum: &Datum) -> Option<Value> {
    serde_json::from_str(&canonical(&json(datum)?)).ok()
}

/// Gives a constant to every object at its place that has neither the answer nor a reason for its absence.
pub(crate) fn give(constant: &Constant, into: &mut Value) {
    let tokens: Vec<&str> = tokens(&constant.at).collect();
    give_within(into, &tokens, &constant.value);
}

fn give_within(place: &mut Value, way: &[&str], value: &Value) {
    match (way, place) {
        ([MISSING, name], Value::Object(members)) => {
            let reasons = members.get(MISSING).is_some_and(|reasons| !reasons.is_object());
            if !members.contains_key(*name) && !reasons {
                let reasons = members.entry(MISSING).or_insert_with(|| Map::new().into());
                give_within(reasons, &[name], value);
            }
        }
        ([name], Value::Object(members)) => {
            let explained = members.get(MISSING).and_then(|reasons| reasons.get(*name)).is_some();
            if !explained {
                members.entry(*name).or_insert_with(|| value.clone());
            }
        }
        (["*", rest @ ..], Value::Array(items)) => {
            for item in items {
                give_within(item, rest, value);
            }
        }
        ([name, rest @ ..], Value::Object(members)) => {
            if let Some(inner) = members.get_mut(*name) {
                give_within(inner, rest, value);
            }
        }
        _ => {}
    }
}

/// The finding of an answer that cannot be carried over.
pub(crate) fn no_place(pointer: &str) -> Finding {
    let text = Text::new(
        "Svaret har ingen plats i den nya versionen, eftersom något annat står där. Rätta posten i den version den har.",
        "The answer has no place in the new version, because something else stands there. Mend the record in the version \
         it has.",
    );
    Finding::error("MIGRATION-PLACE", pointer, text)
}

fn not_computed(pointer: &str) -> Finding {
    let text = Text::new(
        "Svaret gick inte att räkna ut ur de tidigare; felet ligger i migreringen, meddela registret.",
        "The answer could not be computed from those before; the migration is at fault, please tell the registry.",
    );
    Finding::error("MIGRATION-VALUE", pointer, text)
}

fn no_successor(pointer: &str) -> Finding {
    let text = Text::new(
        "Svaret skulle ersättas av ett uträknat, som inte går att räkna ut ur de tidigare. Komplettera eller rätta posten i \
         den version den har.",
        "A computed answer was to take the place of this one, but cannot be computed from those before. Complete or mend the \
         record in the version it has.",
    );
    Finding::error("MIGRATION-VALUE", pointer, text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_constant_fills_what_is_neither_answered_nor_explained() {
        let given = |at: &str, value: Value, mut content: Value| {
            give(&Constant { at: at.to_owned(), value }, &mut content);
            content
        };
        assert_eq!(given("/a", json!(1), json!({})), json!({ "a": 1 }));
        assert_eq!(given("/a", json!(1), json!({ "a": 2 })), json!({ "a": 2 }));
        let explained = json!({ "missing": { "a": "unknown" } });
        assert_eq!(given("/a", json!(1), explained.clone()), explained);
        assert_eq!(given("/missing/a", json!("pending"), explained.clone()), explained);
        assert_eq!(given("/missing/a", json!("pending"), json!({ "a": 2 })), json!({ "a": 2 }));
        let pending = json!({ "missing": { "a": "pending" } });
        assert_eq!(given("/missing/a", json!("pending"), json!({})), pending);
        assert_eq!(given("/g/a", json!(1), json!({})), json!({}), "the group is not there");
        let rows = json!({ "rows": [{}, { "a": 2 }] });
        assert_eq!(given("/rows/*/a", json!(1), rows), json!({ "rows": [{ "a": 1 }, { "a": 2 }] }));
    }
}
