//! `cartotek demo`: a network of synthetic patients in an empty registry.

use std::time::Instant;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};

use super::print;
use crate::config::Config;
use crate::demo::{self, AT_ONCE, Counted, PATIENTS, Plan, SEED};
use crate::failure::Failure;
use crate::registry::Registry;

/// How large the network is and what it follows from.
#[derive(clap::Args)]
pub(crate) struct Demo {
    /// How many patients it has.
    #[arg(long, default_value_t = PATIENTS)]
    patients: u32,
    /// What everything but tokens and keys follows from.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// The day on which the network is looked at; today when absent.
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<NaiveDate>,
}

impl Demo {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        config.schemas()?;
        let (registry, _) = Registry::prepare(config).await?;
        let outcome = self.build(&registry).await;
        registry.close().await;
        outcome
    }

    async fn build(&self, registry: &Registry) -> Result<(), Failure> {
        let as_of = self.as_of.unwrap_or_else(|| registry.service.today());
        let plan = Plan { patients: self.patients, seed: self.seed, as_of, at_once: AT_ONCE };
        let started = Instant::now();
        let counted = demo::build(&registry.service, plan, &progress()?).await?;
        let seconds = started.elapsed().as_secs_f64();
        summarise(&counted, seconds)?;
        print(demo::tokens(registry).await?)
    }
}

fn progress() -> Result<ProgressBar, Failure> {
    let template = "{wide_bar} {pos} of {len} patients, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template).map_err(|error| Failure::new(error.to_string()))?;
    Ok(ProgressBar::no_length().with_style(style))
}

fn summarise(counted: &Counted, seconds: f64) -> Result<(), Failure> {
    let Counted { patients, courses, records, drafts, amendments, samples, aliquots } = counted;
    print(format_args!(
        "{patients} patients with {courses} courses, {records} submitted records ({amendments} amended), {drafts} \
         drafts, {samples} samples and {aliquots} aliquots in {seconds:.1} s"
    ))
}
