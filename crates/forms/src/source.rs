//! The documents of a set before the forms: parsed, told apart, and what forms refer to.

use std::collections::BTreeMap;

use cartotek_domain::schedule::Schedule;
use serde::Deserialize;
use serde_json::Value;

use crate::code_list::CodeList;
use crate::document::{LoadError, Mistakes, Place, SchemaSet, TYPE_ADDRESS};
use crate::function::Library;
use crate::json::parse_json;
use crate::merge::Types;
use crate::schema::MetaSchema;

/// The parsed documents by path, with what each is.
pub(crate) type Documents<'s> = BTreeMap<&'s str, (Place<'s>, Value)>;

/// Parses every document that the engine reads; broken and stray ones are noted.
pub(crate) fn parse<'s>(set: &'s SchemaSet, errors: &mut Vec<LoadError>) -> Documents<'s> {
    let mut documents = Documents::new();
    for (path, bytes) in &set.documents {
        let mut mistakes = Mistakes::new(path, errors);
        match Place::of(path) {
            Place::Other => {}
            Place::Stray => {
                mistakes.add("", "no document is expected here; see docs/forms.md for the layout");
            }
            place => match parse_json(bytes) {
                Ok(document) => drop(documents.insert(path.as_str(), (place, document))),
                Err(finding) => mistakes.add("", finding.message.en),
            },
        }
    }
    documents
}

/// The shared types.
pub(crate) fn read_types(documents: &Documents<'_>, meta: &MetaSchema, errors: &mut Vec<LoadError>) -> Types {
    let mut types = Types::default();
    for (path, (place, document)) in documents {
        let Place::Type { name } = place else { continue };
        let mut mistakes = Mistakes::new(path, errors);
        for (pointer, message) in meta.check_type(document) {
            mistakes.add(pointer, message);
        }
        if document.get("$id").and_then(Value::as_str) != Some(&format!("{TYPE_ADDRESS}{name}")) {
            mistakes.add("/$id", format!("must be {TYPE_ADDRESS}{name}, as the file's name says"));
        }
        types.0.insert((*name).to_owned(), document.clone());
    }
    types
}

/// Code lists and schedules.
pub(crate) fn read_library(documents: &Documents<'_>, errors: &mut Vec<LoadError>) -> Library {
    let mut library = Library::default();
    for (path, (place, document)) in documents {
        let mut mistakes = Mistakes::new(path, errors);
        match place {
            Place::CodeList { id } => {
                let list = CodeList::read(id, document.clone(), &mut mistakes);
                library.code_lists.extend(list.map(|list| ((*id).to_owned(), list)));
            }
            Place::Schedule { name, version } => match Schedule::deserialize(document) {
                Ok(schedule) if schedule.id == *name && schedule.version == *version => {
                    library.schedules.insert(*version, schedule);
                }
                Ok(_) => mistakes.add("", "id and version must be those of the file's path"),
                Err(error) => mistakes.add("", format!("not a schedule: {error}")),
            },
            _ => {}
        }
    }
    library
}
