//! Where what stands at a pattern of the earlier version goes in the later one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::text::MigrationText;
use crate::pointer::{at_indexes, overlap, pattern_of, tokens};

/// The member of an object that explains absent answers.
pub(crate) const MISSING: &str = "missing";

/// What goes elsewhere, nowhere, or under another code; everything else stays where it is.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    moved: BTreeMap<String, String>,
    dropped: BTreeSet<String>,
    /// Answers in whose place something is computed; the reasons for their absence stay.
    replaced: BTreeSet<String>,
    codes: BTreeMap<String, BTreeMap<String, Option<String>>>,
}

/// What becomes of an answer.
enum Said {
    Goes,
    GoesTo(String),
}

impl Routes {
    pub(crate) fn new(text: &MigrationText) -> Self {
        Self {
            moved: text.moved.iter().map(|one| (one.from.clone(), one.to.clone())).collect(),
            dropped: text.dropped.iter().map(|one| one.at.clone()).collect(),
            replaced: text.computed.iter().map(|one| one.at.clone()).collect(),
            codes: text.codes.iter().map(|one| (one.at.clone(), one.map.clone())).collect(),
        }
    }

    /// The pattern in the later version; `None` for what goes. Whatever stands within something goes with it.
    pub(crate) fn target(&self, pattern: &str) -> Option<String> {
        if self.replaced.contains(pattern) && !self.moved.contains_key(pattern) {
            return None;
        }
        let mut end = pattern.len();
        loop {
            let (here, within) = pattern.split_at(end);
            if let Some(said) = self.said_of(here) {
                return match said {
                    Said::Goes => None,
                    Said::GoesTo(there) => Some(format!("{there}{within}")),
                };
            }
            match here.rfind('/') {
                Some(slash) => end = slash,
                None => return Some(pattern.to_owned()),
            }
        }
    }

    /// What the document says of a pattern itself, if anything.
    fn said_of(&self, pattern: &str) -> Option<Said> {
        if let Some(to) = self.moved.get(pattern) {
            return Some(Said::GoesTo(to.clone()));
        }
        if self.dropped.contains(pattern) {
            return Some(Said::Goes);
        }
        // A reason goes with the answer whose absence it explains.
        let answer = answer_of(pattern)?;
        if self.dropped.contains(&answer) {
            return Some(Said::Goes);
        }
        self.moved.get(&answer).map(|to| Said::GoesTo(reason_of(to)))
    }

    /// Where a finding at a pointer of the earlier version points in the later one.
    pub(crate) fn pointer(&self, pointer: &str) -> Option<String> {
        let indexes: Vec<usize> = tokens(pointer).filter_map(|token| token.parse().ok()).collect();
        Some(at_indexes(&self.target(&pattern_of(pointer))?, &indexes))
    }

    /// The value of an answer under the codes of the later version; `None` when its code has no counterpart.
    pub(crate) fn recode(&self, pattern: &str, value: &Value) -> Option<Value> {
        match self.codes.get(pattern) {
            None => Some(value.clone()),
            Some(map) => recode(map, value),
        }
    }

    /// Whether something computed takes the place of an answer of which nothing else is said.
    pub(crate) fn replaces(&self, pattern: &str) -> bool {
        let otherwise = self.moved.contains_key(pattern) || self.dropped.contains(pattern);
        self.replaced.contains(pattern) && !otherwise
    }

    /// Whether nothing is said of an answer, of what is around it and within it.
    pub(crate) fn keeps(&self, pattern: &str) -> bool {
        let mut said = self.moved.keys().chain(&self.dropped).chain(&self.replaced).chain(self.codes.keys());
        said.all(|at| !overlap(at, pattern))
    }

    /// The codes of an answer that the document names.
    pub(crate) fn named_codes(&self, pattern: &str) -> impl Iterator<Item = &String> {
        self.codes.get(pattern).into_iter().flat_map(BTreeMap::keys)
    }
}

fn recode(map: &BTreeMap<String, Option<String>>, value: &Value) -> Option<Value> {
    match value {
        Value::String(code) => match map.get(code) {
            None => Some(value.clone()),
            Some(other) => other.clone().map(Value::String),
        },
        Value::Array(codes) => {
            let mut kept: Vec<Value> = Vec::with_capacity(codes.len());
            for code in codes.iter().filter_map(|code| recode(map, code)) {
                // Two codes that have become one are the same answer.
                if !kept.contains(&code) {
                    kept.push(code);
                }
            }
            Some(kept.into())
        }
        other => Some(other.clone()),
    }
}

/// The pattern of the answer whose absence the reason at `pattern` explains, if that is what stands there.
pub(crate) fn answer_of(pattern: &str) -> Option<String> {
    let (object, name) = pattern.rsplit_once('/')?;
    let object = object.strip_suffix(MISSING)?.strip_suffix('/')?;
    Some(format!("{object}/{name}"))
}

/// The pattern of the reason for the absence of the answer at `pattern`.
pub(crate) fn reason_of(pattern: &str) -> String {
    let (object, name) = pattern.rsplit_once('/').unwrap_or_default();
    format!("{object}/{MISSING}/{name}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn routes(document: Value) -> Routes {
        let text = json!({ "sv": "", "en": "" });
        let mut whole = json!({ "form": "f", "from": 1, "to": 2, "title": text, "note": text });
        let members = whole.as_object_mut().unwrap();
        members.extend(document.as_object().unwrap().clone());
        Routes::new(&serde_json::from_value(whole).unwrap())
    }

    #[test]
    fn what_stands_within_goes_along_and_a_reason_goes_with_its_answer() {
        let why = json!({ "sv": "", "en": "" });
        let routes = routes(json!({
            "moved": [{ "from": "/list", "to": "/group/list" }, { "from": "/list/*/a", "to": "/group/list/*/b" }],
            "dropped": [{ "at": "/gone", "why": why }, { "at": "/list/*/c", "why": why }],
            "computed": [{ "at": "/new", "value": "f.gone" }],
        }));
        let target = |pattern: &str| routes.target(pattern);
        assert_eq!(target("/list/*/d").as_deref(), Some("/group/list/*/d"));
        assert_eq!(target("/list/*/a").as_deref(), Some("/group/list/*/b"));
        assert_eq!(target("/list/*/missing/a").as_deref(), Some("/group/list/*/missing/b"));
        assert_eq!(target("/list/*/missing/d").as_deref(), Some("/group/list/*/missing/d"));
        assert_eq!(
            [target("/gone/within"), target("/missing/gone"), target("/list/*/missing/c")],
            [None, None, None]
        );
        assert_eq!((target("/new"), target("/missing/new").as_deref()), (None, Some("/missing/new")));
        assert_eq!((target("").as_deref(), target("/stays").as_deref()), (Some(""), Some("/stays")));
        assert_eq!(routes.pointer("/list/3/a").as_deref(), Some("/group/list/3/b"));
        assert_eq!((routes.pointer("").as_deref(), routes.pointer("/gone")), (Some(""), None));
    }

    #[test]
    fn codes_are_renamed_and_those_without_counterpart_go() {
        let routes = routes(json!({ "codes": [{ "at": "/a", "map": { "x": "y", "z": null } }] }));
        assert_eq!(routes.recode("/a", &json!("x")), Some(json!("y")));
        assert_eq!(routes.recode("/a", &json!("z")), None);
        assert_eq!(routes.recode("/a", &json!(["x", "w", "z", "y"])), Some(json!(["y", "w"])));
        assert_eq!(routes.recode("/b", &json!("x")), Some(json!("x")));
    }
}
