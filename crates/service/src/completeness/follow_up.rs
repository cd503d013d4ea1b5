//! Completeness of follow-up: Clark's C, and the courses whose follow-up falls short.
//!
//! The days are those of the cohort view, as for survival: all changes that are sealed count. `as_of` asks how far the
//! follow-up had come on an earlier day, by what is known now.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use cartotek_analysis::follow_up::{FollowedCourse, followed_courses};
use cartotek_analysis::view::{Scope, View};
use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{Followed, PersonTime, person_time};
use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::schedule::TimePoint;
use cartotek_persistence::{Page, PageOf, ReadSession};
use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::audience::{Audience, own_sites};
use crate::Service;
use crate::act::{Act, Done};
use crate::cohort::{blocking, question_hash, responsible_mark};
use crate::commit::Seen;
use crate::enrol::in_the_future;
use crate::error::ServiceError;
use crate::patient::{patient_subject, seen};

/// What figures are asked for.
#[derive(Debug, Clone, Default)]
pub struct FollowUpQuestion {
    /// Only of this site.
    pub site: Option<SiteCode>,
    /// Until which day follow-up was possible; today unless given.
    pub as_of: Option<NaiveDate>,
    /// How long after day 0 follow-up is asked for; for ever unless given.
    pub horizon: Option<TimePoint>,
}

/// The follow-up of the courses of a site, or of all sites together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpFigures {
    /// The site; `None` for all together.
    pub site: Option<SiteCode>,
    /// How many courses were infused by then.
    pub courses: u64,
    /// Observed and potential days; `completeness` is Clark's C.
    pub time: PersonTime,
}

/// Completeness of follow-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpReport {
    /// Until which day follow-up was possible.
    pub as_of: NaiveDate,
    /// By site.
    pub sites: Vec<FollowUpFigures>,
    /// Of all these sites together.
    pub together: FollowUpFigures,
    /// Sites that are in no figure, because they answer for too few courses.
    pub hidden_sites: Vec<SiteCode>,
    /// Whether the figures are exact: those of the caller's own sites.
    pub exact: bool,
}

/// Which courses are asked for.
#[derive(Debug, Clone, Default)]
pub struct GapQuery {
    /// Of which site, until when.
    pub question: FollowUpQuestion,
    /// Only of this patient.
    pub patient: Option<Pseudonym>,
}

/// A course whose follow-up falls short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpGap {
    /// The patient.
    pub pseudonym: Pseudonym,
    /// The course.
    pub course: CourseId,
    /// Day 0, last contact and death.
    pub followed: Followed,
    /// Observed and potential days.
    pub time: PersonTime,
}

/// The place of a course in the list, which begins with the most missing days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GapKey {
    /// Missing days, the most first.
    missing: std::cmp::Reverse<u64>,
    course: CourseId,
}

impl Service {
    /// How much of the possible follow-up took place.
    ///
    /// # Errors
    /// `not_found` for a site whose figures the caller may not see; `content_invalid` for a day in the future.
    pub async fn follow_up_completeness(
        &self,
        granted: &Granted<permission::ReadCompleteness>,
        act: &Act,
        question: FollowUpQuestion,
    ) -> Result<Done<FollowUpReport>, ServiceError> {
        let as_of = question.day(self.today())?;
        let audience = self.audience(granted, question.site.as_ref()).await?;
        let (view, hash) = (self.cohort_view().await?, question.hash(as_of));
        let report = blocking(move || question.report(&view, audience, as_of)).await?;
        let receipt = self.witness_question(granted, act, hash).await?;
        Ok(Done::new(report, Some(receipt)))
    }

    /// The courses of the caller's sites whose follow-up falls short, those with the most missing days first; together they
    /// miss exactly what the figures of [`Service::follow_up_completeness`] lack.
    ///
    /// # Errors
    /// `not_found` for a site or patient that is not the caller's; `content_invalid` for a day in the future.
    pub async fn follow_up_gaps(
        &self,
        granted: &Granted<permission::ReadWorklist>,
        act: &Act,
        query: GapQuery,
        page: Page<GapKey>,
    ) -> Result<Done<PageOf<FollowUpGap, GapKey>>, ServiceError> {
        let today = self.today();
        let as_of = query.question.day(today)?;
        let (scope, sites) = (granted.patients(today), own_sites(granted, query.question.site.as_ref())?);
        let view = self.cohort_view().await?;
        let show = move |session: &mut dyn ReadSession| {
            let patient = match &query.patient {
                None => None,
                Some(pseudonym) => {
                    Some(session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?)
                }
            };
            let only = patient.as_ref().map(|patient| patient.id);
            let gaps = query.question.gaps(&view, &sites, only, as_of, &page);
            let ids: BTreeSet<PatientId> = gaps.items.iter().map(|(course, _)| course.patient).collect();
            let mut seen: Seen = patient.iter().map(self::seen).collect();
            seen.extend(ids.iter().filter(|id| Some(**id) != only).copied().map(patient_subject));
            let patients = session.patients_by_id(&ids.into_iter().collect::<Vec<_>>())?;
            let pseudonyms: HashMap<PatientId, Pseudonym> =
                patients.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect();
            let gap = |(course, time): (FollowedCourse, PersonTime)| {
                let pseudonym = *pseudonyms.get(&course.patient)?;
                Some(FollowUpGap { pseudonym, course: course.course, followed: course.followed, time })
            };
            Ok((PageOf { items: gaps.items.into_iter().filter_map(gap).collect(), next: gaps.next }, seen))
        };
        self.show(granted, act, "list follow-up gaps", show).await
    }
}

