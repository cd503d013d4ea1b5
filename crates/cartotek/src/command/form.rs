//! `cartotek form`: new forms and code lists while the program stays the same.

use std::path::PathBuf;

use cartotek_domain::access::permission::PublishForms;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_forms::SchemaSet;
use cartotek_persistence::Access;
use clap::Subcommand;

use super::form_migrate::Migrate;
use super::{permit, print};
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::{Registry, read_schemas};

/// What can be done with forms.
#[derive(Subcommand)]
pub(crate) enum Form {
    /// Publish what is new in a folder; a published form never changes, a code list may.
    Publish {
        /// The folder, laid out as `schemas/`.
        #[arg(long)]
        folder: PathBuf,
        /// The HSA-id of the administrator who publishes.
        #[arg(long = "as", value_name = "HSA-ID")]
        administrator: HsaId,
    },
    /// Bring records of a site to a later version of their form; first see what that would do.
    Migrate(Migrate),
}

impl Form {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        let (folder, administrator) = match self {
            Self::Publish { folder, administrator } => (folder, administrator),
            Self::Migrate(migrate) => return migrate.run(config).await,
        };
        let set = read_schemas(&folder)?;
        let registry = Registry::open(config, Access::ReadWrite).await?;
        let published = publish(&registry, &administrator, set).await;
        // Refused or not, so that the event of it is sealed.
        registry.close().await;
        let published = published?;
        for path in &published {
            print(path)?;
        }
        print(format_args!("{} documents published", published.len()))
    }
}

async fn publish(registry: &Registry, administrator: &HsaId, set: SchemaSet) -> Result<Vec<String>, Failure> {
    let act = registry.act();
    let granted = permit::<PublishForms>(registry, administrator, &act).await?;
    Ok(registry.service.publish(&granted, &act, set).await?.value)
}
