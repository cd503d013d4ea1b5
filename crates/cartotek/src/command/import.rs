//! `cartotek import`: filled forms from a file, with a progress bar.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cartotek_crypto::hash::sha256;
use cartotek_domain::access::Granted;
use cartotek_domain::access::permission::ImportRecords;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::code::mapping_name::MappingName;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::RequestId;
use cartotek_domain::text::Language;
use cartotek_persistence::Access;
use cartotek_service::import::{Atomicity, Format, Import as Imported, ImportState, NewImport, Progress};
use cartotek_service::{Act, IdempotencyKey};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::returned::Returned;
use super::{file_name, permit, print};
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::Registry;

/// What to do about rows that were refused: the cure may lie in the file or elsewhere.
const AGAIN: &str = "mend them, or what they lack (an enrolment, a form that comes before theirs), and run the same \
                     command again: rows that are there already are recognised";

/// What is imported, and how.
#[derive(Args)]
pub(crate) struct Import {
    /// Code of the form. Without it each row says which form it fills in: in the column or member `form`, or by the name
    /// of its sheet.
    #[arg(long)]
    form: Option<String>,
    /// Version of the form; the latest when absent.
    #[arg(long, requires = "form")]
    form_version: Option<u32>,
    /// The site that owns the records.
    #[arg(long)]
    site: SiteCode,
    /// The name of the site's mapping by which a table is read; by the form's own names when absent.
    #[arg(long)]
    mapping: Option<MappingName>,
    /// The file: a table (.csv), a workbook of Excel (.xlsx) or one JSON object per line (.ndjson). It may always be sent
    /// again: rows that are there already are recognised.
    #[arg(long, value_parser = file_name::screened())]
    file: PathBuf,
    /// What is kept when a row is refused: all keeps nothing, row keeps the other rows.
    #[arg(long, default_value = "all", value_parser = atomicity)]
    atomic: Atomicity,
    /// Check everything and report, but keep no record.
    #[arg(long)]
    dry_run: bool,
    /// Where to write the file back, with the columns `_status` and `_errors` (a workbook as .csv); one that is there is
    /// replaced.
    #[arg(long, value_name = "FILE", value_parser = file_name::screened())]
    output: Option<PathBuf>,
    /// The HSA-id of the data manager who imports.
    #[arg(long = "as", value_name = "HSA-ID")]
    data_manager: HsaId,
}

