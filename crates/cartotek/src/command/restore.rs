//! `cartotek restore`: a backup becomes a database again.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cartotek_persistence::{Access, Store};
use cartotek_service::check::CheckOptions;
use chrono::TimeDelta;

use super::backup::{CHECKPOINT, DATABASE};
use super::check::{check, read_checkpoint};
use super::print;
use crate::config::Config;
use crate::failure::Failure;

/// What is restored.
#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The folder of the backup.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// Check the whole of it and compare the log with the checkpoint of the backup.
    #[arg(long)]
    verify: bool,
    /// A checkpoint kept elsewhere, instead of that of the backup.
    #[arg(long, value_name = "FILE", requires = "verify")]
    checkpoint: Option<PathBuf>,
}

impl Restore {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        let Some(target) = config.sqlite_file() else {
            return Err(Failure::usage(
                "give the new file with --database sqlite:<path>; a PostgreSQL database is restored with pg_restore \
                 or from its base backup, and then checked with `cartotek check --checkpoint FILE`",
            ));
        };
        copy(&self.from.join(DATABASE), &target)?;
        // Opening it compares the schema with this program's. Erasures since the backup would be replayed here; the
        // registry knows none yet.
        let store = Store::open(&config.store(Access::ReadOnly)?)?;
        let findings = store.read("check integrity", |session| session.check_integrity()).await?;
        store.shutdown().await;
        if !findings.is_empty() {
            return Err(Failure::new(format!("the backup is damaged: {}", findings.join("; "))));
        }
        print(format_args!("restored to {}", target.display()))?;
        if self.verify { self.verify(config).await } else { print("not verified; run `cartotek check`") }
    }

    async fn verify(&self, config: &Config) -> Result<(), Failure> {
        let beside = self.from.join(CHECKPOINT);
        let path = self.checkpoint.clone().or_else(|| beside.exists().then_some(beside));
        if path.is_none() {
            print("the backup has no checkpoint to compare with")?;
        }
        let kept_checkpoint = path.as_deref().map(read_checkpoint).transpose()?;
        // What waited for the sealer when the backup was taken has waited since then, and rightly so.
        let longest_wait = TimeDelta::MAX;
        check(config, CheckOptions { kept_checkpoint, longest_wait, ..CheckOptions::default() }).await
    }
}

/// Copies the file to a place where nothing is, and puts it on disk.
fn copy(source: &Path, target: &Path) -> Result<(), Failure> {
    let mut backup = File::open(source).map_err(Failure::file(source))?;
    let mut restored = File::create_new(target).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::new(format!("{} is there already; restore to a new path", target.display()))
        }
        _ => Failure::file(target)(error),
    })?;
    std::io::copy(&mut backup, &mut restored)
        .and_then(|_| restored.sync_all())
        .map_err(Failure::file(target))?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Failure::file(folder))
}
