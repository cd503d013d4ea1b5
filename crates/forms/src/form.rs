//! A compiled form and what others ask it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cartotek_domain::identifier::FieldKind;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::text::Text;
use cartotek_domain::variable::{ValueKind, VariableDefinition};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::derived::Definition;
use crate::example::Example;
use crate::expression::Engine;
use crate::function::Library;
use crate::merge::Types;
use crate::milestone::{Declarations, MilestoneScope};
use crate::node::Node;
use crate::pointer::pattern_of;
use crate::rule::Rule;
use crate::schema::Schema;

/// What a form is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The patient.
    Patient,
    /// A course.
    Course,
}

/// What all forms of a set share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) library: Arc<Library>,
    pub(crate) declarations: Declarations,
    pub(crate) types: Arc<Types>,
}

/// One version of a form.
#[derive(Debug)]
pub struct Form {
    pub(crate) code: String,
    pub(crate) version: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) document: Value,
    pub(crate) subject: Subject,
    pub(crate) written_by: Vec<ParticipationRole>,
    pub(crate) key: Vec<String>,
    /// Patterns of the clinical date; the first that is answered counts.
    pub(crate) dates: Vec<String>,
    pub(crate) root: Node,
    pub(crate) schema: Schema,
    pub(crate) rules: Vec<Rule>,
    /// The names of the milestones at which rules look.
    pub(crate) looked_at: BTreeSet<String>,
    pub(crate) definitions: Vec<Definition>,
    pub(crate) variables: Vec<VariableDefinition>,
    /// What kind of variable a derived value is, by its id.
    pub(crate) kinds: HashMap<String, ValueKind>,
    pub(crate) examples: Vec<Example>,
    pub(crate) shared: Arc<Shared>,
}

impl Form {
    /// Its code, e.g. `infusion`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Its version, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The bytes as published: what is hashed and served.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The published document.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Its name.
    pub fn title(&self) -> &Text {
        &self.root.title
    }

    /// What it is for.
    pub fn description(&self) -> &Text {
        &self.root.description
    }

    /// What it is about.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// The parts in the care whose sites write it.
    pub fn written_by(&self) -> &[ParticipationRole] {
        &self.written_by
    }

    /// The codebook entries of this version.
    pub fn variables(&self) -> &[VariableDefinition] {
        &self.variables
    }

    /// How strict the identifier guard is for the text at `pointer`; strict where the form has no such property.
    pub fn field_kind(&self, pointer: &str) -> FieldKind {
        match self.root.at(&pattern_of(pointer)) {
            Some(node) if node.label => FieldKind::Label,
            Some(node) if node.free_text => FieldKind::FreeText,
            _ => FieldKind::Structured,
        }
    }

    /// Whether it has an answer, a list or a group of answers at `pointer`; the empty pointer is the whole.
    pub fn has_place(&self, pointer: &str) -> bool {
        // A star stands for an index in a pattern, and for nothing in a pointer.
        let is_pointer = (pointer.is_empty() || pointer.starts_with('/')) && !pointer.contains('*');
        is_pointer && self.root.at(&pattern_of(pointer)).is_some()
    }

    /// What the rule of that id says when it finds something; `None` when this version has no such rule.
    pub fn rule_text(&self, rule: &str) -> Option<&Text> {
        self.rules.iter().find(|one| one.id == rule).map(|one| &one.text)
    }

    /// Whether the rule of that id looks at other records of the patient or course; `None` when this version has no such
    /// rule.
    pub fn looks_at_others(&self, rule: &str) -> Option<bool> {
        self.rules.iter().find(|one| one.id == rule).map(Rule::is_about_milestones)
    }

    /// Whether the rule of that id looks at this milestone of other records of the course; `elsewhere`, of other courses.
    pub fn looks_at(&self, rule: &str, milestone: &str, elsewhere: bool) -> bool {
        let declared = self.shared.declarations.0.get(milestone);
        let of_patient = declared.is_some_and(|one| one.scope == MilestoneScope::Patient);
        let reaches = |one: &Rule| !elsewhere || of_patient || one.reads_of_all_courses(milestone);
        let mut of_id = self.rules.iter().filter(|one| one.id == rule);
        of_id.any(|one| reaches(one) && one.milestones().any(|name| name == milestone))
    }

    /// The names of the milestones of other records at which its rules look.
    pub fn milestones_looked_at(&self) -> impl Iterator<Item = &str> {
        self.looked_at.iter().map(String::as_str)
    }

    /// Whether a rule of this version looks at a milestone which is `told` anew, so that it may find something else.
    pub fn looks_at_any(&self, told: impl Fn(&str) -> bool) -> bool {
        self.looked_at.iter().any(|name| told(name))
    }

    /// Whether that is so of the rule of that id.
    pub fn rule_looks_at_any(&self, rule: &str, told: impl Fn(&str) -> bool) -> bool {
        self.rules.iter().any(|one| one.id == rule && one.looks_at_any(&told))
    }

    /// Its examples, valid ones first, by name.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// The content of the first valid example.
    pub fn example(&self) -> Option<&Value> {
        self.examples.iter().find(|example| example.valid).map(|example| &example.content)
    }
}
