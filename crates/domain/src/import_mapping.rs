//! Import mappings: what the columns of a site's own tables mean for a form.
//!
//! A change is a new version, and every version stays: an import says by which one its file was read.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::code::mapping_name::MappingName;
use crate::code::site::SiteCode;
use crate::fact::Salt;
use crate::finding::Finding;
use crate::id::{ActorId, ImportMappingId};
use crate::text::Text;
use crate::time::Timestamp;

/// One version of what a site's columns mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportMapping {
    /// Its id.
    pub id: ImportMappingId,
    /// The site whose tables it reads.
    pub site: SiteCode,
    /// Code of the form.
    pub form: String,
    /// What the site calls it; it may have one of that name for every form.
    pub name: MappingName,
    /// 1 for the first version, then 2, 3, …
    pub version: i64,
    /// What the columns mean; those with the form's own names need not be among them.
    pub columns: Vec<MappedColumn>,
    /// Who saved it.
    pub author: ActorId,
    /// When.
    pub created_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// What one column means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedColumn {
    /// What stands above it.
    pub heading: String,
    /// Where its values go: a JSON pointer into the content, or `patient`, `course`, `form` or `acknowledgement`.
    pub to: String,
    /// What the site writes for which code.
    pub codes: Vec<MappedCode>,
}

/// What a cell means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedCode {
    /// What stands in it.
    pub cell: String,
    /// What is read instead.
    pub code: String,
}

/// What contradicts itself in the columns of a mapping, whatever the form.
pub fn contradictions(columns: &[MappedColumn]) -> Vec<Finding> {
    let (mut headings, mut targets) = (BTreeSet::new(), BTreeSet::new());
    let mut findings = Vec::new();
    for (place, column) in columns.iter().enumerate() {
        if !headings.insert(column.heading.trim()) {
            findings.push(twice(&format!("/columns/{place}/heading"), "En annan kolumn", "Another column"));
        }
        if !targets.insert(column.to.as_str()) {
            findings.push(twice(&format!("/columns/{place}/to"), "En annan kolumn", "Another column"));
        }
        let mut cells = BTreeSet::new();
        for (number, code) in column.codes.iter().enumerate() {
            if !cells.insert(code.cell.trim()) {
                let pointer = format!("/columns/{place}/codes/{number}/cell");
                findings.push(twice(&pointer, "En annan cell", "Another cell"));
            }
        }
    }
    findings
}

fn twice(pointer: &str, sv: &str, en: &str) -> Finding {
    let text = Text::new(
        format!("{sv} i mappningen har samma; ta bort den ena."),
        format!("{en} of the mapping has the same; remove one of the two."),
    );
    Finding::error("IMPORT-MAPPING", pointer, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_says_everything_once() {
        let code = |cell: &str| MappedCode { cell: cell.to_owned(), code: "yes".to_owned() };
        let column = |heading: &str, to: &str, cells: &[&str]| MappedColumn {
            heading: heading.to_owned(),
            to: to.to_owned(),
            codes: cells.iter().map(|cell| code(cell)).collect(),
        };
        let sound = [column("Kön", "/sex", &["M", "K"]), column("Datum", "/contact_date", &["M"])];
        assert_eq!(contradictions(&sound), []);
        let broken =
            [column("Kön", "/sex", &["M", "K", "M "]), column(" Kön", "/a", &[]), column("b", "/sex", &[])];
        let pointers: Vec<_> = contradictions(&broken).into_iter().map(|found| found.pointer).collect();
        assert_eq!(pointers, ["/columns/0/codes/2/cell", "/columns/1/heading", "/columns/2/to"]);
    }
}
