//! Locks: records that stay as they are until a second person agrees that they may be changed again.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::code::site::SiteCode;
use crate::fact::Salt;
use crate::id::{ActorId, LockId, PatientId, RecordId};
use crate::names::named;
use crate::partial_date::PartialDate;
use crate::time::{Timestamp, swedish_day};

named! {
    /// What kind of thing a lock is put on.
    LockKind {
        /// One record.
        Record = "record",
        /// Every record of a patient.
        Patient = "patient",
        /// The records of a site up to a day.
        Site = "site",
    }
}

/// What a lock is put on. Records that come later fall under it too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LockTarget {
    /// One record.
    Record {
        /// The record.
        record: RecordId,
        /// Its patient.
        patient: PatientId,
    },
    /// Every record of a patient, whichever site owns it.
    Patient {
        /// The patient.
        patient: PatientId,
    },
    /// The records that a site owns, up to a day.
    Site {
        /// The site.
        site: SiteCode,
        /// The last day that is locked.
        cut_off: NaiveDate,
    },
}

impl LockTarget {
    /// Its kind.
    pub const fn kind(&self) -> LockKind {
        match self {
            Self::Record { .. } => LockKind::Record,
            Self::Patient { .. } => LockKind::Patient,
            Self::Site { .. } => LockKind::Site,
        }
    }

    /// The patient it is about; none for a whole site.
    pub const fn patient(&self) -> Option<PatientId> {
        match self {
            Self::Record { patient, .. } | Self::Patient { patient } => Some(*patient),
            Self::Site { .. } => None,
        }
    }

    /// The site whose records it is about, whatever patient they are of.
    pub const fn site(&self) -> Option<&SiteCode> {
        match self {
            Self::Site { site, .. } => Some(site),
            Self::Record { .. } | Self::Patient { .. } => None,
        }
    }
}

/// A lock over records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLock {
    /// Its id.
    pub id: LockId,
    /// What it is put on.
    pub target: LockTarget,
    /// Why, in the words of who locked; no identifiers.
    pub reason: String,
    /// Who locked.
    pub locked_by: ActorId,
    /// When.
    pub locked_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// 1, and 2 once it has ended.
    pub version: i64,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl RecordLock {
    /// Whether it keeps a record of a patient and a site from being changed; one that is not there yet has no id. `day` is
    /// the [`decisive_day`] of its content.
    pub fn covers(
        &self,
        patient: PatientId,
        site: &SiteCode,
        record: Option<RecordId>,
        day: NaiveDate,
    ) -> bool {
        let reaches = match &self.target {
            LockTarget::Record { record: locked, .. } => record == Some(*locked),
            LockTarget::Patient { patient: locked } => *locked == patient,
            LockTarget::Site { site: locked, cut_off } => locked == site && day <= *cut_off,
        };
        reaches && self.ended_at.is_none()
    }
}

/// The day by which a cut-off decides about a content: the first that its clinical date may stand for, so that what may
/// lie before the cut-off is locked. Without a clinical date it is the day of the record's first submission; for a draft,
/// which could be submitted now, today.
pub fn decisive_day(
    clinical_date: Option<PartialDate>,
    submitted_at: Option<Timestamp>,
    today: NaiveDate,
) -> NaiveDate {
    clinical_date.map(PartialDate::first).or(submitted_at.map(swedish_day)).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn patient(number: u128) -> PatientId {
        PatientId::from_uuid(Uuid::from_u128(number))
    }

    fn record(number: u128) -> RecordId {
        RecordId::from_uuid(Uuid::from_u128(number))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn lock(target: LockTarget) -> RecordLock {
        RecordLock {
            id: LockId::from_uuid(Uuid::from_u128(1)),
            target,
            reason: "The data were frozen.".to_owned(),
            locked_by: ActorId::from_uuid(Uuid::from_u128(2)),
            locked_at: "2026-03-02T09:00:00Z".parse().unwrap(),
            ended_at: None,
            version: 1,
            salt: Salt::default(),
        }
    }

    #[test]
    fn a_lock_covers_what_it_is_put_on_and_nothing_else() {
        let (kar, upp): (SiteCode, SiteCode) = ("KAR".parse().unwrap(), "UPP".parse().unwrap());
        let (before, after) = (day("2026-01-31"), day("2026-02-01"));
        let of_record = lock(LockTarget::Record { record: record(7), patient: patient(1) });
        assert!(of_record.covers(patient(1), &kar, Some(record(7)), after));
        assert!(!of_record.covers(patient(1), &kar, Some(record(8)), before));
        assert!(!of_record.covers(patient(1), &kar, None, before), "a new record is another one");
        let of_patient = lock(LockTarget::Patient { patient: patient(1) });
        assert!(of_patient.covers(patient(1), &upp, None, after), "whichever site owns it");
        assert!(!of_patient.covers(patient(2), &kar, Some(record(7)), before));
        let of_site = lock(LockTarget::Site { site: kar.clone(), cut_off: before });
        assert!(of_site.covers(patient(2), &kar, None, before), "the cut-off itself is locked");
        assert!(!of_site.covers(patient(2), &kar, None, after));
        assert!(!of_site.covers(patient(2), &upp, None, before));
    }

    #[test]
    fn a_lock_that_has_ended_covers_nothing() {
        let open = lock(LockTarget::Patient { patient: patient(1) });
        let ended = RecordLock { ended_at: Some(open.locked_at), ..open };
        assert!(!ended.covers(patient(1), &"KAR".parse().unwrap(), None, day("2026-01-01")));
    }

    #[test]
    fn what_may_lie_before_a_cut_off_counts_as_before() {
        let today = day("2026-03-02");
        let submitted = Some("2026-02-27T23:30:00Z".parse().unwrap());
        let decisive = |date: &str| decisive_day(Some(date.parse().unwrap()), submitted, today);
        assert_eq!(decisive("2026-02-12"), day("2026-02-12"));
        assert_eq!(decisive("2026-02"), day("2026-02-01"));
        assert_eq!(decisive("2026"), day("2026-01-01"));
        assert_eq!(decisive_day(None, submitted, today), day("2026-02-28"), "the day in Sweden");
        assert_eq!(decisive_day(None, None, today), today);
    }
}
