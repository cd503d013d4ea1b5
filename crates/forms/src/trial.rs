//! Trying a form out against the whole set before anybody uses it.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::variable::VariableDefinition;

use crate::document::Mistakes;
use crate::draft::{Draft, schema_pointer};
use crate::expression::{Datum, Expression};
use crate::form::Shared;
use crate::function::Library;
use crate::milestone::{INDICATION, contribution};
use crate::node::Required;
use crate::rule::{Needs, content_paths};
use crate::sample::{Sampler, sample_values};
use crate::variable::Origin;

/// Values that each milestone of a set may have.
pub(crate) type MilestoneSamples = BTreeMap<String, Vec<MilestoneValue>>;

/// The values of the milestone that the courses tell by themselves.
pub(crate) fn indications(library: &Library) -> MilestoneSamples {
    let codes = library.code_lists.get(INDICATION).map(|list| list.codes.as_slice()).unwrap_or_default();
    let values = codes.iter().map(|code| MilestoneValue::Code(code.code.clone()));
    MilestoneSamples::from([(INDICATION.to_owned(), values.collect())])
}

/// Adds the values that a form's milestones may have.
pub(crate) fn collect_samples(draft: &Draft, shared: &Shared, samples: &mut MilestoneSamples) {
    draft.root.each_below("", &mut |_, node| {
        let values = sample_values(node, &shared.library);
        for (name, value) in values.iter().filter_map(|value| contribution(node, value)) {
            let known = samples.entry(name).or_default();
            // Every version of a form has much the same ones.
            if !known.contains(&value) {
                known.push(value);
            }
        }
    });
    let none = MilestoneSamples::new();
    let alone = sampler(draft, shared, &none);
    for (_, definition) in &draft.definitions {
        let Some(mark) = &definition.milestone else { continue };
        // What cannot be tried out is reported with the form.
        for value in alone.try_out(&definition.value, None, &definition.needs).unwrap_or_default() {
            let texts = if let Datum::List(items) = value { items } else { vec![value] };
            let codes = texts.into_iter().filter_map(|one| match one {
                Datum::Text(code) => Some(MilestoneValue::Code(code)),
                _ => None,
            });
            samples.entry(mark.name.clone()).or_default().extend(codes);
        }
    }
}

fn sampler<'t>(draft: &'t Draft, shared: &'t Shared, milestones: &'t MilestoneSamples) -> Sampler<'t> {
    Sampler {
        root: &draft.root,
        library: &shared.library,
        engine: &shared.engine,
        declarations: &shared.declarations,
        milestones,
    }
}

/// One form's trial.
pub(crate) struct Trial<'t, 'm> {
    draft: &'t Draft,
    shared: &'t Shared,
    sampler: Sampler<'t>,
    mistakes: &'t mut Mistakes<'m>,
}

impl<'t, 'm> Trial<'t, 'm> {
    pub(crate) fn new(
        draft: &'t Draft,
        shared: &'t Shared,
        milestones: &'t MilestoneSamples,
        mistakes: &'t mut Mistakes<'m>,
    ) -> Self {
        Self { draft, shared, sampler: sampler(draft, shared, milestones), mistakes }
    }

    /// Tries everything out; gives the codebook entries.
    pub(crate) fn run(&mut self) -> Vec<VariableDefinition> {
        self.try_code_lists();
        self.try_conditions();
        self.try_rules();
        self.variables()
    }

    fn try_code_lists(&mut self) {
        let mistakes = &mut *self.mistakes;
        let lists = &self.shared.library.code_lists;
        self.draft.root.each_below("", &mut |pattern, node| {
            if let Some(mark) = node.code_list.as_ref().filter(|mark| !lists.contains_key(&mark.list)) {
                mistakes.add(schema_pointer(pattern), format!("there is no code list `{}`", mark.list));
            }
        });
    }

