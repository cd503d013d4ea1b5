//! The columnar view that this server holds: built once from the database, then brought forward with the log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cartotek_analysis::view::{Change, Defect, Refresh, View};
use cartotek_domain::id::PatientId;
use cartotek_domain::problem::Problem;
use cartotek_persistence::{Page, StoreError};
use chrono::NaiveDate;
use tokio::sync::Mutex;

use super::blocking;
use super::row::{PatientFacts, RowMaker, facts};
use super::variable::definitions;
use crate::error::ServiceError;
use crate::{PublishedForms, Service};

/// Patients per read: what a refresh holds in memory beside the view.
const PATIENTS: u16 = 2_000;
/// How old a view may be before a question brings it forward.
const MOST_AGE: Duration = Duration::from_secs(1);
/// How old it may be and still answer while another question brings it forward.
const MOST_AGE_MEANWHILE: Duration = Duration::from_secs(30);
/// How long a question waits for another one to bring it forward.
const PATIENCE: Duration = Duration::from_secs(20);

/// The view of this server, and the right to renew it.
#[derive(Default)]
pub(crate) struct Cohorts {
    current: RwLock<Option<Arc<Snapshot>>>,
    renewing: Mutex<()>,
}

/// A view with what is needed to bring it forward.
struct Snapshot {
    view: View,
    /// The publication of forms whose variables it has.
    generation: i64,
    /// Not by the clock of the registry, which may be set back.
    renewed: Instant,
    /// The day for which its rows are right.
    day: NaiveDate,
    /// Patients whose rows change by themselves after a day, because a consent or a site's part in the care ends.
    until: BTreeMap<NaiveDate, BTreeSet<PatientId>>,
}

impl Service {
    /// Brings the view forward to the last sealed change, or builds it. A question does so by itself; who calls this
    /// beforehand spares the first one the wait for a large registry.
    ///
    /// # Errors
    /// When the database cannot be read; the view stays as it was.
    pub async fn refresh_cohorts(&self) -> Result<(), ServiceError> {
        let _alone = self.cohorts().renewing.lock().await;
        self.renew().await.map(|_| ())
    }

    /// The view, at most a second old, or half a minute while another question brings it forward.
    pub(crate) async fn cohort_view(&self) -> Result<View, ServiceError> {
        if let Some(view) = self.view_younger_than(MOST_AGE)? {
            return Ok(view);
        }
        let renewing = &self.cohorts().renewing;
        let _alone = if let Ok(alone) = renewing.try_lock() {
            alone
        } else {
            if let Some(view) = self.view_younger_than(MOST_AGE_MEANWHILE)? {
                return Ok(view);
            }
            tokio::time::timeout(PATIENCE, renewing.lock()).await.map_err(|_| not_ready())?
        };
        // Another question may have renewed it in the meantime.
        if let Some(view) = self.view_younger_than(MOST_AGE)? {
            return Ok(view);
        }
        self.renew().await
    }

    fn view_younger_than(&self, age: Duration) -> Result<Option<View>, ServiceError> {
        let (generation, today) = (self.forms()?.generation, self.today());
        let current = self.cohorts().current();
        Ok(current.filter(|one| one.answers(generation, today, age)).map(|one| one.view.clone()))
    }

    async fn renew(&self) -> Result<View, ServiceError> {
        let (published, started) = (self.forms()?, Instant::now());
        let before = self.cohorts().current().filter(|one| one.generation == published.generation);
        let kind = if before.is_some() { "refresh" } else { "build" };
        let after = match before {
            Some(before) => self.advance(&published, &before).await?,
            None => self.build(&published).await?,
        };
        let (view, courses, as_of) = (after.view.clone(), after.view.rows(), after.view.as_of());
        self.cohorts().replace(after);
        metrics::histogram!("cartotek_cohort_renewal_seconds", "kind" => kind).record(started.elapsed());
        metrics::gauge!("cartotek_cohort_courses").set(f64::from(u32::try_from(courses).unwrap_or(u32::MAX)));
        if kind == "build" {
            tracing::info!(courses, as_of, elapsed = ?started.elapsed(), "cohort view built");
        }
        Ok(view)
    }

    /// The view from nothing. What changes meanwhile lies behind `as_of`, so that the next refresh takes it up.
    async fn build(&self, published: &Arc<PublishedForms>) -> Result<Snapshot, ServiceError> {
        let as_of = self.store().read("start cohort view", |session| session.leaf_count()).await?;
        let view = View::build(&definitions(&published.forms), [], sequence(as_of)).view;
        let mut snapshot = Snapshot {
            view,
            generation: published.generation,
            renewed: Instant::now(),
            day: self.today(),
            until: BTreeMap::new(),
        };
        let mut page = Page::first(PATIENTS);
        loop {
            let wanted = page.clone();
            let (next, facts) = self
                .store()
                .read("read cohort page", move |session| {
                    let patients = session.patient_ids(&wanted)?;
                    Ok::<_, StoreError>((patients.next, facts(session, &patients.items)?))
                })
                .await?;
            snapshot = self.take_up(published, snapshot, facts).await?;
            match next {
                Some(_) => page.after = next,
                None => return Ok(snapshot),
            }
        }
    }

