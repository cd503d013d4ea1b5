//! A form's schema as a typed tree: what each answer is, with its annotations and its shared types folded in.
//!
//! Validation itself is left to the JSON Schema; this tree serves everything else that is read from the same file.

use cartotek_domain::text::Text;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::document::Mistakes;
use crate::expression::{Expression, span};
use crate::mark::{CodeListMark, Marks, MilestoneMark, RequiredMark, VariableMark};
use crate::merge::Types;
use crate::order::KeyOrder;
use crate::pointer::escape;

/// One answer, list or group of answers.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) title: Text,
    pub(crate) description: Text,
    pub(crate) unit: Option<String>,
    pub(crate) variable: Option<VariableMark>,
    pub(crate) milestone: Option<MilestoneMark>,
    pub(crate) code_list: Option<CodeListMark>,
    pub(crate) required: Required,
    pub(crate) free_text: bool,
    pub(crate) label: bool,
    /// The values of `enum` or `const`; empty when open.
    pub(crate) options: Vec<Value>,
    /// `minimum` and `maximum`, the exclusive ones included.
    pub(crate) bounds: (Option<f64>, Option<f64>),
}

/// What an answer is.
#[derive(Debug)]
pub(crate) enum Kind {
    Text,
    Uuid,
    Date,
    PartialDate,
    DateTime,
    Number,
    Integer,
    Boolean,
    Group(Group),
    List(Box<Node>),
}

/// The answers of an object, in the order of the document.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) properties: Vec<(String, Node)>,
    /// Whose absence may be explained in `missing`.
    pub(crate) missing: Vec<String>,
}

impl Group {
    pub(crate) fn property(&self, name: &str) -> Option<&Node> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, node)| node)
    }
}

/// Whether an answer is due at submission.
#[derive(Debug)]
pub(crate) enum Required {
    Never,
    Always,
    When(Box<Expression>),
}

/// Builds the tree of one document.
pub(crate) struct Builder<'b, 'm> {
    pub(crate) types: &'b Types,
    pub(crate) order: &'b KeyOrder,
    pub(crate) mistakes: &'b mut Mistakes<'m>,
}

impl Builder<'_, '_> {
    /// The tree of `schema`, which stands at pointer `at` of the document. Mistakes are noted and leave a text node.
    pub(crate) fn build(&mut self, schema: &Value, at: &str) -> Node {
        let resolved = self.types.resolve(schema).unwrap_or_else(|message| {
            self.mistakes.add(at, message);
            Value::Object(Map::new())
        });
        let marks = Marks::deserialize(&resolved).unwrap_or_else(|error| {
            self.mistakes.add(at, format!("annotation of the wrong shape: {error}"));
            Marks { kind: Some("string".to_owned()), ..Marks::default() }
        });
        let kind = self.kind(&marks, &resolved, at);
        let required = self.required(marks.required, at);
        Node {
            kind,
            required,
            title: Text::new(marks.sv.title, marks.title),
            description: Text::new(marks.sv.description, marks.description),
            unit: marks.unit,
            variable: marks.variable,
            milestone: marks.milestone,
            code_list: marks.code_list,
            free_text: marks.pii.is_some(),
            label: marks.label,
            options: marks.constant.map_or(marks.options, |constant| vec![constant]),
            bounds: (marks.minimum.or(marks.above), marks.maximum.or(marks.below)),
        }
    }

    fn required(&mut self, mark: Option<RequiredMark>, at: &str) -> Required {
        match mark {
            None | Some(RequiredMark::Plain(false)) => Required::Never,
            Some(RequiredMark::Plain(true)) => Required::Always,
            Some(RequiredMark::Condition { when }) => match Expression::parse(&when) {
                Ok(expression) => Required::When(Box::new(expression)),
                Err(message) => {
                    self.mistakes.add(format!("{at}/x-required/when"), message);
                    Required::Never
                }
            },
        }
    }

    fn kind(&mut self, marks: &Marks, schema: &Value, at: &str) -> Kind {
        match (marks.kind.as_deref(), marks.format.as_deref()) {
            (Some("string"), None) => Kind::Text,
            (Some("string"), Some("uuid")) => Kind::Uuid,
            (Some("string"), Some("date")) => Kind::Date,
            (Some("string"), Some("partial-date")) => Kind::PartialDate,
            (Some("string"), Some("date-time")) => Kind::DateTime,
            (Some("number"), _) => Kind::Number,
            (Some("integer"), _) => Kind::Integer,
            (Some("boolean"), _) => Kind::Boolean,
            (Some("object"), _) => Kind::Group(self.group(schema, at)),
            (Some("array"), _) => {
                let items = schema.get("items").cloned().unwrap_or_default();
                Kind::List(Box::new(self.build(&items, &format!("{at}/items"))))
            }
            _ => {
                self.mistakes.add(
                    at,
                    "a property needs one `type` (string, number, integer, boolean, object, array) and, for a string, \
                     a `format` among date, partial-date, date-time, uuid or none",
                );
                Kind::Text
            }
        }
    }

