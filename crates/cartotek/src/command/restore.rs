//! `cartotek restore`: a backup becomes a database again.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use cartotek_persistence::{Access, Store, WriterLock};
use cartotek_service::check::CheckOptions;
use chrono::TimeDelta;

use super::backup::{CHECKPOINT, DATABASE};
use super::check::{check, read_checkpoint};
use super::{erasure, print};
use crate::config::Config;
use crate::failure::Failure;

/// What is restored.
#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The folder of the backup.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    #[command(flatten)]
    repeating: Repeating,
    /// Check the whole of it and compare the log with the checkpoint of the backup.
    #[arg(long)]
    verify: bool,
    /// A checkpoint kept elsewhere, instead of that of the backup.
    #[arg(long, value_name = "FILE", requires = "verify")]
    checkpoint: Option<PathBuf>,
}

/// Whether erasures are repeated. One of the two must be said: whoever says neither may not have thought of it.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Repeating {
    /// The newest list of erasures: those that the backup does not know are repeated.
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
    /// Repeat no erasure. Right only when there has been none since the backup was taken; otherwise what patients have
    /// had erased is in the registry again.
    #[arg(long)]
    without_erasures: bool,
}

/// What a restoration is told in files: read before anything is made.
struct Given {
    /// The list of erasures, when they are to be repeated.
    erasures: Option<String>,
    /// The checkpoint to compare the log with, when it is to be verified.
    checkpoint: Option<String>,
}

impl Restore {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        let Some(target) = config.sqlite_file() else {
            return Err(Failure::usage(
                "give the new file with --database sqlite:<path>; a PostgreSQL database is restored with pg_restore \
                 or from its base backup; then run `cartotek erasure replay --from FILE` and `cartotek check \
                 --checkpoint FILE`",
            ));
        };
        let source = self.from.join(DATABASE);
        let backup = File::open(&source).map_err(Failure::file(&source))?;
        let given = self.read_given()?;
        // Held until the file is whole, so that no server starts on it before.
        let lock = WriterLock::take(&target)?;
        refuse_leftovers(&target)?;
        let restored = create(&target)?;
        self.fill(config, (backup, restored), &target, lock, given)
            .await
            .map_err(|failure| left_behind(failure, &target))
    }

    fn read_given(&self) -> Result<Given, Failure> {
        let erasures = self.repeating.erasures.as_deref().map(erasure::read).transpose()?;
        let checkpoint = if self.verify { Some(self.kept_checkpoint()?) } else { None };
        Ok(Given { erasures, checkpoint })
    }

    /// The checkpoint that the restored log must contain.
    fn kept_checkpoint(&self) -> Result<String, Failure> {
        if let Some(path) = &self.checkpoint {
            return read_checkpoint(path);
        }
        let beside = self.from.join(CHECKPOINT);
        if beside.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Err(no_checkpoint(&beside));
        }
        read_checkpoint(&beside)
    }

    async fn fill(
        &self,
        config: &Config,
        (backup, restored): (File, File),
        target: &Path,
        lock: WriterLock,
        given: Given,
    ) -> Result<(), Failure> {
        copy(backup, restored, target)?;
        // Opening it compares the schema with this program's.
        let store = Store::open(&config.store(Access::ReadOnly)?)?;
        let findings = store.read("check integrity", |session| session.check_integrity()).await?;
        store.shutdown().await;
        if !findings.is_empty() {
            return Err(Failure::new(format!("the backup is damaged: {}", findings.join("; "))));
        }
        print(format_args!("restored to {}", target.display()))?;
        // A replay takes it itself.
        drop(lock);
        if let Some(list) = &given.erasures {
            erasure::replay(config, list).await?;
        }
        if self.repeating.without_erasures {
            print(
                "no erasures are repeated (--without-erasures). If there has been one since the backup, this database \
                 holds what a patient has had erased: before it is served, run `cartotek erasure replay --from FILE` \
                 with the newest list, which is erasures.ndjson of the latest backup, or what `cartotek erasure list \
                 --out FILE` writes on the database that this one replaces",
            )?;
        }
        match given.checkpoint {
            Some(checkpoint) => verify(config, checkpoint).await,
            None => print("not verified; run `cartotek check`"),
        }
    }
}

async fn verify(config: &Config, checkpoint: String) -> Result<(), Failure> {
    let kept_checkpoint = Some(checkpoint);
    // What waited for the sealer when the backup was taken has waited since then, and rightly so.
    let longest_wait = TimeDelta::MAX;
    check(config, CheckOptions { kept_checkpoint, longest_wait, ..CheckOptions::default() }).await
}

/// A log that is compared with nothing may have lost its end, and no check would see it.
fn no_checkpoint(beside: &Path) -> Failure {
    Failure::new(format!(
        "there is no {}, so --verify has no checkpoint to compare the log with; nothing has been restored. Name one \
         that was kept elsewhere with --checkpoint FILE, or leave out --verify and run `cartotek check` afterwards, \
         which cannot see whether the end of the log is missing",
        beside.display()
    ))
}

/// SQLite would take the journal of an earlier database for that of the restored one and replay it.
fn refuse_leftovers(target: &Path) -> Result<(), Failure> {
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut name = target.as_os_str().to_owned();
        name.push(suffix);
        let left = Path::new(&name);
        if left.symlink_metadata().is_ok() {
            return Err(Failure::new(format!(
                "{} was left by an earlier database and would be mixed into this one; move it away, or restore to a new \
                 path",
                left.display()
            )));
        }
    }
    Ok(())
}

/// A file where nothing is yet, its owner's alone.
fn create(target: &Path) -> Result<File, Failure> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(target);
    created.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::new(format!("{} is there already; restore to a new path", target.display()))
        }
        _ => Failure::file(target)(error),
    })
}

/// Copies the backup and puts the copy on disk.
fn copy(mut backup: File, mut restored: File, target: &Path) -> Result<(), Failure> {
    std::io::copy(&mut backup, &mut restored)
        .and_then(|_| restored.sync_all())
        .map_err(Failure::file(target))?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Failure::file(folder))
}

/// Says that a restoration that failed has left a file, which must not be taken for a registry.
fn left_behind(failure: Failure, target: &Path) -> Failure {
    let target = target.display();
    Failure::new(format!(
        "{failure}\nthe restoration failed and its file was left for you to look at: {target}. Do not serve it; before the \
         next attempt, remove it together with {target}-wal, {target}-shm and {target}.lock where they exist"
    ))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_restored_file_is_its_owners_alone_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (backup, target) = (folder.path().join("backup.db"), folder.path().join("cartotek.db"));
        std::fs::write(&backup, "database").unwrap();
        copy(File::open(&backup).unwrap(), create(&target).unwrap(), &target).unwrap();
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read(&target).unwrap(), b"database");
        assert!(create(&target).unwrap_err().to_string().contains("is there already"));
    }

    #[test]
    fn what_an_earlier_database_left_beside_the_target_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("cartotek.db");
        refuse_leftovers(&target).unwrap();
        for left in ["cartotek.db-wal", "cartotek.db-shm", "cartotek.db-journal"] {
            std::fs::write(folder.path().join(left), "").unwrap();
            let message = refuse_leftovers(&target).unwrap_err().to_string();
            assert!(message.contains(left), "{message}");
            std::fs::remove_file(folder.path().join(left)).unwrap();
        }
    }
}
