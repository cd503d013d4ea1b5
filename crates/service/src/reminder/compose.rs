//! Composing a reminder from the worklist of a site and from what it is asked.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use cartotek_crypto::hash::sha256;
use cartotek_domain::access::PatientScope;
use cartotek_domain::audit::Subject;
use cartotek_domain::clarification::ClarificationStatus;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ReminderId, RequestId};
use cartotek_domain::lock::LockTarget;
use cartotek_domain::problem::Problem;
use cartotek_domain::reminder::{Digest, OpenClarifications, Reminder, ReminderState, Waiting};
use cartotek_domain::schedule::worklist::{Urgency, urgency};
use cartotek_domain::schedule::{ScheduleEntry, TimeState};
use cartotek_domain::time::{Timestamp, swedish_day};
use cartotek_persistence::session::clarification::ClarificationFilter;
use cartotek_persistence::session::schedule::WorklistFilter;
use cartotek_persistence::{Page, ReadSession, StoreError};
use chrono::{NaiveDate, TimeDelta};

use crate::act::Act;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::reconsent::to_ask;
use crate::schedule::worklist::{Reader, later, schedule};
use crate::{PublishedForms, Service};

/// How the log calls the act.
const ACTION: &str = "reminders.compose";

/// How many days before its window opens an item counts, as on a worklist.
const SOON: u32 = 30;

/// Items, or clarifications, read by one statement.
const PAGE: u16 = 500;

/// How long a delivered reminder is kept.
const KEPT: TimeDelta = TimeDelta::days(90);

/// How many bytes of a hash stand for an item that was listed.
const MARK: usize = 8;

/// What was composed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Composed {
    /// The new reminders.
    pub reminders: Vec<Reminder>,
    /// The sites that the registry does not have.
    pub unknown: Vec<SiteCode>,
}

/// What a site is told, with what the next reminder compares with.
struct Draft {
    digest: Digest,
    marks: Vec<u8>,
}

impl Service {
    /// Composes today's reminder of each of the sites that has none of today or later yet. One that cannot be composed keeps
    /// no other from being composed.
    ///
    /// # Errors
    /// The first failure: as the store fails; `wrong_state` while no schedule is published.
    pub async fn compose_reminders(&self, sites: &[SiteCode]) -> Result<Composed, ServiceError> {
        let (mut composed, mut failure) = (Composed::default(), None);
        for site in sites {
            if let Err(error) = self.compose(site, &mut composed).await {
                tracing::warn!(%site, %error, "a reminder could not be composed");
                failure = failure.or(Some(error));
            }
        }
        failure.map_or(Ok(composed), Err)
    }

    async fn compose(&self, site: &SiteCode, composed: &mut Composed) -> Result<(), ServiceError> {
        match self.draft(site.clone()).await? {
            Drafted::Unknown => composed.unknown.push(site.clone()),
            Drafted::AlreadyThere => {}
            Drafted::New(draft) => composed.reminders.extend(self.keep(site.clone(), *draft).await?),
        }
        Ok(())
    }

    /// Reads what waits at a site, on one snapshot.
    async fn draft(&self, site: SiteCode) -> Result<Drafted, ServiceError> {
        let (published, now, id) = (self.forms()?, self.now(), ReminderId::next(self.ids()));
        let work = move |session: &mut dyn ReadSession| {
            if session.site(&site)?.is_none() {
                return Ok::<_, ServiceError>(Drafted::Unknown);
            }
            let last = session.last_reminder(&site)?;
            if last.as_ref().is_some_and(|last| last.day >= swedish_day(now)) {
                return Ok(Drafted::AlreadyThere);
            }
            draft(session, &published, (id, site), now, last.as_ref())
                .map(|draft| Drafted::New(Box::new(draft)))
        };
        self.store().read("compose reminder", work).await
    }

