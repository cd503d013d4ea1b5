//! Forms as others read them: schemas with code lists as `enum`, and components of the `OpenAPI` document.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use crate::code_list::CodeList;
use crate::document::TYPE_ADDRESS;
use crate::form::Form;
use crate::loader::Forms;

/// Where `OpenAPI` keeps its schemas.
const COMPONENTS: &str = "#/components/schemas/";

impl Forms {
    /// A form's document in which every property with a code list has the codes of that day as `enum`.
    pub fn expand_code_lists(&self, form: &Form, as_of: NaiveDate) -> Value {
        let mut document = form.document().clone();
        self.expand(&mut document, as_of);
        document
    }

    fn expand(&self, value: &mut Value, as_of: NaiveDate) {
        match value {
            Value::Object(members) => {
                let list =
                    members.get("x-codelist").and_then(|mark| mark.get("list")).and_then(Value::as_str);
                if let Some(list) = list.and_then(|list| self.code_list(list)) {
                    members.insert("enum".to_owned(), codes(list, as_of));
                }
                members.values_mut().for_each(|member| self.expand(member, as_of));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.expand(item, as_of)),
            _ => {}
        }
    }

    /// The `OpenAPI` components: the content of the latest version of every form, and every shared type.
    pub fn openapi_components(&self) -> Map<String, Value> {
        let forms =
            self.latest().map(|form| (component_name(form.code(), "Content"), openapi_component(form)));
        let types = self.shared.types.0.iter();
        let types = types.map(|(name, document)| (component_name(name, "Type"), component(document)));
        let mut components: Map<_, _> = forms.chain(types).collect();
        components.values_mut().for_each(|component| self.explain(component));
        components
    }

    /// Adds to the description of every schema with a code list and an `enum` what the codes mean.
    fn explain(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                if let Some(meanings) = self.meanings(members) {
                    let said = members.get("description").and_then(Value::as_str);
                    let said = said.map(|said| format!("{said}\n\n")).unwrap_or_default();
                    members.insert("description".to_owned(), Value::from(said + &meanings));
                }
                members.values_mut().for_each(|member| self.explain(member));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.explain(item)),
            _ => {}
        }
    }

    /// One line per code of the `enum`: its title in the code list.
    fn meanings(&self, schema: &Map<String, Value>) -> Option<String> {
        let list = self.code_list(schema.get("x-codelist")?.get("list")?.as_str()?)?;
        let codes = schema.get("enum")?.as_array()?.iter().filter_map(Value::as_str);
        let lines = codes.filter_map(|code| Some(format!("- `{code}`: {}", list.latest(code)?.title.en)));
        Some(lines.collect::<Vec<_>>().join("\n"))
    }
}

fn codes(list: &CodeList, as_of: NaiveDate) -> Value {
    list.on(as_of).map(|code| code.code.clone()).collect()
}

/// The `OpenAPI` component of a form's content: its schema with `$ref`s into the components.
pub fn openapi_component(form: &Form) -> Value {
    component(form.document())
}

/// The name of the component of a form's content, e.g. `AcuteToxicityContent`.
pub fn openapi_component_name(form: &Form) -> String {
    component_name(form.code(), "Content")
}

fn component_name(name: &str, kind: &str) -> String {
    let capitalised = name.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    capitalised.chain([kind.to_owned()]).collect()
}

fn component(document: &Value) -> Value {
    let mut component = document.clone();
    if let Some(members) = component.as_object_mut() {
        // The component lives at another address, in a document that names its dialect once.
        members.remove("$id");
        members.remove("$schema");
        members.retain(|key, _| !matches!(key.as_str(), "x-rules" | "x-derived"));
    }
    rewrite(&mut component);
    component
}

fn rewrite(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let name = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|address| address.strip_prefix(TYPE_ADDRESS));
            if let Some(address) = name.map(|name| format!("{COMPONENTS}{}", component_name(name, "Type"))) {
                members.insert("$ref".to_owned(), Value::from(address));
            }
            members.values_mut().for_each(rewrite);
        }
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        _ => {}
    }
}
