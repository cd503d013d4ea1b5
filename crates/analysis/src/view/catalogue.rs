//! The definitions behind the columns of a view.

use std::collections::HashMap;

use cartotek_domain::variable::VariableDefinition;

use super::column::UNKNOWN_KEY;

/// The variables of a view, in the order of its columns, with look-ups by id and code.
#[derive(Debug)]
pub struct Catalogue {
    definitions: Vec<VariableDefinition>,
    by_id: HashMap<String, usize>,
    /// Per variable: the column's key of each code, its place in the definition.
    keys: Vec<HashMap<String, u16>>,
}

impl Catalogue {
    /// A catalogue of `definitions`. Of two with the same id the last is found by that id.
    pub fn new(definitions: Vec<VariableDefinition>) -> Self {
        let by_id = definitions.iter().enumerate().map(|(index, one)| (one.id.clone(), index)).collect();
        let keys = definitions
            .iter()
            .map(|one| (0..UNKNOWN_KEY).zip(&one.codes).map(|(key, (code, _))| (code.clone(), key)).collect())
            .collect();
        Self { definitions, by_id, keys }
    }

    /// The definitions, in the order of the columns.
    pub fn definitions(&self) -> &[VariableDefinition] {
        &self.definitions
    }

    /// The column and definition of a variable.
    pub fn find(&self, id: &str) -> Option<(usize, &VariableDefinition)> {
        let column = *self.by_id.get(id)?;
        Some((column, self.definitions.get(column)?))
    }

    /// The key of a code in a column.
    pub(crate) fn key_of(&self, column: usize, code: &str) -> Option<u16> {
        self.keys.get(column)?.get(code).copied()
    }
}
