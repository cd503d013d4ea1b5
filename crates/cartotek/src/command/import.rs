//! `cartotek import`: filled forms from a file, with a progress bar.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cartotek_crypto::hash::sha256;
use cartotek_domain::access::permission::ImportRecords;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::text::Language;
use cartotek_persistence::Access;
use cartotek_service::import::{Atomicity, Format, Import as Imported, ImportState, NewImport, Progress};
use cartotek_service::{Act, IdempotencyKey};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{permit, print};
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::Registry;

/// What is imported, and how.
#[derive(Args)]
pub(crate) struct Import {
    /// Code of the form.
    #[arg(long)]
    form: String,
    /// Version of the form; the latest when absent.
    #[arg(long)]
    form_version: Option<u32>,
    /// The site that owns the records.
    #[arg(long)]
    site: SiteCode,
    /// The file: a table (.csv) or one JSON object per line (.ndjson).
    #[arg(long)]
    file: PathBuf,
    /// What is kept when a row is refused: all keeps nothing, row keeps the other rows.
    #[arg(long, default_value = "all", value_parser = atomicity)]
    atomic: Atomicity,
    /// Check everything and report, but keep no record.
    #[arg(long)]
    dry_run: bool,
    /// Where to write the file back, with the columns `_status` and `_errors`.
    #[arg(long, value_name = "FILE")]
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
        Self::summarise(&outcome?)
    }

    async fn import(&self, registry: &Registry, format: Format, file: Vec<u8>) -> Result<Imported, Failure> {
        let service = &registry.service;
        let act = Act { dry_run: self.dry_run, key: Some(self.key(&file)), ..registry.act() };
        let granted = permit::<ImportRecords>(registry, &self.data_manager, &act).await?;
        let new = NewImport {
            site: self.site.clone(),
            form: self.form.clone(),
            form_version: self.form_version,
            format,
            atomicity: self.atomic,
            language: Language::En,
            file,
        };
        let bar = bar()?;
        let shown = bar.clone();
        let progress: Progress = Arc::new(move |done, of| {
            shown.set_length(of as u64);
            shown.set_position(done as u64);
        });
        let imported = service.import(&granted, &act, new, progress).await?.value;
        bar.finish();
        if let Some(output) = &self.output {
            let returned = service.import_file(&granted, &registry.act(), imported.id).await?.value;
            let mut file = fs::File::create(output).map_err(Failure::file(output))?;
            let mut number = 0;
            while let Some(part) = service.import_file_part(returned, number).await? {
                file.write_all(&part).map_err(Failure::file(output))?;
                number += 1;
            }
        }
        Ok(imported)
    }

    /// The same command on the same file is the same request: it may be repeated.
    fn key(&self, file: &[u8]) -> IdempotencyKey {
        let version = self.form_version.map_or_else(String::new, |version| version.to_string());
        let asked = [self.form.as_str(), &version, self.site.as_str(), self.atomic.name()].join("\n");
        let fingerprint = sha256(&[asked.as_bytes(), b"\n", file]);
        IdempotencyKey { key: format!("command-line-{fingerprint}"), fingerprint }
    }

    fn format(&self) -> Result<Format, Failure> {
        let extension = self.file.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        Format::from_name(&extension.to_ascii_lowercase())
            .ok_or_else(|| Failure::usage("--file must end in .csv or .ndjson"))
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
        };
        let (form, site, atomic, dry_run) = (&self.form, &self.site, self.atomic.name(), self.dry_run);
        let (file, address) = (shown(&self.file), "http://127.0.0.1:8080");
        Failure::new(format!(
            "{message}\n\nSend the file to that server, with the line `Authorization: Bearer <token>` in a file of your own \
             (mode 600):\n\n  curl --data-binary @{file} \\\n    \
             -H @authorization.txt -H \"Content-Type: {content_type}\" \\\n    \
             -H \"Idempotency-Key: $(uuidgen)\" \\\n    \
             \"{address}/api/v1/imports?form={form}&site={site}&atomic={atomic}&dry_run={dry_run}\""
        ))
    }

    /// Prints what became of the file; an import that kept nothing, or not everything, is a failure.
    fn summarise(import: &Imported) -> Result<(), Failure> {
        let counts = import.counts;
        for one in &import.findings {
            let (finding, column) = (&one.finding, one.column.as_deref().unwrap_or("-"));
            print(format_args!("row {} {column} {}: {}", one.row, finding.rule, finding.message.en))?;
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
            (ImportState::Done, _) => {
                Err(Failure::new("rows were refused; mend them and send the file again"))
            }
            _ => Err(Failure::new(
                "rows were refused, so that nothing was kept; mend them and send the file again",
            )),
        }
    }
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
