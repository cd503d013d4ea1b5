//! `cartotek form migrate`: records of a site in a later version of their form. Without --run it only says what it would do.

use std::collections::BTreeMap;
use std::iter::once;

use cartotek_domain::access::Granted;
use cartotek_domain::access::permission::MigrateRecord;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::id::RecordId;
use cartotek_domain::record::RecordStatus;
use cartotek_persistence::Access;
use cartotek_service::record::migrate::{MigratedRecord, MigrationPart, RecordMigration};
use clap::Args;

use super::{permit, print};
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::Registry;

/// Which records are migrated, and how.
#[derive(Args)]
pub(crate) struct Migrate {
    /// Code of the form.
    #[arg(long)]
    form: String,
    /// The version that the records are to have.
    #[arg(long)]
    to: u32,
    /// Only records of this version; of every one from which a migration leads there when absent.
    #[arg(long)]
    from: Option<u32>,
    /// The site that owns the records.
    #[arg(long)]
    site: SiteCode,
    /// Only records in this state: draft or submitted.
    #[arg(long, value_parser = status)]
    status: Option<RecordStatus>,
    /// Only this record; may be given up to 100 times.
    #[arg(long = "record", value_name = "ID")]
    records: Vec<RecordId>,
    /// The reason for every warning of the later version that no reason given before explains.
    #[arg(long)]
    acknowledgement: Option<String>,
    /// Migrate verified and signed records too: their verifications and signatures hold no longer.
    #[arg(long)]
    void_marks: bool,
    /// Do it; without this nothing is changed.
    #[arg(long)]
    run: bool,
    /// The HSA-id of the data manager who migrates.
    #[arg(long = "as", value_name = "HSA-ID")]
    data_manager: HsaId,
}

/// What became of all parts together.
#[derive(Default)]
struct Sum(BTreeMap<MigrationOutcome, i64>);

impl Sum {
    fn of(&self, outcome: MigrationOutcome) -> i64 {
        self.0.get(&outcome).copied().unwrap_or_default()
    }

    fn add(&mut self, part: &MigrationPart) {
        for (outcome, records) in &part.outcomes {
            *self.0.entry(*outcome).or_default() += records;
        }
    }

    /// The outcomes but that of what is migrated, each after a comma.
    fn left(&self) -> String {
        let left = self.0.iter().filter(|(outcome, _)| **outcome != MigrationOutcome::Migrated);
        let told = left.map(|(outcome, records)| format!("{records} {}", outcome.name()));
        once(String::new()).chain(told).collect::<Vec<_>>().join(", ")
    }
}

impl Migrate {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        let registry = Registry::open(config, Access::ReadWrite).await?;
        let outcome = self.migrate(&registry).await;
        // Refused or not, so that the event of it is sealed.
        registry.close().await;
        outcome
    }

    async fn migrate(&self, registry: &Registry) -> Result<(), Failure> {
        let granted = permit::<MigrateRecord>(registry, &self.data_manager, &registry.act()).await?;
        let migration = self.order();
        let (would, shown) = self.each_part(registry, &granted, &migration, None).await?;
        let all = would.of(MigrationOutcome::Migrated);
        if !self.run {
            let left = would.left();
            return print(format_args!(
                "{all} records would be migrated{left}; nothing is changed, --run does it"
            ));
        }
        let (sum, _) = self.each_part(registry, &granted, &migration, Some(shown)).await?;
        print(format_args!("{} records migrated{}", sum.of(MigrationOutcome::Migrated), sum.left()))
    }

    /// Goes through all parts: what would become of the records, or what becomes of them as it was `shown`. Only the preview
    /// tells of each. Gives the digests of the parts too.
    async fn each_part(
        &self,
        registry: &Registry,
        granted: &Granted<MigrateRecord>,
        migration: &RecordMigration,
        shown: Option<Vec<String>>,
    ) -> Result<(Sum, Vec<String>), Failure> {
        let (service, mut sum, mut after) = (&registry.service, Sum::default(), None);
        let (mut shown, mut digests) = (shown.map(Vec::into_iter), Vec::new());
        loop {
            let (act, migration) = (registry.act(), migration.clone());
            let part = if let Some(shown) = &mut shown {
                // A part that was not shown is none that may be carried out.
                let migration =
                    RecordMigration { previewed: Some(shown.next().unwrap_or_default()), ..migration };
                service.migrate_records(granted, &act, migration, after).await?.value
            } else {
                let part = service.preview_migration(granted, &act, migration, after).await?.value;
                tell(&part)?;
                part
            };
            sum.add(&part);
            after = part.next;
            digests.push(part.digest);
            if after.is_none() {
                return Ok((sum, digests));
            }
        }
    }

    fn order(&self) -> RecordMigration {
        RecordMigration {
            form: self.form.clone(),
            to: self.to,
            from: self.from,
            site: self.site.clone(),
            status: self.status,
            records: self.records.clone(),
            acknowledgement: self.acknowledgement.clone(),
            void_marks: self.void_marks,
            previewed: None,
        }
    }
}

/// Prints each record that would stay as it is, with the reason.
fn tell(part: &MigrationPart) -> Result<(), Failure> {
    let stays = |record: &&MigratedRecord| record.outcome != MigrationOutcome::Migrated;
    for record in part.records.iter().filter(stays) {
        let (id, outcome) = (record.id, record.outcome.name());
        let detail = record.detail.as_ref().map_or("", |detail| detail.en.as_str());
        print(format_args!("{id} {} {outcome} {detail}", record.pseudonym))?;
        for finding in record.findings.iter().filter(|finding| finding.is_error()) {
            print(format_args!("  {} {} {}", finding.rule, finding.pointer, finding.message.en))?;
        }
    }
    for id in &part.absent {
        print(format_args!(
            "{id} absent: no such record of the site in a version from which a migration leads"
        ))?;
    }
    Ok(())
}

fn status(text: &str) -> Result<RecordStatus, String> {
    RecordStatus::from_name(text).ok_or_else(|| "write draft or submitted".to_owned())
}