    fn group(&mut self, schema: &Value, at: &str) -> Group {
        let closed = |keyword: &str| schema.get(keyword) == Some(&Value::Bool(false));
        if !closed("unevaluatedProperties") && !closed("additionalProperties") {
            self.mistakes.add(at, "an object must be closed: add \"unevaluatedProperties\": false");
        }
        let mut group = Group::default();
        let members = schema.get("properties").and_then(Value::as_object);
        let mut names: Vec<&String> = members.into_iter().flat_map(Map::keys).collect();
        let here = format!("{at}/properties");
        names.sort_by_key(|name| (self.order.position(&here, name), (*name).clone()));
        for name in names {
            let Some(schema) = members.and_then(|members| members.get(name)) else {
                continue;
            };
            if name == "missing" {
                group.missing = missing_names(schema);
                continue;
            }
            let pointer = format!("{here}/{}", escape(name));
            let node = self.build(schema, &pointer);
            if node.title.en.is_empty() || node.title.sv.is_empty() {
                self.mistakes.add(&pointer, "a property needs a title and x-sv.title");
            }
            group.properties.push((name.clone(), node));
        }
        self.check_names(&group, &here);
        group
    }

    fn check_names(&mut self, group: &Group, at: &str) {
        for name in &group.missing {
            if group.property(name).is_none() {
                self.mistakes.add(format!("{at}/missing"), format!("`{name}` is no property of this object"));
            }
        }
        for (name, _) in &group.properties {
            let measured = name.strip_suffix("_comparator");
            if measured.is_some_and(|measured| group.property(measured).is_none()) {
                self.mistakes
                    .add(format!("{at}/{name}"), "a comparator needs the value it compares beside it");
            }
        }
    }
}

fn missing_names(schema: &Value) -> Vec<String> {
    let names = schema.pointer("/propertyNames/enum").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Node {
    /// The node of an object without any answer.
    pub(crate) fn nothing() -> Self {
        Self {
            kind: Kind::Group(Group::default()),
            title: Text::new("", ""),
            description: Text::new("", ""),
            unit: None,
            variable: None,
            milestone: None,
            code_list: None,
            required: Required::Never,
            free_text: false,
            label: false,
            options: Vec::new(),
            bounds: (None, None),
        }
    }

    /// The node that a pattern (`/infections/*/date`) leads to.
    pub(crate) fn at(&self, pattern: &str) -> Option<&Self> {
        crate::pointer::tokens(pattern).try_fold(self, |node, token| match (&node.kind, token) {
            (Kind::Group(group), name) => group.property(name),
            (Kind::List(items), "*") => Some(&**items),
            _ => None,
        })
    }

    /// Whether a rule sees `value` as something: not absent, not of the wrong type, not an empty list.
    pub(crate) fn is_answered_by(&self, value: &Value) -> bool {
        match &self.kind {
            Kind::Text | Kind::Uuid => value.is_string(),
            Kind::Date | Kind::PartialDate | Kind::DateTime => span(&self.kind, Some(value)).is_some(),
            Kind::Number | Kind::Integer => value.is_number(),
            Kind::Boolean => value.is_boolean(),
            Kind::Group(_) => value.is_object(),
            Kind::List(_) => value.as_array().is_some_and(|items| !items.is_empty()),
        }
    }

    /// The group of answers it is, if it is one.
    pub(crate) fn group(&self) -> Option<&Group> {
        match &self.kind {
            Kind::Group(group) => Some(group),
            _ => None,
        }
    }

    /// Calls `visit` with the pattern and node of everything below, parents first.
    pub(crate) fn each_below<'n>(&'n self, at: &str, visit: &mut impl FnMut(&str, &'n Self)) {
        match &self.kind {
            Kind::Group(group) => {
                for (name, node) in &group.properties {
                    let pattern = format!("{at}/{name}");
                    visit(&pattern, node);
                    node.each_below(&pattern, visit);
                }
            }
            Kind::List(items) => {
                let pattern = format!("{at}/*");
                visit(&pattern, items);
                items.each_below(&pattern, visit);
            }
            _ => {}
        }
    }
}
