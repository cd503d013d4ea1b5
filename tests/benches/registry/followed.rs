//! The patients of a network over fifteen years, past the service: what the schedule expects of them, mostly answered.
//!
//! Of the records that answer there are the rows without their contents: no list reads those.

use std::sync::LazyLock;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::course::Course;
use cartotek_domain::fact::Salt;
use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::patient::{Participation, Patient};
use cartotek_domain::record::{Record, RecordStatus};
use cartotek_domain::schedule::{
    Answer, CourseFacts, Expected, ExpectedItem, PatientFacts, Schedule, ScheduleEntry, Submitted,
    expected_items, patient_items,
};
use cartotek_domain::time::Timestamp;
use cartotek_forms::{Forms, SchemaSet};
use cartotek_persistence::{StoreError, WriteSession};
use cartotek_service::SystemIds;
use cartotek_tests::program::installation::repository;
use chrono::{Days, NaiveDate};

use crate::rows::{course, participation};
use crate::world::Case;

/// The published schedule.
pub(crate) static SCHEDULE: LazyLock<Schedule> = LazyLock::new(|| {
    let set = SchemaSet::read_folder(&repository().join("schemas")).expect("the schemas are there");
    let forms = Forms::compile(&set).expect("the schemas compile");
    forms.schedule(None).expect("a schedule is there").clone()
});

/// Days over which the infusions are spread.
const FIFTEEN_YEARS: u64 = 15 * 365;
/// Days from the opening of the course to the infusion, and from the apheresis.
const OPENED_BEFORE: u64 = 70;
const COLLECTED_BEFORE: u64 = 42;

/// A patient with one infused course, who may have died since.
#[derive(Debug, Clone)]
pub(crate) struct Followed {
    number: u64,
    case: Case,
    site: SiteCode,
    today: NaiveDate,
}

/// Writes patients with what is expected of them.
pub(crate) fn insert(session: &mut dyn WriteSession, patients: &[Followed]) -> Result<(), StoreError> {
    session.insert_patients(&patients.iter().map(Followed::patient).collect::<Vec<_>>())?;
    session.insert_participations(&patients.iter().map(Followed::participation).collect::<Vec<_>>())?;
    session.insert_courses(&patients.iter().map(Followed::course).collect::<Vec<_>>())?;
    for patient in patients {
        let items = patient.items();
        let records: Vec<_> = items.iter().filter_map(|item| patient.record(item)).collect();
        session.insert_records(&records)?;
        session.put_schedule(patient.case.patient, &items)?;
    }
    Ok(())
}

impl Followed {
    /// The patient of that number: the sites take turns.
    pub(crate) fn new(number: usize, case: Case, sites: &[SiteCode], today: NaiveDate) -> Self {
        Self { number: number as u64, case, site: sites[number % sites.len()].clone(), today }
    }

    fn day0(&self) -> NaiveDate {
        self.today - Days::new(spread(self.number, 8, FIFTEEN_YEARS))
    }

    fn opened_on(&self) -> NaiveDate {
        self.day0() - Days::new(OPENED_BEFORE)
    }

    /// Two of five die within some four years, if those have passed.
    fn death(&self) -> Option<NaiveDate> {
        let death = self.day0() + Days::new(30 + spread(self.number, 20, 1_500));
        (spread(self.number, 33, 5) < 2 && death <= self.today).then_some(death)
    }

    fn patient(&self) -> Patient {
        let Case { patient: id, pseudonym, .. } = self.case;
        Patient { id, pseudonym, created_at: noon(self.opened_on()), salt: Salt::default() }
    }

    fn participation(&self) -> Participation {
        let site = self.site.clone();
        Participation { site, valid_from: self.opened_on(), ..participation(&self.case) }
    }

    fn course(&self) -> Course {
        let opened_on = self.opened_on();
        Course { opened_on, created_at: noon(opened_on), ..course(&self.case) }
    }

    fn items(&self) -> Vec<ScheduleEntry> {
        let (opened_on, day0) = (self.opened_on(), self.day0());
        let patient = PatientFacts {
            enrolled_on: opened_on,
            death: self.death().map(PartialDate::day),
            found_dead: None,
            losses: Vec::new(),
            withdrawals: Vec::new(),
            stopped: false,
            stops_on: None,
        };
        let course = CourseFacts {
            family: Some("lymphoma".to_owned()),
            opened_on,
            apheresis: Some(day0 - Days::new(COLLECTED_BEFORE)),
            accepted_on: None,
            failed_product: None,
            infusable_product: None,
            day0: Some(day0),
            batch_infused: Some(day0),
            closed_on: None,
            next_day0: None,
            next_begins: None,
            new_therapy: None,
        };
        let of_patient = (0..).zip(patient_items(&SCHEDULE, &patient));
        let of_course = (0..).zip(expected_items(&SCHEDULE, &course, &patient));
        let of_patient = of_patient.map(|(ordinal, item)| self.entry(None, ordinal, item));
        let of_course = of_course.map(|(ordinal, item)| self.entry(Some(self.case.course), ordinal, item));
        of_patient.chain(of_course).collect()
    }

    fn entry(&self, course: Option<CourseId>, ordinal: i32, item: ExpectedItem) -> ScheduleEntry {
        ScheduleEntry {
            patient: self.case.patient,
            course,
            ordinal,
            site: self.site.clone(),
            infused: true,
            answer: self.answer(ordinal, &item),
            item,
        }
    }

    /// Of the forms whose target has passed 24 of 25 were submitted, of those that may be left out every other one; on
    /// the target day or within two months.
    fn answer(&self, ordinal: i32, item: &ExpectedItem) -> Option<Answer> {
        let number = self.number * 1_000 + u64::from(ordinal.unsigned_abs());
        let is_form = matches!(item.what, Expected::Form { .. });
        let is_asked = is_form && item.closed.is_none() && item.excuse.is_none() && item.target <= self.today;
        let is_given = if item.optional { spread(number, 12, 2) == 0 } else { spread(number, 12, 25) > 0 };
        (is_asked && is_given).then(|| Answer {
            by: RecordId::next(&SystemIds).uuid(),
            submitted: Submitted {
                dated: Some(PartialDate::day(item.target)),
                first_submitted: (item.target + Days::new(spread(number, 24, 60))).min(self.today),
            },
        })
    }

    /// The record that answers an item.
    fn record(&self, entry: &ScheduleEntry) -> Option<Record> {
        let Expected::Form { form, .. } = &entry.item.what else { return None };
        let answer = entry.answer?;
        let at = noon(answer.submitted.first_submitted);
        Some(Record {
            id: RecordId::from_uuid(answer.by),
            patient: entry.patient,
            course: entry.course,
            form: form.clone(),
            natural_key: entry.ordinal.to_string(),
            status: RecordStatus::Submitted,
            revision: 1,
            site: self.site.clone(),
            created_at: at,
            submitted_at: Some(at),
            salt: Salt::default(),
        })
    }
}

/// A number below another that is always the same for the same one: a multiplicative hash.
fn spread(number: u64, shift: u32, below: u64) -> u64 {
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) % below
}

fn noon(day: NaiveDate) -> Timestamp {
    day.and_hms_opt(12, 0, 0).expect("every day has a noon").and_utc()
}