    /// Keeps a reminder, with the event that it was composed; `None` when another server was first.
    async fn keep(&self, site: SiteCode, draft: Draft) -> Result<Option<Reminder>, ServiceError> {
        let now = self.now();
        let reminder = Reminder {
            id: draft.digest.id,
            site,
            day: draft.digest.day,
            body: draft.digest.body()?,
            marks: draft.marks,
            created_at: now,
            state: ReminderState::Waiting,
            attempts: 0,
            next_attempt_at: Some(now),
            ended_at: None,
            failure: None,
        };
        let (act, kept) = (Act::new(RequestId::next(self.ids())), reminder.clone());
        let keep = move |journal: &mut Journal<'_>| keep(journal, &kept, now - KEPT);
        match self.change_as_system(ACTION, &act, "keep reminder", keep).await {
            Ok(_) => Ok(Some(reminder)),
            Err(error) if error.problem() == Problem::AlreadyExists => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What reading a site has led to.
enum Drafted {
    Unknown,
    AlreadyThere,
    New(Box<Draft>),
}

fn keep(
    journal: &mut Journal<'_>,
    reminder: &Reminder,
    delivered_before: Timestamp,
) -> Result<(), ServiceError> {
    journal.reminders().forget_marks(&reminder.site)?;
    journal.reminders().delete_delivered_reminders(delivered_before)?;
    if !journal.reminders().insert_reminder(reminder)? {
        return Err(ServiceError::refused(Problem::AlreadyExists));
    }
    journal.on_behalf_of(&reminder.site);
    // What leaves the registry can be compared with what the log says has left.
    journal.because(&sha256(&[reminder.body.as_bytes()]).to_string());
    let (table, row) = ("reminder".to_owned(), reminder.id.to_string());
    journal.name(Subject { table, row, patient: None, before: None, after: None });
    Ok(())
}

fn draft(
    session: &mut dyn ReadSession,
    published: &Arc<PublishedForms>,
    (id, site): (ReminderId, SiteCode),
    now: Timestamp,
    last: Option<&Reminder>,
) -> Result<Draft, ServiceError> {
    let known: HashSet<&[u8]> = last.map(|last| last.marks.chunks_exact(MARK).collect()).unwrap_or_default();
    let (forms, today) = (&published.forms, swedish_day(now));
    let reader = Reader { forms, schedule: schedule(forms)?, today, soon: SOON };
    let since = last.map(|last| last.day);
    let mut draft = Draft { digest: Digest::new(id, site.clone(), today, since, SOON), marks: Vec::new() };
    let horizon = later(today, SOON);
    let filter = WorklistFilter {
        sites: BTreeSet::from([site.clone()]),
        patient: None,
        form: None,
        urgency: None,
        today,
        horizon,
        latest_grace: later(horizon, reader.schedule.longest_wait()),
    };
    let mut page = Page::first(PAGE);
    loop {
        let found = session.worklist(&filter, &page)?;
        for entry in &found.items {
            draft.take(&reader, entry, &known)?;
        }
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    draft.digest.unlock_requests = unlock_requests(session, &site, today)?;
    let reconsents = to_ask(session, &filter.sites, today, SOON)?.len();
    draft.digest.reconsents = u32::try_from(reconsents).unwrap_or(u32::MAX);
    draft.digest.clarifications = open_clarifications(session, (site, today), now)?;
    Ok(draft)
}

impl Draft {
    fn take(
        &mut self,
        reader: &Reader<'_>,
        entry: &ScheduleEntry,
        known: &HashSet<&[u8]>,
    ) -> Result<(), ServiceError> {
        // Whether there is a draft makes no item less urgent.
        let state = entry.state(false, reader.today);
        let Some(urgency) = urgency(&entry.item, state, reader.today, reader.soon) else { return Ok(()) };
        let overdue_days = match state.time() {
            Some(TimeState::Overdue { days }) => days,
            _ => 0,
        };
        let mark = mark(entry, urgency)?;
        let waiting = Waiting { urgency, overdue_days, new: !known.contains(&mark[..]) };
        self.marks.extend(mark);
        let (what, time_point) = (&entry.item.what, entry.item.time_point);
        self.digest.count(what, time_point, &reader.title(what), waiting);
        Ok(())
    }
}

/// What stands for an item at an urgency. The place of an item among the others may change, what it is does not.
fn mark(entry: &ScheduleEntry, urgency: Urgency) -> Result<[u8; MARK], ServiceError> {
    let what = serde_json::to_vec(&(&entry.item.what, entry.item.time_point, urgency.name()))?;
    let hash = sha256(&[entry.subject().as_bytes(), &what]);
    let mut mark = [0; MARK];
    mark.copy_from_slice(&hash.as_bytes()[..MARK]);
    Ok(mark)
}

/// What the site must answer: as its list of open clarifications.
fn open_clarifications(
    session: &mut dyn ReadSession,
    site: (SiteCode, NaiveDate),
    now: Timestamp,
) -> Result<OpenClarifications, StoreError> {
    let (site, status) = (Some(site), Some(ClarificationStatus::Open));
    let filter = ClarificationFilter { site, status, ..ClarificationFilter::default() };
    let (mut open, mut page) = (OpenClarifications::default(), Page::first(PAGE));
    loop {
        let found = session.clarifications(&filter, &PatientScope::Every, &page)?;
        for one in &found.items {
            open.count(now - one.opened_at);
        }
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(open),
        }
    }
}

/// How many requests that a lock be ended somebody of the site may approve.
fn unlock_requests(
    session: &mut dyn ReadSession,
    site: &SiteCode,
    today: NaiveDate,
) -> Result<u32, StoreError> {
    let mut count = 0;
    for (_, lock) in session.open_unlock_requests()? {
        let own = match &lock.target {
            LockTarget::Site { site: locked, .. } => locked == site,
            LockTarget::Record { record, .. } => {
                session.record(*record, &PatientScope::Every)?.is_some_and(|record| record.site == *site)
            }
            LockTarget::Patient { patient } => {
                let participations = session.participations(&[*patient])?;
                participations.iter().any(|one| one.responsible && one.site == *site && one.holds_on(today))
            }
        };
        count += u32::from(own);
    }
    Ok(count)
}
