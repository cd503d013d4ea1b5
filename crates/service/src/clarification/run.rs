//! Asking by rules: the current rules are run over every submitted form of the caller's scope, what they find is asked
//! about once, and what they find no more is closed.
//!
//! Everything is read and judged beside the writer. What is to be asked about a patient is written in one short
//! transaction with an event of its own, after a look whether somebody has changed meanwhile what it rests on. A run that
//! ended early may be started again: what was asked is not asked twice.

use std::sync::Arc;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::clarification::Clarification;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ActorId, ClarificationId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Record;
use cartotek_domain::text::Text;
use cartotek_persistence::{Page, ReadSession, StoreError};
use serde_json::json;

use crate::Service;
use crate::act::{Act, Done};
use crate::clarification::ask;
use crate::clarification::basis::{Asked, Basis, Question};
use crate::clarification::mended::close_by_itself;
use crate::clarification::report::{Exactly, RunReport, Tally};
use crate::cohort::question_hash;
use crate::error::ServiceError;
use crate::patient::acting_site;

/// Patients whose forms are read and judged together.
const PATIENTS: u16 = 100;
/// How often a patient is judged anew before the database counts as too busy.
const ATTEMPTS: usize = 10;

/// Which forms a run judges, by which rule.
#[derive(Debug, Clone, Default)]
pub struct ClarificationRun {
    /// Only this form.
    pub form: Option<String>,
    /// Only by this rule.
    pub rule: Option<String>,
    /// Only the forms that this site owns.
    pub site: Option<SiteCode>,
}

impl ClarificationRun {
    pub(super) fn is_about(&self, record: &Record) -> bool {
        self.form.as_ref().is_none_or(|form| *form == record.form)
            && self.site.as_ref().is_none_or(|site| *site == record.site)
    }

    fn hash(&self) -> cartotek_crypto::hash::Hash {
        let Self { form, rule, site } = self;
        question_hash(&json!({ "clarification_run": { "form": form, "rule": rule, "site": site } }))
    }

    pub(super) fn asks_by(&self, rule: &str) -> bool {
        self.rule.as_ref().is_none_or(|wanted| wanted == rule)
    }
}

impl Service {
    /// Runs the rules of the current form versions over all submitted forms of the caller's scope, asks about each
    /// warning and error that is not asked about and that nobody has explained, and closes what a rule has asked that
    /// finds nothing any more. A dry run counts the same. A coordinator gets no figure of few. The event has the hash of what
    /// was asked.
    ///
    /// # Errors
    /// `content_invalid` for a form, rule or site that there is not; `unavailable` when the database is too busy: what
    /// was asked by then stays, and a second run goes on.
    pub async fn run_clarifications(
        &self,
        granted: &Granted<permission::RunClarifications>,
        act: &Act,
        run: ClarificationRun,
    ) -> Result<Done<RunReport>, ServiceError> {
        self.check_run(&run).await?;
        let question = run.hash();
        let report = if self.is_answered(granted, act).await? {
            // The last transaction finds the stored answer.
            RunReport::default()
        } else {
            self.ask_by_rules(granted, act, Arc::new(run)).await?
        };
        let (site, question) = (granted.own_sites().pop_first(), question.to_string());
        self.change(granted, act, "finish clarification run", move |journal| {
            journal.because(&question);
            if let Some(site) = &site {
                journal.on_behalf_of(site);
            }
            Ok(report.clone())
        })
        .await
    }

    async fn ask_by_rules(
        &self,
        granted: &Granted<permission::RunClarifications>,
        act: &Act,
        run: Arc<ClarificationRun>,
    ) -> Result<RunReport, ServiceError> {
        let act = Act { key: None, ..act.clone() };
        let mut tally = Tally::default();
        let mut page = Page::first(PATIENTS);
        loop {
            let (bases, next) = self.read_bases(granted, page).await?;
            for basis in &bases {
                for (record, _) in basis.judged(&run, self.today()) {
                    tally.judge(record);
                }
            }
            for (basis, questions) in self.judge_bases(&run, bases).await? {
                let asked = self.settle(granted, &act, &run, basis, questions).await?;
                for question in asked {
                    tally.add(question);
                }
            }
            match next {
                Some(_) => page = Page { after: next, limit: PATIENTS },
                None => return Ok(tally.report(&Exactly::of(granted))),
            }
        }
    }

    async fn read_bases(
        &self,
        granted: &Granted<permission::RunClarifications>,
        page: Page<Pseudonym>,
    ) -> Result<(Vec<Basis>, Option<Pseudonym>), ServiceError> {
        let scope = granted.patients(self.today());
        self.store()
            .read("read clarification run", move |session| {
                let patients = session.patients(&scope, &page)?;
                let ids: Vec<_> = patients.items.iter().map(|patient| patient.id).collect();
                Ok((Basis::read(session, &ids)?, patients.next))
            })
            .await
    }

    /// What the rules ask about each patient, judged beside the tasks.
    async fn judge_bases(
        &self,
        run: &Arc<ClarificationRun>,
        bases: Vec<Basis>,
    ) -> Result<Vec<(Basis, Vec<Question>)>, ServiceError> {
        let (service, run) = (self.clone(), Arc::clone(run));
        let judge = move |basis: Basis| {
            let questions = basis.questions(&service, &run)?;
            Ok::<_, ServiceError>((basis, questions))
        };
        tokio::task::spawn_blocking(move || bases.into_iter().map(judge).collect())
            .await
            .map_err(|_| ServiceError::Defect("judging forms panicked".to_owned()))?
    }

