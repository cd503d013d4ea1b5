//! What is known of a patient when the rules are run over the submitted forms, and what they ask then.

use std::collections::HashMap;

use cartotek_domain::clarification::{Clarification, ClarificationState, ClarificationStatus, state};
use cartotek_domain::consent::opt_out;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::PatientId;
use cartotek_domain::patient::Participation;
use cartotek_domain::record::{Record, Revision};
use cartotek_forms::Form;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;

use crate::Service;
use crate::clarification::run::ClarificationRun;
use crate::clarification::verdict::{Rerun, Verdict};
use crate::error::ServiceError;
use crate::timeline::{Timeline, by_patient};

/// What the rules rest on, and what they have asked before.
#[derive(Debug, PartialEq)]
pub(super) struct Basis {
    pub(super) timeline: Timeline,
    pub(super) participations: Vec<Participation>,
    /// The clarifications there are, with where they stand.
    asked: Vec<(Clarification, ClarificationState)>,
}

/// What a rule asks about a record, or has asked and finds no more.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) record: Record,
    pub(super) form_version: i32,
    pub(super) rule: String,
    pub(super) pointer: String,
    pub(super) asked: Asked,
}

/// Whether a clarification that is not closed asks a question.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// None does: it is to be opened.
    NotYet,
    /// One does, as the rule still finds something.
    Already,
    /// This one does, although the rule passes: it is to be closed.
    InVain(Box<Clarification>),
}

impl Basis {
    /// Reads what is known of some patients.
    pub(super) fn read(
        session: &mut dyn ReadSession,
        patients: &[PatientId],
    ) -> Result<Vec<Self>, ServiceError> {
        let mut participations = by_patient(session.participations(patients)?, |one| one.patient);
        let mut asked = by_patient(asked(session, patients)?, |(one, _)| one.patient);
        let basis = |timeline: Timeline| Self {
            participations: participations.remove(&timeline.patient).unwrap_or_default(),
            asked: asked.remove(&timeline.patient).unwrap_or_default(),
            timeline,
        };
        Ok(Timeline::read(session, patients)?.into_iter().map(basis).collect())
    }

    /// The records that a run judges; none of a patient about whom nothing may be added.
    pub(super) fn judged(
        &self,
        run: &ClarificationRun,
        today: NaiveDate,
    ) -> impl Iterator<Item = &(Record, Revision)> {
        let collectable = opt_out(&self.timeline.standing.consents, today).is_none();
        self.timeline.records.iter().filter(move |(record, _)| collectable && run.is_about(record))
    }

    /// What the current rules ask: what a clarification asks that is not closed, and what nobody has explained.
    pub(super) fn questions(
        &self,
        service: &Service,
        run: &ClarificationRun,
    ) -> Result<Vec<Question>, ServiceError> {
        let (mut questions, published) = (Vec::new(), service.forms()?);
        for (record, revision) in self.judged(run, service.today()) {
            let form = published.expect(&record.form, None)?;
            let mut verdict = Verdict::of(service, record, revision, &self.timeline.standing, None)?;
            questions.extend(self.passing(run, record, &verdict));
            let form_version = verdict.form_version;
            let found = std::mem::take(&mut verdict.of_rules);
            for finding in found.into_iter().filter(|one| run.asks_by(&one.rule)) {
                let is_asked = self.asked_before(&verdict, record, &finding).any(is_live);
                if !is_asked && self.is_settled(form, &verdict, (record, revision), &finding) {
                    continue;
                }
                let asked = if is_asked { Asked::Already } else { Asked::NotYet };
                let (rule, pointer) = (finding.rule, finding.pointer);
                questions.push(Question { record: record.clone(), form_version, rule, pointer, asked });
            }
        }
        Ok(questions)
    }

    /// What the run's rules have asked about a record and find no more.
    fn passing(&self, run: &ClarificationRun, record: &Record, verdict: &Verdict) -> Vec<Question> {
        let of_record = self.asked.iter().filter(|(one, state)| one.record == record.id && is_live(state));
        let passing = of_record.filter_map(|(one, _)| {
            let rule = one.rule.clone().filter(|rule| run.asks_by(rule))?;
            (verdict.rerun(&rule, one) == Rerun::Passes).then(|| Question {
                record: record.clone(),
                form_version: verdict.form_version,
                rule,
                pointer: one.pointer.clone(),
                asked: Asked::InVain(Box::new(one.clone())),
            })
        });
        passing.collect()
    }

    /// Whether somebody has said why this same content is right although the rule finds it, with the content or when they
    /// closed an earlier question of the rule, and no other form has told since what the rule looks at.
    fn is_settled(
        &self,
        form: &Form,
        verdict: &Verdict,
        (record, revision): (&Record, &Revision),
        finding: &Finding,
    ) -> bool {
        let with_content = verdict.is_explained(finding, revision).then_some(revision.created_at);
        let closed = self.asked_before(verdict, record, finding).filter(|state| state.acknowledged);
        let of_content = closed.filter_map(|state| state.closed_at).filter(|at| *at >= revision.created_at);
        let said_at = with_content.into_iter().chain(of_content).max();
        said_at.is_some() && said_at >= self.timeline.told_at(form, record, &finding.rule)
    }

    /// Where the questions stand that the rule has asked at this place, whatever it was called then.
    fn asked_before(
        &self,
        verdict: &Verdict,
        record: &Record,
        finding: &Finding,
    ) -> impl Iterator<Item = &ClarificationState> {
        let fits = move |one: &Clarification| {
            one.record == record.id
                && one.rule.as_ref() == Some(&finding.rule)
                && verdict.place(one.form_version, &one.pointer).as_ref() == Some(&finding.pointer)
        };
        self.asked.iter().filter(move |(one, _)| fits(one)).map(|(_, state)| state)
    }
}

fn is_live(state: &ClarificationState) -> bool {
    state.status != ClarificationStatus::Closed
}

fn asked(
    session: &mut dyn ReadSession,
    patients: &[PatientId],
) -> Result<Vec<(Clarification, ClarificationState)>, ServiceError> {
    let clarifications = session.clarifications_of(patients)?;
    let ids: Vec<_> = clarifications.iter().map(|one| one.id).collect();
    let mut events: HashMap<_, Vec<_>> = HashMap::new();
    for event in session.clarification_events(&ids)? {
        events.entry(event.clarification).or_default().push(event);
    }
    let with_state = |one: Clarification| {
        let state = state(&events.remove(&one.id).unwrap_or_default());
        (one, state)
    };
    Ok(clarifications.into_iter().map(with_state).collect())
}
