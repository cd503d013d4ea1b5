//! `cartotek erasure`: a database restored from an older copy must erase again what was erased since.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use cartotek_persistence::Access;
use cartotek_service::replay::Replayed;
use clap::Subcommand;

use super::print;
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::Registry;

/// What can be done with erasures.
#[derive(Subcommand)]
pub(crate) enum Erasure {
    /// Write the list of all erasures, to be kept beside the backups.
    List {
        /// The file; one that is there is replaced.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Repeat the erasures of a list that this database does not have.
    Replay {
        /// The list.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
}

impl Erasure {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        match self {
            Self::List { out } => {
                let registry = Registry::open(config, Access::ReadOnly).await?;
                list(registry, &out).await
            }
            Self::Replay { from } => replay(config, &read(&from)?).await,
        }
    }
}

/// Writes the list of a registry, and closes it.
pub(super) async fn list(registry: Registry, out: &Path) -> Result<(), Failure> {
    let list = registry.service.erasure_list().await;
    registry.close().await;
    let list = list?;
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(out)
        .and_then(|mut file| file.write_all(list.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(Failure::file(out))?;
    // The last line is the MAC.
    print(format_args!("{} erasures listed: {}", list.lines().count() - 1, out.display()))
}

/// The text of a list.
pub(super) fn read(from: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(from).map_err(Failure::file(from))
}

/// Repeats the erasures of a list.
pub(super) async fn replay(config: &Config, list: &str) -> Result<(), Failure> {
    let registry = Registry::open(config, Access::ReadWrite).await?;
    let replayed = registry.service.replay_erasures(list).await;
    registry.close().await;
    let replayed = replayed?;
    for (event, outcome) in &replayed {
        match outcome {
            Replayed::Erased(erased) => print(format_args!(
                "{event}: erased again: {} records with {} revisions, {} courses",
                erased.records, erased.revisions, erased.courses
            ))?,
            Replayed::AlreadyErased => print(format_args!("{event}: erased here already"))?,
            Replayed::NoSuchPatient => print(format_args!("{event}: this database has no such patient"))?,
        }
    }
    let again = replayed.iter().filter(|(_, outcome)| matches!(outcome, Replayed::Erased(_))).count();
    print(format_args!("{again} of {} erasures replayed", replayed.len()))
}
