//! `cartotek migrate`: a registry ready for this version of the program.

use super::print;
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::Registry;

pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    let (registry, prepared) = Registry::prepare(config).await?;
    registry.close().await;
    match prepared.migrations.as_slice() {
        [] => print("the tables are those of this version already")?,
        applied => print(format_args!("migrations applied: {}", applied.join(", ")))?,
    }
    if prepared.new_keys {
        let folder = config.keys()?.display();
        print(format_args!(
            "new keys in {folder}: keep a copy of them, apart from the backups of the database"
        ))?;
    }
    match (prepared.documents.len(), &config.schemas) {
        (_, None) => print("no forms published: no folder is configured (--schemas)"),
        (0, Some(folder)) => print(format_args!("everything in {} is published already", folder.display())),
        (count, Some(folder)) => print(format_args!("{count} documents published from {}", folder.display())),
    }
}
