//! Compiling a whole set of documents: everything is checked, and every mistake is reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cartotek_domain::retention::RetentionTable;
use cartotek_domain::schedule::Schedule;
use cartotek_domain::variable::VariableDefinition;
use serde_json::Value;

use crate::code_list::CodeList;
use crate::course_value::CourseValues;
use crate::document::{LoadError, Mistakes, Place, SchemaSet};
use crate::draft::{Draft, Reader};
use crate::example::Example;
use crate::exchange::{ExchangeTable, Exchanges, read_exchanges};
use crate::expression::Engine;
use crate::fixed::{check_exchanged, check_fixed, check_variables};
use crate::form::{Form, Shared};
use crate::migration::{Migrations, read_migrations};
use crate::milestone::{Declarations, MilestoneDeclaration};
use crate::retention::read_retention;
use crate::schema::MetaSchema;
use crate::source::{Documents, parse, read_library, read_types};
use crate::trial::{MilestoneSamples, Trial, collect_samples, indications};

/// Every form of a published state, compiled once; immutable, to be shared.
#[derive(Debug)]
pub struct Forms {
    versions: BTreeMap<String, BTreeMap<u32, Form>>,
    variables: Vec<VariableDefinition>,
    exchanges: Exchanges,
    pub(crate) migrations: Migrations,
    retention: BTreeMap<u32, RetentionTable>,
    /// The latest version, if there is one.
    pub(crate) course_values: Option<CourseValues>,
    pub(crate) shared: Arc<Shared>,
}

impl Forms {
    /// Compiles a set.
    ///
    /// # Errors
    /// Every mistake of every document, with file and pointer.
    pub fn compile(set: &SchemaSet) -> Result<Self, Vec<LoadError>> {
        let mut errors = Vec::new();
        let forms = compile(set, &mut errors);
        errors.sort();
        match forms {
            Some(forms) if errors.is_empty() => Ok(forms),
            _ => Err(errors),
        }
    }

    /// A form; the latest version unless one is named.
    pub fn form(&self, code: &str, version: Option<u32>) -> Option<&Form> {
        let versions = self.versions.get(code)?;
        match version {
            Some(version) => versions.get(&version),
            None => versions.values().next_back(),
        }
    }

    /// Every version of every form, by code and version.
    pub fn forms(&self) -> impl Iterator<Item = &Form> {
        self.versions.values().flat_map(BTreeMap::values)
    }

    /// The latest version of every form.
    pub fn latest(&self) -> impl Iterator<Item = &Form> {
        self.versions.values().filter_map(|versions| versions.values().next_back())
    }

    /// The codebook: the variables of the latest versions, those of the course last.
    pub fn variables(&self) -> &[VariableDefinition] {
        &self.variables
    }

    /// A code list.
    pub fn code_list(&self, id: &str) -> Option<&CodeList> {
        self.shared.library.code_lists.get(id)
    }

    /// An attribute of a code of a code list, of its latest entry.
    pub fn code_attribute(&self, list: &str, code: &str, name: &str) -> Option<&Value> {
        self.code_list(list)?.attribute(code, name)
    }

    /// Every code list, by id.
    pub fn code_lists(&self) -> impl Iterator<Item = &CodeList> {
        self.shared.library.code_lists.values()
    }

    /// The follow-up schedule; the latest version unless one is named.
    pub fn schedule(&self, version: Option<u32>) -> Option<&Schedule> {
        let versions = &self.shared.library.schedules;
        match version {
            Some(version) => versions.get(&version),
            None => versions.values().next_back(),
        }
    }

    /// A table of what leaves for another registry; the latest version unless one is named.
    pub fn exchange(&self, registry: &str, table: &str, version: Option<u32>) -> Option<&ExchangeTable> {
        let versions = self.exchanges.get(&format!("{registry}/{table}"))?;
        match version {
            Some(version) => versions.get(&version),
            None => versions.values().next_back(),
        }
    }

    /// The tables of what leaves for other registries, in their latest versions, by id.
    pub fn exchanges(&self) -> impl Iterator<Item = &ExchangeTable> {
        self.exchanges.values().filter_map(|versions| versions.values().next_back())
    }

    /// The latest version of the retention table.
    pub fn retention(&self) -> Option<&RetentionTable> {
        self.retention.values().next_back()
    }

    /// Every milestone that a form declares, by name.
    pub fn milestones(&self) -> impl Iterator<Item = &MilestoneDeclaration> {
        self.shared.declarations.0.values()
    }
}

fn compile(set: &SchemaSet, errors: &mut Vec<LoadError>) -> Option<Forms> {
    let documents = parse(set, errors);
    let meta = match MetaSchema::compile() {
        Ok(meta) => meta,
        Err(message) => {
            Mistakes::new("meta/form.json", errors).add("", message);
            return None;
        }
    };
    let types = Arc::new(read_types(&documents, &meta, errors));
    let library = Arc::new(read_library(&documents, errors));
    let drafts = read_drafts(set, &documents, &Reader { types: &types, meta: &meta }, errors);
    let mut declarations = Declarations::default();
    for draft in &drafts {
        let mut mistakes = Mistakes::new(&draft.path, errors);
        for (pointer, message) in declarations.take_up(&draft.root, &draft.definitions) {
            mistakes.add(pointer, message);
        }
    }
    let retention = read_retention(&documents, &drafts, &declarations, errors);
    let shared = Arc::new(Shared { engine: Engine::new(&library), library, declarations, types });
    let mut samples = indications(&shared.library);
    for draft in &drafts {
        collect_samples(draft, &shared, &mut samples);
    }
    let forms = finish(drafts, &documents, &shared, &samples, errors);
    let course_values = read_course_values(&documents, &meta, &shared, &samples, errors);
    let variables = codebook(&forms, course_values.as_ref(), errors);
    let exchanges = read_exchanges(&documents, &forms, errors);
    let migrations = read_migrations(&documents, &forms, errors);
    let schedule = shared.library.schedules.values().next_back();
    check_fixed(&forms, &migrations, (retention.values().next_back(), schedule), errors);
    check_exchanged(&forms, &migrations, &exchanges, errors);
    check_variables(&forms, errors);
    Some(Forms { versions: forms, variables, exchanges, retention, migrations, course_values, shared })
}

