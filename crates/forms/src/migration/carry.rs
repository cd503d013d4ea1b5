//! Carrying answers over: each to its place in the later version.
//!
//! What the earlier version does not know (a draft may hold anything) goes along as it is, so that nothing is lost unseen.

use serde_json::{Map, Value, json};

use super::route::{MISSING, Routes};
use crate::node::{Group, Kind, Node};
use crate::pointer::{at_indexes, tokens};

/// A content in its new places.
pub(crate) struct Carried {
    pub(crate) content: Value,
    /// Where answers stood that found their place taken.
    pub(crate) stranded: Vec<String>,
}

/// Carries a content of the `earlier` version over to the `later` one.
pub(crate) fn carry(routes: &Routes, (earlier, later): (&Node, &Node), content: &Value) -> Carried {
    let (Some(group), Some(members)) = (earlier.group(), content.as_object()) else {
        return Carried { content: content.clone(), stranded: Vec::new() };
    };
    let carried = Carried { content: json!({}), stranded: Vec::new() };
    let mut walk = Walk { routes, later, indexes: Vec::new(), carried };
    walk.members(group, members, "");
    walk.carried
}

struct Walk<'w> {
    routes: &'w Routes,
    later: &'w Node,
    /// Positions in the lists around, outermost first.
    indexes: Vec<usize>,
    carried: Carried,
}

impl Walk<'_> {
    fn members(&mut self, group: &Group, members: &Map<String, Value>, at: &str) {
        for (name, value) in members {
            match (group.property(name), value) {
                (None, Value::Object(reasons)) if name == MISSING && !group.missing.is_empty() => {
                    self.reasons(group, reasons, at);
                }
                (None, value) => self.unknown(at, &[name], value),
                (Some(node), value) => self.value(node, value, &format!("{at}/{name}")),
            }
        }
    }

    fn value(&mut self, node: &Node, value: &Value, at: &str) {
        match (&node.kind, value) {
            (Kind::Group(group), Value::Object(members)) if self.open(at, json!({})) => {
                self.members(group, members, at);
            }
            (Kind::List(items), Value::Array(elements))
                if items.group().is_some() && self.open(at, json!([])) =>
            {
                for (index, element) in elements.iter().enumerate() {
                    self.indexes.push(index);
                    self.value(items, element, &format!("{at}/*"));
                    self.indexes.pop();
                }
            }
            _ => self.answer(at, value),
        }
    }

    fn reasons(&mut self, group: &Group, reasons: &Map<String, Value>, at: &str) {
        if reasons.is_empty() && self.explains(at) {
            self.unknown(at, &[MISSING], &json!({}));
        }
        for (name, reason) in reasons {
            if group.missing.contains(name) {
                self.answer(&format!("{at}/{MISSING}/{name}"), reason);
            } else {
                self.unknown(at, &[MISSING, name], reason);
            }
        }
    }

    /// Whether the later version explains absences in the group.
    fn explains(&self, at: &str) -> bool {
        let there = self.routes.target(at).and_then(|target| self.later.at(&target)?.group());
        there.is_some_and(|group| !group.missing.is_empty())
    }

    /// An object or list is there in its own right: an empty list is an answer, and what is due may depend on an object.
    /// `false` when something else has its place.
    fn open(&mut self, at: &str, empty: Value) -> bool {
        let Some(target) = self.routes.target(at) else { return true };
        let there = self.later.at(&target).map(|node| &node.kind);
        let fits = match there {
            Some(Kind::Group(_)) => empty.is_object(),
            Some(Kind::List(_)) => empty.is_array(),
            _ => false,
        };
        // What the later version has taken apart is made of its answers alone.
        if !fits {
            return true;
        }
        let (steps, is_object) = (steps(&target, &self.indexes), empty.is_object());
        put(&mut self.carried.content, &steps, empty);
        // Something within may have come first and made it.
        look(&self.carried.content, &steps).is_some_and(|there| there.is_object() == is_object)
    }

    fn answer(&mut self, at: &str, value: &Value) {
        let Some(target) = self.routes.target(at) else { return };
        let Some(value) = self.routes.recode(at, value) else { return };
        if !put(&mut self.carried.content, &steps(&target, &self.indexes), value) {
            self.carried.stranded.push(at_indexes(at, &self.indexes));
        }
    }

    fn unknown(&mut self, at: &str, names: &[&str], value: &Value) {
        let Some(target) = self.routes.target(at) else { return };
        let mut steps = steps(&target, &self.indexes);
        steps.extend(names.iter().map(|name| Step::Name(name)));
        if !put(&mut self.carried.content, &steps, value.clone()) {
            self.carried.stranded.push(at_indexes(at, &self.indexes));
        }
    }
}

/// A part of the way to a place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'p> {
    Name(&'p str),
    Index(usize),
}

/// The way to the place that a pattern means inside the elements at `indexes`.
pub(crate) fn steps<'p>(pattern: &'p str, indexes: &[usize]) -> Vec<Step<'p>> {
    let mut indexes = indexes.iter();
    let step = |token: &'p str| match token {
        "*" => Step::Index(indexes.next().copied().unwrap_or_default()),
        name => Step::Name(name),
    };
    tokens(pattern).map(step).collect()
}

fn look<'c>(content: &'c Value, steps: &[Step<'_>]) -> Option<&'c Value> {
    steps.iter().try_fold(content, |place, step| match step {
        Step::Name(name) => place.get(*name),
        Step::Index(index) => place.get(*index),
    })
}

/// Puts a value into a place, making the objects and lists on the way; `false` when something stands there, or something
/// else on the way.
pub(crate) fn put(place: &mut Value, steps: &[Step<'_>], value: Value) -> bool {
    let Some((step, rest)) = steps.split_first() else { return false };
    match (step, place) {
        (Step::Name(name), Value::Object(members)) => match members.get_mut(*name) {
            Some(inner) => put(inner, rest, value),
            None => grown(rest, value).map(|grown| members.insert((*name).to_owned(), grown)).is_some(),
        },
        (Step::Index(index), Value::Array(items)) => {
            let next = items.len();
            match items.get_mut(*index) {
                Some(inner) => put(inner, rest, value),
                None if *index == next => grown(rest, value).map(|grown| items.push(grown)).is_some(),
                None => false,
            }
        }
        _ => false,
    }
}

/// A value with what leads to it; `None` where a list would have to begin in the middle.
fn grown(steps: &[Step<'_>], value: Value) -> Option<Value> {
    steps.iter().rev().try_fold(value, |inner, step| match step {
        Step::Name(name) => Some(Map::from_iter([((*name).to_owned(), inner)]).into()),
        Step::Index(0) => Some(json!([inner])),
        Step::Index(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_made_and_never_taken_twice() {
        let mut content = json!({ "text": "x" });
        let mut at =
            |pattern: &str, indexes: &[usize], value| put(&mut content, &steps(pattern, indexes), value);
        assert!(at("/a/b", &[], json!(1)));
        assert!(
            at("/list/*/c", &[0], json!(2))
                && at("/list/*/d", &[0], json!(3))
                && at("/list/*", &[1], json!({}))
        );
        for (pattern, indexes) in
            [("/a/b", &[][..]), ("/text/b", &[]), ("/a", &[]), ("/list/*/c", &[0]), ("/list/*", &[3])]
        {
            assert!(!at(pattern, indexes, json!(9)), "{pattern}");
        }
        assert_eq!(content, json!({ "text": "x", "a": { "b": 1 }, "list": [{ "c": 2, "d": 3 }, {}] }));
    }
}
