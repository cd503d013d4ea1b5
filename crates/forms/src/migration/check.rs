//! What is wrong with a migration by itself: no answer may be lost unnamed, and none may come from two places.

use std::collections::BTreeMap;

use cartotek_domain::milestone::MilestoneValue;

use super::fill::Computed;
use super::place::{Spot, codes, fits};
use super::route::{Routes, answer_of};
use super::text::{ComputedText, MigrationText};
use crate::document::Mistakes;
use crate::expression::Datum;
use crate::form::Form;
use crate::node::{Kind, Node};
use crate::rule::content_paths;
use crate::sample::Sampler;

/// A document beside the two versions between which it leads.
pub(crate) struct Check<'c> {
    pub(crate) earlier: &'c Form,
    pub(crate) later: &'c Form,
    pub(crate) text: &'c MigrationText,
    pub(crate) routes: &'c Routes,
}

impl Check<'_> {
    /// Notes every mistake; gives what is computed.
    pub(crate) fn run(&self, mistakes: &mut Mistakes<'_>) -> Vec<Computed> {
        if self.earlier.subject != self.later.subject {
            mistakes.add(
                "",
                "the versions are about different things: a record cannot change its patient or course",
            );
        }
        self.named(mistakes);
        self.recoded(mistakes);
        self.constants(mistakes);
        self.carried(mistakes);
        let computed = self.text.computed.iter().enumerate();
        computed.filter_map(|(place, text)| self.computed(place, text, mistakes)).collect()
    }

    /// What moves and what goes must be there.
    fn named(&self, mistakes: &mut Mistakes<'_>) {
        let (earlier, later) = (&self.earlier.root, &self.later.root);
        for (place, moved) in self.text.moved.iter().enumerate() {
            let at = format!("/moved/{place}");
            if Spot::at(earlier, &moved.from).is_none() {
                mistakes.add(format!("{at}/from"), "the earlier version has nothing there");
            }
            if Spot::at(later, &moved.to).is_none() {
                mistakes.add(format!("{at}/to"), "the later version has nothing there");
            }
            if lists(&moved.from).len() != lists(&moved.to).len()
                || !self.keeps_elements(&moved.from, &moved.to)
            {
                mistakes.add(at, "an element of a list stays an element of that list: move the list too");
            }
        }
        for (place, dropped) in self.text.dropped.iter().enumerate() {
            if Spot::at(earlier, &dropped.at).is_none() {
                mistakes.add(format!("/dropped/{place}/at"), "the earlier version has nothing there");
            }
            if self.text.moved.iter().any(|moved| moved.from == dropped.at) {
                mistakes.add(format!("/dropped/{place}/at"), "it moves: it cannot go as well");
            }
        }
    }

    /// Whether the lists around two patterns are the same in both versions.
    fn keeps_elements(&self, from: &str, to: &str) -> bool {
        let mut pairs = lists(from).into_iter().zip(lists(to));
        pairs.all(|(from, to)| self.routes.target(from).as_deref() == Some(to))
    }

    fn recoded(&self, mistakes: &mut Mistakes<'_>) {
        for (place, recoded) in self.text.codes.iter().enumerate() {
            let (at, library) = (format!("/codes/{place}"), &self.later.shared.library);
            let Some(Spot::Answer(answer)) = Spot::at(&self.earlier.root, &recoded.at) else {
                mistakes.add(format!("{at}/at"), "the earlier version has no answer there");
                continue;
            };
            let named = codes(answer, library).unwrap_or_default();
            for code in recoded.map.keys().filter(|code| !named.contains(code.as_str())) {
                mistakes.add(format!("{at}/map"), format!("the earlier answer has no code `{code}`"));
            }
            let later = self.routes.target(&recoded.at);
            let later = later.and_then(|target| codes(self.later.root.at(&target)?, library));
            let unknown = |code: &&String| later.as_ref().is_some_and(|known| !known.contains(code.as_str()));
            for code in recoded.map.values().flatten().filter(unknown) {
                mistakes.add(format!("{at}/map"), format!("the later answer has no code `{code}`"));
            }
        }
    }

    fn constants(&self, mistakes: &mut Mistakes<'_>) {
        for (place, constant) in self.text.constants.iter().enumerate() {
            let at = format!("/constants/{place}");
            match Spot::at(&self.later.root, &constant.at) {
                None => mistakes.add(format!("{at}/at"), "the later version has nothing there"),
                Some(Spot::Reason) if !constant.value.is_string() => {
                    mistakes.add(format!("{at}/value"), "a reason is a code");
                }
                Some(_) if constant.value.is_null() => {
                    mistakes.add(format!("{at}/value"), "leave out what is not answered");
                }
                Some(_) => {}
            }
        }
    }

    /// Everything that the earlier version asks has its place in the later one, or is named; no place is taken twice.
    fn carried(&self, mistakes: &mut Mistakes<'_>) {
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        for (pattern, spot) in Spot::all(&self.earlier.root) {
            let Some(target) = self.routes.target(&pattern) else { continue };
            if let Some(message) = self.misplaced(&pattern, &spot, &target) {
                mistakes.add("", message);
            }
            if let Some(other) = taken.insert(target.clone(), pattern.clone()) {
                mistakes.add("", format!("`{other}` and `{pattern}` come to the same place `{target}`"));
            }
        }
        let given = self.text.constants.iter().map(|one| ("constants", &one.at));
        // A reason may stand for those that are not there.
        let given = given.filter(|(_, at)| answer_of(at).is_none());
        let computed = self.text.computed.iter().map(|one| ("computed", &one.at));
        for (keyword, at) in computed.chain(given) {
            if let Some(other) = taken.insert(at.clone(), format!("/{keyword}")) {
                mistakes.add(format!("/{keyword}"), format!("`{at}` comes from `{other}` already"));
            }
        }
    }

    fn misplaced(&self, pattern: &str, spot: &Spot<'_>, target: &str) -> Option<String> {
        let (from, to) = (self.text.from, self.text.to);
        let (answer, there) = match (spot, Spot::at(&self.later.root, target)) {
            (Spot::Reason, Some(Spot::Reason)) => return None,
            (Spot::Answer(answer), Some(Spot::Answer(there))) => (answer, there),
            _ => {
                return Some(format!(
                    "what version {from} has at `{pattern}` has no place in version {to}: name it in `moved` or `dropped`"
                ));
            }
        };
        if !fits(answer, there) {
            return Some(format!(
                "`{pattern}` is another kind of answer in version {to}: name it in `dropped` or compute `{target}`"
            ));
        }
        if let (Some(before), Some(after)) = (&answer.unit, &there.unit)
            && before != after
        {
            return Some(format!(
                "`{pattern}` is in {before} in version {from} and in {after} in version {to}: compute `{target}`"
            ));
        }
        let library = &self.later.shared.library;
        let (before, after) = (codes(answer, library)?, codes(there, library)?);
        let named: Vec<&String> = self.routes.named_codes(pattern).collect();
        let lost =
            |code: &&&str| !after.contains(**code) && !named.iter().any(|known| known.as_str() == **code);
        let lost = before.iter().find(lost)?;
        Some(format!("the code `{lost}` of `{pattern}` has no meaning in version {to}: name it in `codes`"))
    }

    fn computed(&self, place: usize, text: &ComputedText, mistakes: &mut Mistakes<'_>) -> Option<Computed> {
        let at = format!("/computed/{place}");
        let computed = Computed::compile(text);
        let computed = computed.map_err(|message| mistakes.add(format!("{at}/value"), message)).ok()?;
        let Some(Spot::Answer(answer)) = Spot::at(&self.later.root, &computed.at) else {
            mistakes.add(format!("{at}/at"), "the later version has no answer there");
            return None;
        };
        if let Err(message) = self.try_out(&computed, answer) {
            mistakes.add(at, message);
        }
        Some(computed)
    }

    fn try_out(&self, computed: &Computed, answer: &Node) -> Result<(), String> {
        let (root, each) = (&self.earlier.root, computed.each.as_deref());
        let around = lists(&computed.at);
        let of_list = each.map(|each| self.routes.target(each));
        match (of_list, around.as_slice()) {
            (None, []) => {}
            (Some(Some(list)), [around]) if list == *around => {}
            _ => {
                return Err(
                    "an answer within a list needs `each`, the list of the earlier version".to_owned()
                );
            }
        }
        if each.is_some_and(|each| !root.at(each).is_some_and(|node| matches!(node.kind, Kind::List(_)))) {
            return Err("`each` must point to a list of the earlier version".to_owned());
        }
        let names = computed.value.names();
        if each.is_none() && !names.element.is_empty() {
            return Err("`e` needs `each`".to_owned());
        }
        let mut read = content_paths(names, each);
        read.extend(computed.needs.paths.iter().cloned());
        if let Some(path) = read.iter().find(|path| root.at(path).is_none()) {
            return Err(format!("the earlier version has no property at `{path}`"));
        }
        let (shared, milestones) = (&self.earlier.shared, BTreeMap::<String, Vec<MilestoneValue>>::new());
        let sampler = Sampler {
            root,
            library: &shared.library,
            engine: &shared.engine,
            declarations: &shared.declarations,
            milestones: &milestones,
        };
        let values = sampler.try_out(&computed.value, each, &computed.needs)?;
        let suits = values.iter().all(|value| suits(&answer.kind, value));
        suits.then_some(()).ok_or_else(|| "gives another kind of value than the answer has".to_owned())
    }
}

/// The lists around a pattern, outermost first.
fn lists(pattern: &str) -> Vec<&str> {
    pattern.match_indices("/*").map(|(end, _)| &pattern[..end]).collect()
}

/// Whether a computed value can be an answer of that kind.
fn suits(kind: &Kind, value: &Datum) -> bool {
    match (kind, value) {
        (_, Datum::Null)
        | (Kind::Text | Kind::Uuid, Datum::Text(_))
        | (Kind::Date | Kind::PartialDate, Datum::Date(_))
        | (Kind::Number | Kind::Integer, Datum::Number(_))
        | (Kind::Boolean, Datum::Truth(_)) => true,
        (Kind::List(items), Datum::List(values)) => values.iter().all(|value| suits(&items.kind, value)),
        _ => false,
    }
}
