//! The facts of a patient that shape what is expected.

use std::collections::BTreeMap;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, objection, opt_out};
use cartotek_domain::course::{Course, CourseStatus};
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::milestone::{Milestone, MilestoneValue};
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::patient::{Participation, Patient, responsible_site};
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::sample::Sample;
use cartotek_domain::schedule::{CourseFacts, Loss, PatientFacts, Period};
use cartotek_domain::time::swedish_day;
use cartotek_forms::Forms;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::NaiveDate;

use super::later;
use crate::course::INFUSION;
use crate::record::standing::PRODUCT;

pub(crate) const APHERESIS: &str = "apheresis_date";
const DECISION: &str = "referral_decision";
const ACCEPTED: &str = "accepted";
const NOT_INFUSABLE: &str = "not_infusable_batch_id";
const INFUSED_BATCH: &str = "infused_batch_id";
const LYMPHODEPLETION: &str = "lymphodepletion_start";
const DEATH: &str = "death_date";
const FOUND_DEAD: &str = "found_dead";
const LOSS: &str = "lost_to_follow_up_date";
const LAST_CONTACT: &str = "last_contact_date";
const RETURN: &str = "returned_to_follow_up_date";
const THERAPY: &str = "subsequent_therapy_start";
const INTENT: &str = "subsequent_therapy_intent";

/// The milestones that shape what is expected; a record that contributes none of them can only answer.
pub(crate) const SHAPING: [&str; 14] = [
    DECISION,
    INFUSION,
    INFUSED_BATCH,
    APHERESIS,
    PRODUCT,
    NOT_INFUSABLE,
    LYMPHODEPLETION,
    DEATH,
    FOUND_DEAD,
    LOSS,
    LAST_CONTACT,
    RETURN,
    THERAPY,
    INTENT,
];

/// Everything of one patient that the items rest on.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(super) patient: Patient,
    pub(super) courses: Vec<Course>,
    participations: Vec<Participation>,
    consents: Vec<Consent>,
    milestones: Vec<Milestone>,
    pub(super) records: Vec<(Record, Revision)>,
    pub(super) samples: Vec<Sample>,
}

/// Reads the facts of patients, with one statement per kind.
pub(crate) fn read(session: &mut dyn ReadSession, patients: &[PatientId]) -> Result<Vec<Facts>, StoreError> {
    let mut facts: BTreeMap<PatientId, Facts> = session
        .patients_by_id(patients)?
        .into_iter()
        .map(|patient| (patient.id, Facts::of(patient)))
        .collect();
    for course in session.courses(patients)? {
        facts.entry(course.patient).and_modify(|one| one.courses.push(course));
    }
    for participation in session.participations(patients)? {
        facts.entry(participation.patient).and_modify(|one| one.participations.push(participation));
    }
    for consent in session.consents_of(patients)? {
        facts.entry(consent.patient).and_modify(|one| one.consents.push(consent));
    }
    for (patient, milestone) in session.milestones(patients)? {
        facts.entry(patient).and_modify(|one| one.milestones.push(milestone));
    }
    for (record, revision) in session.latest_of(patients, RecordStatus::Submitted)? {
        facts.entry(record.patient).and_modify(|one| one.records.push((record, revision)));
    }
    for sample in session.samples_of(patients)? {
        facts.entry(sample.patient).and_modify(|one| one.samples.push(sample));
    }
    Ok(facts.into_values().collect())
}

impl Facts {
    fn of(patient: Patient) -> Self {
        Self {
            patient,
            courses: Vec::new(),
            participations: Vec::new(),
            consents: Vec::new(),
            milestones: Vec::new(),
            records: Vec::new(),
            samples: Vec::new(),
        }
    }

    /// The id of the patient.
    pub(crate) fn id(&self) -> PatientId {
        self.patient.id
    }

    /// The site on whose worklist the items stand: the responsible one, or the last that was.
    pub(super) fn responsible_site(&self) -> Option<&SiteCode> {
        responsible_site(&self.participations)
    }

    /// Whether nothing is left of the patient but the objection.
    pub(super) fn is_erased(&self) -> bool {
        self.records.is_empty() && opt_out(&self.consents, NaiveDate::MAX).is_some()
    }

    pub(super) fn patient_facts(&self) -> PatientFacts {
        let withdrawals = withdrawals(&self.consents);
        let stop = withdrawals.last().filter(|last| last.until.is_none()).map(|last| last.from);
        // That a yes will end tells nothing of today.
        let decided = self.consents.iter().map(|consent| consent.decided_on).max();
        PatientFacts {
            enrolled_on: swedish_day(self.patient.created_at),
            death: self.dates(DEATH).min_by_key(|date| date.first()),
            found_dead: self.found_dead(),
            losses: self.losses(),
            stopped: stop.is_some_and(|day| Some(day) <= decided),
            stops_on: stop.filter(|day| Some(*day) > decided),
            withdrawals,
        }
    }

    pub(super) fn course_facts(&self, forms: &Forms, course: &Course) -> CourseFacts {
        let first = |name, course: &Course| self.dates_in(name, course.id).map(PartialDate::first).min();
        let day0 = |one: &Course| first(INFUSION, one);
        let begins = |one: &Course| first(LYMPHODEPLETION, one).or_else(|| day0(one));
        CourseFacts {
            family: forms
                .code_attribute("indication_group", &course.indication, "family")
                .and_then(|family| family.as_str().map(str::to_owned)),
            opened_on: course.opened_on,
            accepted_on: self.accepted_on(course.id),
            apheresis: first(APHERESIS, course),
            failed_product: self.failed_product(course.id, day0(course)),
            infusable_product: self.days_of_products(course.id, false).max(),
            day0: day0(course),
            batch_infused: self.batch_infused(course.id),
            closed_on: course.closed_on.filter(|_| course.status == CourseStatus::Closed),
            next_begins: later(&self.courses, course).filter_map(begins).min(),
            next_day0: later(&self.courses, course).filter_map(day0).min(),
            new_therapy: self.new_therapies(forms, course.id).min_by_key(|start| start.first()),
        }
    }

