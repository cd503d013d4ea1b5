//! Keeping the items in step with the facts, within the transaction that changes them.

use std::collections::BTreeSet;

use cartotek_domain::fact::Fact;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::Record;
use cartotek_domain::sample::Sample;
use cartotek_forms::Forms;
use cartotek_persistence::{StoreError, WriteSession};

use super::facts::SHAPING;
use super::{answer_by_record, answer_by_sample, lay, read};
use crate::record::prepare::Prepared;

/// The facts of a patient that shape what is expected, but for what records tell.
const SHAPING_TABLES: [&str; 4] = ["consent", "course", "participation", "patient"];

/// A record that was submitted for the first time, with its content.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) record: Record,
    pub(crate) prepared: Prepared,
}

/// What a transaction has changed that bears on what is expected, and on what rules find.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    reshaped: BTreeSet<PatientId>,
    submitted: Vec<Submission>,
    collected: Vec<Sample>,
    /// Row ids of the records that were added or replaced.
    records: BTreeSet<String>,
}

impl Changes {
    /// Whether there is nothing to be settled.
    pub(crate) fn is_empty(&self) -> bool {
        self.reshaped.is_empty() && self.submitted.is_empty() && self.collected.is_empty()
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
        if F::TABLE == Record::TABLE {
            self.records.insert(fact.row_id());
        }
    }

    /// The patients of whom something is told differently now, by records or by what stands beside them.
    pub(crate) fn patients(&self) -> Vec<PatientId> {
        let submitted = self.submitted.iter().map(|one| one.record.patient);
        submitted.chain(self.reshaped.iter().copied()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether the record itself is another one now.
    pub(crate) fn has_changed(&self, record: RecordId) -> bool {
        self.records.contains(&record.to_string())
    }

    /// Takes note of what records tell.
    pub(crate) fn note_milestones<'m>(
        &mut self,
        milestones: impl IntoIterator<Item = &'m (PatientId, Milestone)>,
    ) {
        let shaping = milestones.into_iter().filter(|(_, one)| SHAPING.contains(&one.name.as_str()));
        self.reshaped.extend(shaping.map(|(patient, _)| *patient));
    }

    /// A record was submitted.
    pub(crate) fn submitted(&mut self, submission: Submission) {
        self.submitted.push(submission);
    }

    /// A sample was registered.
    pub(crate) fn collected(&mut self, sample: Sample) {
        self.collected.push(sample);
    }
}

/// Brings the items up to date.
pub(crate) fn settle(tx: &mut dyn WriteSession, forms: &Forms, changes: &Changes) -> Result<(), StoreError> {
    let Changes { reshaped, submitted, collected, records: _ } = changes;
    if !reshaped.is_empty() {
        let patients: Vec<PatientId> = reshaped.iter().copied().collect();
        for facts in read(tx, &patients)? {
            tx.put_schedule(facts.id(), &lay(forms, &facts))?;
        }
    }
    let answering = |patient: PatientId| !reshaped.contains(&patient);
    answer(tx, submitted.iter().filter(|one| answering(one.record.patient)))?;
    for sample in collected.iter().filter(|sample| answering(sample.patient)) {
        let Some(course) = sample.course else { continue };
        let mut entries = tx.expected_samples(course.uuid())?;
        for changed in answer_by_sample(&mut entries, sample) {
            tx.update_answer(&changed)?;
        }
    }
    Ok(())
}

fn answer<'s>(
    tx: &mut dyn WriteSession,
    submitted: impl Iterator<Item = &'s Submission> + Clone,
) -> Result<(), StoreError> {
    let forms: BTreeSet<&str> = submitted.clone().map(|one| one.record.form.as_str()).collect();
    for form in forms {
        let of_form = submitted.clone().filter(|one| one.record.form == form);
        let subjects: BTreeSet<_> = of_form.clone().map(|one| one.record.subject()).collect();
        let mut entries = tx.expected_forms(&subjects.into_iter().collect::<Vec<_>>(), form)?;
        for one in of_form {
            let (content, dated) = (one.prepared.content(), one.prepared.checked().clinical_date);
            for changed in answer_by_record(&mut entries, &one.record, content, dated) {
                tx.update_answer(&changed)?;
            }
        }
    }
    Ok(())
}
