//! `cartotek check`: is what is stored what was witnessed, and does the rest follow from it?

use std::path::{Path, PathBuf};

use cartotek_persistence::Access;
use cartotek_service::check::{CheckOptions, CheckReport, Discrepancy};
use clap::ValueEnum;

use super::print;
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::Registry;

/// What is checked.
#[derive(clap::Args)]
pub(crate) struct Check {
    /// Which part.
    #[arg(value_enum, default_value_t = Part::All)]
    part: Part,
    /// A checkpoint kept elsewhere: the log must still contain what it vouched for.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

/// A part of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The log, and every fact against it.
    Audit,
    /// Every projection against the facts.
    Projections,
    /// Both, and the files of the database engine.
    All,
}

impl Check {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        let options = CheckOptions {
            audit: self.part != Part::Projections,
            projections: self.part != Part::Audit,
            storage: self.part == Part::All,
            housekeeping: self.part == Part::All,
            kept_checkpoint: self.checkpoint.as_deref().map(read_checkpoint).transpose()?,
            ..CheckOptions::default()
        };
        check(config, options).await
    }
}

/// The text of a kept checkpoint.
pub(super) fn read_checkpoint(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(Failure::file(path))
}

/// Checks the registry and prints what was found.
///
/// # Errors
/// When anything was found.
pub(super) async fn check(config: &Config, options: CheckOptions) -> Result<(), Failure> {
    let registry = Registry::open(config, Access::ReadOnly).await?;
    let report = registry.service.check(options).await;
    registry.close().await;
    let report = report?;
    for found in &report.findings {
        print(line(found))?;
    }
    print(summary(&report))?;
    if report.is_clean() {
        return Ok(());
    }
    let counts: Vec<_> =
        report.counts.iter().map(|(class, count)| format!("{count} {}", class.name())).collect();
    Err(Failure::new(format!("the check found {}", counts.join(", "))))
}

fn line(found: &Discrepancy) -> String {
    let place = [found.table.as_str(), found.row.as_str(), found.column.unwrap_or("")];
    let place: Vec<_> = place.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{} {}: {}", found.class.name(), place.join(" "), found.class.text().en)
}

fn summary(report: &CheckReport) -> String {
    let CheckReport { events, leaves, checkpoints, facts, projections, .. } = report;
    format!(
        "checked {events} events, {leaves} leaves, {checkpoints} checkpoints, {facts} facts, {projections} projections"
    )
}