    /// Whether a record is of a product that may not be infused.
    pub(super) fn has_failed(&self, record: RecordId) -> bool {
        self.milestones.iter().any(|one| one.record == record && one.name == NOT_INFUSABLE)
    }

    /// The days of products of a course that failed, or of those that may be infused; without one, of their submission.
    fn days_of_products(&self, course: CourseId, failed: bool) -> impl Iterator<Item = NaiveDate> {
        let products =
            self.milestones.iter().filter(move |one| one.name == PRODUCT && one.course == Some(course));
        products
            .filter(move |one| self.has_failed(one.record) == failed)
            .filter_map(|one| one.clinical_date.or_else(|| self.submitted_on(one.record)))
    }

    /// The day of the referral of a course, if it was accepted; without it, of its submission.
    fn accepted_on(&self, course: CourseId) -> Option<NaiveDate> {
        let accepted = |one: &&Milestone| {
            let says = one.name == DECISION && one.course == Some(course);
            says && one.value == MilestoneValue::Code(ACCEPTED.to_owned())
        };
        let referral = self.milestones.iter().find(accepted)?;
        referral.clinical_date.or_else(|| self.submitted_on(referral.record))
    }

    /// From when on the next product of a course is awaited: the day of the latest that may not be infused, or without it
    /// that of its submission; of the apheresis after that, if there was one. What fails or is collected after `day0` moves
    /// nothing: what was infused then had come.
    fn failed_product(&self, course: CourseId, day0: Option<NaiveDate>) -> Option<NaiveDate> {
        let before = |day: &NaiveDate| day0.is_none_or(|day0| *day <= day0);
        let failed = self.days_of_products(course, true).filter(before).max()?;
        let collected = self.dates_in(APHERESIS, course).map(PartialDate::first).filter(before);
        Some(collected.fold(failed, NaiveDate::max))
    }

    fn batch_infused(&self, course: CourseId) -> Option<NaiveDate> {
        let named =
            self.milestones.iter().filter(|one| one.name == INFUSED_BATCH && one.course == Some(course));
        named.filter_map(|one| one.clinical_date).min()
    }

    fn submitted_on(&self, record: RecordId) -> Option<NaiveDate> {
        let (record, _) = self.records.iter().find(|(one, _)| one.id == record)?;
        record.submitted_at.map(swedish_day)
    }

    /// When therapies of a course began that are new ones by their intent, or whose intent is not known.
    fn new_therapies(&self, forms: &Forms, course: CourseId) -> impl Iterator<Item = PartialDate> {
        let is_new = move |start: &&Milestone| {
            let intent = self.milestones.iter().find(|one| one.record == start.record && one.name == INTENT);
            let says = intent.and_then(|one| match &one.value {
                MilestoneValue::Code(code) => forms.code_attribute("therapy_intent", code, "new_therapy"),
                _ => None,
            });
            says.and_then(serde_json::Value::as_bool).unwrap_or(true)
        };
        let begun =
            self.milestones.iter().filter(move |one| one.name == THERAPY && one.course == Some(course));
        begun.filter(is_new).filter_map(date)
    }

    /// The first contact that found the patient dead.
    fn found_dead(&self) -> Option<NaiveDate> {
        let found = self.milestones.iter().filter(|one| one.name == FOUND_DEAD);
        found.filter_map(|one| one.clinical_date).min()
    }

    fn dates(&self, name: &str) -> impl Iterator<Item = PartialDate> {
        self.milestones.iter().filter(move |one| one.name == name).filter_map(date)
    }

    fn dates_in(&self, name: &str, course: CourseId) -> impl Iterator<Item = PartialDate> {
        let in_course = move |one: &&Milestone| one.name == name && one.course == Some(course);
        self.milestones.iter().filter(in_course).filter_map(date)
    }

    /// One per record that declares a loss.
    fn losses(&self) -> Vec<Loss> {
        let of_record = |record: RecordId, name: &str| {
            self.milestones.iter().filter(|one| one.record == record && one.name == name).find_map(date)
        };
        let declared = self.milestones.iter().filter(|one| one.name == LOSS);
        declared
            .filter_map(|one| {
                let declared = date(one)?.first();
                let last_contact = of_record(one.record, LAST_CONTACT).map_or(declared, PartialDate::first);
                let returned = of_record(one.record, RETURN).map(PartialDate::first);
                Some(Loss { last_contact, declared, returned })
            })
            .collect()
    }
}

fn date(milestone: &Milestone) -> Option<PartialDate> {
    match milestone.value {
        MilestoneValue::Date(date) => Some(date),
        _ => None,
    }
}

/// The times in which nothing may be collected: between the days on which a decision begins or ends to hold.
fn withdrawals(consents: &[Consent]) -> Vec<Period> {
    let ends = consents.iter().filter_map(|consent| consent.valid_to?.succ_opt());
    let mut days: Vec<NaiveDate> = consents.iter().map(|consent| consent.decided_on).chain(ends).collect();
    days.sort_unstable();
    days.dedup();
    let mut periods: Vec<Period> = Vec::new();
    for day in days {
        let stopped = objection(consents, day).is_some();
        match periods.last_mut().filter(|period| period.until.is_none()) {
            Some(period) if !stopped => period.until = Some(day),
            None if stopped => periods.push(Period { from: day, until: None }),
            _ => {}
        }
    }
    periods
}
