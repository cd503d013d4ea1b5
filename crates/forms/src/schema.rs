//! JSON Schema: compiling a form's document and turning its errors into findings.

use std::sync::Arc;

use cartotek_domain::finding::Finding;
use cartotek_domain::partial_date::{PartialDate, Precision};
use chrono::DateTime;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, Retrieve, Uri, ValidationError, ValidationOptions};
use serde_json::Value;

use crate::finding_text::{SHAPE, describe, describe_in, plain_pointer, unknown_field};
use crate::merge::Types;
use crate::node::{Group, Node};
use crate::pointer::pattern_of;
use crate::required::no_reason;

/// How many findings one content may have; whoever sends more has sent something else.
const MOST_FINDINGS: usize = 200;

/// The documents' own rules: which keywords and annotations may be used.
const META_SCHEMA: &str = include_str!("../../../schemas/meta/form.json");

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct Schema(jsonschema::Validator);

/// Resolves addresses within the set, and nothing else: no network, no file.
struct WithinTheSet(Arc<Types>);

impl Retrieve for WithinTheSet {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        self.0.by_address(uri.as_str()).cloned().ok_or_else(|| "not a shared type of this set".into())
    }
}

fn options<'a>() -> ValidationOptions<'a> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        // As the rules read dates: what they cannot read, they would not judge.
        .with_format("date", |text: &str| {
            text.parse::<PartialDate>().is_ok_and(|date| date.precision() == Precision::Day)
        })
        .with_format("partial-date", |text: &str| text.parse::<PartialDate>().is_ok())
        .with_format("date-time", |text: &str| DateTime::parse_from_rfc3339(text).is_ok())
}

impl Schema {
    /// Compiles a document.
    ///
    /// # Errors
    /// Why it is no schema.
    pub(crate) fn compile(document: &Value, types: &Arc<Types>) -> Result<Self, String> {
        options()
            .with_pattern_options(PatternOptions::regex())
            .with_retriever(WithinTheSet(Arc::clone(types)))
            .build(document)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Every finding of `content`, at most 200.
    pub(crate) fn check(&self, content: &Value, root: &Node) -> Vec<Finding> {
        if self.0.is_valid(content) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for error in self.0.iter_errors(content) {
            add_findings(&error, root, &mut findings);
            if findings.len() >= MOST_FINDINGS {
                findings.truncate(MOST_FINDINGS);
                break;
            }
        }
        if findings.is_empty() {
            findings.push(Finding::error(SHAPE, "", describe(&ValidationErrorKind::FalseSchema).1));
        }
        findings
    }
}

fn add_findings(error: &ValidationError<'_>, root: &Node, findings: &mut Vec<Finding>) {
    let pointer = plain_pointer(error.instance_path().as_str());
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            // A declared property counts as unevaluated when its own schema fails; that error is reported by itself.
            let group = root.at(&pattern_of(&pointer)).and_then(Node::group);
            let declared = |name: &str| group.is_some_and(|group| is_declared(group, name));
            for name in unexpected.iter().filter(|name| !declared(name)) {
                let reasons = error.instance().get(name.as_str()).filter(|_| name == "missing");
                match reasons.and_then(Value::as_object).filter(|reasons| !reasons.is_empty()) {
                    Some(reasons) => {
                        let pointer = format!("{pointer}/missing");
                        findings.extend(reasons.keys().map(|name| misplaced(&pointer, name, root)));
                    }
                    None => findings.push(unknown_field(&pointer, name)),
                }
            }
        }
        ValidationErrorKind::PropertyNames { error } => {
            findings.push(misplaced(&pointer, error.instance().as_str().unwrap_or_default(), root));
        }
        kind => {
            let (rule, text) = match root.at(&pattern_of(&pointer)) {
                Some(field) => describe_in(field, kind),
                None => describe(kind),
            };
            findings.push(Finding::error(rule, pointer, text));
        }
    }
}

/// The finding of a name in the `missing` at `pointer`: that of an answer that takes no reason, or of none.
fn misplaced(pointer: &str, name: &str, root: &Node) -> Finding {
    let object = pointer.strip_suffix("/missing").and_then(|object| root.at(&pattern_of(object)));
    match object.and_then(Node::group).and_then(|group| group.property(name)) {
        Some(node) => no_reason(format!("{pointer}/{name}"), node),
        None => unknown_field(pointer, name),
    }
}

fn is_declared(group: &Group, name: &str) -> bool {
    group.property(name).is_some() || (name == "missing" && !group.missing.is_empty())
}

/// Checks documents against the meta-schema.
#[derive(Debug)]
pub(crate) struct MetaSchema {
    form: jsonschema::Validator,
    shared_type: jsonschema::Validator,
    course_values: jsonschema::Validator,
}

impl MetaSchema {
    /// Compiles the meta-schema.
    ///
    /// # Errors
    /// Why it is no schema.
    pub(crate) fn compile() -> Result<Self, String> {
        let document: Value = serde_json::from_str(META_SCHEMA).map_err(|error| error.to_string())?;
        let build = |definition: &str| {
            let mut part = document.clone();
            if let Some(object) = part.as_object_mut() {
                object.insert("$ref".to_owned(), Value::from(format!("#/$defs/{definition}")));
                object.retain(|key, _| key.starts_with('$'));
            }
            options().build(&part).map_err(|error| error.to_string())
        };
        Ok(Self {
            form: build("form")?,
            shared_type: build("shared_type")?,
            course_values: build("course_values")?,
        })
    }

    /// Pointer and message of each mistake of a form.
    pub(crate) fn check_form(&self, document: &Value) -> Vec<(String, String)> {
        mistakes(&self.form, document)
    }

    /// Pointer and message of each mistake of a shared type.
    pub(crate) fn check_type(&self, document: &Value) -> Vec<(String, String)> {
        mistakes(&self.shared_type, document)
    }

    /// Pointer and message of each mistake of the values of a course.
    pub(crate) fn check_course_values(&self, document: &Value) -> Vec<(String, String)> {
        mistakes(&self.course_values, document)
    }
}

fn mistakes(validator: &jsonschema::Validator, document: &Value) -> Vec<(String, String)> {
    let errors = validator.iter_errors(document);
    errors.map(|error| (error.instance_path().to_string(), error.to_string())).collect()
}
