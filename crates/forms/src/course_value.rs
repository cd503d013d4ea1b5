//! Values of a course: what follows from the milestones of all its records, whatever the form they stand in.

use cartotek_domain::variable::{VariableDefinition, VariableValue};
use serde_json::{Value, json};

use crate::derived::{Definition, DerivedValue, Source};
use crate::document::Mistakes;
use crate::draft::entries;
use crate::expression::Scope;
use crate::form::Shared;
use crate::loader::Forms;
use crate::milestone::MilestoneView;
use crate::node::Node;
use crate::sample::Sampler;
use crate::trial::MilestoneSamples;
use crate::variable::{Origin, derived_value};

/// What stands in the place of a form for a variable of a course.
pub(crate) const COURSE: &str = "course";

/// The published definitions of one version.
#[derive(Debug)]
pub(crate) struct CourseValues {
    pub(crate) version: u32,
    /// With their place in `values`.
    definitions: Vec<(usize, Definition)>,
    pub(crate) variables: Vec<VariableDefinition>,
    /// Values of a course have no answers: this stands in their place.
    nothing: Node,
}

impl CourseValues {
    /// Reads a document and tries its definitions out; what cannot be read is noted and left out.
    pub(crate) fn read(
        version: u32,
        document: &Value,
        shared: &Shared,
        samples: &MilestoneSamples,
        mistakes: &mut Mistakes<'_>,
    ) -> Self {
        if document.get("version") != Some(&Value::from(version)) {
            mistakes.add("/version", format!("must be {version}, as the file's name says"));
        }
        let definitions =
            entries(document, "values", mistakes, |text| Definition::compile(text, Source::Milestones));
        let mut read = Self { version, definitions, variables: Vec::new(), nothing: Node::nothing() };
        read.variables = read.try_out(shared, samples, mistakes);
        read
    }

    /// Tries every definition out; gives the codebook entries.
    fn try_out(
        &self,
        shared: &Shared,
        samples: &MilestoneSamples,
        mistakes: &mut Mistakes<'_>,
    ) -> Vec<VariableDefinition> {
        let trial = Sampler {
            root: &self.nothing,
            library: &shared.library,
            engine: &shared.engine,
            declarations: &shared.declarations,
            milestones: samples,
        };
        let origin =
            Origin { code: COURSE, version: self.version, library: &shared.library, root: &self.nothing };
        let mut entries = Vec::new();
        for (index, definition) in &self.definitions {
            let at = format!("/values/{index}");
            let explained = definition.explain.iter().flat_map(|one| &one.names().milestones);
            let named = definition.value.names().milestones.iter().chain(explained);
            let mut named = named.chain(&definition.needs.milestones);
            if let Some(name) = named.find(|name| !shared.declarations.0.contains_key(*name)) {
                mistakes.add(&at, format!("no form declares milestone `{name}`"));
                continue;
            }
            let explained =
                definition.explain.as_ref().map(|one| trial.try_out(one, None, &definition.needs));
            if let Some(Err(message)) = explained {
                mistakes.add(format!("{at}/explain"), message);
            }
            let tried = trial.try_out(&definition.value, None, &definition.needs);
            let entry = tried.and_then(|tried| {
                let mark = definition.variable.as_ref();
                mark.map(|mark| origin.derived_entry(definition, mark, &tried)).transpose()
            });
            match entry {
                Ok(entry) => entries.extend(entry),
                Err(message) => mistakes.add(&at, message),
            }
        }
        entries
    }

    fn compute(&self, shared: &Shared, view: &MilestoneView) -> Vec<(&Definition, DerivedValue)> {
        let content = json!({});
        let scope = Scope {
            content: (&self.nothing, &content),
            element: None,
            milestones: Some((&shared.declarations, view)),
            // A value of a course does not change with the day.
            today: chrono::NaiveDate::default(),
        };
        let compute = |definition: &'_ Definition| definition.compute(&shared.engine, &scope).ok().flatten();
        let definitions = self.definitions.iter().map(|(_, definition)| definition);
        definitions.filter_map(|one| compute(one).map(|value| (one, value))).collect()
    }
}

impl Forms {
    /// What follows for a course from its milestones, by the latest definitions.
    pub fn course_values(&self, view: &MilestoneView) -> Vec<DerivedValue> {
        let computed = self.course_values.iter().flat_map(|values| values.compute(&self.shared, view));
        computed.map(|(_, value)| value).collect()
    }

    /// The research variables among the values of a course, by id.
    pub fn course_variables(&self, view: &MilestoneView) -> Vec<(String, VariableValue)> {
        let Some(values) = &self.course_values else { return Vec::new() };
        let computed = values.compute(&self.shared, view);
        let variable = |(definition, value): &(&Definition, DerivedValue)| {
            let mark = definition.variable.as_ref()?;
            let entry = values.variables.iter().find(|entry| entry.source == definition.id)?;
            Some((mark.id.clone(), derived_value(entry.kind, value)?))
        };
        computed.iter().filter_map(variable).collect()
    }
}
