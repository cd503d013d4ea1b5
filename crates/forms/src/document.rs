//! The documents under `schemas/`: from a folder or from the database, always as the bytes that were published.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The address under which forms name themselves.
pub(crate) const FORM_ADDRESS: &str = "https://cartotek.example/schemas/forms/";
/// The address under which shared types name themselves.
pub(crate) const TYPE_ADDRESS: &str = "https://cartotek.example/schemas/types/";

/// All documents of one published state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaSet {
    /// Bytes by path under `schemas/`, with `/` between its parts: `forms/infusion/1.json`.
    pub documents: BTreeMap<String, Vec<u8>>,
}

/// A folder of schemas that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {source}")]
pub struct ReadError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// One mistake in the documents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoadError {
    /// The document, as its path under `schemas/`.
    pub file: String,
    /// JSON pointer to the place in it; empty for the whole.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schemas/{}#{}: {}", self.file, self.pointer, self.message)
    }
}

impl std::error::Error for LoadError {}

/// Where a document's mistakes are gathered, so that all are reported at once.
#[derive(Debug)]
pub(crate) struct Mistakes<'e> {
    file: &'e str,
    errors: &'e mut Vec<LoadError>,
}

impl<'e> Mistakes<'e> {
    pub(crate) fn new(file: &'e str, errors: &'e mut Vec<LoadError>) -> Self {
        Self { file, errors }
    }

    pub(crate) fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.errors.push(LoadError {
            file: self.file.to_owned(),
            pointer: pointer.into(),
            message: message.into(),
        });
    }
}

impl SchemaSet {
    /// Reads every `.json` file below `folder`.
    ///
    /// # Errors
    /// The first file or folder that cannot be read, or whose name is not UTF-8.
    pub fn read_folder(folder: &Path) -> Result<Self, ReadError> {
        let mut set = Self::default();
        set.read_into(folder, "")?;
        Ok(set)
    }

    fn read_into(&mut self, folder: &Path, prefix: &str) -> Result<(), ReadError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ReadError { path, source }
        };
        for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
            let entry = entry.map_err(failed(folder))?;
            let path = entry.path();
            let name = entry
                .file_name()
                .into_string()
                .map_err(|_| failed(&path)(io::Error::from(io::ErrorKind::InvalidFilename)))?;
            let document = format!("{prefix}{name}");
            if path.is_dir() {
                self.read_into(&path, &format!("{document}/"))?;
            } else if path.extension().is_some_and(|extension| extension == "json") {
                self.documents.insert(document, std::fs::read(&path).map_err(failed(&path))?);
            }
        }
        Ok(())
    }
}

/// What a document is, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place<'p> {
    /// A form.
    Form { code: &'p str, version: u32 },
    /// An example of a form.
    Example { code: &'p str, valid: bool, name: &'p str },
    /// A shared type.
    Type { name: &'p str },
    /// A code list.
    CodeList { id: &'p str },
    /// A version of a schedule.
    Schedule { name: &'p str, version: u32 },
    /// A version of an exchange table: which answers of a form leave for another registry.
    Exchange { registry: &'p str, table: &'p str, version: u32 },
    /// A version of the retention table.
    Retention { version: u32 },
    /// A version of the values of a course.
    CourseValues { version: u32 },
    /// How records of a form get from one of its versions to a later one.
    Migration { form: &'p str, from: u32, to: u32 },
    /// Read by others (meta-schema).
    Other,
    /// In a place where nothing may be.
    Stray,
}

impl<'p> Place<'p> {
    pub(crate) fn of(path: &'p str) -> Self {
        let Some(stem) = path.strip_suffix(".json") else {
            return Self::Stray;
        };
        let parts: Vec<&str> = stem.split('/').collect();
        match parts[..] {
            ["forms", code, version] => {
                version.parse().map_or(Self::Stray, |version| Self::Form { code, version })
            }
            ["forms", code, "examples", "valid", name] => Self::Example { code, valid: true, name },
            ["forms", code, "examples", "invalid", name] => Self::Example { code, valid: false, name },
            ["types", name] => Self::Type { name },
            ["codelists", id] => Self::CodeList { id },
            ["schedule", name, version] => {
                version.parse().map_or(Self::Stray, |version| Self::Schedule { name, version })
            }
            ["exchange", registry, table, version] => {
                version.parse().map_or(Self::Stray, |version| Self::Exchange { registry, table, version })
            }
            ["retention", version] => {
                version.parse().map_or(Self::Stray, |version| Self::Retention { version })
            }
            ["course_values", version] => {
                version.parse().map_or(Self::Stray, |version| Self::CourseValues { version })
            }
            ["migrations", form, versions] => {
                let versions = versions.split_once('-').map(|(from, to)| (from.parse(), to.parse()));
                let Some((Ok(from), Ok(to))) = versions else { return Self::Stray };
                Self::Migration { form, from, to }
            }
            [
                "forms" | "types" | "codelists" | "schedule" | "exchange" | "retention" | "course_values"
                | "migrations",
                ..,
            ] => Self::Stray,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_what_a_document_is() {
        assert_eq!(Place::of("forms/infusion/2.json"), Place::Form { code: "infusion", version: 2 });
        let example = Place::Example { code: "infusion", valid: false, name: "late" };
        assert_eq!(Place::of("forms/infusion/examples/invalid/late.json"), example);
        assert_eq!(Place::of("forms/infusion/draft.json"), Place::Stray);
        assert_eq!(Place::of("meta/form.json"), Place::Other);
        let migration = Place::Migration { form: "infusion", from: 1, to: 2 };
        assert_eq!(Place::of("migrations/infusion/1-2.json"), migration);
        assert_eq!(Place::of("migrations/infusion/2.json"), Place::Stray);
    }

    #[test]
    fn an_absent_folder_is_named() {
        let error = SchemaSet::read_folder(Path::new("/nonexistent/schemas")).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/schemas"));
    }
}
