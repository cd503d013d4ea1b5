//! Patients, the sites that take part in their care, and linkage across sites.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::code::site::SiteCode;
use crate::fact::Salt;
use crate::id::{ParticipationId, PatientId};
use crate::names::named;
use crate::pseudonym::Pseudonym;
use crate::time::Timestamp;

/// A pseudonymised patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Internal id, never shown.
    pub id: PatientId,
    /// What everybody sees.
    pub pseudonym: Pseudonym,
    /// When the patient was enrolled.
    pub created_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// A keyed hash of a hospital-made linkage value: the same person enrolled twice gives the same hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linkage {
    /// The keyed hash, lower-case hex.
    pub hash: String,
    /// Which key made it.
    pub key_id: String,
    /// The patient.
    pub patient: PatientId,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

named! {
    /// A site's part in the care of a patient.
    ParticipationRole {
        /// Referred the patient to a treating site.
        Referring = "referring",
        /// Gives the CAR T cells.
        Treating = "treating",
        /// Follows the patient afterwards.
        Following = "following",
    }
}

/// A period in which a site takes part in the care of a patient; it decides who sees what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    /// Its id.
    pub id: ParticipationId,
    /// The patient.
    pub patient: PatientId,
    /// The site.
    pub site: SiteCode,
    /// Its part.
    pub role: ParticipationRole,
    /// Whether it owns the worklist; exactly one open participation of a patient does.
    pub responsible: bool,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day, once it has ended.
    pub valid_to: Option<NaiveDate>,
    /// Counts the changes of this row; the ETag.
    pub version: i64,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl Participation {
    /// Whether the site takes part in the care on a day.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }

    /// The participation ended by the day on which another takes its place. One that began no earlier ends on its own
    /// first day and was never the responsible one, so that on every day exactly one is.
    #[must_use]
    pub fn ended_before(&self, day: NaiveDate) -> Self {
        let last = day.pred_opt().filter(|last| self.valid_from <= *last);
        Self {
            responsible: self.responsible && last.is_some(),
            valid_to: Some(last.unwrap_or(self.valid_from)),
            version: self.version + 1,
            ..self.clone()
        }
    }
}

/// The site that answers for a patient: the responsible one, or the last that was.
pub fn responsible_site(participations: &[Participation]) -> Option<&SiteCode> {
    let responsible = participations.iter().filter(|one| one.responsible);
    let last = |one: &&Participation| (one.valid_to.unwrap_or(NaiveDate::MAX), one.valid_from, one.id);
    responsible.max_by_key(last).map(|one| &one.site)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn participation(from: &str) -> Participation {
        Participation {
            id: ParticipationId::from_uuid(Uuid::from_u128(1)),
            patient: PatientId::from_uuid(Uuid::from_u128(2)),
            site: "KAR".parse().unwrap(),
            role: ParticipationRole::Treating,
            responsible: true,
            valid_from: day(from),
            valid_to: None,
            version: 3,
            salt: Salt::default(),
        }
    }

    #[test]
    fn a_participation_ends_on_the_day_before_the_next() {
        let ended = participation("2026-01-10").ended_before(day("2026-03-01"));
        assert_eq!((ended.valid_to, ended.responsible), (Some(day("2026-02-28")), true));
        assert_eq!(ended.version, 4);
        let ended = participation("2026-02-28").ended_before(day("2026-03-01"));
        assert_eq!((ended.valid_to, ended.responsible), (Some(day("2026-02-28")), true), "one day");
    }

    #[test]
    fn one_that_began_no_earlier_was_never_the_responsible_one() {
        for on in ["2026-03-01", "2026-02-01"] {
            let ended = participation("2026-03-01").ended_before(day(on));
            assert_eq!((ended.valid_to, ended.responsible), (Some(day("2026-03-01")), false), "{on}");
        }
    }
}
