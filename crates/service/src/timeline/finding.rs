//! What stands in one submitted record.

use std::cmp::Reverse;

use cartotek_domain::finding::{Finding, RecordFinding};
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::text::Text;
use cartotek_domain::time::{Timestamp, swedish_day};
use cartotek_forms::{Form, Forms};
use cartotek_persistence::StoreError;
use serde_json::Value;

use crate::clarification::is_explained;
use crate::error::ServiceError;
use crate::publish::PublishedForms;
use crate::record::objection::{IN_A_NO, dated_in_a_no};
use crate::record::standing::{AFTER_THE_END, Standing, told_after_the_end};
use crate::timeline::patient::Timeline;

/// The content of a submitted record, with the form under which it was accepted.
pub(crate) struct Stored<'p> {
    form: &'p Form,
    record: &'p Record,
    revision: &'p Revision,
    content: Value,
}

/// What the rules of a version find in a content that look at milestones.
pub(crate) struct ByMilestones {
    pub(crate) version: u32,
    pub(crate) findings: Vec<Finding>,
}

impl<'p> Stored<'p> {
    /// Reads a revision.
    ///
    /// # Errors
    /// When its form is not published, or the content cannot be read.
    pub(crate) fn read(
        published: &'p PublishedForms,
        record: &'p Record,
        revision: &'p Revision,
    ) -> Result<Self, ServiceError> {
        let form = form_of(published, record, revision)?;
        Ok(Self { form, record, revision, content: serde_json::from_str(&revision.content)? })
    }

    /// What its own rules find by milestones. The content was accepted once, so that nothing of its own stands in their
    /// way; `today` is the day on which it was saved, so that nothing changes at midnight.
    pub(crate) fn by_milestones(&self, standing: &Standing) -> ByMilestones {
        let (record, saved_on) = (self.record, swedish_day(self.revision.created_at));
        let (course, except) = (record.course, Some(record.id));
        let findings = standing.by_milestones(self.form, &self.content, course, except, saved_on);
        ByMilestones { version: self.form.version(), findings }
    }

    /// Whether a finding says of some rule that it could not be run: of which one, it does not say.
    pub(crate) fn is_of_no_rule(&self, finding: &RecordFinding) -> bool {
        around(&finding.rule, &finding.pointer).is_none() && self.form.rule_text(&finding.rule).is_none()
    }

    /// What stands in it after others have told something anew: the rules that look at that are run, what the other rules
    /// have found stands. Not for a record in which a finding is of no rule: nobody knows whether that one is run.
    pub(crate) fn findings_told(
        &self,
        timeline: &Timeline,
        before: &[RecordFinding],
        told: impl Fn(&str) -> bool,
        since: Timestamp,
    ) -> Vec<RecordFinding> {
        let (record, saved_on) = (self.record, swedish_day(self.revision.created_at));
        let view = timeline.standing.view_of_rules(self.form, record.course, Some(record.id));
        let found = self.form.check_told(&self.content, &view, saved_on, &told);
        let stands = |one: &&RecordFinding| {
            around(&one.rule, &one.pointer).is_some() || !self.form.rule_looks_at_any(&one.rule, &told)
        };
        let mut findings = self.rows(timeline, found.iter(), since);
        findings.extend(before.iter().filter(stands).map(|one| RecordFinding {
            // Told by others while this content was on its way.
            explained: one.explained && self.knew_all(timeline, &one.rule),
            ..one.clone()
        }));
        findings.sort_by(|one, other| (&one.rule, &one.pointer).cmp(&(&other.rule, &other.pointer)));
        findings
    }

    /// What stands in it: that, and what consents and course say of it. What `since` brought stands since then, but not
    /// since before the content was saved. A reason explains what was known when it was given.
    pub(crate) fn findings(
        &self,
        timeline: &Timeline,
        by_milestones: &ByMilestones,
        since: Timestamp,
    ) -> Vec<RecordFinding> {
        let around = timeline.standing.by_consents_and_course(self.form, self.record, &self.content);
        self.rows(timeline, around.iter().chain(&by_milestones.findings), since)
    }

    fn rows<'f>(
        &self,
        timeline: &Timeline,
        found: impl Iterator<Item = &'f Finding>,
        since: Timestamp,
    ) -> Vec<RecordFinding> {
        let (record, revision) = (self.record, self.revision);
        let explained = |one: &Finding| {
            is_explained(one, &revision.acknowledgements) && self.knew_all(timeline, &one.rule)
        };
        rows(record, revision, found, since.max(revision.created_at), explained)
    }

    /// Whether whoever saved the content knew all that others tell of what the rule looks at.
    fn knew_all(&self, timeline: &Timeline, rule: &str) -> bool {
        timeline.told_at(self.form, self.record, rule) <= Some(self.revision.created_at)
    }
}