    fn try_conditions(&mut self) {
        let mut conditions: Vec<(String, &'t Expression)> = Vec::new();
        self.draft.root.each_below("", &mut |pattern, node| {
            if let Required::When(condition) = &node.required {
                conditions.push((pattern.to_owned(), condition));
            }
        });
        for (pattern, condition) in conditions {
            let list = pattern.rfind("/*").map(|end| pattern[..end].to_owned());
            let at = format!("{}/x-required/when", schema_pointer(&pattern));
            if condition.names().milestones.is_empty() {
                self.try_expression(condition, list.as_deref(), &Needs::default(), &at);
            } else {
                self.mistakes.add(at, "a required answer cannot depend on milestones");
            }
        }
    }

    fn try_rules(&mut self) {
        let mut ids = BTreeSet::new();
        for (index, rule) in &self.draft.rules {
            let at = format!("/x-rules/{index}");
            if !ids.insert(&rule.id) {
                self.mistakes.add(&at, "a rule before it has the same id");
            }
            let mut wrong = rule.dangling(&self.draft.root);
            let declared = |name: &&String| self.shared.declarations.0.contains_key(*name);
            let named = rule.check.names().milestones.iter().chain(&rule.needs.milestones);
            wrong.extend(
                named
                    .filter(|name| !declared(name))
                    .map(|name| format!("no form declares milestone `{name}`")),
            );
            if wrong.is_empty() {
                self.try_expression(&rule.check, rule.each.as_deref(), &rule.needs, &format!("{at}/check"));
            }
            for message in wrong {
                self.mistakes.add(&at, message);
            }
        }
    }

    fn try_expression(&mut self, expression: &Expression, each: Option<&str>, needs: &Needs, at: &str) {
        let names = expression.names();
        if !names.element.is_empty() && each.is_none() {
            self.mistakes.add(at, "`e` needs `each`");
            return;
        }
        let unknown = content_paths(names, each).into_iter().find(|path| self.draft.root.at(path).is_none());
        if let Some(path) = unknown {
            self.mistakes.add(at, format!("the form has no property at `{path}`"));
            return;
        }
        match self.sampler.try_out(expression, each, needs) {
            Ok(values) if values.iter().all(|value| matches!(value, Datum::Truth(_))) => {}
            Ok(_) => self.mistakes.add(at, "must be true or false in every case"),
            Err(message) => self.mistakes.add(at, message),
        }
    }

    fn variables(&mut self) -> Vec<VariableDefinition> {
        let draft = self.draft;
        let library = &*self.shared.library;
        let origin = Origin { code: &draft.code, version: draft.version, library, root: &draft.root };
        let mut entries = Vec::new();
        let mistakes = &mut *self.mistakes;
        draft.root.each_below("", &mut |pattern, node| {
            let Some(mark) = &node.variable else { return };
            match origin.with_further(origin.entry(pattern, node, mark), mark) {
                Ok(found) => entries.extend(found),
                Err(message) => mistakes.add(schema_pointer(pattern), message),
            }
        });
        for (index, definition) in &draft.definitions {
            let at = format!("/x-derived/{index}");
            let mut dangling = content_paths(definition.value.names(), None);
            dangling.extend(definition.explain.iter().flat_map(|one| content_paths(one.names(), None)));
            let mut named = dangling.iter().chain(&definition.needs.paths).chain([&definition.at]);
            if let Some(path) = named.find(|path| draft.root.at(path).is_none()) {
                self.mistakes.add(&at, format!("the form has no property at `{path}`"));
                continue;
            }
            let tried = self.sampler.try_out(&definition.value, None, &definition.needs);
            let explained =
                definition.explain.as_ref().map(|one| self.sampler.try_out(one, None, &definition.needs));
            if let Some(Err(message)) = explained {
                self.mistakes.add(format!("{at}/explain"), message);
            }
            if definition.milestone.is_some() && tried.iter().flatten().any(|value| !is_code(value)) {
                self.mistakes.add(&at, "a derived milestone is a text or a list of texts");
            }
            let found = tried.and_then(|tried| {
                let Some(mark) = &definition.variable else { return Ok(Vec::new()) };
                origin.with_further(origin.derived_entry(definition, mark, &tried)?, mark)
            });
            match found {
                Ok(found) => entries.extend(found),
                Err(message) => self.mistakes.add(&at, message),
            }
        }
        entries
    }
}

/// Whether a value can be a derived milestone.
fn is_code(value: &Datum) -> bool {
    match value {
        Datum::Null | Datum::Text(_) => true,
        Datum::List(items) => items.iter().all(|item| matches!(item, Datum::Text(_))),
        _ => false,
    }
}
