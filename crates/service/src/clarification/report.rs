//! What a run of the rules has found, in figures.
//!
//! The network sees no patient: of sites other than its own it gets no figure of fewer than five patients and no count from
//! one to nine (domain brief 5.6). What a dry run tells it is told all the same.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::{Granted, Role, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{LEAST_PATIENTS, in_tens};
use cartotek_domain::id::PatientId;
use cartotek_domain::record::Record;
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
    /// Clarifications that were opened; in a dry run, that would be. `None` when hidden.
    pub opened: Option<u64>,
    /// What a clarification asks already that is not closed; `None` when hidden.
    pub already_open: Option<u64>,
    /// Clarifications that were closed because the rule finds nothing any more; in a dry run, that would be. `None` when
    /// hidden.
    pub closed: Option<u64>,
}

/// What a run has found; it names no patient.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunReport {
    /// Submitted forms that were judged, of the sites that are shown; for others than the site in tens, `None` when hidden.
    pub records: Option<u64>,
    /// By site, form and rule; for others than the site in tens, and none of which nothing is shown.
    pub counts: Vec<RuleCount>,
}

/// Whose figures a caller sees exactly.
pub(super) enum Exactly {
    /// Everybody's whose patients it may read.
    All,
    /// Those of its own sites.
    Own(BTreeSet<SiteCode>),
}

impl Exactly {
    pub(super) fn of(granted: &Granted<permission::RunClarifications>) -> Self {
        if granted.through(Role::Coordinator) { Self::Own(granted.own_sites()) } else { Self::All }
    }

    fn sees(&self, site: &SiteCode) -> bool {
        match self {
            Self::All => true,
            Self::Own(sites) => sites.contains(site),
        }
    }
}

/// What is counted of a site.
#[derive(Default)]
struct Judged {
    records: u64,
    patients: BTreeSet<PatientId>,
}

/// What is counted of a rule.
#[derive(Default)]
struct Found {
    /// Opened, already open and closed.
    counts: [u64; 3],
    patients: BTreeSet<PatientId>,
}

/// Counts as patients come by.
#[derive(Default)]
pub(super) struct Tally {
    judged: BTreeMap<SiteCode, Judged>,
    /// By site, form and rule.
    found: BTreeMap<(SiteCode, String, String), Found>,
}

impl Tally {
    /// Counts a form that is judged.
    pub(super) fn judge(&mut self, record: &Record) {
        let judged = self.judged.entry(record.site.clone()).or_default();
        judged.records += 1;
        judged.patients.insert(record.patient);
    }

    pub(super) fn add(&mut self, question: Question) {
        let patient = question.record.patient;
        let key = (question.record.site, question.record.form, question.rule);
        let found = self.found.entry(key).or_default();
        found.patients.insert(patient);
        let [opened, already_open, closed] = &mut found.counts;
        *match question.asked {
            Asked::NotYet => opened,
            Asked::Already => already_open,
            Asked::InVain(_) => closed,
        } += 1;
    }

    pub(super) fn report(mut self, exactly: &Exactly) -> RunReport {
        self.judged.retain(|site, judged| exactly.sees(site) || is_many(&judged.patients));
        let records: u64 = self.judged.values().map(|one| one.records).sum();
        let of_own = !self.judged.is_empty() && self.judged.keys().all(|site| exactly.sees(site));
        let is_exact = of_own || matches!(exactly, Exactly::All);
        let mut counts = Vec::new();
        for ((site, form, rule), found) in self.found {
            if !self.judged.contains_key(&site) {
                continue;
            }
            let (exact, many) = (exactly.sees(&site), is_many(&found.patients));
            let shown =
                found.counts.map(|count| if exact { Some(count) } else { in_tens(count).filter(|_| many) });
            if shown.iter().any(Option::is_some) {
                let [opened, already_open, closed] = shown;
                counts.push(RuleCount { site, form, rule, opened, already_open, closed });
            }
        }
        RunReport { records: if is_exact { Some(records) } else { in_tens(records) }, counts }
    }
}

fn is_many(patients: &BTreeSet<PatientId>) -> bool {
    u64::try_from(patients.len()).is_ok_and(|many| many >= LEAST_PATIENTS)
}
