//! What a run of the rules has found, in figures.

use std::collections::BTreeMap;

use cartotek_domain::code::site::SiteCode;
use serde::{Deserialize, Serialize};

use crate::clarification::basis::{Asked, Question};

/// How much a rule finds in the forms of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// The site that must answer.
    pub site: SiteCode,
    /// Code of the form.
    pub form: String,
    /// The rule.
    pub rule: String,
    /// Clarifications that were opened; in a dry run, that would be.
    pub opened: u64,
    /// What a clarification asks already that is not closed.
    pub already_open: u64,
    /// Clarifications that were closed because the rule finds nothing any more; in a dry run, that would be.
    pub closed: u64,
}

/// What a run has found; it names no patient.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunReport {
    /// Submitted forms that were judged.
    pub records: u64,
    /// By site, form and rule.
    pub counts: Vec<RuleCount>,
}

/// Counts as patients come by.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) records: u64,
    /// Opened, already open and closed, by site, form and rule.
    counts: BTreeMap<(SiteCode, String, String), [u64; 3]>,
}

impl Tally {
    pub(super) fn add(&mut self, question: Question) {
        let key = (question.record.site, question.record.form, question.rule);
        let [opened, already_open, closed] = self.counts.entry(key).or_default();
        *match question.asked {
            Asked::NotYet => opened,
            Asked::Already => already_open,
            Asked::InVain(_) => closed,
        } += 1;
    }

    pub(super) fn report(self) -> RunReport {
        let counts = self.counts.into_iter().map(|((site, form, rule), [opened, already_open, closed])| {
            RuleCount { site, form, rule, opened, already_open, closed }
        });
        RunReport { records: self.records, counts: counts.collect() }
    }
}
