//! The fields of a form, and how they stand in a content that was accepted.

use cartotek_domain::completeness::FieldStanding;
use cartotek_domain::text::Text;
use chrono::NaiveDate;
use serde_json::Value;

use crate::answer::walk;
use crate::form::Form;
use crate::node::{Kind, Node, Required};
use crate::pointer::pattern_of;
use crate::required::is_due;

/// A field of a form: an answer that somebody may miss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where it stands, in every version of the form: a JSON pointer with `*` for each place in a list.
    pub pattern: String,
    /// Its name.
    pub title: Text,
    /// Whether it is ever required.
    pub required: bool,
    /// Whether it applies to every content: no list, in none, under no condition and in no object that may be left out.
    /// How often another one applies tells of the patients.
    pub always_applies: bool,
}

/// A field that applies to a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedField {
    /// Where it stands in the content, as a JSON pointer.
    pub pointer: String,
    /// Which field it is.
    pub pattern: String,
    /// Whether it is required here.
    pub required: bool,
    /// How it stands.
    pub standing: FieldStanding,
}

impl Form {
    /// The fields, by name.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut not_always: Vec<String> = Vec::new();
        self.root.each_below("", &mut |pattern, node| {
            let is_below =
                |at: &String| pattern.strip_prefix(at.as_str()).is_some_and(|rest| rest.starts_with('/'));
            let always_applies = !may_not_apply(node) && !not_always.iter().any(is_below);
            if !always_applies {
                not_always.push(pattern.to_owned());
            }
            if is_field(pattern, node) {
                let required = !matches!(node.required, Required::Never);
                let (pattern, title) = (pattern.to_owned(), node.title.clone());
                fields.push(Field { pattern, title, required, always_applies });
            }
        });
        fields
    }

    /// How the fields that apply to a content stand, by name: those of every object that is there, of
    /// those that are required under a condition only where the condition holds. `day` is the `today` of conditions.
    pub fn applied_fields(&self, content: &Value, day: NaiveDate) -> Vec<AppliedField> {
        let scope = self.scope(content, day);
        let mut fields = Vec::new();
        walk(&self.root, content, &mut |answer| {
            let pattern = pattern_of(answer.pointer);
            if !is_field(&pattern, answer.node) {
                return;
            }
            // A condition that cannot be evaluated was tried out when the form was published.
            let required = is_due(answer, &self.shared.engine, &scope).unwrap_or(false);
            if !required && matches!(answer.node.required, Required::When(_)) {
                return;
            }
            let standing = match (answer.value, answer.reason) {
                (Some(_), _) => FieldStanding::Value,
                (None, Some(_)) => FieldStanding::Reason,
                (None, None) => FieldStanding::Absent,
            };
            fields.push(AppliedField { pointer: answer.pointer.to_owned(), pattern, required, standing });
        });
        fields
    }
}

/// Whether an answer, or what is below it, is there only in some contents.
fn may_not_apply(node: &Node) -> bool {
    match (&node.required, &node.kind) {
        (Required::When(_), _) | (_, Kind::List(_)) | (Required::Never, Kind::Group(_)) => true,
        (Required::Always | Required::Never, _) => false,
    }
}

/// Not the elements of a list, whose number is the answer; nor an object that may be left out, nor how a number was
/// reported, of which nothing is missing when they are absent.
fn is_field(pattern: &str, node: &Node) -> bool {
    let may_be_absent = matches!(node.kind, Kind::Group(_)) || pattern.ends_with("_comparator");
    !(pattern.ends_with('*') || may_be_absent && matches!(node.required, Required::Never))
}
