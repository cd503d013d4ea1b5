//! Retention tables: what they name must be there, or something would be kept for too short a time unseen.

use std::collections::BTreeMap;

use cartotek_domain::retention::{DELETED, Kept, RetentionClass, RetentionTable};
use serde::Deserialize;

use crate::document::{LoadError, Mistakes, Place};
use crate::draft::Draft;
use crate::milestone::{Declarations, MilestoneKind};
use crate::source::Documents;

/// The versions of the retention table.
pub(crate) fn read_retention(
    documents: &Documents<'_>,
    drafts: &[Draft],
    declarations: &Declarations,
    errors: &mut Vec<LoadError>,
) -> BTreeMap<u32, RetentionTable> {
    let mut tables = BTreeMap::new();
    for (path, (place, document)) in documents {
        let Place::Retention { version } = place else { continue };
        let mut mistakes = Mistakes::new(path, errors);
        match RetentionTable::deserialize(document) {
            Ok(table) => {
                if table.version != *version {
                    mistakes.add("/version", "must be that of the file's name");
                }
                for (index, class) in table.classes.iter().enumerate() {
                    let at = format!("/classes/{index}/kept");
                    check_days(class, &at, &mut mistakes);
                    check_years(&class.kept, &at, drafts, declarations, &mut mistakes);
                }
                tables.insert(*version, table);
            }
            Err(error) => mistakes.add("", format!("not a retention table: {error}")),
        }
    }
    tables
}

/// What has a number of days must be among what the software deletes, or the table would promise what nobody does.
fn check_days(class: &RetentionClass, at: &str, mistakes: &mut Mistakes<'_>) {
    let Kept::Days { days } = class.kept else { return };
    match DELETED.iter().find(|(code, _)| *code == class.code) {
        None => mistakes.add(format!("{at}/rule"), "the software deletes nothing of this class by itself"),
        Some((_, fewest)) if days < *fewest => {
            mistakes.add(format!("{at}/days"), format!("must be at least {fewest}"));
        }
        Some(_) => {}
    }
}

fn check_years(
    kept: &Kept,
    at: &str,
    drafts: &[Draft],
    declarations: &Declarations,
    mistakes: &mut Mistakes<'_>,
) {
    let Kept::YearsAfter { milestones, or_later, answers, .. } = kept else { return };
    for (list, names) in [("milestones", milestones), ("or_later", or_later)] {
        for (index, name) in names.iter().enumerate() {
            if declarations.0.get(name).is_none_or(|one| one.kind != MilestoneKind::Date) {
                let place = format!("{at}/{list}/{index}");
                mistakes.add(place, format!("no form has a date `{name}` as milestone"));
            }
        }
    }
    for (form, pointers) in answers {
        for (index, pointer) in pointers.iter().enumerate() {
            let asks = |draft: &Draft| draft.code == *form && draft.root.at(pointer).is_some();
            // An answer of the whole content or of a list's element could not be kept by itself.
            let whole = pointer.is_empty() || pointer.contains('*');
            if whole || !drafts.iter().any(asks) {
                let place = format!("{at}/answers/{form}/{index}");
                mistakes.add(place, format!("no version of the form `{form}` asks `{pointer}`"));
            }
        }
    }
}