    /// The view after the changes that were sealed since.
    async fn advance(
        &self,
        published: &Arc<PublishedForms>,
        before: &Snapshot,
    ) -> Result<Snapshot, ServiceError> {
        let from = i64::try_from(before.view.as_of()).unwrap_or(i64::MAX);
        let (to, changed) = self
            .store()
            .read("read cohort changes", move |session| {
                let to = session.leaf_count()?;
                Ok::<_, StoreError>((to, session.patients_changed(from, to)?))
            })
            .await?;
        let mut until = before.until.clone();
        let coming = until.split_off(&self.today());
        let changed: BTreeSet<PatientId> = changed.into_iter().chain(until.into_values().flatten()).collect();
        let mut snapshot = Snapshot {
            view: before.view.apply([], sequence(to)).view,
            generation: before.generation,
            renewed: Instant::now(),
            day: self.today(),
            until: coming,
        };
        let changed: Vec<PatientId> = changed.into_iter().collect();
        for patients in changed.chunks(usize::from(PATIENTS)) {
            let patients = patients.to_vec();
            let read = self.store().read("read cohort patients", move |session| facts(session, &patients));
            snapshot = self.take_up(published, snapshot, read.await?).await?;
        }
        Ok(snapshot)
    }

    /// The view with the rows of these patients.
    async fn take_up(
        &self,
        published: &Arc<PublishedForms>,
        before: Snapshot,
        facts: BTreeMap<PatientId, PatientFacts>,
    ) -> Result<Snapshot, ServiceError> {
        let (published, today) = (Arc::clone(published), self.today());
        blocking(move || before.with(&published, &facts, today)).await
    }
}

impl Snapshot {
    /// Whether it may answer a question under these forms and on this day, if it may be that old.
    fn answers(&self, generation: i64, today: NaiveDate, age: Duration) -> bool {
        self.generation == generation && self.day == today && self.renewed.elapsed() < age
    }

    fn with(
        mut self,
        published: &PublishedForms,
        facts: &BTreeMap<PatientId, PatientFacts>,
        today: NaiveDate,
    ) -> Self {
        let maker = RowMaker::new(&published.forms, self.view.catalogue(), today);
        let mut changes = Vec::new();
        for (patient, facts) in facts {
            let made = maker.rows(facts);
            // A course may have been erased; the last of several changes of one course counts.
            let known = self.view.courses_of(*patient).into_iter();
            changes.extend(known.map(|course| Change::Remove { patient: *patient, course }));
            changes.extend(made.rows.into_iter().map(Change::Upsert));
            if let Some(day) = made.until {
                self.until.entry(day).or_default().insert(*patient);
            }
        }
        let Refresh { view, defects } = self.view.apply(changes, self.view.as_of());
        report(&defects);
        Self { view, ..self }
    }
}

impl Cohorts {
    fn current(&self) -> Option<Arc<Snapshot>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, snapshot: Snapshot) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
    }
}

/// Values that contradict the codebook are missing from the view; somebody should know.
fn report(defects: &[Defect]) {
    metrics::counter!("cartotek_cohort_defects_total").increment(defects.len() as u64);
    if let Some(Defect { course, variable, reason }) = defects.first() {
        tracing::warn!(count = defects.len(), %course, variable, ?reason, "values left out of cohorts");
    }
}

fn sequence(leaves: i64) -> u64 {
    u64::try_from(leaves).unwrap_or(0)
}

fn not_ready() -> ServiceError {
    ServiceError::explained(
        Problem::Unavailable,
        "Underlaget för kohortfrågor håller på att läsas in. Fråga igen om en stund.",
        "What cohort questions rest on is being read. Ask again in a while.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_answers_by_its_age_its_forms_and_its_day() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let snapshot = Snapshot {
            view: View::build(&[], [], 0).view,
            generation: 3,
            renewed: Instant::now().checked_sub(Duration::from_secs(5)).unwrap(),
            day: day("2026-11-20"),
            until: BTreeMap::new(),
        };
        let answers = |generation, on, age| snapshot.answers(generation, day(on), age);
        assert!(!answers(3, "2026-11-20", MOST_AGE), "five seconds old");
        assert!(answers(3, "2026-11-20", MOST_AGE_MEANWHILE), "while another renews it");
        assert!(!answers(4, "2026-11-20", MOST_AGE_MEANWHILE), "other forms");
        assert!(!answers(3, "2026-11-21", MOST_AGE_MEANWHILE), "a consent may have ended at midnight");
        assert!(!answers(3, "2026-11-19", MOST_AGE_MEANWHILE), "nor is a day before kept");
    }
}
