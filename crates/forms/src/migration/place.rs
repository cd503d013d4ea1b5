//! What a form has at a pattern: answers, and reasons for their absence.

use std::collections::BTreeSet;

use super::route::{MISSING, answer_of};
use crate::function::Library;
use crate::node::{Kind, Node};

/// Something that a content may hold by itself.
pub(crate) enum Spot<'n> {
    /// An answer, or what holds answers.
    Answer(&'n Node),
    /// A reason for the absence of one.
    Reason,
}

impl<'n> Spot<'n> {
    /// What the form has there; a single element of a list is nothing by itself.
    pub(crate) fn at(root: &'n Node, pattern: &str) -> Option<Self> {
        if pattern.is_empty() || pattern.ends_with("/*") {
            return None;
        }
        let Some(answer) = answer_of(pattern) else { return root.at(pattern).map(Self::Answer) };
        let (object, name) = answer.rsplit_once('/')?;
        let explained = root.at(object)?.group()?.missing.iter().any(|known| known == name);
        explained.then_some(Self::Reason)
    }

    /// Everything that a content may hold by itself, by pattern: plain answers, lists of them, and reasons.
    pub(crate) fn all(root: &'n Node) -> Vec<(String, Self)> {
        let mut spots = Vec::new();
        let reasons = |at: &str, node: &Node, spots: &mut Vec<(String, Self)>| {
            let names = node.group().into_iter().flat_map(|group| &group.missing);
            spots.extend(names.map(|name| (format!("{at}/{MISSING}/{name}"), Self::Reason)));
        };
        reasons("", root, &mut spots);
        root.each_below("", &mut |pattern, node| match &node.kind {
            Kind::Group(_) => reasons(pattern, node, &mut spots),
            Kind::List(items) if items.group().is_some() => {}
            _ if pattern.ends_with("/*") => {}
            _ => spots.push((pattern.to_owned(), Self::Answer(node))),
        });
        spots
    }
}

/// Whether an answer of one kind may stand where one of the other is asked.
pub(crate) fn fits(earlier: &Node, later: &Node) -> bool {
    match (&earlier.kind, &later.kind) {
        (Kind::List(items), Kind::List(others)) => fits(items, others),
        (Kind::Text | Kind::Uuid, Kind::Text)
        | (Kind::Integer, Kind::Number)
        | (Kind::Date, Kind::PartialDate) => true,
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// The codes that an answer may have; `None` when it is no code.
pub(crate) fn codes<'n>(node: &'n Node, library: &'n Library) -> Option<BTreeSet<&'n str>> {
    if let Kind::List(items) = &node.kind {
        return codes(items, library);
    }
    let list = node.code_list.as_ref().and_then(|mark| library.code_lists.get(&mark.list));
    match list {
        _ if !node.options.is_empty() => node.options.iter().map(|option| option.as_str()).collect(),
        Some(list) => Some(list.codes.iter().map(|code| code.code.as_str()).collect()),
        None => None,
    }
}
