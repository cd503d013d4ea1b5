//! What is expected of patients: the published schedule laid over the facts, and what answers it.
//!
//! The items are a projection: `lay` computes those of a patient from nothing but facts, a change settles them in its own
//! transaction (`settle`), and `cartotek check` must find the same.

mod facts;
pub(crate) mod rebuild;
pub(crate) mod settle;
pub mod worklist;

use cartotek_domain::course::Course;
use cartotek_domain::id::CourseId;
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::record::Record;
use cartotek_domain::sample::Sample;
use cartotek_domain::schedule::{
    Anchor, Answer, ExpectedItem, ScheduleEntry, Standing, Submitted, expected_items, patient_items,
};
use cartotek_domain::time::swedish_day;
use cartotek_forms::Forms;
use chrono::NaiveDate;
use serde_json::Value;
use uuid::Uuid;

pub(crate) use facts::{APHERESIS, Facts, SHAPING, read};

/// The items of a patient; none while no site is responsible, and none of a patient who has objected to the register and of
/// whom no record is left.
pub(crate) fn lay(forms: &Forms, facts: &Facts) -> Vec<ScheduleEntry> {
    let (Some(schedule), Some(site)) = (forms.schedule(None), facts.responsible_site()) else {
        return Vec::new();
    };
    if facts.is_erased() {
        return Vec::new();
    }
    let patient = facts.patient_facts();
    let of = |course: Option<CourseId>, infused: bool, items: Vec<ExpectedItem>| {
        let entry = |(ordinal, item)| ScheduleEntry {
            patient: facts.patient.id,
            course,
            ordinal,
            site: site.clone(),
            infused,
            item,
            answer: None,
        };
        (0..).zip(items).map(entry).collect::<Vec<_>>()
    };
    let courses = facts.courses.iter().map(|course| (course.id, facts.course_facts(forms, course)));
    let courses: Vec<_> = courses.collect();
    let any_infused = courses.iter().any(|(_, course)| course.day0.is_some());
    let mut entries = of(None, any_infused, patient_items(schedule, &patient));
    for (id, course) in &courses {
        entries.extend(of(Some(*id), course.day0.is_some(), expected_items(schedule, course, &patient)));
    }
    for (record, revision) in &facts.records {
        let (form, content) = (
            forms.form(&record.form, u32::try_from(revision.form_version).ok()),
            serde_json::from_str(&revision.content),
        );
        if let (Some(form), Ok(content)) = (form, content) {
            // What failed is no answer to what a failure asks for; since it shapes what is expected, it answers only here.
            let asked = entries
                .iter_mut()
                .filter(|entry| entry.item.anchor != Anchor::FailedProduct || !facts.has_failed(record.id));
            answer_by_record(asked, record, &content, form.clinical_date(&content));
        }
    }
    for sample in &facts.samples {
        answer_by_sample(&mut entries, sample);
    }
    entries
}

/// How many of the items wait, unless a yes has ended by today.
pub(crate) fn waiting(entries: &[ScheduleEntry], today: NaiveDate) -> usize {
    let waits = |entry: &&ScheduleEntry| {
        matches!(entry.standing(), Standing::Open | Standing::Offered) && !entry.item.has_stopped(today)
    };
    entries.iter().filter(waits).count()
}

/// Lets a submitted record answer the items that it meets; tells which were changed by it.
pub(crate) fn answer_by_record<'e>(
    entries: impl IntoIterator<Item = &'e mut ScheduleEntry>,
    record: &Record,
    content: &Value,
    dated: Option<PartialDate>,
) -> Vec<ScheduleEntry> {
    let Some(submitted_at) = record.submitted_at else { return Vec::new() };
    let submitted = Submitted { dated, first_submitted: swedish_day(submitted_at) };
    let answer = Answer { by: record.id.uuid(), submitted };
    let meets = |entry: &ScheduleEntry| {
        entry.subject() == record.subject() && entry.item.what.is_met_by_form(&record.form, content)
    };
    take(entries, answer, meets)
}

/// Lets a sample answer the items that it meets; tells which were changed by it.
pub(crate) fn answer_by_sample<'e>(
    entries: impl IntoIterator<Item = &'e mut ScheduleEntry>,
    sample: &Sample,
) -> Vec<ScheduleEntry> {
    let submitted = Submitted {
        dated: Some(PartialDate::day(swedish_day(sample.collected_at))),
        first_submitted: swedish_day(sample.created_at),
    };
    let answer = Answer { by: sample.id.uuid(), submitted };
    let course: Option<Uuid> = sample.course.map(CourseId::uuid);
    let meets = |entry: &ScheduleEntry| {
        Some(entry.subject()) == course
            && entry.item.what.is_met_by_sample(&sample.time_point, &sample.material)
    };
    take(entries, answer, meets)
}

fn take<'e>(
    entries: impl IntoIterator<Item = &'e mut ScheduleEntry>,
    answer: Answer,
    meets: impl Fn(&ScheduleEntry) -> bool,
) -> Vec<ScheduleEntry> {
    let mut changed = Vec::new();
    for entry in entries {
        if !meets(entry) {
            continue;
        }
        let before = entry.answer;
        entry.take(answer);
        if entry.answer != before {
            changed.push(entry.clone());
        }
    }
    changed
}

/// The patient's courses after `course`.
fn later<'c>(courses: &'c [Course], course: &Course) -> impl Iterator<Item = &'c Course> {
    let number = course.number;
    courses.iter().filter(move |one| one.number > number)
}
