//! Keeping the items in step with the facts, within the transaction that changes them.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::fact::Fact;
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::Record;
use cartotek_domain::sample::Sample;
use cartotek_domain::schedule::ScheduleEntry;
use cartotek_persistence::{StoreError, WriteSession};

use super::{SHAPING, answer_by_record, answer_by_sample, lay, read};
use crate::publish::PublishedForms;
use crate::record::prepare::Prepared;

/// The facts of a patient that shape what is expected, but for what records tell.
const SHAPING_TABLES: [&str; 4] = ["consent", "course", "participation", "patient"];

/// A record that was submitted for the first time, with its content.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) record: Record,
    pub(crate) prepared: Prepared,
    /// The items of its form that its subject is expected to have, where they have been read with the rest: for a
    /// transaction that submits no other record of that form about that subject.
    pub(crate) expected: Option<Vec<ScheduleEntry>>,
}

/// What a transaction has changed that bears on what is expected, and on what rules find.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    reshaped: BTreeSet<PatientId>,
    submitted: Vec<Submission>,
    collected: Vec<Sample>,
    /// The records that were submitted or amended, with the names of the milestones that they tell now or told before.
    told: BTreeMap<(PatientId, RecordId), BTreeSet<String>>,
    /// The patients of whom a course or consent has changed; a new one too, so that an enrolment does not tell by its
    /// statements whether the patient was known.
    around: BTreeSet<PatientId>,
    /// The earliest generation of the documents by which contents of them were judged.
    judged_by: Option<i64>,
    /// The generation of the documents, where it has been read with the rest.
    generation: Option<i64>,
}

impl Changes {
    /// Whether there is nothing to be settled.
    pub(crate) fn is_empty(&self) -> bool {
        let unshaped = self.reshaped.is_empty() && self.submitted.is_empty() && self.collected.is_empty();
        unshaped && self.told.is_empty() && self.around.is_empty()
    }

    /// Whether what is expected of somebody is to be computed anew, by what is stored.
    pub(crate) fn reshapes(&self) -> bool {
        !self.reshaped.is_empty()
    }

    /// Everything expected of the patient is to be computed anew.
    pub(crate) fn reshape(&mut self, patient: PatientId) {
        self.reshaped.insert(patient);
    }

    /// Takes note of a changed fact.
    pub(crate) fn note<F: Fact>(&mut self, fact: &F) {
        if SHAPING_TABLES.contains(&F::TABLE) {
            self.reshaped.extend(fact.patient());
        }
        if [Consent::TABLE, Course::TABLE].contains(&F::TABLE) {
            self.around.extend(fact.patient());
        }
    }

    /// The patients of whom something has changed beside the records.
    pub(crate) fn around(&self) -> impl Iterator<Item = PatientId> {
        self.around.iter().copied()
    }

    /// The records that tell something anew, and the milestones that they tell or told.
    pub(crate) fn told(&self) -> impl Iterator<Item = (PatientId, RecordId, &BTreeSet<String>)> {
        self.told.iter().map(|((patient, record), milestones)| (*patient, *record, milestones))
    }

    /// Takes note of the generation of the documents, which has been read with the rest.
    pub(crate) fn note_generation(&mut self, generation: i64) {
        self.generation = Some(generation);
    }

    /// The generation of the documents, where it has been read.
    pub(crate) const fn generation(&self) -> Option<i64> {
        self.generation
    }

