//! Contents in words: the question and the meaning of the code behind every answer, for somebody who reads them.

use std::collections::BTreeMap;

use cartotek_domain::text::Text;
use serde_json::{Map, Value};

use crate::code_list::Code;
use crate::form::Form;
use crate::node::{Group, Kind, Node};
use crate::pointer::escape;

/// The code list of the reasons in `missing`.
const MISSING: &str = "missing_reason";

/// An answer in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// What was asked.
    pub question: Text,
    /// What the answer's code means; `None` for an answer that is no code.
    pub answer: Option<Text>,
}

impl Form {
    /// The wording of every answer of a content, by JSON pointer. What the form does not ask has none.
    pub fn wordings(&self, content: &Value) -> BTreeMap<String, Wording> {
        let mut reader = Reader { form: self, wordings: BTreeMap::new() };
        reader.read(&self.root, &self.root.title, content, String::new());
        reader.wordings
    }
}

struct Reader<'f> {
    form: &'f Form,
    wordings: BTreeMap<String, Wording>,
}

impl Reader<'_> {
    /// Reads an answer; an element of a list has the question of the list.
    fn read(&mut self, node: &Node, question: &Text, value: &Value, at: String) {
        match (&node.kind, value) {
            (Kind::Group(group), Value::Object(members)) => self.read_group(group, members, &at),
            (Kind::List(items), Value::Array(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    self.read(items, question, element, format!("{at}/{index}"));
                }
            }
            _ => {
                let list = node.code_list.as_ref().map(|mark| mark.list.as_str());
                let answer = list.and_then(|list| self.meaning(list, value));
                self.wordings.insert(at, Wording { question: question.clone(), answer });
            }
        }
    }

    fn read_group(&mut self, group: &Group, members: &Map<String, Value>, at: &str) {
        for (name, node) in &group.properties {
            if let Some(value) = members.get(name) {
                self.read(node, &node.title, value, format!("{at}/{}", escape(name)));
            }
        }
        let reasons = members.get("missing").and_then(Value::as_object);
        for (name, reason) in reasons.into_iter().flatten() {
            let Some(node) = group.property(name) else { continue };
            let answer = self.meaning(MISSING, reason);
            let wording = Wording { question: node.title.clone(), answer };
            self.wordings.insert(format!("{at}/missing/{}", escape(name)), wording);
        }
    }

    /// What a code means, by its latest entry in the list.
    fn meaning(&self, list: &str, code: &Value) -> Option<Text> {
        let code = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
        let list = self.form.shared.library.code_lists.get(list)?;
        list.entries(&code).max_by_key(|entry: &&Code| entry.valid_from).map(|entry| entry.title.clone())
    }
}