    /// Opens what the rules ask about one patient and closes what they asked in vain; judges anew when somebody has
    /// changed meanwhile what that rests on. Gives what they ask.
    async fn settle(
        &self,
        granted: &Granted<permission::RunClarifications>,
        act: &Act,
        run: &Arc<ClarificationRun>,
        mut basis: Basis,
        mut questions: Vec<Question>,
    ) -> Result<Vec<Question>, ServiceError> {
        for _ in 0..ATTEMPTS {
            if questions.iter().all(|question| matches!(question.asked, Asked::Already)) {
                return Ok(questions);
            }
            let patient = basis.timeline.patient;
            match self.ask_about(granted, act, basis, questions.clone()).await {
                Err(ServiceError::Store(StoreError::Busy)) => {}
                done => return done.map(|_| questions),
            }
            let read = move |session: &mut dyn ReadSession| Basis::read(session, &[patient]);
            let read_anew = self.store().read("read clarification run", read).await?;
            (basis, questions) =
                self.judge_bases(run, read_anew).await?.pop().ok_or_else(ServiceError::not_found)?;
        }
        Err(StoreError::Busy.into())
    }

    /// Writes what the rules ask about one patient; `Busy` when it rests on something that has changed.
    async fn ask_about(
        &self,
        granted: &Granted<permission::RunClarifications>,
        act: &Act,
        basis: Basis,
        questions: Vec<Question>,
    ) -> Result<Done<()>, ServiceError> {
        let (service, opened_by) = (self.clone(), granted.caller().actor);
        let site = acting_site(&basis.participations, granted, self.today());
        self.change(granted, act, "open clarifications of rules", move |journal| {
            let patient = [basis.timeline.patient];
            journal.lock_patients(&patient)?;
            if Basis::read(journal.read(), &patient)?.first() != Some(&basis) {
                return Err(StoreError::Busy.into());
            }
            if let Some(site) = &site {
                journal.on_behalf_of(site);
            }
            for question in &questions {
                match &question.asked {
                    Asked::Already => {}
                    Asked::InVain(clarification) => close_by_itself(&service, journal, clarification)?,
                    Asked::NotYet => {
                        let clarification = question.clarification(&service, opened_by, site.clone())?;
                        ask(&service, journal, &clarification, None)?;
                    }
                }
            }
            Ok(())
        })
        .await
    }

    /// Refuses a form, rule or site that there is not.
    async fn check_run(&self, run: &ClarificationRun) -> Result<(), ServiceError> {
        let published = self.forms()?;
        let mut forms: Vec<_> = published.forms.latest().collect();
        if let Some(form) = &run.form {
            forms = vec![published.expect(form, None)?];
        }
        if run.rule.as_ref().is_some_and(|rule| forms.iter().all(|form| form.rule_text(rule).is_none())) {
            return Err(unknown("RULE-UNKNOWN", "/rule", UNKNOWN_RULE));
        }
        let Some(site) = run.site.clone() else { return Ok(()) };
        let find = move |session: &mut dyn ReadSession| Ok::<_, ServiceError>(session.site(&site)?.is_some());
        let known = self.store().read("find site", find).await?;
        if known { Ok(()) } else { Err(unknown("CODE-UNKNOWN", "/site", UNKNOWN_SITE)) }
    }

    /// Whether the caller's key has an answer already.
    async fn is_answered(
        &self,
        granted: &Granted<permission::RunClarifications>,
        act: &Act,
    ) -> Result<bool, ServiceError> {
        let Some(key) = act.key.clone().filter(|_| !act.dry_run) else { return Ok(false) };
        let actor = granted.caller().actor;
        let find = move |session: &mut dyn ReadSession| {
            Ok::<_, ServiceError>(session.stored_answer(actor, &key.key)?.is_some())
        };
        self.store().read("look for stored answer", find).await
    }
}

impl Question {
    /// What asks it from now on, for a site or for the network.
    fn clarification(
        &self,
        service: &Service,
        opened_by: ActorId,
        opened_for: Option<SiteCode>,
    ) -> Result<Clarification, ServiceError> {
        Ok(Clarification {
            id: ClarificationId::next(service.ids()),
            patient: self.record.patient,
            record: self.record.id,
            revision: self.record.revision,
            form: self.record.form.clone(),
            form_version: self.form_version,
            pointer: self.pointer.clone(),
            rule: Some(self.rule.clone()),
            site: self.record.site.clone(),
            opened_by,
            opened_for,
            opened_at: service.now(),
            salt: service.salt()?,
        })
    }
}

fn unknown(rule: &str, pointer: &str, (sv, en): (&str, &str)) -> ServiceError {
    ServiceError::invalid(vec![Finding::error(rule, pointer, Text::new(sv, en))])
}

const UNKNOWN_RULE: (&str, &str) = (
    "Ingen regel heter så i formulärets senaste version; se x-rules i GET /forms/{code}/versions/{version}.",
    "The latest version of the form has no rule of this name; see x-rules in GET /forms/{code}/versions/{version}.",
);
const UNKNOWN_SITE: (&str, &str) =
    ("Sjukhuset finns inte i nätverket; se GET /sites.", "There is no such site; see GET /sites.");