    /// The patients of whom records were judged, unless that was by what the documents say now.
    pub(crate) fn judged_before(&self, generation: i64) -> BTreeSet<PatientId> {
        match self.judged_by {
            Some(earliest) if earliest < generation => {
                self.told.keys().map(|(patient, _)| *patient).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// Takes note of what new records tell.
    pub(crate) fn note_milestones<'m>(
        &mut self,
        milestones: impl IntoIterator<Item = &'m (PatientId, Milestone)>,
    ) {
        for (patient, milestone) in milestones {
            self.note_retold(*patient, milestone.record, &milestone.name);
        }
    }

    /// Takes note of what a record tells now or told before, be it the same: whoever has explained what a rule finds in
    /// another record has not seen this one as it is now.
    pub(crate) fn note_told<'m>(
        &mut self,
        patient: PatientId,
        record: RecordId,
        told: impl IntoIterator<Item = &'m Milestone>,
    ) {
        for milestone in told {
            self.note_retold(patient, record, &milestone.name);
        }
    }

    fn note_retold(&mut self, patient: PatientId, record: RecordId, name: &str) {
        if SHAPING.contains(&name) {
            self.reshaped.insert(patient);
        }
        self.told.entry((patient, record)).or_default().insert(name.to_owned());
    }

    /// A record was submitted.
    pub(crate) fn submitted(&mut self, submission: Submission) {
        self.judged(&submission.record, &submission.prepared);
        self.submitted.push(submission);
    }

    /// A record was amended: what the content before answered may now be open again, or answered by another record.
    pub(crate) fn amended(&mut self, record: &Record, prepared: &Prepared) {
        self.judged(record, prepared);
        self.reshape(record.patient);
    }

    /// A record counts no longer.
    pub(crate) fn annulled(&mut self, record: &Record) {
        self.told.entry((record.patient, record.id)).or_default();
        self.reshape(record.patient);
    }

    fn judged(&mut self, record: &Record, prepared: &Prepared) {
        self.told.entry((record.patient, record.id)).or_default();
        let generation = prepared.generation();
        self.judged_by = Some(self.judged_by.map_or(generation, |earliest| earliest.min(generation)));
    }

    /// A sample was registered.
    pub(crate) fn collected(&mut self, sample: Sample) {
        self.collected.push(sample);
    }
}

/// Brings the items up to date; gives those that have another answer now, which is to be written with the rest.
///
/// # Errors
/// `Busy` when another server has published since: laid by an earlier schedule, or without the version of a form that an
/// answer has, items would stand wrong until the patient changes again.
pub(crate) fn settle(
    tx: &mut dyn WriteSession,
    published: &PublishedForms,
    changes: &Changes,
) -> Result<Vec<ScheduleEntry>, StoreError> {
    let Changes { reshaped, submitted, collected, .. } = changes;
    if !reshaped.is_empty() {
        if !published.are_current(tx)? {
            return Err(StoreError::Busy);
        }
        let patients: Vec<PatientId> = reshaped.iter().copied().collect();
        for facts in read(tx, &patients)? {
            tx.put_schedule(facts.id(), &lay(&published.forms, &facts))?;
        }
    }
    let answering = |patient: PatientId| !reshaped.contains(&patient);
    let mut answered = answered_by_records(tx, submitted.iter().filter(|one| answering(one.record.patient)))?;
    answered.extend(answered_by_samples(tx, collected.iter().filter(|one| answering(one.patient)))?);
    // What came last about an item stands.
    let last: BTreeMap<_, _> = answered.into_iter().map(|one| ((one.subject(), one.ordinal), one)).collect();
    Ok(last.into_values().collect())
}

fn answered_by_records<'s>(
    tx: &mut dyn WriteSession,
    submitted: impl Iterator<Item = &'s Submission>,
) -> Result<Vec<ScheduleEntry>, StoreError> {
    let mut answered = Vec::new();
    let mut by_form: BTreeMap<&str, Vec<&Submission>> = BTreeMap::new();
    for one in submitted {
        match &one.expected {
            Some(expected) => answered.extend(answer_by(&mut expected.clone(), one)),
            None => by_form.entry(&one.record.form).or_default().push(one),
        }
    }
    for (form, submitted) in by_form {
        let subjects: BTreeSet<_> = submitted.iter().map(|one| one.record.subject()).collect();
        let mut entries = tx.expected_forms(&subjects.into_iter().collect::<Vec<_>>(), form)?;
        for one in submitted {
            answered.extend(answer_by(&mut entries, one));
        }
    }
    Ok(answered)
}

fn answered_by_samples<'s>(
    tx: &mut dyn WriteSession,
    collected: impl Iterator<Item = &'s Sample>,
) -> Result<Vec<ScheduleEntry>, StoreError> {
    let mut answered = Vec::new();
    let mut by_course: BTreeMap<CourseId, Vec<&Sample>> = BTreeMap::new();
    for sample in collected {
        sample.course.into_iter().for_each(|course| by_course.entry(course).or_default().push(sample));
    }
    for (course, collected) in by_course {
        let mut entries = tx.expected_samples(course.uuid())?;
        for sample in collected {
            answered.extend(answer_by_sample(&mut entries, sample));
        }
    }
    Ok(answered)
}

fn answer_by(entries: &mut [ScheduleEntry], one: &Submission) -> Vec<ScheduleEntry> {
    let (content, dated) = (one.prepared.content(), one.prepared.checked().clinical_date);
    answer_by_record(entries, &one.record, content, dated)
}

#[cfg(test)]
mod tests {
    use cartotek_domain::milestone::MilestoneValue;
    use uuid::Uuid;

    use super::*;

    fn milestone(name: &str) -> Milestone {
        Milestone {
            record: RecordId::from_uuid(Uuid::nil()),
            course: None,
            clinical_date: None,
            name: name.to_owned(),
            value: MilestoneValue::Date("2026-05-20".parse().unwrap()),
        }
    }

    #[test]
    fn what_is_told_or_was_told_is_due() {
        let (patient, record) = (PatientId::from_uuid(Uuid::nil()), RecordId::from_uuid(Uuid::nil()));
        let (before, after) = ([milestone("contact_date")], [milestone("death_date")]);
        let told = |told: &[Milestone]| {
            let mut changes = Changes::default();
            changes.note_told(patient, record, told);
            let names: Vec<String> = changes.told().flat_map(|(.., names)| names.iter().cloned()).collect();
            (names, changes.reshaped.contains(&patient))
        };
        let nothing: (Vec<String>, bool) = (Vec::new(), false);
        assert_eq!(told(&[]), nothing);
        assert_eq!(told(&before), (vec!["contact_date".to_owned()], false));
        let both = [before, after].concat();
        assert_eq!(told(&both), (vec!["contact_date".to_owned(), "death_date".to_owned()], true));
    }
}
