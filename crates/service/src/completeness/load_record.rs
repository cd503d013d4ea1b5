//! The drill-down of the query load: the forms about which clarifications wait.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::clarification::Clarification;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ClarificationId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Record;
use cartotek_persistence::{Page, PageOf, ReadSession};
use chrono::NaiveDate;

use super::audience::own_sites;
use super::query_load::{AskedAbout, asked_about, is_within};
use super::source::{Source, named, search, submitted_on};
use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::patient::{all_seen, seen};

/// Which forms are asked for.
#[derive(Debug, Clone, Default)]
pub struct LoadRecordQuery {
    /// Only of this site.
    pub site: Option<SiteCode>,
    /// Only of this patient.
    pub patient: Option<Pseudonym>,
    /// Only of this form.
    pub form: Option<String>,
    /// Only those first submitted on this day or later.
    pub from: Option<NaiveDate>,
    /// Only those first submitted on this day or earlier.
    pub to: Option<NaiveDate>,
}

/// A form about which clarifications wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadRecord {
    /// The record.
    pub record: Record,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// The clarifications that are not closed.
    pub clarifications: Vec<ClarificationId>,
}

impl Service {
    /// The submitted forms of the caller's sites about which clarifications are not closed, by id: exactly those that the
    /// figures of [`Service::query_load`] count. A page may be short, even empty, and yet not the last.
    ///
    /// # Errors
    /// `not_found` for a site or patient that is not the caller's; `content_invalid` for an unknown form.
    pub async fn load_records(
        &self,
        granted: &Granted<permission::ReadClarification>,
        act: &Act,
        query: LoadRecordQuery,
        page: Page<RecordId>,
    ) -> Result<Done<PageOf<LoadRecord, RecordId>>, ServiceError> {
        if let Some(form) = &query.form {
            self.forms()?.expect(form, None)?;
        }
        let (scope, sites) = (granted.patients(self.today()), own_sites(granted, query.site.as_ref())?);
        let service = self.clone();
        let show = move |session: &mut dyn ReadSession| {
            let patient = match &query.patient {
                None => None,
                Some(pseudonym) => {
                    Some(session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?)
                }
            };
            let source = Source {
                form: query.form.clone(),
                patient: patient.as_ref().map(|patient| patient.id),
                sites,
                reach: scope,
            };
            let found = search(&page, |page| waiting(&service, session, &query, &source, page))?;
            let mut seen: Seen = all_seen(found.items.iter().map(|(record, _)| record));
            seen.extend(all_seen(found.items.iter().flat_map(|(_, waiting)| waiting)));
            seen.extend(patient.iter().map(self::seen));
            let view = |record, pseudonym, waiting: Vec<Clarification>| {
                let clarifications = waiting.into_iter().map(|one| one.id).collect();
                LoadRecord { record, pseudonym, clarifications }
            };
            Ok((named(session, found, view)?, seen))
        };
        self.show(granted, act, "list waiting records", show).await
    }
}

/// The next forms about which clarifications wait, with those.
fn waiting(
    service: &Service,
    session: &mut dyn ReadSession,
    query: &LoadRecordQuery,
    source: &Source,
    page: &Page<RecordId>,
) -> Result<PageOf<(Record, Vec<Clarification>), RecordId>, ServiceError> {
    let PageOf { items, next } = asked_about(service, session, source, page)?;
    let is_meant = |one: &AskedAbout| is_within(submitted_on(&one.record), query.from, query.to);
    let waiting = |AskedAbout { record, clarifications, .. }: AskedAbout| {
        let open = clarifications.into_iter().filter(|file| file.state.closed_at.is_none());
        let open: Vec<_> = open.map(|file| file.clarification).collect();
        (!open.is_empty()).then_some((record, open))
    };
    Ok(PageOf { items: items.into_iter().filter(is_meant).filter_map(waiting).collect(), next })
}