/// Every version is tried out; the latest one counts.
fn read_course_values(
    documents: &Documents<'_>,
    meta: &MetaSchema,
    shared: &Shared,
    samples: &MilestoneSamples,
    errors: &mut Vec<LoadError>,
) -> Option<CourseValues> {
    let mut versions = BTreeMap::new();
    for (path, (place, document)) in documents {
        let Place::CourseValues { version } = place else { continue };
        let mut mistakes = Mistakes::new(path, errors);
        let broken = meta.check_course_values(document);
        if broken.is_empty() {
            versions.insert(*version, CourseValues::read(*version, document, shared, samples, &mut mistakes));
        }
        for (pointer, message) in broken {
            mistakes.add(pointer, message);
        }
    }
    versions.into_values().next_back()
}

fn read_drafts(
    set: &SchemaSet,
    documents: &Documents<'_>,
    reader: &Reader<'_>,
    errors: &mut Vec<LoadError>,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (path, (place, document)) in documents {
        let (Place::Form { code, version }, Some(bytes)) = (place, set.documents.get(*path)) else {
            continue;
        };
        let mut mistakes = Mistakes::new(path, errors);
        drafts.extend(reader.read((code, *version), path, bytes, document.clone(), &mut mistakes));
    }
    drafts
}

fn finish(
    drafts: Vec<Draft>,
    documents: &Documents<'_>,
    shared: &Arc<Shared>,
    samples: &MilestoneSamples,
    errors: &mut Vec<LoadError>,
) -> BTreeMap<String, BTreeMap<u32, Form>> {
    let latest = latest_versions(&drafts);
    let mut examples: BTreeMap<(String, u32), Vec<Example>> = BTreeMap::new();
    for (code, version) in &latest {
        for example in read_examples(code, documents, shared, errors) {
            let version = example.version.unwrap_or(*version);
            examples.entry((code.clone(), version)).or_default().push(example);
        }
    }
    let mut forms: BTreeMap<String, BTreeMap<u32, Form>> = BTreeMap::new();
    for draft in drafts {
        let variables = Trial::new(&draft, shared, samples, &mut Mistakes::new(&draft.path, errors)).run();
        let examples = examples.remove(&(draft.code.clone(), draft.version)).unwrap_or_default();
        let form = draft.into_form(variables, examples, shared);
        forms.entry(form.code.clone()).or_default().insert(form.version, form);
    }
    for ((code, _), example) in examples.iter().flat_map(|(key, all)| all.iter().map(move |one| (key, one))) {
        let kind = if example.valid { "valid" } else { "invalid" };
        let path = format!("forms/{code}/examples/{kind}/{}.json", example.name);
        Mistakes::new(&path, errors).add("/version", "the form has no such version");
    }
    forms
}

fn latest_versions(drafts: &[Draft]) -> BTreeMap<String, u32> {
    let mut latest = BTreeMap::new();
    for draft in drafts {
        let known = latest.entry(draft.code.clone()).or_insert(draft.version);
        *known = draft.version.max(*known);
    }
    latest
}

fn read_examples(
    form: &str,
    documents: &Documents<'_>,
    shared: &Shared,
    errors: &mut Vec<LoadError>,
) -> Vec<Example> {
    let mut examples = Vec::new();
    for (path, (place, document)) in documents {
        let Place::Example { code, valid, name } = place else {
            continue;
        };
        if *code != form {
            continue;
        }
        match Example::read(name, *valid, document.clone(), &shared.declarations) {
            Ok(example) => examples.push(example),
            Err(message) => Mistakes::new(path, errors).add("", message),
        }
    }
    examples.sort_by(|a, b| (!a.valid, &a.name).cmp(&(!b.valid, &b.name)));
    examples
}

fn codebook(
    forms: &BTreeMap<String, BTreeMap<u32, Form>>,
    course_values: Option<&CourseValues>,
    errors: &mut Vec<LoadError>,
) -> Vec<VariableDefinition> {
    let mut ids = BTreeSet::new();
    let mut variables = Vec::new();
    let mut enter = |path: &str, entries: &[VariableDefinition]| {
        for variable in entries {
            if !ids.insert(variable.id.clone()) {
                Mistakes::new(path, errors).add("", format!("variable `{}` exists already", variable.id));
            }
            variables.push(variable.clone());
        }
    };
    for form in forms.values().filter_map(|versions| versions.values().next_back()) {
        enter(&format!("forms/{}/{}.json", form.code, form.version), form.variables());
    }
    if let Some(values) = course_values {
        enter(&format!("course_values/{}.json", values.version), &values.variables);
    }
    variables
}
