//! Names of what belongs to no patient: sites, biobanks, forms, code lists, import mappings.

use std::collections::HashMap;

use cartotek_domain::change::ChangeKind;
use cartotek_domain::id::ImportMappingId;
use cartotek_persistence::{ReadSession, StoreError};

use crate::feed::names::{Reach, Rows, Target, Targets};
use crate::feed::table::Table;

pub(super) fn targets<'r>(
    session: &mut dyn ReadSession,
    reach: &Reach,
    rows: &Rows<'r>,
) -> Result<Targets<'r>, StoreError> {
    let mut targets = Targets::new();
    if reach.network {
        for (table, kind) in [(Table::Site, ChangeKind::Site), (Table::Biobank, ChangeKind::Biobank)] {
            let named = rows.of(table).map(|row| ((table, row.row.as_str()), Target::new(kind, &row.row)));
            targets.extend(named);
        }
        for row in rows.of(Table::BiobankSite) {
            let biobank = row.row.split('/').next().unwrap_or_default();
            let target = Target::new(ChangeKind::Biobank, biobank).changed();
            targets.insert((Table::BiobankSite, row.row.as_str()), target);
        }
        let documents = rows.of(Table::SchemaDocument);
        targets.extend(
            documents
                .filter_map(|row| Some(((Table::SchemaDocument, row.row.as_str()), document(&row.row)?))),
        );
    }
    targets.extend(mappings(session, reach, rows)?);
    Ok(targets)
}

/// A form or a code list, by the path of its document; other documents are read through them.
fn document(path: &str) -> Option<Target> {
    let path = path.strip_suffix(".json")?;
    match path.split('/').collect::<Vec<_>>()[..] {
        ["forms", form, version] => {
            Some(Target::new(ChangeKind::Form, form).at_version(version.parse().ok()?))
        }
        ["codelists", list] => Some(Target::new(ChangeKind::CodeList, list)),
        _ => None,
    }
}

/// Mappings of the caller's sites; one that was replaced since is told of with its successor.
fn mappings<'r>(
    session: &mut dyn ReadSession,
    reach: &Reach,
    rows: &Rows<'r>,
) -> Result<Targets<'r>, StoreError> {
    let mut targets = Targets::new();
    if rows.of(Table::ImportMapping).next().is_none() {
        return Ok(targets);
    }
    let mut known: HashMap<ImportMappingId, Target> = HashMap::new();
    for site in &reach.mappings {
        for mapping in session.import_mappings(site, None)? {
            let id = format!("{site}/{}/{}", mapping.form, mapping.name);
            let target = Target::new(ChangeKind::ImportMapping, id).at_version(mapping.version);
            let target = if mapping.version == 1 { target } else { target.changed() };
            known.insert(mapping.id, target);
        }
    }
    for row in rows.of(Table::ImportMapping) {
        let found = row.row.parse().ok().and_then(|id: ImportMappingId| known.get(&id));
        targets.extend(found.map(|target| ((Table::ImportMapping, row.row.as_str()), target.clone())));
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_code_lists_are_named_by_their_paths() {
        let form = document("forms/follow_up/2.json").unwrap();
        assert_eq!((form.kind, form.id.as_str(), form.version), (ChangeKind::Form, "follow_up", Some(2)));
        let list = document("codelists/material.json").unwrap();
        assert_eq!((list.kind, list.id.as_str(), list.version), (ChangeKind::CodeList, "material", None));
        for other in ["types/amount.json", "schedule/1.json", "forms/follow_up/examples/1.json", "forms/x"] {
            assert!(document(other).is_none(), "{other}");
        }
    }
}
