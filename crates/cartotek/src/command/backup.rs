//! `cartotek backup`: a copy of the database with the latest checkpoint of its log and the list of all erasures.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use cartotek_persistence::{Access, Engine, Store, StoreConfig, StoreError};

use super::{erasure, print};
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::Registry;

/// The name of the copied database in a backup.
pub(super) const DATABASE: &str = "cartotek.db";
/// The name of the list of erasures in a backup: with it, older backups erase again.
const ERASURES: &str = "erasures.ndjson";
/// The name of the checkpoint in a backup.
pub(super) const CHECKPOINT: &str = "checkpoint.txt";

/// Where the backup goes.
#[derive(clap::Args)]
pub(crate) struct Backup {
    /// The folder of the backup; made here, for its owner alone.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        let settings = config.store(Access::ReadOnly)?;
        let store = Store::open(&settings)?;
        DirBuilder::new().mode(0o700).create(&self.out).map_err(Failure::file(&self.out))?;
        let copied = self.out.join(DATABASE);
        let mut source = config.clone();
        let checkpoint = match store.engine() {
            Engine::Sqlite => {
                store.backup_into(&copied)?;
                // Taken from the copy, so that the copy is sure to hold what it speaks of.
                let url = format!("sqlite:{}", copied.display());
                let copy = Store::open(&StoreConfig { url, ..settings })?;
                let checkpoint = latest_checkpoint(&copy).await?;
                copy.shutdown().await;
                source = source.on_sqlite(&copied);
                checkpoint
            }
            Engine::Postgres => latest_checkpoint(&store).await?,
        };
        store.shutdown().await;
        erasure::list(Registry::open(&source, Access::ReadOnly).await?, &self.out.join(ERASURES)).await?;
        self.report(store.engine(), &copied, checkpoint)
    }

    fn report(&self, engine: Engine, copied: &Path, checkpoint: Option<String>) -> Result<(), Failure> {
        match checkpoint {
            Some(note) => {
                let path = self.out.join(CHECKPOINT);
                std::fs::write(&path, note).map_err(Failure::file(&path))?;
                print(format_args!("latest checkpoint: {}", path.display()))?;
            }
            None => print("no checkpoint yet: the log has not been sealed")?,
        }
        match engine {
            Engine::Sqlite => print(format_args!("database, checked: {}", copied.display()))?,
            Engine::Postgres => print(format_args!(
                "copy the database itself now: pg_basebackup --pgdata=… (the cluster, to any point in time with \
                 archived WAL), or pg_dump --format=custom --file={}",
                self.out.join("cartotek.dump").display()
            ))?,
        }
        print("the keys are not part of a backup; keep their copy elsewhere")
    }
}

async fn latest_checkpoint(store: &Store) -> Result<Option<String>, StoreError> {
    store.read("read checkpoint", |session| Ok(session.checkpoint()?.map(|checkpoint| checkpoint.note))).await
}
