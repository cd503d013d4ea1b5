//! Building the demo network: several lives at once, each the same whatever the others do.

use std::sync::Arc;

use cartotek_domain::schedule::Schedule;
use cartotek_domain::time::swedish_day;
use cartotek_service::Service;
use cartotek_service::sample::Placement;
use chrono::NaiveDate;
use indicatif::ProgressBar;
use tokio::task::{JoinError, JoinSet};

use super::course::plus;
use super::life::{BEGINNING, Life};
use super::network::{self, biobank_of};
use super::script::{Counted, Script, Stage};
use super::sources::story;
use super::storage::Storage;
use crate::failure::Failure;

/// How the demo network is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How many patients it has.
    pub(crate) patients: u32,
    /// What everything follows from.
    pub(crate) seed: u64,
    /// The day on which it is looked at: nothing on record is of that day or later.
    pub(crate) as_of: NaiveDate,
    /// How many patients are put on record at the same time.
    pub(crate) at_once: usize,
}

/// The patients of the ordinary demo network.
pub(crate) const PATIENTS: u32 = 240;

/// The seed of the ordinary demo network.
pub(crate) const SEED: u64 = 1;

/// How many patients are put on record at the same time.
pub(crate) const AT_ONCE: usize = 32;

/// The least time in days that the network has existed.
const YOUNGEST: i64 = 180;

impl Plan {
    /// The ordinary network as it looks today.
    pub(crate) fn ordinary(service: &Service) -> Self {
        Self { patients: PATIENTS, seed: SEED, as_of: swedish_day(service.now()), at_once: AT_ONCE }
    }

    fn check(&self, today: NaiveDate) -> Result<(), Failure> {
        let first = plus(network::code(BEGINNING)?, YOUNGEST);
        if self.as_of < first || self.as_of > today {
            return Err(Failure::usage(format!("--as-of lies between {first} and today")));
        }
        if self.patients == u32::MAX {
            return Err(Failure::usage("--patients is too large"));
        }
        Ok(())
    }
}

/// Builds the network in an empty registry that has its forms, judges the timelines and seals its log.
///
/// # Errors
/// When the registry has persons or systems already, or refuses something: then a story contradicts the rules.
pub(crate) async fn build(service: &Service, plan: Plan, progress: &ProgressBar) -> Result<Counted, Failure> {
    plan.check(service.today())?;
    let schedule = service.forms()?.forms.schedule(None).cloned();
    let schedule =
        schedule.ok_or_else(|| Failure::new("no follow-up schedule is published; give --schemas"))?;
    let (founding, clock) = story(service, plan.seed, 0);
    clock.go_to(plus(network::code(BEGINNING)?, -30));
    let staff = network::found(&founding).await?;
    let storage = Storage::set_up(&founding, &staff, plan.seed).await?;
    let stage = Stage { service: service.clone(), staff, seed: plan.seed, as_of: plan.as_of };
    let builder = Builder { stage: Arc::new(stage), founding, storage, schedule, plan };
    let counted = builder.people(progress).await?;
    service.judge_timelines().await?;
    service.seal_all().await?;
    Ok(counted)
}

struct Builder {
    stage: Arc<Stage>,
    /// The registry at the time when the network was founded.
    founding: Service,
    storage: Storage,
    schedule: Schedule,
    plan: Plan,
}

impl Builder {
    async fn people(mut self, progress: &ProgressBar) -> Result<Counted, Failure> {
        progress.set_length(self.plan.patients.into());
        let mut counted = Counted::default();
        let mut playing = JoinSet::new();
        for number in 1..=self.plan.patients {
            if playing.len() >= self.plan.at_once.max(1) {
                take(&mut playing, &mut counted, progress).await?;
            }
            let life = Life::draw(self.plan.seed, number, self.plan.as_of, &self.schedule);
            let positions = self.reserve(&life).await?;
            let script = Script::new(Arc::clone(&self.stage), number, life, positions);
            playing.spawn(async move { (number, script.play().await) });
        }
        while !playing.is_empty() {
            take(&mut playing, &mut counted, progress).await?;
        }
        Ok(counted)
    }

    /// Positions for the aliquots of a life, in the order of its samples.
    async fn reserve(&mut self, life: &Life) -> Result<Vec<Placement>, Failure> {
        let (mut positions, biobank) = (Vec::new(), biobank_of(life.person.treating));
        for specimen in life.specimens.iter().filter(|specimen| specimen.day < self.plan.as_of) {
            let (kind, tubes) = (specimen.kind, specimen.aliquots);
            let free = self.storage.reserve(&self.founding, &self.stage.staff, biobank, kind, tubes).await?;
            positions.extend(free);
        }
        Ok(positions)
    }
}

/// Waits for the next life that is on record.
async fn take(
    playing: &mut JoinSet<(u32, Result<Counted, Failure>)>,
    counted: &mut Counted,
    progress: &ProgressBar,
) -> Result<(), Failure> {
    let ended = |error: JoinError| Failure::new(format!("a demo story ended early: {error}"));
    if let Some((number, outcome)) = playing.join_next().await.transpose().map_err(ended)? {
        counted.add(outcome.map_err(|failure| Failure::new(format!("patient {number}: {failure}")))?);
        progress.inc(1);
    }
    Ok(())
}
