//! Describes the answers of dry runs: those of the real operations without ids and pseudonyms.

use serde_json::{Map, Value, json};

use crate::http::dry_run::PUBLIC_ID;

/// What the schema of an answer is called when it is that of a dry run.
const SUFFIX: &str = "OfDryRun";

/// Gives every operation that answers a dry run without names both schemas of its answer.
pub(super) fn describe(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned();
    let mut nameless = Nameless { schemas: schemas.unwrap_or_default(), made: Map::new() };
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut);
    for operation in operations.flat_map(Map::values_mut).filter(|operation| keeps_nothing(operation)) {
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for (_, response) in responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2')) {
            if let Some(schema) = response.pointer_mut("/content/application~1json/schema") {
                let other = nameless.of(schema);
                if other != *schema {
                    *schema = json!({ "anyOf": [schema, other] });
                }
            }
        }
    }
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.extend(nameless.made);
    }
}

/// Whether its dry run keeps nothing. That of an import keeps its report, and names it.
fn keeps_nothing(operation: &Value) -> bool {
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let dry = parameters.iter().any(|one| one["name"] == "dry_run");
    dry && operation["operationId"] != "run_import"
}

/// Makes schemas without names, each once.
struct Nameless {
    schemas: Map<String, Value>,
    made: Map<String, Value>,
}

impl Nameless {
    fn of(&mut self, schema: &Value) -> Value {
        match schema {
            Value::Array(items) => items.iter().map(|item| self.of(item)).collect(),
            Value::Object(members) => {
                let mut made = Map::new();
                for (key, member) in members {
                    let other = if key == "$ref" { self.reference(member) } else { self.of(member) };
                    made.insert(key.clone(), other);
                }
                leave_out_names(&mut made);
                made.into()
            }
            other => other.clone(),
        }
    }

    /// The reference to a schema without names: another one when it has any.
    fn reference(&mut self, target: &Value) -> Value {
        let Some((folder, name)) = target.as_str().and_then(|target| target.rsplit_once('/')) else {
            return target.clone();
        };
        let other = format!("{name}{SUFFIX}");
        if !self.made.contains_key(&other) {
            let schema = self.schemas.get(name).cloned().unwrap_or_default();
            let without = self.of(&schema);
            if without == schema {
                return target.clone();
            }
            self.made.insert(other.clone(), without);
        }
        format!("{folder}/{other}").into()
    }
}

fn leave_out_names(schema: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    let names: Vec<String> = properties
        .iter()
        .filter(|(name, property)| is_name(name, property))
        .map(|one| one.0.clone())
        .collect();
    properties.retain(|name, _| !names.contains(name));
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| name.as_str().is_none_or(|name| !names.iter().any(|one| one == name)));
    }
}

fn is_name(name: &str, property: &Value) -> bool {
    name == PUBLIC_ID || property["format"] == "uuid" || property["format"] == "pseudonym"
}
