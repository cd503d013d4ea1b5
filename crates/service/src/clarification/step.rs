//! What happens to a clarification after it was asked: answered, assigned, closed, reopened.

use cartotek_domain::access::{GrantScope, Granted, Permission, Role, permission};
use cartotek_domain::clarification::{Clarification, ClarificationEventKind, ClarificationStatus, state};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ActorId, ClarificationId};
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_persistence::ReadSession;

use crate::Service;
use crate::act::{Act, Done};
use crate::clarification::read::one_file;
use crate::clarification::verdict::{Rerun, rerun};
use crate::clarification::{ClarificationFile, Step, append};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::acting_for;
use crate::record::objection::check_not_opted_out;

/// Decides whether the caller may do this to the clarification.
type Check<P> =
    fn(&Service, &mut Journal<'_>, &Granted<P>, &Clarification, &Step) -> Result<(), ServiceError>;

impl Service {
    /// Answers a clarification of the caller's site.
    ///
    /// # Errors
    /// `not_found` unless one of the caller's sites takes part; `permission_missing` unless it owns the form;
    /// `stale_version`; `wrong_state` when it is closed; `content_invalid` for a patient who has opted out.
    pub async fn answer_clarification(
        &self,
        granted: &Granted<permission::AnswerClarification>,
        act: &Act,
        id: ClarificationId,
        expected: i64,
        text: String,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let step = step(granted, ClarificationEventKind::Answered, Some(text));
        self.take_step(granted, act, "answer clarification", id, expected, step, check_answerer).await
    }

    /// Names who is to answer a clarification of the caller's site, or nobody in particular.
    ///
    /// # Errors
    /// As [`Service::answer_clarification`]; `content_invalid` also for somebody who is no data manager of the site.
    pub async fn assign_clarification(
        &self,
        granted: &Granted<permission::AnswerClarification>,
        act: &Act,
        id: ClarificationId,
        expected: i64,
        assignee: Option<ActorId>,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let step = Step { assignee, ..step(granted, ClarificationEventKind::Assigned, None) };
        self.take_step(granted, act, "assign clarification", id, expected, step, check_assignment).await
    }

    /// Closes a clarification that the caller or its site has asked. That of a rule which still finds something needs a
    /// text: why the content is right all the same.
    ///
    /// # Errors
    /// `not_found` unless one of the caller's sites takes part; `permission_missing` unless it has asked;
    /// `stale_version`; `wrong_state` when it is closed; `content_invalid` without that text, or for a patient who has
    /// opted out.
    pub async fn close_clarification(
        &self,
        granted: &Granted<permission::OpenClarification>,
        act: &Act,
        id: ClarificationId,
        expected: i64,
        text: Option<String>,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let step = step(granted, ClarificationEventKind::Closed, text);
        self.take_step(granted, act, "close clarification", id, expected, step, check_closure).await
    }

    /// Asks again what was answered or closed.
    ///
    /// # Errors
    /// As [`Service::close_clarification`]; `wrong_state` when it is open, or its rule finds nothing any more;
    /// `already_exists` when its rule has asked anew meanwhile.
    pub async fn reopen_clarification(
        &self,
        granted: &Granted<permission::OpenClarification>,
        act: &Act,
        id: ClarificationId,
        expected: i64,
        text: String,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let step = step(granted, ClarificationEventKind::Reopened, Some(text));
        self.take_step(granted, act, "reopen clarification", id, expected, step, check_reopening).await
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one step; a struct would only rename them")]
    async fn take_step<P: Permission + Clone>(
        &self,
        granted: &Granted<P>,
        act: &Act,
        name: &'static str,
        id: ClarificationId,
        expected: i64,
        step: Step,
        check: Check<P>,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        let scope = granted.own_patients(today);
        self.change(granted, act, name, move |journal| {
            let found = journal.read().clarification(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            acting_for(journal, &granted_again, found.patient, today)?;
            let clarification =
                journal.read().clarification(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let events = journal.read().clarification_events(&[id])?;
            let before = state(&events);
            if before.version != expected {
                return Err(ServiceError::stale(before.version, None));
            }
            check_not_opted_out(&journal.read().consents(clarification.patient)?, today)?;
            if !before.status.allows(step.kind) {
                return Err(wrong_state(before.status));
            }
            check(&service, journal, &granted_again, &clarification, &step)?;
            append(&service, journal, &clarification, events, step.clone())?;
            one_file(&service, journal.read(), clarification)
        })
        .await
    }
}

fn step<P: Permission>(granted: &Granted<P>, kind: ClarificationEventKind, text: Option<String>) -> Step {
    Step { kind, text, assignee: None, actor: Some(granted.caller().actor) }
}

/// Only the site that owns the form answers, or whoever stands in for it.
fn check_answerer<P: Permission>(
    service: &Service,
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    clarification: &Clarification,
    _step: &Step,
) -> Result<(), ServiceError> {
    let site = speaker(service, journal, clarification, &clarification.site)?;
    if acts_as(journal, granted, &site) {
        return Ok(());
    }
    Err(ServiceError::explained(
        Problem::PermissionMissing,
        format!("Bara {site}, som äger formuläret eller har tagit över vården, svarar och fördelar frågan."),
        format!(
            "Only {site}, which owns the form or has taken over the care, answers and assigns the clarification."
        ),
    ))
}

fn check_assignment(
    service: &Service,
    journal: &mut Journal<'_>,
    granted: &Granted<permission::AnswerClarification>,
    clarification: &Clarification,
    step: &Step,
) -> Result<(), ServiceError> {
    check_answerer(service, journal, granted, clarification, step)?;
    let Some(assignee) = step.assignee else { return Ok(()) };
    let site = speaker(service, journal, clarification, &clarification.site)?;
    if is_data_manager(journal.read(), assignee, &site)? {
        return Ok(());
    }
    let text = Text::new(
        format!(
            "Ange id för en datamanager vid {site} (/sites/{site}/data-managers visar dem), eller null för ingen särskild."
        ),
        format!(
            "Give the id of a data manager of {site} (/sites/{site}/data-managers lists them), or null for nobody in particular."
        ),
    );
    Err(ServiceError::invalid(vec![Finding::error("ASSIGNEE-UNKNOWN", "/assignee", text)]))
}

/// Only whoever asked, or a data manager of the site that did, closes and reopens.
fn check_asker(
    service: &Service,
    journal: &mut Journal<'_>,
    granted: &Granted<permission::OpenClarification>,
    clarification: &Clarification,
    _step: &Step,
) -> Result<(), ServiceError> {
    let site = speaker(service, journal, clarification, clarification.closing_site())?;
    let own = granted.caller().actor == clarification.opened_by;
    if acts_as(journal, granted, &site) || own {
        return Ok(());
    }
    Err(ServiceError::explained(
        Problem::PermissionMissing,
        format!("Bara den som har frågat, eller {site}, stänger frågan och öppnar den igen."),
        format!("Only whoever asked, or {site}, closes the clarification and reopens it."),
    ))
}

fn check_closure(
    service: &Service,
    journal: &mut Journal<'_>,
    granted: &Granted<permission::OpenClarification>,
    clarification: &Clarification,
    step: &Step,
) -> Result<(), ServiceError> {
    check_asker(service, journal, granted, clarification, step)?;
    if step.text.is_some() || rerun(service, journal.read(), clarification)? != Some(Rerun::Stands) {
        return Ok(());
    }
    let text = Text::new(
        "Regeln slår fortfarande till. Ange i text varför svaret är rätt ändå, eller rätta formuläret först.",
        "The rule still finds something. Say in text why the answer is right all the same, or amend the form first.",
    );
    Err(ServiceError::invalid(vec![Finding::error("ACKNOWLEDGE", "/text", text)]))
}

/// A rule's question is asked again only while the rule finds something: otherwise it would close by itself at once.
fn check_reopening(
    service: &Service,
    journal: &mut Journal<'_>,
    granted: &Granted<permission::OpenClarification>,
    clarification: &Clarification,
    step: &Step,
) -> Result<(), ServiceError> {
    check_asker(service, journal, granted, clarification, step)?;
    if matches!(rerun(service, journal.read(), clarification)?, None | Some(Rerun::Stands)) {
        return Ok(());
    }
    Err(ServiceError::explained(
        Problem::WrongState,
        "Regeln hittar inget här längre. Återstår något, ställ en egen fråga om posten i stället.",
        "The rule finds nothing here any more. If something is left, ask a question of your own about the record instead.",
    ))
}

/// The site that speaks for `site`: itself while it takes part in the care of the patient, and then the responsible one,
/// so that no question is left to nobody.
fn speaker(
    service: &Service,
    journal: &mut Journal<'_>,
    clarification: &Clarification,
    site: &SiteCode,
) -> Result<SiteCode, ServiceError> {
    let mut participations = journal.read().participations(&[clarification.patient])?;
    participations.retain(|one| one.holds_on(service.today()));
    let itself = participations.iter().find(|one| one.site == *site);
    let stands_in = || participations.iter().find(|one| one.responsible);
    Ok(itself.or_else(stands_in).map_or(site, |one| &one.site).clone())
}

/// Whether the caller acts for the site; the change is then its own.
fn acts_as<P: Permission>(journal: &mut Journal<'_>, granted: &Granted<P>, site: &SiteCode) -> bool {
    let acts = granted.own_sites().contains(site);
    if acts {
        journal.on_behalf_of(site);
    }
    acts
}

fn is_data_manager(
    session: &mut dyn ReadSession,
    actor: ActorId,
    site: &SiteCode,
) -> Result<bool, ServiceError> {
    let grants = session.grants_of(actor)?;
    let holds = |scope: &GrantScope| matches!(scope, GrantScope::Site(code) if code == site);
    Ok(grants.iter().any(|one| one.ended_at.is_none() && one.role == Role::DataManager && holds(&one.scope)))
}

fn wrong_state(status: ClarificationStatus) -> ServiceError {
    let (sv, en) = match status {
        ClarificationStatus::Closed => (
            "Frågan är stängd. Öppna den igen om något återstår.",
            "The clarification is closed. Reopen it if something is left.",
        ),
        ClarificationStatus::Open | ClarificationStatus::Answered => (
            "Frågan är redan öppen och väntar på svar.",
            "The clarification is open already and waits for an answer.",
        ),
    };
    ServiceError::explained(Problem::WrongState, sv, en)
}
