//! The columnar view that this server holds: built once from the database, then brought forward with the log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use cartotek_analysis::view::{Change, Defect, Refresh, View};
use cartotek_domain::id::PatientId;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::{Page, StoreError};
use chrono::{NaiveDate, TimeDelta};
use tokio::sync::Mutex;

use super::blocking;
use super::row::{PatientFacts, RowMaker, facts};
use super::variable::definitions;
use crate::error::ServiceError;
use crate::{PublishedForms, Service};

/// Patients per read: what a refresh holds in memory beside the view.
const PATIENTS: u16 = 2_000;
/// How old a view may be before a question brings it forward.
const MOST_AGE: TimeDelta = TimeDelta::seconds(1);

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
    renewed_at: Timestamp,
    /// Patients whose rows change by themselves after a day, because a limited consent ends.
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

    /// The view, at most a second old.
    pub(super) async fn cohort_view(&self) -> Result<View, ServiceError> {
        if let Some(view) = self.fresh_view()? {
            return Ok(view);
        }
        let _alone = self.cohorts().renewing.lock().await;
        // Another question may have renewed it in the meantime.
        if let Some(view) = self.fresh_view()? {
            return Ok(view);
        }
        self.renew().await
    }

    fn fresh_view(&self) -> Result<Option<View>, ServiceError> {
        let (generation, now) = (self.forms()?.generation, self.now());
        let fresh = |one: &Arc<Snapshot>| one.generation == generation && now - one.renewed_at < MOST_AGE;
        Ok(self.cohorts().current().filter(fresh).map(|one| one.view.clone()))
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
            renewed_at: self.now(),
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
            renewed_at: self.now(),
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
