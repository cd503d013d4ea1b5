//! `cartotek export`: filled forms for another registry, as a table.

use std::path::PathBuf;

use cartotek_domain::access::permission::ExportRecords;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_persistence::Access;
use clap::Args;

use super::returned::Returned;
use super::{file_name, permit};
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::Registry;

/// What is exported, and where to: the patients of the data manager's sites who agreed to share with EBMT.
#[derive(Args)]
pub(crate) struct Export {
    /// Name of the table below schemas/exchange/ebmt: the code of a form, or one of its lists as
    /// `acute_toxicity.infections`.
    #[arg(long)]
    table: String,
    /// Version of the table; the latest when absent.
    #[arg(long)]
    table_version: Option<u32>,
    /// Where to write the table; one that is there is replaced.
    #[arg(long, value_name = "FILE", value_parser = file_name::screened())]
    output: PathBuf,
    /// The HSA-id of the data manager who exports.
    #[arg(long = "as", value_name = "HSA-ID")]
    data_manager: HsaId,
}

impl Export {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        let registry = Registry::open(config, Access::ReadWrite).await?;
        let outcome = self.export(&registry).await;
        // Refused or not, so that the event of it is sealed.
        registry.close().await;
        outcome
    }

    async fn export(&self, registry: &Registry) -> Result<(), Failure> {
        let (service, act) = (&registry.service, registry.act());
        let granted = permit::<ExportRecords>(registry, &self.data_manager, &act).await?;
        let returned = Returned::open(&self.output)?;
        match service.export_ebmt(&granted, &act, &self.table, self.table_version).await {
            Ok(first) => returned.fill_with_export(service, (&granted, &act), first.value).await,
            Err(error) => {
                returned.discard();
                Err(error.into())
            }
        }
    }
}
