//! A copy of the file while others read and write it.

use std::fs::File;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{dialect, open};
use crate::error::StoreError;

/// Writes a snapshot of the database into a new file, puts it on disk and checks it.
pub(super) fn backup_into(source: &Path, target: &Path) -> Result<(), StoreError> {
    let failed = |problem: &dyn std::fmt::Display| {
        StoreError::Configuration(format!("no backup in {}: {problem}", target.display()))
    };
    if target.exists() {
        return Err(failed(&"the file exists already; choose another folder"));
    }
    let name = target.to_str().ok_or_else(|| failed(&"the path is not UTF-8"))?;
    // A connection without `query_only`, which forbids writing the copy too.
    let mut conn = open::connect(source)?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(&mut conn)?;
    // VACUUM INTO does not wait for the disk.
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for path in [target, folder] {
        File::open(path).and_then(|file| file.sync_all()).map_err(|error| failed(&error))?;
    }
    let findings = dialect::check_integrity(&mut open::reader(target)?)?;
    if findings.is_empty() { Ok(()) } else { Err(failed(&findings.join("; "))) }
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::dsl::sql;
    use diesel::sql_types::BigInt;

    use super::*;

    #[test]
    fn the_copy_holds_what_was_committed_and_overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("cartotek.db"), folder.path().join("copy.db"));
        let mut writer = open::writer(&source).unwrap();
        writer.batch_execute("CREATE TABLE fact (id INTEGER); INSERT INTO fact VALUES (1), (2)").unwrap();
        writer.batch_execute("BEGIN IMMEDIATE; INSERT INTO fact VALUES (3)").unwrap();
        backup_into(&source, &target).unwrap();
        let count = diesel::select(sql::<BigInt>("(SELECT count(*) FROM fact)"));
        assert_eq!(count.get_result::<i64>(&mut open::reader(&target).unwrap()), Ok(2));
        let again = backup_into(&source, &target);
        assert!(matches!(again, Err(StoreError::Configuration(text)) if text.contains("exists already")));
    }
}
