//! Every operation of the OpenAPI document, with a request made of the document's own examples.

use std::sync::{Arc, LazyLock};

use cartotek_domain::access::{POLICIES, Policy, Role};
use cartotek_forms::{Forms, SchemaSet};
use serde_json::{Map, Value, json};

use crate::client::{Client, Request};
use crate::template::schemas;

/// The document with the schemas of this repository.
pub static DOCUMENT: LazyLock<Arc<Value>> = LazyLock::new(|| {
    let forms = Forms::compile(&SchemaSet::read_folder(&schemas()).unwrap()).unwrap();
    Arc::new(cartotek_api::document_with(&forms))
});

/// An operation of the API.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Method in capitals.
    pub method: String,
    /// Path with its parameters in braces.
    pub path: String,
    /// Its part of the document.
    pub description: Value,
    document: Arc<Value>,
}

impl Operation {
    /// Every operation.
    pub fn all() -> Vec<Self> {
        let document = Arc::clone(&DOCUMENT);
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().iter().map(|(method, description)| Self {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    description: description.clone(),
                    document: Arc::clone(&document),
                })
            })
            .collect()
    }

    /// The operation with that id.
    pub fn of_id(id: &str) -> Self {
        Self::all().into_iter().find(|one| one.id() == id).unwrap_or_else(|| panic!("no operation {id}"))
    }

    /// Method and path, for messages.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Its operation id.
    pub fn id(&self) -> &str {
        self.description["operationId"].as_str().unwrap_or_default()
    }

    /// Whether it needs no token.
    pub fn is_open(&self) -> bool {
        self.description["security"] == json!([{}])
    }

    /// Whether it may change something.
    pub fn writes(&self) -> bool {
        self.method != "GET"
    }

    /// The permission its description names.
    pub fn policy(&self) -> Option<&'static Policy> {
        let text = self.description["description"].as_str()?.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = text.split("Permission: `").nth(1)?.split('`').next()?;
        POLICIES.iter().copied().find(|policy| policy.name == name)
    }

    /// A role that may use it.
    pub fn permitted_role(&self) -> Role {
        self.policy().unwrap_or_else(|| panic!("{} names no permission", self.name())).roles[0]
    }

    /// Its parameters in `place`: `path`, `query` or `header`.
    pub fn parameters(&self, place: &str) -> Vec<&Value> {
        let parameters = self.description["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        parameters.iter().filter(|parameter| parameter["in"] == place).collect()
    }

    /// Content type and schema of its body, of those that can be written as text.
    pub fn body(&self) -> Option<(&str, &Value)> {
        let kinds = self.description["requestBody"]["content"].as_object()?;
        let (kind, content) = kinds.iter().find(|(kind, _)| !kind.starts_with("application/vnd."))?;
        Some((kind, content))
    }

    /// The path with its parameters replaced: by `fill`, else by the example.
    pub fn path_with(&self, fill: &dyn Fn(&str) -> Option<String>) -> String {
        let mut path = self.path.clone();
        for parameter in self.parameters("path") {
            let name = parameter["name"].as_str().unwrap();
            let value = fill(name).unwrap_or_else(|| text(&self.example_of(parameter)));
            path = path.replace(&format!("{{{name}}}"), &value);
        }
        path
    }

    /// The path with examples, and the query parameters that must be there.
    pub fn target(&self) -> String {
        self.target_with(&|_| None)
    }

    /// The path as [`Operation::path_with`] makes it, and the query parameters that must be there.
    pub fn target_with(&self, fill: &dyn Fn(&str) -> Option<String>) -> String {
        let required = self.parameters("query").into_iter().filter(|one| one["required"] == true);
        let query: Vec<_> = required
            .map(|one| format!("{}={}", one["name"].as_str().unwrap(), text(&self.example_of(one))))
            .collect();
        let path = self.path_with(fill);
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// A request to `target` with the example of the body.
    pub fn request_to(&self, client: &Client, target: &str) -> Request {
        self.request_with(client, target, &self.body_example())
    }

    /// A request to `target` as the document describes it, with the headers that must be there. A body that is a
    /// string goes as it is when the content is no JSON.
    pub fn request_with(&self, client: &Client, target: &str, body: &Value) -> Request {
        let mut request = client.request(&self.method, target);
        for parameter in self.parameters("header") {
            let name = parameter["name"].as_str().unwrap();
            if name == "If-Match" {
                request = request.header(name, &format!("\"{}\"", self.version()));
            } else if parameter["required"] == true {
                request = request.header(name, "key-of-a-test");
            }
        }
        match self.body() {
            Some((kind @ "application/json", _)) => request.bytes(kind, body.to_string()),
            Some((kind, _)) => request.bytes(kind, text(body)),
            None => request,
        }
    }

    /// The version of what the operation changes in a [`Scene`](crate::Scene): a clarification has the number of its last
    /// event, tubes have the number of the last step in their chain of custody.
    pub fn version(&self) -> i64 {
        match self.id() {
            "reopen_clarification" | "reopen_course" => 2,
            "place_sample" | "take_out_sample" => 4,
            "place_aliquot" | "take_out_aliquot" => 5,
            _ => 1,
        }
    }

    /// A request made of the document's examples.
    pub fn request(&self, client: &Client) -> Request {
        self.request_to(client, &self.target())
    }

    /// The example of its body, made of those of its fields where it has none of its own.
    pub fn body_example(&self) -> Value {
        let Some((_, content)) = self.body() else { return Value::Null };
        content.get("example").cloned().unwrap_or_else(|| self.example_of(content))
    }

    /// What a `$ref` names.
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(target) => self
                .document
                .pointer(target.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("{}: {target} leads nowhere", self.name())),
            None => schema,
        }
    }

    /// An example of a parameter, a media type or a schema.
    fn example_of(&self, described: &Value) -> Value {
        if let Some(example) = described.get("example") {
            return example.clone();
        }
        let schema = self.resolve(described.get("schema").unwrap_or(described));
        let alternatives = ["oneOf", "anyOf", "allOf"].iter().find_map(|kind| schema[*kind].as_array());
        if let Some(example) = schema.get("example").or_else(|| schema.get("default")) {
            example.clone()
        } else if let Some(example) = schema["examples"].as_array().and_then(|examples| examples.first()) {
            example.clone()
        } else if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
            first.clone()
        } else if let Some(one) = alternatives.and_then(|all| all.iter().find(|one| one["type"] != "null")) {
            self.example_of(one)
        } else {
            self.example_of_type(schema)
        }
    }

    fn example_of_type(&self, schema: &Value) -> Value {
        let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
        let kind = kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("object");
        match (kind, schema["format"].as_str()) {
            ("string", Some("uuid")) => "01980000-0000-7000-8000-000000000000".into(),
            ("string", Some("date")) => "2026-01-10".into(),
            ("string", Some("date-time")) => "2026-06-01T00:00:00Z".into(),
            ("string", _) => "text".into(),
            ("integer" | "number", _) => schema["minimum"].as_i64().unwrap_or(1).into(),
            ("boolean", _) => true.into(),
            ("array", _) => vec![self.example_of(&schema["items"])].into(),
            _ => {
                let members = schema["properties"].as_object().cloned().unwrap_or_default();
                members
                    .into_iter()
                    .map(|(name, one)| (name, self.example_of(&one)))
                    .collect::<Map<_, _>>()
                    .into()
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
