//! Judging what waits of a patient, beside the writer.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::clarification::Clarification;
use cartotek_domain::finding::RecordFinding;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::time::Timestamp;
use cartotek_persistence::ReadSession;
use cartotek_persistence::session::finding::FindingDue;

use crate::Service;
use crate::clarification::passing;
use crate::error::ServiceError;
use crate::publish::PublishedForms;
use crate::timeline::finding::{ByMilestones, Stored, form_of, succeeding};
use crate::timeline::patient::{Timeline, by_patient};

/// A patient of whom changes wait to be judged.
pub(super) struct Case {
    timeline: Timeline,
    /// What stands in the records.
    found: Vec<RecordFinding>,
    /// What rules have asked about them that is not closed.
    asked: Vec<Clarification>,
    due: Vec<FindingDue>,
}

/// What is to be written of a patient, as long as nothing more has become due.
#[derive(Clone)]
pub(super) struct Outcome {
    pub(super) patient: PatientId,
    /// The changes that it takes up.
    pub(super) due: Vec<FindingDue>,
    /// The records in which something else stands now.
    pub(super) changed: Vec<(RecordId, Vec<RecordFinding>)>,
    /// The clarifications whose rule passes now.
    pub(super) mended: Vec<Clarification>,
}

/// How far changes reach.
struct Reach<'d> {
    /// Whether a course or consent has changed, or a published list: that reaches every record.
    everywhere: bool,
    /// The records that have changed themselves.
    records: BTreeSet<RecordId>,
    /// The milestones that are told anew.
    told: BTreeMap<&'d str, Tellers>,
}

/// Who tells a milestone anew.
#[derive(Clone, Copy, PartialEq)]
enum Tellers {
    One(RecordId),
    Several,
}

impl<'d> Reach<'d> {
    fn of(due: &'d [FindingDue]) -> Self {
        let mut told: BTreeMap<&str, Tellers> = BTreeMap::new();
        let by_record = due.iter().filter_map(|one| Some((one.record?, &one.milestones)));
        for (record, name) in
            by_record.clone().flat_map(|(record, names)| names.iter().map(move |name| (record, name)))
        {
            let tellers = told.entry(name).or_insert(Tellers::One(record));
            if *tellers != Tellers::One(record) {
                *tellers = Tellers::Several;
            }
        }
        Self {
            everywhere: due.iter().any(|one| one.record.is_none()),
            records: by_record.map(|(record, _)| record).collect(),
            told,
        }
    }

    /// Whether another record than this tells the milestone anew.
    fn tells(&self, name: &str, record: RecordId) -> bool {
        self.told.get(name).is_some_and(|tellers| *tellers != Tellers::One(record))
    }

    /// Whether the rule that asks may find something else than before.
    fn may_mend(&self, published: &PublishedForms, asked: &Clarification) -> bool {
        let looks_at_told = |rule: &String| {
            let form = published.forms.form(&asked.form, None);
            form.is_some_and(|form| form.rule_looks_at_any(rule, |name| self.tells(name, asked.record)))
        };
        self.everywhere
            || self.records.contains(&asked.record)
            || asked.rule.as_ref().is_some_and(looks_at_told)
    }
}

impl Case {
    /// Reads what is known of patients, and what waits of them.
    pub(super) fn read(
        session: &mut dyn ReadSession,
        patients: &[PatientId],
    ) -> Result<Vec<Self>, ServiceError> {
        let mut found = by_patient(session.findings_of(patients)?, |one| one.patient);
        let mut asked = by_patient(session.live_clarifications_of_rules(patients)?, |one| one.patient);
        let mut due = by_patient(session.findings_due_of(patients)?, |one| one.patient);
        let case = |timeline: Timeline| Self {
            found: found.remove(&timeline.patient).unwrap_or_default(),
            asked: asked.remove(&timeline.patient).unwrap_or_default(),
            due: due.remove(&timeline.patient).unwrap_or_default(),
            timeline,
        };
        Ok(Timeline::read(session, patients)?.into_iter().map(case).collect())
    }

    /// Judges the records that the changes reach. Where all rules that look at milestones are run, that is done once for
    /// findings and clarifications, unless these are about a later version of the form.
    pub(super) fn judge(
        &self,
        service: &Service,
        published: &PublishedForms,
    ) -> Result<Outcome, ServiceError> {
        let reach = Reach::of(&self.due);
        let since = self.due.iter().map(|one| one.changed_at).min().unwrap_or_else(|| service.now());
        let mut outcome = Outcome {
            patient: self.timeline.patient,
            due: self.due.clone(),
            changed: Vec::new(),
            mended: Vec::new(),
        };
        for (record, revision) in &self.timeline.records {
            let by_milestones =
                self.judge_record(published, &reach, (record, revision), since, &mut outcome)?;
            let of_record = self.asked.iter().filter(|one| one.record == record.id);
            let asked: Vec<_> = of_record.filter(|one| reach.may_mend(published, one)).collect();
            let standing = &self.timeline.standing;
            outcome.mended.extend(passing(
                service,
                (record, revision),
                standing,
                &asked,
                by_milestones.as_ref(),
            )?);
        }
        Ok(outcome)
    }

    /// Notes what stands in a record if that is something else now; gives what its rules have found, if all were run.
    fn judge_record(
        &self,
        published: &PublishedForms,
        reach: &Reach<'_>,
        (record, revision): (&Record, &Revision),
        since: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<Option<ByMilestones>, ServiceError> {
        let told = |name: &str| reach.tells(name, record.id);
        let is_reached = reach.everywhere || form_of(published, record, revision)?.looks_at_any(told);
        // What a changed record finds itself was kept with the change.
        if !is_reached && !reach.records.contains(&record.id) {
            return Ok(None);
        }
        let before: Vec<_> = self.found.iter().filter(|one| one.record == record.id).cloned().collect();
        if !is_reached && before.is_empty() {
            return Ok(None);
        }
        let stored = Stored::read(published, record, revision)?;
        let all_run = reach.everywhere || before.iter().any(|one| stored.is_of_no_rule(one));
        let all = all_run.then(|| stored.by_milestones(&self.timeline.standing));
        let found = match &all {
            Some(by_milestones) => stored.findings(&self.timeline, by_milestones, since),
            None => stored.findings_told(&self.timeline, &before, told, since),
        };
        outcome.changed.extend(succeeding(&before, found).map(|findings| (record.id, findings)));
        Ok(all)
    }
}
