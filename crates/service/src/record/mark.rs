//! What stands over a record beside its content: its verification, and the lock that keeps it from being changed.

use std::collections::{BTreeSet, HashMap, HashSet};

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{LockId, PatientId, RecordId};
use cartotek_domain::lock::{LockTarget, RecordLock, decisive_day};
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::text::Text;
use cartotek_domain::verification::Verification;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;

use crate::Service;
use crate::error::ServiceError;
use crate::record::read::Version;

/// What stands over a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// Whether a second person has verified the content.
    pub verified: bool,
    /// The lock that keeps it from being changed; not told with an earlier content, which nobody changes.
    pub locked_by: Option<LockId>,
}

/// Refuses while a lock keeps a record from being changed, or from coming to be; `days` are the decisive ones of the
/// content it has and of that which it is to have.
pub(super) fn check_unlocked(
    session: &mut dyn ReadSession,
    record: &Record,
    days: &[NaiveDate],
) -> Result<(), ServiceError> {
    check_unlocked_by(&session.locks_over(record.patient, &record.site)?, record, days)
}

/// As [`check_unlocked`], by the locks over the record's patient and site, maybe with others.
pub(super) fn check_unlocked_by(
    locks: &[RecordLock],
    record: &Record,
    days: &[NaiveDate],
) -> Result<(), ServiceError> {
    refuse(days.iter().find_map(|day| lock_over(locks, record, *day)).map(held_by))
}

/// Refuses while a lock keeps a site from changing what the courses of a patient say: one over the patient, or one over
/// the site's time in which one of the days lies that the change states or takes back.
pub(crate) fn check_courses_unlocked(
    session: &mut dyn ReadSession,
    patient: PatientId,
    site: &SiteCode,
    days: &[NaiveDate],
) -> Result<(), ServiceError> {
    let locks = session.locks_over(patient, site)?;
    let holds = |lock: &&RecordLock| days.iter().any(|day| lock.covers(patient, site, None, *day));
    refuse(locks.iter().find(holds).map(courses_held_by))
}

fn refuse(held: Option<Text>) -> Result<(), ServiceError> {
    held.map_or(Ok(()), |Text { sv, en }| Err(ServiceError::explained(Problem::RecordLocked, sv, en)))
}

/// Which lock holds a record, who ends it, and how.
pub(crate) fn held_by(lock: &RecordLock) -> Text {
    let sv = "håller posten oförändrad. Ska den ändras";
    told(lock, sv, "keeps the record as it is. To change it,")
}

fn courses_held_by(lock: &RecordLock) -> Text {
    let sv = "håller patientens behandlingsomgångar oförändrade. Ska de ändras";
    told(lock, sv, "keeps the patient's courses as they are. To change them,")
}

fn told(lock: &RecordLock, held_sv: &str, held_en: &str) -> Text {
    let (id, Text { sv, en }) = (lock.id, ended_by(&lock.target));
    Text::new(
        format!(
            "Låset {id} {held_sv} begär en person vid {sv} med en orsak att låset hävs (POST \
             /locks/{id}/unlock-requests); en annan person där godkänner sedan begäran (POST \
             /unlock-requests/{{id}}/approval)."
        ),
        format!(
            "The lock {id} {held_en} a person at {en} asks with a reason for the lock to be ended (POST \
             /locks/{id}/unlock-requests); another person there then approves the request (POST \
             /unlock-requests/{{id}}/approval)."
        ),
    )
}

/// The site whose persons end a lock over that.
fn ended_by(target: &LockTarget) -> Text {
    match target {
        LockTarget::Record { .. } => Text::new("sjukhuset som äger posten", "the site that owns the record"),
        LockTarget::Patient { .. } => Text::new(
            "patientens ansvariga sjukhus (GET /patients/{pseudonym} säger vilket)",
            "the patient's responsible site (GET /patients/{pseudonym} says which)",
        ),
        LockTarget::Site { site, .. } => {
            Text::new(format!("{site}, som har satt låset,"), format!("{site}, which has put it on,"))
        }
    }
}

/// What stood over a record at one of its versions.
pub(super) fn marks_at(
    session: &mut dyn ReadSession,
    record: &Record,
    revision: &Revision,
    version: Version,
    day: NaiveDate,
) -> Result<Marks, ServiceError> {
    let known = |one: &&Verification| match version {
        Version::AsOf(at) => one.verified_at <= at,
        Version::Current | Version::Number(_) => true,
    };
    let verifications = session.verifications(&[record.id])?;
    let verified = verifications.iter().filter(known).any(|one| one.revision == revision.number);
    let locks = match version {
        Version::Current => session.locks_over(record.patient, &record.site)?,
        Version::Number(_) | Version::AsOf(_) => Vec::new(),
    };
    Ok(Marks { verified, locked_by: lock_over(&locks, record, day).map(|lock| lock.id) })
}

fn lock_over<'l>(locks: &'l [RecordLock], record: &Record, day: NaiveDate) -> Option<&'l RecordLock> {
    locks.iter().find(|lock| lock.covers(record.patient, &record.site, Some(record.id), day))
}

impl Service {
    /// What stands over each of the records now.
    pub(crate) fn marks(
        &self,
        session: &mut dyn ReadSession,
        records: &[Record],
    ) -> Result<Vec<Marks>, ServiceError> {
        let ids: Vec<_> = records.iter().map(|record| record.id).collect();
        let verifications = session.verifications(&ids)?;
        let verified: HashSet<_> = verifications.iter().map(|one| (one.record, one.revision)).collect();
        let patients: BTreeSet<_> = records.iter().map(|record| record.patient).collect();
        let sites: BTreeSet<_> = records.iter().map(|record| record.site.clone()).collect();
        let (patients, sites): (Vec<_>, Vec<_>) =
            (patients.into_iter().collect(), sites.into_iter().collect());
        let locks = session.locks_over_any(&patients, &sites)?;
        let days = self.decisive_days(session, records, &locks)?;
        let marks = records.iter().map(|record| Marks {
            verified: verified.contains(&(record.id, record.revision)),
            locked_by: days
                .get(&record.id)
                .and_then(|day| lock_over(&locks, record, *day))
                .map(|lock| lock.id),
        });
        Ok(marks.collect())
    }

    /// The decisive days of the records. Contents are read only of those that a lock over a site may cover; for the others
    /// any day will do.
    fn decisive_days(
        &self,
        session: &mut dyn ReadSession,
        records: &[Record],
        locks: &[RecordLock],
    ) -> Result<HashMap<RecordId, NaiveDate>, ServiceError> {
        let today = self.today();
        let mut days: HashMap<_, _> = records.iter().map(|record| (record.id, today)).collect();
        let of_site = |record: &&Record| locks.iter().any(|lock| lock.target.site() == Some(&record.site));
        let asked: Vec<_> = records.iter().filter(of_site).map(|record| record.id).collect();
        for (record, revision) in session.latest_revisions(&asked)? {
            days.insert(record.id, self.decisive_day(&record, &revision)?);
        }
        Ok(days)
    }

    /// The day by which cut-offs decide about a revision of a record.
    pub(super) fn decisive_day(
        &self,
        record: &Record,
        revision: &Revision,
    ) -> Result<NaiveDate, ServiceError> {
        let version = self.version_of(record, revision)?;
        let published = self.forms()?;
        let form = published.expect(&record.form, Some(version))?;
        let date = form.clinical_date(&serde_json::from_str(&revision.content)?);
        Ok(decisive_day(date, record.submitted_at, self.today()))
    }
}
