//! Who may write a form: a site whose part in the care is among those that the form names, and the responsible site, on
//! whose worklist every form stands.

use std::collections::BTreeSet;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::PatientId;
use cartotek_domain::patient::{Participation, ParticipationRole};
use cartotek_domain::record::{Record, RecordStatus};
use cartotek_domain::text::Text;
use cartotek_forms::Form;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;

use crate::error::ServiceError;
use crate::record::mark::check_unlocked;
use crate::record::prepare::Prepared;

/// Refuses a new content of a form that none of the sites writes today.
pub(crate) fn check_author(
    session: &mut dyn ReadSession,
    form: &Form,
    patient: PatientId,
    sites: &BTreeSet<SiteCode>,
    today: NaiveDate,
) -> Result<(), ServiceError> {
    // Nobody is left out: nobody need be asked.
    if form.written_by().len() == ParticipationRole::ALL.len() {
        return Ok(());
    }
    check_writes(form, &session.participations(&[patient])?, sites, today)
}

fn check_writes(
    form: &Form,
    participations: &[Participation],
    sites: &BTreeSet<SiteCode>,
    today: NaiveDate,
) -> Result<(), ServiceError> {
    let own = participations.iter().filter(|one| sites.contains(&one.site) && one.holds_on(today));
    let found = author_finding(form, &own.cloned().collect::<Vec<_>>(), "/form");
    found.map_or(Ok(()), |finding| Err(ServiceError::invalid(vec![finding])))
}

/// Refuses a new record whose site does not write the form today.
pub(crate) fn check_owner_writes(
    prepared: &Prepared,
    participations: &[Participation],
    site: &SiteCode,
) -> Result<(), ServiceError> {
    let sites = BTreeSet::from([site.clone()]);
    check_writes(prepared.form()?, participations, &sites, prepared.today())
}

/// The site that goes on writing a draft, and owns it then: to the locks of a site that takes it over, the new content is
/// one that comes to be.
///
/// # Errors
/// `content_invalid` when it does not write the form today; `record_locked`; `not_found` when there is no such site.
pub(crate) fn next_owner(
    session: &mut dyn ReadSession,
    prepared: &Prepared,
    draft: &Record,
) -> Result<SiteCode, ServiceError> {
    let participations = session.participations(&[draft.patient])?;
    let owner = owner(&participations, draft, prepared.today()).ok_or_else(ServiceError::not_found)?.clone();
    check_owner_writes(prepared, &participations, &owner)?;
    if owner != draft.site {
        let taken_over = Record { site: owner.clone(), ..draft.clone() };
        check_unlocked(session, &taken_over, &[prepared.decisive_day(None)])?;
    }
    Ok(owner)
}

/// Whose a record is to change: its site's, while it takes part in the care. A draft that its site has left behind is the
/// responsible site's, which could not enter the like of it otherwise: the draft holds the key.
pub(crate) fn owner<'p>(
    participations: &'p [Participation],
    record: &Record,
    today: NaiveDate,
) -> Option<&'p SiteCode> {
    let holding = |fits: &dyn Fn(&Participation) -> bool| {
        participations.iter().find(|one| one.holds_on(today) && fits(one)).map(|one| &one.site)
    };
    let left_behind = record.status == RecordStatus::Draft;
    holding(&|one| one.site == record.site).or_else(|| holding(&|one| one.responsible && left_behind))
}

/// What stands against a site with these participations as the author of a form (`R-PART-01`).
pub(crate) fn author_finding(form: &Form, own: &[Participation], pointer: &str) -> Option<Finding> {
    if own.iter().any(|one| one.responsible || form.written_by().contains(&one.role)) {
        return None;
    }
    let names = |parts: Vec<&str>| parts.join(", ");
    let writing = names(form.written_by().iter().map(|part| part.name()).collect());
    let own = names(own.iter().map(|one| one.role.name()).collect());
    let text = Text::new(
        format!(
            "Formuläret skrivs av sjukhus som deltar som {writing} och av det ansvariga; ert deltar som {own}. Låt något av \
             dem skriva det, eller be det ansvariga ändra ert deltagande om det är fel."
        ),
        format!(
            "The form is written by sites that take part as {writing} and by the responsible one; yours takes part as \
             {own}. Let one of them write it, or ask the responsible site to change your participation if it is wrong."
        ),
    );
    Some(Finding::error("R-PART-01", pointer, text))
}
