//! Migrations: how the content of a record gets from one version of its form to a later one.
//!
//! An answer whose pointer both versions have stays where it is (`carry`). The document names what moves, what goes, what
//! is called otherwise (`route`), and what is computed or the same everywhere (`fill`). It is tried out when it is loaded
//! (`check`, `trial`): no answer is lost unnamed, and every example of the earlier version is migrated.

mod carry;
mod check;
mod fill;
mod place;
mod route;
mod text;
mod trial;

use std::collections::BTreeMap;

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use serde::Deserialize;
use serde_json::Value;

use crate::document::{LoadError, Mistakes, Place};
use crate::form::Form;
use crate::loader::Forms;
use crate::migration::carry::{Carried, carry};
use crate::migration::check::Check;
use crate::migration::fill::{Computed, give, no_place};
use crate::migration::route::Routes;
use crate::migration::text::{Constant, MigrationText};
use crate::migration::trial::try_examples;
use crate::source::Documents;

/// What leads from one version of a form to a later one.
#[derive(Debug)]
pub struct FormMigration {
    form: String,
    from: u32,
    to: u32,
    title: Text,
    note: Text,
    document: Value,
    routes: Routes,
    computed: Vec<Computed>,
    constants: Vec<Constant>,
}

/// A content in a later version.
#[derive(Debug, Clone, PartialEq)]
pub struct Migrated {
    /// The content, not yet checked against its form.
    pub content: Value,
    /// What could not be brought over; with one of these the record stays in the version it has.
    pub findings: Vec<Finding>,
}

impl FormMigration {
    /// Code of the form.
    pub fn form(&self) -> &str {
        &self.form
    }

    /// The version from which it leads.
    pub fn from(&self) -> u32 {
        self.from
    }

    /// The version to which it leads.
    pub fn to(&self) -> u32 {
        self.to
    }

    /// What it does, in a few words.
    pub fn title(&self) -> &Text {
        &self.title
    }

    /// What those who use it must know.
    pub fn note(&self) -> &Text {
        &self.note
    }

    /// The published document.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Whether the answer at a pointer stays where it is, as it is, with all within it.
    pub(crate) fn keeps(&self, pointer: &str) -> bool {
        self.routes.keeps(pointer)
    }

    /// Where the answer at a pattern stands in the later version, if it stands elsewhere.
    pub(crate) fn moves(&self, pattern: &str) -> Option<String> {
        self.routes.target(pattern).filter(|there| there != pattern)
    }

    fn migrate(&self, earlier: &Form, later: &Form, before: &Value) -> Migrated {
        let Carried { mut content, stranded } = carry(&self.routes, (&earlier.root, &later.root), before);
        let mut findings: Vec<Finding> = stranded.iter().map(|pointer| no_place(pointer)).collect();
        for computed in &self.computed {
            let (engine, source) = (&earlier.shared.engine, (&earlier.root, before));
            findings.extend(computed.fill(engine, &self.routes, source, &mut content));
        }
        for constant in &self.constants {
            give(constant, &mut content);
        }
        Migrated { content, findings }
    }
}

/// The steps that lead from one version of a form to a later one.
#[derive(Debug)]
pub struct MigrationPath<'f>(Vec<(&'f FormMigration, &'f Form, &'f Form)>);

impl MigrationPath<'_> {
    /// Brings a content over all steps.
    pub fn migrate(&self, content: &Value) -> Migrated {
        let mut migrated = Migrated { content: content.clone(), findings: Vec::new() };
        for (step, earlier, later) in &self.0 {
            let next = step.migrate(earlier, later, &migrated.content);
            migrated.content = next.content;
            migrated.findings.extend(next.findings);
        }
        migrated
    }

    /// Where what stands at a pointer of the earlier version stands in the later one; `None` when it has no place there.
    pub fn pointer(&self, pointer: &str) -> Option<String> {
        self.0.iter().try_fold(pointer.to_owned(), |pointer, (step, ..)| step.routes.pointer(&pointer))
    }
}

/// Migrations by form and by the versions they lead from and to.
pub(crate) type Migrations = BTreeMap<String, BTreeMap<(u32, u32), FormMigration>>;

impl Forms {
    /// The migrations of a form, by the versions they lead from and to.
    pub fn migrations(&self, code: &str) -> impl Iterator<Item = &FormMigration> {
        self.migrations.get(code).into_iter().flat_map(BTreeMap::values)
    }

    /// What leads from one version of a form to a later one, in as long steps as there are; `None` when nothing does.
    pub fn migration(&self, code: &str, from: u32, to: u32) -> Option<MigrationPath<'_>> {
        let steps = self.migrations.get(code).filter(|_| from < to).and_then(|known| way(known, from, to))?;
        let forms = |step: &'_ FormMigration| {
            Some((self.form(code, Some(step.from))?, self.form(code, Some(step.to))?))
        };
        let with_forms = steps.into_iter().map(|step| {
            let (earlier, later) = forms(step)?;
            Some((step, earlier, later))
        });
        with_forms.collect::<Option<Vec<_>>>().map(MigrationPath)
    }
}

fn way(known: &BTreeMap<(u32, u32), FormMigration>, from: u32, to: u32) -> Option<Vec<&FormMigration>> {
    if from == to {
        return Some(Vec::new());
    }
    // Each step leads to a later version, so this ends.
    known.range((from, 0)..=(from, to)).rev().find_map(|(_, step)| {
        let mut rest = way(known, step.to, to)?;
        rest.insert(0, step);
        Some(rest)
    })
}

/// Reads the migrations of a set and tries them out.
pub(crate) fn read_migrations(
    documents: &Documents<'_>,
    forms: &BTreeMap<String, BTreeMap<u32, Form>>,
    errors: &mut Vec<LoadError>,
) -> Migrations {
    let mut migrations = Migrations::new();
    // What a broken form would have asked is not known.
    let sound = errors.is_empty();
    for (path, (place, document)) in documents {
        let Place::Migration { form, from, to } = place else { continue };
        let mut mistakes = Mistakes::new(path, errors);
        let text = match MigrationText::deserialize(document) {
            Ok(text) => text,
            Err(error) => {
                mistakes.add("", format!("not a migration: {error}"));
                continue;
            }
        };
        if (text.form.as_str(), text.from, text.to) != (*form, *from, *to) {
            mistakes.add("", "form, from and to must be those of the file's path");
        } else if from >= to {
            mistakes.add("/to", "a migration leads to a later version");
        } else if sound && let Some(read) = build(text, document, forms.get(*form), &mut mistakes) {
            migrations.entry(read.form.clone()).or_default().insert((*from, *to), read);
        }
    }
    migrations
}

/// A migration between two versions that are there; every mistake of it is noted.
fn build(
    text: MigrationText,
    document: &Value,
    versions: Option<&BTreeMap<u32, Form>>,
    mistakes: &mut Mistakes<'_>,
) -> Option<FormMigration> {
    let version = |number| versions.and_then(|versions| versions.get(&number));
    let (Some(earlier), Some(later)) = (version(text.from), version(text.to)) else {
        mistakes.add("", "the form has no such versions");
        return None;
    };
    let routes = Routes::new(&text);
    let computed = Check { earlier, later, text: &text, routes: &routes }.run(mistakes);
    let MigrationText { form, from, to, title, note, constants, refused, .. } = text;
    let document = document.clone();
    let migration = FormMigration { form, from, to, title, note, document, routes, computed, constants };
    try_examples(&migration, (earlier, later), &refused, mistakes);
    Some(migration)
}
