//! One form document on its way into the set: read and built by itself, not yet tried out against the others.

use std::sync::Arc;

use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::variable::VariableDefinition;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::derived::{Definition, Source};
use crate::document::{FORM_ADDRESS, Mistakes};
use crate::example::Example;
use crate::form::{Form, Shared, Subject};
use crate::merge::Types;
use crate::node::{Builder, Kind, Node};
use crate::order::KeyOrder;
use crate::rule::Rule;
use crate::schema::{MetaSchema, Schema};
use crate::variable::can_be_variable;

/// A form read by itself.
pub(crate) struct Draft {
    pub(crate) path: String,
    pub(crate) code: String,
    pub(crate) version: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) document: Value,
    pub(crate) subject: Subject,
    pub(crate) written_by: Vec<ParticipationRole>,
    pub(crate) key: Vec<String>,
    pub(crate) dates: Vec<String>,
    pub(crate) root: Node,
    pub(crate) schema: Schema,
    /// With their place in `x-rules`.
    pub(crate) rules: Vec<(usize, Rule)>,
    /// With their place in `x-derived`.
    pub(crate) definitions: Vec<(usize, Definition)>,
}

impl Draft {
    /// The form, once it has been tried out.
    pub(crate) fn into_form(
        self,
        variables: Vec<VariableDefinition>,
        examples: Vec<Example>,
        shared: &Arc<Shared>,
    ) -> Form {
        let derived = variables.iter().filter(|entry| entry.derived);
        let kinds = derived.map(|entry| (entry.source.clone(), entry.kind)).collect();
        let rules: Vec<_> = self.rules.into_iter().map(|(_, rule)| rule).collect();
        Form {
            code: self.code,
            version: self.version,
            bytes: self.bytes,
            document: self.document,
            subject: self.subject,
            written_by: self.written_by,
            key: self.key,
            dates: self.dates,
            root: self.root,
            schema: self.schema,
            looked_at: rules.iter().flat_map(Rule::milestones).cloned().collect(),
            rules,
            definitions: self.definitions.into_iter().map(|(_, definition)| definition).collect(),
            variables,
            kinds,
            examples,
            shared: Arc::clone(shared),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Heading {
    #[serde(rename = "x-subject")]
    subject: Subject,
    #[serde(default = "every_part", rename = "x-written-by")]
    written_by: Vec<ParticipationRole>,
    #[serde(rename = "x-key")]
    key: Vec<String>,
    #[serde(default, rename = "x-date")]
    date: DateMark,
}

fn every_part() -> Vec<ParticipationRole> {
    ParticipationRole::ALL.to_vec()
}

/// `x-date`: one pointer, or several of which the first answered counts.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum DateMark {
    One(String),
    Several(Vec<String>),
}

impl Default for DateMark {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl DateMark {
    fn patterns(&self) -> &[String] {
        match self {
            Self::One(pattern) => std::slice::from_ref(pattern),
            Self::Several(patterns) => patterns,
        }
    }
}

/// What documents are read with.
pub(crate) struct Reader<'r> {
    pub(crate) types: &'r Arc<Types>,
    pub(crate) meta: &'r MetaSchema,
}

impl Reader<'_> {
    /// Reads a form; a document that breaks the meta-schema is not looked at further.
    pub(crate) fn read(
        &self,
        (code, version): (&str, u32),
        path: &str,
        bytes: &[u8],
        document: Value,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Draft> {
        let schema = self.schema(&document, mistakes)?;
        if document.get("$id").and_then(Value::as_str) != Some(&format!("{FORM_ADDRESS}{code}/{version}")) {
            mistakes.add("/$id", format!("must be {FORM_ADDRESS}{code}/{version}, as the file's path says"));
        }
        let heading =
            Heading::deserialize(&document).map_err(|error| mistakes.add("", error.to_string())).ok()?;
        let order = KeyOrder::read(bytes);
        let root = Builder { types: self.types, order: &order, mistakes }.build(&document, "");
        check_pointers(&heading, &root, mistakes);
        let rules = entries(&document, "x-rules", mistakes, Rule::compile);
        let definitions =
            entries(&document, "x-derived", mistakes, |text| Definition::compile(text, Source::Answers));
        Some(Draft {
            path: path.to_owned(),
            code: code.to_owned(),
            version,
            bytes: bytes.to_vec(),
            subject: heading.subject,
            written_by: heading.written_by,
            key: heading.key,
            dates: heading.date.patterns().to_vec(),
            document,
            root,
            schema,
            rules,
            definitions,
        })
    }

    /// The compiled schema of a document that keeps to the meta-schema.
    fn schema(&self, document: &Value, mistakes: &mut Mistakes<'_>) -> Option<Schema> {
        let broken = self.meta.check_form(document);
        let sound = broken.is_empty();
        for (pointer, message) in broken {
            mistakes.add(pointer, message);
        }
        if !sound {
            return None;
        }
        Schema::compile(document, self.types).map_err(|message| mistakes.add("", message)).ok()
    }
}

pub(crate) fn entries<Text: DeserializeOwned, Entry>(
    document: &Value,
    keyword: &str,
    mistakes: &mut Mistakes<'_>,
    compile: impl Fn(Text) -> Result<Entry, String>,
) -> Vec<(usize, Entry)> {
    let texts = document.get(keyword).and_then(Value::as_array).into_iter().flatten();
    let mut compiled = Vec::new();
    for (index, text) in texts.enumerate() {
        let entry = Text::deserialize(text).map_err(|error| error.to_string()).and_then(&compile);
        match entry {
            Ok(entry) => compiled.push((index, entry)),
            Err(message) => mistakes.add(format!("/{keyword}/{index}"), message),
        }
    }
    compiled
}

fn check_pointers(heading: &Heading, root: &Node, mistakes: &mut Mistakes<'_>) {
    for (index, pattern) in heading.key.iter().enumerate() {
        let is_plain = |node: &Node| !matches!(node.kind, Kind::Group(_) | Kind::List(_));
        if !root.at(pattern).is_some_and(is_plain) || pattern.contains('*') {
            mistakes.add(format!("/x-key/{index}"), "must point to a plain answer of the form");
        }
    }
    let is_date = |node: &Node| matches!(node.kind, Kind::Date | Kind::PartialDate | Kind::DateTime);
    if heading
        .date
        .patterns()
        .iter()
        .any(|pattern| pattern.contains('*') || !root.at(pattern).is_some_and(is_date))
    {
        mistakes.add("/x-date", "must point to a date of the form");
    }
    root.each_below("", &mut |pattern, node| {
        if node.variable.is_some() && !can_be_variable(&node.kind) {
            mistakes.add(schema_pointer(pattern), "a variable is a plain answer, not an object or a list");
        }
        let dated = node.code_list.as_ref().and_then(|mark| mark.at.as_deref());
        if dated.is_some_and(|at| !root.at(at).is_some_and(is_date)) {
            mistakes.add(schema_pointer(pattern), "x-codelist/at must point to a date of the form");
        }
    });
}

/// Where the property at a pattern stands in the document (inside a shared type: where it is used).
pub(crate) fn schema_pointer(pattern: &str) -> String {
    crate::pointer::tokens(pattern)
        .map(|token| if token == "*" { "/items".to_owned() } else { format!("/properties/{token}") })
        .collect()
}