/// The courses of a site that were infused by then.
fn infused_courses(view: &View, site: &SiteCode, as_of: NaiveDate) -> Vec<FollowedCourse> {
    let mut courses = followed_courses(view, &Scope::Sites(vec![responsible_mark(site)]));
    courses.retain(|course| course.followed.day0 <= as_of);
    courses
}

impl FollowUpQuestion {
    /// Until when follow-up was possible.
    fn day(&self, today: NaiveDate) -> Result<NaiveDate, ServiceError> {
        match self.as_of {
            Some(day) if day > today => Err(ServiceError::invalid(vec![in_the_future("/as_of")])),
            day => Ok(day.unwrap_or(today)),
        }
    }

    fn time(&self, courses: &[FollowedCourse], as_of: NaiveDate) -> PersonTime {
        let followed = courses.iter().map(|course| course.followed);
        person_time(followed, as_of, self.horizon.map(TimePoint::target))
    }

    fn report(&self, view: &View, audience: Audience, as_of: NaiveDate) -> FollowUpReport {
        let (mut sites, mut hidden_sites) = (Vec::new(), audience.hidden.clone());
        let mut together = FollowUpFigures { site: None, courses: 0, time: PersonTime::default() };
        for site in &audience.sites {
            let courses = infused_courses(view, site, as_of);
            let count = u64::try_from(courses.len()).unwrap_or(u64::MAX);
            // As of an earlier day a site may have had fewer than today.
            if !audience.shows(count) {
                hidden_sites.push(site.clone());
                continue;
            }
            let time = self.time(&courses, as_of);
            together.courses += count;
            together.time.observed += time.observed;
            together.time.potential += time.potential;
            sites.push(FollowUpFigures { site: Some(site.clone()), courses: count, time });
        }
        hidden_sites.sort_unstable();
        FollowUpReport { as_of, sites, together, hidden_sites, exact: audience.exact }
    }

    /// The courses after the last one seen that miss days.
    fn gaps(
        &self,
        view: &View,
        sites: &BTreeSet<SiteCode>,
        only: Option<PatientId>,
        as_of: NaiveDate,
        page: &Page<GapKey>,
    ) -> PageOf<(FollowedCourse, PersonTime), GapKey> {
        let courses = sites.iter().flat_map(|site| infused_courses(view, site, as_of));
        let of_patient = courses.filter(|course| only.is_none_or(|only| course.patient == only));
        let mut gaps: Vec<_> = of_patient
            .map(|course| (course, self.time(&[course], as_of)))
            .filter(|(_, time)| time.missing() > 0)
            .filter(|gap| page.after.is_none_or(|seen| GapKey::of(gap) > seen))
            .collect();
        gaps.sort_unstable_by_key(GapKey::of);
        let more = gaps.len() > usize::from(page.limit);
        gaps.truncate(page.limit.into());
        let next = gaps.last().filter(|_| more).map(GapKey::of);
        PageOf { items: gaps, next }
    }

    fn hash(&self, as_of: NaiveDate) -> cartotek_crypto::hash::Hash {
        let Self { site, horizon, .. } = self;
        question_hash(&json!({
            "follow_up_completeness": { "site": site, "as_of": as_of, "horizon": horizon }
        }))
    }
}

impl GapKey {
    fn of((course, time): &(FollowedCourse, PersonTime)) -> Self {
        Self { missing: std::cmp::Reverse(time.missing()), course: course.course }
    }
}

/// As hexadecimal digits alone, which the identifier guard takes for what they are.
impl fmt::Display for GapKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.missing.0, self.course.uuid().as_simple())
    }
}

/// A text that is no place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list of courses")]
pub struct NotAGapKey;

impl FromStr for GapKey {
    type Err = NotAGapKey;

    fn from_str(text: &str) -> Result<Self, NotAGapKey> {
        let (missing, course) = text.split_at_checked(16).ok_or(NotAGapKey)?;
        let missing = u64::from_str_radix(missing, 16).map_err(|_| NotAGapKey)?;
        let course = Uuid::try_parse(course).map_err(|_| NotAGapKey)?;
        Ok(Self { missing: std::cmp::Reverse(missing), course: CourseId::from_uuid(course) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written_and_the_most_missing_days_come_first() {
        let key = |missing, course| GapKey {
            missing: std::cmp::Reverse(missing),
            course: CourseId::from_uuid(Uuid::from_u128(course)),
        };
        assert_eq!(key(400, 7).to_string().parse(), Ok(key(400, 7)));
        for text in ["", "190", "x000000000000190", &key(400, 7).to_string()[1..]] {
            assert_eq!(text.parse::<GapKey>(), Err(NotAGapKey), "{text}");
        }
        assert!(key(400, 7) < key(399, 1) && key(400, 7) < key(400, 8));
    }
}
