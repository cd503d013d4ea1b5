//! Completeness of follow-up: Clark's C, and the courses whose follow-up falls short.
//!
//! The days are those of the cohort view, as for survival: all changes that are sealed count. `as_of` asks how far the
//! follow-up had come on an earlier day, by what is known now. Who objects to the register, and for which patients a site
//! answers when they are named, is asked of the database.

use std::collections::{BTreeSet, HashMap};

use cartotek_analysis::follow_up::{FollowedCourse, followed_courses};
use cartotek_analysis::view::{Scope, View};
use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{Followed, PersonTime, person_time};
use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::patient::Participation;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::schedule::TimePoint;
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use chrono::NaiveDate;
use serde_json::json;

use super::audience::{About, Audience, objecting, own_sites};
use super::gap_key::GapKey;
use super::quarter::{end_of_quarter, horizon_in_days};
use super::sum::tens;
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
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUpFigures {
    /// The site; `None` for all together.
    pub site: Option<SiteCode>,
    /// How many courses were infused by then; for others than the site rounded down to tens, `None` below ten. Of all sites
    /// together what each of them hides counts too, in tens of its own.
    pub courses: Option<u64>,
    /// Observed and potential days; `None` for others than the site.
    pub time: Option<PersonTime>,
    /// Clark's C, for others than the site in whole per cent, rounded down; `None` when no follow-up was possible or nothing is
    /// shown.
    pub completeness: Option<f64>,
}

/// Completeness of follow-up.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUpReport {
    /// Until which day follow-up was possible.
    pub as_of: NaiveDate,
    /// By site.
    pub sites: Vec<FollowUpFigures>,
    /// Of all these sites together.
    pub together: FollowUpFigures,
    /// Sites that are in no figure, because they answer for too few patients.
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

impl Service {
    /// How much of the possible follow-up took place.
    ///
    /// # Errors
    /// `not_found` for a site whose figures the caller may not see; `content_invalid` for a day in the future and, for
    /// others than the site, a day that ends no quarter or a horizon in days.
    pub async fn follow_up_completeness(
        &self,
        granted: &Granted<permission::ReadCompleteness>,
        act: &Act,
        question: FollowUpQuestion,
    ) -> Result<Done<FollowUpReport>, ServiceError> {
        let mut audience = self.audience(granted, About::Infused, question.site.as_ref()).await?;
        let as_of = if audience.exact {
            let today = self.today();
            audience.left_out =
                self.store().read("read objections", move |session| objecting(session, today)).await?;
            question.day(today)?
        } else {
            question.horizon_of_others()?;
            end_of_quarter(question.as_of, self.today())?
        };
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
            let objecting = objecting(session, today)?;
            let mut gaps = query.question.gaps(&view, &sites, (only, &objecting), as_of, &page);
            let answered_for = answered_for(session, &gaps.items, &sites, today)?;
            gaps.items.retain(|(course, _)| answered_for.contains(&course.patient));
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

/// The patients of courses for whom one of the sites answers today: the view may be older than a transfer.
fn answered_for(
    session: &mut dyn ReadSession,
    gaps: &[(FollowedCourse, PersonTime)],
    sites: &BTreeSet<SiteCode>,
    today: NaiveDate,
) -> Result<BTreeSet<PatientId>, StoreError> {
    let ids: BTreeSet<PatientId> = gaps.iter().map(|(course, _)| course.patient).collect();
    let participations = session.participations(&ids.into_iter().collect::<Vec<_>>())?;
    let answers = |one: &Participation| one.responsible && one.holds_on(today) && sites.contains(&one.site);
    Ok(participations.into_iter().filter(answers).map(|one| one.patient).collect())
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
        let (mut all_courses, mut all_time) = ([0, 0], PersonTime::default());
        for site in &audience.sites {
            let mut courses = infused_courses(view, site, as_of);
            courses.retain(|course| !audience.left_out.contains(&course.patient));
            let patients: BTreeSet<PatientId> = courses.iter().map(|course| course.patient).collect();
            // As of an earlier day a site may have had fewer than today.
            if !audience.shows(count(patients.len())) {
                hidden_sites.push(site.clone());
                continue;
            }
            let (time, many) = (self.time(&courses, as_of), count(courses.len()));
            let figures = FollowUpFigures::of(Some(site.clone()), [many, 0], time, audience.exact);
            let shown = figures.courses.unwrap_or(0);
            all_courses = [all_courses[0] + shown, all_courses[1] + many - shown];
            all_time.observed += time.observed;
            all_time.potential += time.potential;
            sites.push(figures);
        }
        hidden_sites.sort_unstable();
        let together = FollowUpFigures::of(None, all_courses, all_time, audience.exact);
        FollowUpReport { as_of, sites, together, hidden_sites, exact: audience.exact }
    }

    /// Refuses a horizon that tells days apart.
    fn horizon_of_others(&self) -> Result<(), ServiceError> {
        match self.horizon {
            Some(TimePoint::Day(_)) => Err(horizon_in_days()),
            Some(TimePoint::Month(_)) | None => Ok(()),
        }
    }

    /// The courses after the last one seen that miss days: of one patient alone, if asked for, and of none who objects.
    fn gaps(
        &self,
        view: &View,
        sites: &BTreeSet<SiteCode>,
        (only, objecting): (Option<PatientId>, &BTreeSet<PatientId>),
        as_of: NaiveDate,
        page: &Page<GapKey>,
    ) -> PageOf<(FollowedCourse, PersonTime), GapKey> {
        let courses = sites.iter().flat_map(|site| infused_courses(view, site, as_of));
        let of_patient = courses.filter(|course| {
            only.is_none_or(|only| course.patient == only) && !objecting.contains(&course.patient)
        });
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

impl FollowUpFigures {
    /// Figures of so many courses that are shown and so many that are not, as the caller may see them: others see no days, from
    /// whose sums single dates could be reckoned.
    fn of(site: Option<SiteCode>, [shown, hidden]: [u64; 2], time: PersonTime, exact: bool) -> Self {
        if exact {
            let completeness = time.completeness();
            return Self { site, courses: Some(shown + hidden), time: Some(time), completeness };
        }
        Self { site, courses: tens(shown, hidden), time: None, completeness: time.whole_per_cent() }
    }
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}