impl Import {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        let format = self.format()?;
        let file = fs::read(&self.file).map_err(Failure::file(&self.file))?;
        let registry = match Registry::open(config, Access::ReadWrite).await {
            Ok(registry) => registry,
            Err(failure) => return Err(self.advise(failure, format)),
        };
        let outcome = self.import(&registry, format, file).await;
        registry.close().await;
        outcome
    }

    async fn import(&self, registry: &Registry, format: Format, file: Vec<u8>) -> Result<(), Failure> {
        let act = registry.act();
        let act = Act { dry_run: self.dry_run, key: Some(key_of(act.request)), ..act };
        let granted = permit::<ImportRecords>(registry, &self.data_manager, &act).await?;
        let returned = self.output.as_deref().map(Returned::open).transpose()?;
        let imported = match self.send(registry, &granted, &act, self.new_import(format, file)).await {
            Ok(imported) => imported,
            Err(failure) => {
                if let Some(returned) = returned {
                    returned.discard();
                }
                return Err(failure);
            }
        };
        // What became of the rows is said first: they are imported, even if the file cannot be written back.
        let judged = Self::summarise(&imported);
        if let Some(returned) = returned {
            let file = registry.service.import_file(&granted, &registry.act(), imported.id).await?.value;
            returned.fill(&registry.service, file).await?;
        }
        judged
    }

    fn new_import(&self, format: Format, file: Vec<u8>) -> NewImport {
        NewImport {
            site: self.site.clone(),
            form: self.form.clone(),
            form_version: self.form_version,
            mapping: self.mapping.clone(),
            format,
            atomicity: self.atomic,
            language: Language::En,
            file,
        }
    }

    async fn send(
        &self,
        registry: &Registry,
        granted: &Granted<ImportRecords>,
        act: &Act,
        new: NewImport,
    ) -> Result<Imported, Failure> {
        let bar = bar()?;
        let shown = bar.clone();
        let progress: Progress = Arc::new(move |done, of| {
            shown.set_length(of as u64);
            shown.set_position(done as u64);
        });
        let imported = registry.service.import(granted, act, new, progress).await?.value;
        bar.finish();
        Ok(imported)
    }

    fn format(&self) -> Result<Format, Failure> {
        let extension = self.file.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        Format::from_name(&extension.to_ascii_lowercase())
            .ok_or_else(|| Failure::usage("--file must end in .csv, .xlsx or .ndjson"))
    }

    /// What to do when the database cannot be opened, because a server works on it.
    fn advise(&self, failure: Failure, format: Format) -> Failure {
        let Failure::Failed(message) = failure else {
            return failure;
        };
        if !message.contains("another process writes") {
            return Failure::Failed(message);
        }
        let content_type = match format {
            Format::Csv => "text/csv",
            Format::Ndjson => "application/x-ndjson",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        };
        let (site, atomic, dry_run) = (&self.site, self.atomic.name(), self.dry_run);
        let form = self.form.as_ref().map_or_else(String::new, |form| format!("form={form}&"));
        let version = self.form_version.map_or_else(String::new, |version| format!("version={version}&"));
        let mapping = self.mapping.as_ref().map_or_else(String::new, |name| format!("mapping={name}&"));
        let (file, address) = (shown(&self.file), "http://127.0.0.1:8080");
        Failure::new(format!(
            "{message}\n\nSend the file to that server, with the line `Authorization: Bearer <token>` in a file of your own \
             (mode 600):\n\n  curl --data-binary @{file} \\\n    \
             -H @authorization.txt -H \"Content-Type: {content_type}\" \\\n    \
             -H \"Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)\" \\\n    \
             \"{address}/api/v1/imports?{form}{version}{mapping}site={site}&atomic={atomic}&dry_run={dry_run}\""
        ))
    }

    /// Prints what became of the file; an import that kept nothing, or not everything, is a failure.
    fn summarise(import: &Imported) -> Result<(), Failure> {
        let counts = import.counts;
        for one in &import.findings {
            let (finding, column) = (&one.finding, one.column.as_deref().unwrap_or("-"));
            let form = one.form.as_ref().map_or_else(String::new, |form| format!("{form} "));
            print(format_args!("{form}row {} {column} {}: {}", one.row, finding.rule, finding.message.en))?;
        }
        let kept = if import.dry_run { "would be imported" } else { "imported" };
        print(format_args!(
            "{} of {} rows {kept}, {} there already, {} refused, {} not kept; {} errors, {} warnings (import {})",
            counts.accepted,
            import.rows,
            counts.already_there,
            counts.refused,
            counts.not_kept,
            counts.errors,
            counts.warnings,
            import.id,
        ))?;
        match (import.state, counts.refused) {
            (ImportState::Done, 0) => Ok(()),
            (ImportState::Cancelled, _) => Err(Failure::new(format!(
                "cancelled after {} of {} rows; run the same command again to go on",
                import.done, import.rows
            ))),
            (ImportState::Done, _) => Err(Failure::new(format!("rows were refused; {AGAIN}"))),
            _ => Err(Failure::new(format!("rows were refused, so that nothing was kept; {AGAIN}"))),
        }
    }
}

/// A key of this run alone: the same command sent again is looked at again, because what a row lacked may be there now.
/// Nothing is doubled, since rows that are there already are recognised.
fn key_of(run: RequestId) -> IdempotencyKey {
    let key = format!("command-line-{run}");
    IdempotencyKey { fingerprint: sha256(&[key.as_bytes()]), key }
}

fn bar() -> Result<ProgressBar, Failure> {
    let template = "{wide_bar} {pos} of {len} rows, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template).map_err(|error| Failure::new(error.to_string()))?;
    Ok(ProgressBar::no_length().with_style(style))
}

fn atomicity(text: &str) -> Result<Atomicity, String> {
    Atomicity::from_name(text).ok_or_else(|| "write all or row".to_owned())
}

fn shown(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}
