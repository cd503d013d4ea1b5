//! Walking the answers of a content beside the tree of its form.

use serde_json::{Map, Value};

use crate::node::{Group, Kind, Node};

/// One declared property of an object that is there, with its answer or without.
pub(crate) struct Answer<'v, 'w> {
    /// Where, as a JSON pointer.
    pub(crate) pointer: &'w str,
    pub(crate) node: &'v Node,
    /// The answer; `None` when the key is absent.
    pub(crate) value: Option<&'v Value>,
    /// The reason in the object's `missing`.
    pub(crate) reason: Option<&'v Value>,
    /// How the number was reported, as `<`; from the property beside it whose name ends in `_comparator`.
    pub(crate) comparator: Option<&'v str>,
    /// The innermost list element around it.
    pub(crate) element: Option<(&'v Node, &'v Value)>,
    /// Positions in the lists around it, outermost first.
    pub(crate) indexes: &'w [usize],
}

/// Calls `visit` for every declared property of every object that is there, in the order of the form, and for every
/// element of a list of plain values.
pub(crate) fn walk<'v>(root: &'v Node, content: &'v Value, visit: &mut impl FnMut(&Answer<'v, '_>)) {
    if let (Some(group), Some(members)) = (root.group(), content.as_object()) {
        let mut walk = Walk { pointer: String::new(), indexes: Vec::new(), element: None, visit };
        walk.group(group, members);
    }
}

struct Walk<'v, 'c, V> {
    pointer: String,
    indexes: Vec<usize>,
    element: Option<(&'v Node, &'v Value)>,
    visit: &'c mut V,
}

impl<'v, V: FnMut(&Answer<'v, '_>)> Walk<'v, '_, V> {
    fn group(&mut self, group: &'v Group, members: &'v Map<String, Value>) {
        let missing = members.get("missing");
        for (name, node) in &group.properties {
            let length = self.pointer.len();
            self.pointer.push('/');
            self.pointer.push_str(name);
            let value = members.get(name);
            let comparator = value.filter(|value| value.is_number()).and_then(|_| comparator(members, name));
            self.visit(node, value, missing.and_then(|missing| missing.get(name)), comparator);
            if let Some(value) = value {
                self.below(node, value);
            }
            self.pointer.truncate(length);
        }
    }

    fn visit(
        &mut self,
        node: &'v Node,
        value: Option<&'v Value>,
        reason: Option<&'v Value>,
        comparator: Option<&'v str>,
    ) {
        let element = self.element;
        (self.visit)(&Answer {
            pointer: &self.pointer,
            node,
            value,
            reason,
            comparator,
            element,
            indexes: &self.indexes,
        });
    }

    fn below(&mut self, node: &'v Node, value: &'v Value) {
        match (&node.kind, value) {
            (Kind::Group(group), Value::Object(members)) => self.group(group, members),
            (Kind::List(items), Value::Array(elements)) => {
                let outer = self.element;
                for (index, element) in elements.iter().enumerate() {
                    let length = self.pointer.len();
                    self.pointer.push('/');
                    self.pointer.push_str(&index.to_string());
                    self.indexes.push(index);
                    self.element = Some((items, element));
                    if items.group().is_none() {
                        self.visit(items, Some(element), None, None);
                    }
                    self.below(items, element);
                    self.indexes.pop();
                    self.pointer.truncate(length);
                }
                self.element = outer;
            }
            _ => {}
        }
    }
}

fn comparator<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    members.get(&format!("{name}_comparator"))?.as_str()
}
