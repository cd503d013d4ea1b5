//! What stands in submitted records, recomputed from the facts by the rules of their own versions.

use std::collections::{HashMap, HashSet};

use cartotek_domain::fact::Fact;
use cartotek_domain::finding::RecordFinding;
use cartotek_domain::id::PatientId;
use cartotek_domain::patient::Patient;
use cartotek_domain::record::Revision;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::Page;
use cartotek_persistence::session::finding::FindingKey;

use super::projections::Key;
use super::{Check, DiscrepancyClass, PAGE};
use crate::error::ServiceError;
use crate::publish::PublishedForms;
use crate::timeline::published::not_noted;
use crate::timeline::{Timeline, found_in};

/// Changes read in one statement.
const CHANGES: u16 = 1000;

impl Key for FindingKey {
    fn text(&self) -> String {
        format!("{}/{}{}", self.record, self.rule, self.pointer)
    }
}

impl Check<'_> {
    /// Compares the findings of all patients, but for those of whom changes wait to be judged: of them nobody can tell.
    pub(super) fn findings(&mut self, published: &PublishedForms) -> Result<(), ServiceError> {
        let mut patients = Vec::new();
        self.each(&mut |patient: Patient| patients.push(patient.id))?;
        let mut waiting = self.waiting_to_be_judged()?;
        if not_noted(self.session)?.is_some() {
            // A list was published a moment ago.
            waiting.extend(&patients);
        }
        let mut expected: HashMap<FindingKey, RecordFinding> = HashMap::new();
        for some in patients.chunks(100) {
            let (unknown, judged): (Vec<_>, Vec<_>) =
                some.iter().copied().partition(|one| waiting.contains(one));
            expected.extend(self.session.findings_of(&unknown)?.into_iter().map(keyed));
            for timeline in Timeline::read(self.session, &judged)? {
                for (record, revision) in &timeline.records {
                    match found_in(published, &timeline, record, revision) {
                        Ok(found) => expected.extend(found.into_iter().map(keyed)),
                        Err(_) => {
                            self.report.found(DiscrepancyClass::Unreadable, Revision::TABLE, revision.id);
                        }
                    }
                }
            }
        }
        self.compare("record_finding", expected, |check, after| {
            Ok(check.session.findings_after(after, PAGE)?.into_iter().map(keyed).collect())
        })
    }

    /// The patients of whom changes wait to be judged; those that have waited long give a notice.
    fn waiting_to_be_judged(&mut self) -> Result<HashSet<PatientId>, ServiceError> {
        let (mut waiting, mut page) = (HashSet::new(), Page::first(CHANGES));
        loop {
            let due = self.session.findings_due(&page)?;
            for one in due.items {
                if self.now - one.changed_at > self.options.longest_wait {
                    self.report.found(DiscrepancyClass::JudgementOverdue, "finding_due", one.id);
                }
                waiting.insert(one.patient);
            }
            match due.next {
                None => return Ok(waiting),
                next => page.after = next,
            }
        }
    }
}

/// A finding by its key. Since when it stands no fact tells: that is left out.
fn keyed(finding: RecordFinding) -> (FindingKey, RecordFinding) {
    (FindingKey::of(&finding), RecordFinding { since: Timestamp::UNIX_EPOCH, ..finding })
}
