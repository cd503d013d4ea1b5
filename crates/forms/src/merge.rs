//! Shared types: `$ref` resolved within the set, annotations beside it winning over those of the type.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::TYPE_ADDRESS;

/// How many `$ref` may follow each other.
const LONGEST_CHAIN: usize = 8;

/// The shared types of a set, by name.
#[derive(Debug, Default)]
pub(crate) struct Types(pub(crate) BTreeMap<String, Value>);

impl Types {
    /// The type that an address names.
    pub(crate) fn by_address(&self, address: &str) -> Option<&Value> {
        self.0.get(address.strip_prefix(TYPE_ADDRESS)?)
    }

    /// `schema` with its `$ref`, and those of the type it names, folded in.
    ///
    /// # Errors
    /// What is wrong with a reference, in words for the author.
    pub(crate) fn resolve(&self, schema: &Value) -> Result<Value, String> {
        let mut resolved = schema.clone();
        for _ in 0..LONGEST_CHAIN {
            let Some(object) = resolved.as_object_mut() else {
                return Ok(resolved);
            };
            let Some(reference) = object.remove("$ref") else {
                return Ok(resolved);
            };
            let address = reference.as_str().unwrap_or_default();
            let target = self
                .by_address(address)
                .and_then(Value::as_object)
                .ok_or_else(|| format!("$ref must be {TYPE_ADDRESS}<name> of a document under types/"))?;
            for (key, value) in target {
                if key != "$id" && key != "$schema" {
                    object.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        Err("$ref leads to itself".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn annotations_beside_a_reference_win() {
        let types = Types(BTreeMap::from([(
            "date".to_owned(),
            json!({"$id": "x", "$schema": "y", "type": "string", "title": "Date"}),
        )]));
        let schema = json!({"$ref": "https://cartotek.example/schemas/types/date", "title": "Onset"});
        assert_eq!(types.resolve(&schema).unwrap(), json!({"type": "string", "title": "Onset"}));
    }

    #[test]
    fn foreign_and_circular_references_are_refused() {
        let address = "https://cartotek.example/schemas/types/a";
        let types = Types(BTreeMap::from([("a".to_owned(), json!({"$ref": address}))]));
        assert!(types.resolve(&json!({"$ref": address})).is_err());
        assert!(types.resolve(&json!({"$ref": "file:///etc/passwd"})).is_err());
    }
}