/// The form under which a revision was accepted.
///
/// # Errors
/// When it is not published.
pub(super) fn form_of<'p>(
    published: &'p PublishedForms,
    record: &Record,
    revision: &Revision,
) -> Result<&'p Form, ServiceError> {
    let version = u32::try_from(revision.form_version)
        .map_err(|_| StoreError::inconsistent("revision", "form_version", revision.id))?;
    published.expect(&record.form, Some(version))
}

/// What stands in a submitted record, computed from the facts alone.
///
/// # Errors
/// As [`Stored::read`].
pub(crate) fn found_in(
    published: &PublishedForms,
    timeline: &Timeline,
    record: &Record,
    revision: &Revision,
) -> Result<Vec<RecordFinding>, ServiceError> {
    let stored = Stored::read(published, record, revision)?;
    Ok(stored.findings(timeline, &stored.by_milestones(&timeline.standing), revision.created_at))
}

/// What of the findings of a submission or amendment goes on standing in the record: what rules of the form find that look
/// at other records, so that these rules need not be run again.
pub(crate) fn found_at_submission(
    form: &Form,
    record: &Record,
    revision: &Revision,
    found: &[Finding],
) -> Vec<RecordFinding> {
    let beyond = |one: &&Finding| form.looks_at_others(&one.rule) == Some(true);
    let explained = |one: &Finding| is_explained(one, &revision.acknowledgements);
    rows(record, revision, found.iter().filter(beyond), revision.created_at, explained)
}

/// What is to stand in the place of what stood before; what stood already has stood since then. `None` when nothing has
/// changed.
pub(crate) fn succeeding(
    before: &[RecordFinding],
    mut found: Vec<RecordFinding>,
) -> Option<Vec<RecordFinding>> {
    for one in &mut found {
        let same = |known: &&RecordFinding| known.rule == one.rule && known.pointer == one.pointer;
        if let Some(known) = before.iter().find(same) {
            one.since = known.since;
        }
    }
    (found != before).then_some(found)
}

/// The rows of findings, by rule and pointer. A rule may find several things at one place, e.g. about the elements of a
/// list: the gravest speaks for all.
fn rows<'f>(
    record: &Record,
    revision: &Revision,
    found: impl Iterator<Item = &'f Finding>,
    since: Timestamp,
    explained: impl Fn(&Finding) -> bool,
) -> Vec<RecordFinding> {
    let row = |one: &Finding| RecordFinding {
        record: record.id,
        patient: record.patient,
        site: record.site.clone(),
        form: record.form.clone(),
        form_version: revision.form_version,
        rule: one.rule.clone(),
        pointer: one.pointer.clone(),
        severity: one.severity,
        explained: explained(one),
        since,
    };
    let mut rows: Vec<_> = found.map(row).collect();
    rows.sort_by(|one, other| {
        let key = |row: &RecordFinding| Reverse(row.severity);
        (&one.rule, &one.pointer, key(one)).cmp(&(&other.rule, &other.pointer, key(other)))
    });
    rows.dedup_by(|one, other| one.rule == other.rule && one.pointer == other.pointer);
    rows
}

/// What makes the finding of that name when consents or course say it of a content, whatever the rules of its form.
fn around(rule: &str, pointer: &str) -> Option<fn() -> Finding> {
    match (rule, pointer) {
        (IN_A_NO, "") => Some(dated_in_a_no),
        (AFTER_THE_END, "") => Some(told_after_the_end),
        _ => None,
    }
}

/// What a finding says. A version that another server has published a moment ago is not known here yet.
pub(crate) fn text_of(forms: &Forms, finding: &RecordFinding) -> Text {
    if let Some(found) = around(&finding.rule, &finding.pointer) {
        return found().message;
    }
    let version = u32::try_from(finding.form_version).ok();
    let form = version.and_then(|version| forms.form(&finding.form, Some(version)));
    form.and_then(|form| form.rule_text(&finding.rule)).cloned().unwrap_or_else(|| {
        Text::new(
            "Regeln gick inte att pröva här; felet ligger i formuläret, meddela registret.",
            "The rule could not be evaluated here; the form is at fault, please tell the registry.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_consents_and_course_say_is_known_by_its_name() {
        for say in [dated_in_a_no as fn() -> Finding, told_after_the_end] {
            let Finding { rule, pointer, message, .. } = say();
            let found = around(&rule, &pointer).map(|say| say().message);
            assert_eq!(found, Some(message), "{rule}");
            // A rule of a form may have the same name, but it points at an answer.
            assert!(around(&rule, "/contact_date").is_none(), "{rule}");
        }
        assert!(around("R-FU-01", "").is_none());
    }
}
