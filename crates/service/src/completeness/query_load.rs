//! The query load: how many clarifications wait per 100 submitted forms, and how long the others took.
//!
//! What counts are the submitted forms about an infused course, or about a patient with one, each with all its
//! clarifications. They belong to the day of the form's first submission.

use std::collections::HashMap;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{Calendar, CalendarPeriod, QueryLoad};
use cartotek_domain::id::RecordId;
use cartotek_domain::record::Record;
use cartotek_persistence::{Page, PageOf, ReadSession};
use chrono::NaiveDate;
use serde_json::json;

use super::audience::{About, Audience};
use super::field::{EVENTS, events_are_not_shown};
use super::form::{FormGroup, one_page};
use super::load_tally::Tally;
use super::source::{RECORDS, Source, submitted_on};
use crate::Service;
use crate::act::{Act, Done};
use crate::clarification::{ClarificationFile, files};
use crate::cohort::question_hash;
use crate::error::ServiceError;

/// What figures are asked for.
#[derive(Debug, Clone, Default)]
pub struct LoadQuestion {
    /// Only of this site.
    pub site: Option<SiteCode>,
    /// Only of this form.
    pub form: Option<String>,
    /// Only of forms first submitted on this day or later.
    pub from: Option<NaiveDate>,
    /// Only of forms first submitted on this day or earlier.
    pub to: Option<NaiveDate>,
    /// Whether by site.
    pub by_site: bool,
    /// Whether by form.
    pub by_form: bool,
    /// By which periods, if any.
    pub by_period: Option<Calendar>,
}

/// The figures of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadFigures {
    /// Which; no time point.
    pub group: FormGroup,
    /// How many; `None` for others than the site.
    pub counts: Option<QueryLoad>,
    /// Clarifications that are not closed, per 100 submitted forms; for others a whole number, rounded up, `None` when hidden.
    pub open_per_100_forms: Option<f64>,
    /// The median of the days from opening to closing; `None` when hidden or while none is closed.
    pub median_days_to_close: Option<f64>,
}

/// How much is asked about the forms.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadReport {
    /// The figures, by group.
    pub groups: PageOf<LoadFigures, FormGroup>,
    /// Sites that are in no figure, because they answer for too few patients.
    pub hidden_sites: Vec<SiteCode>,
    /// Whether the figures are exact: those of the caller's own sites.
    pub exact: bool,
}

impl Service {
    /// How many clarifications wait per 100 submitted forms, and how long those took that are closed.
    ///
    /// # Errors
    /// `not_found` for a site whose figures the caller may not see; `content_invalid` for an unknown form,
    /// and for others than the site for that of events.
    pub async fn query_load(
        &self,
        granted: &Granted<permission::ReadCompleteness>,
        act: &Act,
        question: LoadQuestion,
        page: Page<FormGroup>,
    ) -> Result<Done<LoadReport>, ServiceError> {
        if let Some(form) = &question.form {
            self.forms()?.expect(form, None)?;
        }
        let audience = self.audience(granted, About::Infused, question.site.as_ref()).await?;
        if !audience.exact && question.form.as_deref() == Some(EVENTS) {
            return Err(events_are_not_shown());
        }
        let source = Source::of(&audience, question.form.clone(), self.today());
        let tally = self.tally(source, Tally::new(question.clone(), audience)).await?;
        let receipt = self.witness_question(granted, act, question.hash()).await?;
        let (groups, Audience { hidden, exact, .. }) = tally.figures();
        let groups = one_page(groups, &page);
        Ok(Done::new(LoadReport { groups, hidden_sites: hidden, exact }, Some(receipt)))
    }

    async fn tally(&self, source: Source, mut tally: Tally) -> Result<Tally, ServiceError> {
        let mut page = Page::first(RECORDS);
        loop {
            let (service, source, wanted) = (self.clone(), source.clone(), page.clone());
            let read = self
                .store()
                .read("read clarifications", move |session| asked_about(&service, session, &source, &wanted));
            let PageOf { items, next } = read.await?;
            tally.add(items);
            match next {
                Some(_) => page.after = next,
                None => return Ok(tally),
            }
        }
    }
}

/// A submitted form that counts, with its clarifications.
#[derive(Debug)]
pub(super) struct AskedAbout {
    /// The responsible site.
    pub(super) site: SiteCode,
    pub(super) record: Record,
    pub(super) clarifications: Vec<ClarificationFile>,
}

/// The next forms that count, by record, with clarifications or without.
pub(super) fn asked_about(
    service: &Service,
    session: &mut dyn ReadSession,
    source: &Source,
    page: &Page<RecordId>,
) -> Result<PageOf<AskedAbout, RecordId>, ServiceError> {
    let PageOf { items, next } = source.records(session, page)?;
    let ids: Vec<RecordId> = items.iter().map(|(record, _)| record.id).collect();
    let clarifications = session.clarifications_about(&ids)?;
    let mut of_record: HashMap<RecordId, Vec<ClarificationFile>> = HashMap::new();
    for file in files(service, session, clarifications)? {
        of_record.entry(file.clarification.record).or_default().push(file);
    }
    let with_clarifications = |(record, site): (Record, SiteCode)| {
        let clarifications = of_record.remove(&record.id).unwrap_or_default();
        AskedAbout { site, record, clarifications }
    };
    Ok(PageOf { items: items.into_iter().map(with_clarifications).collect(), next })
}

impl LoadQuestion {
    /// The group of a form, told apart by whatever the caller may ask for; `None` when it lies outside the period.
    pub(super) fn cell(&self, record: &Record, site: SiteCode) -> Option<FormGroup> {
        let day = submitted_on(record);
        let period = self.by_period.map(|length| CalendarPeriod::of(length, day));
        is_within(day, self.from, self.to).then(|| FormGroup {
            site: Some(site),
            form: Some(record.form.clone()),
            time_point: None,
            period,
        })
    }

    /// The group of a figure, as far as the question tells them apart.
    pub(super) fn group(&self, cell: FormGroup) -> FormGroup {
        FormGroup {
            site: cell.site.filter(|_| self.by_site),
            form: cell.form.filter(|_| self.by_form),
            ..cell
        }
    }

    fn hash(&self) -> cartotek_crypto::hash::Hash {
        question_hash(&json!({ "query_load": {
            "site": self.site,
            "form": self.form,
            "from": self.from,
            "to": self.to,
            "by": [self.by_site, self.by_form],
            "by_period": self.by_period,
        } }))
    }
}

/// Whether a day lies between two others, as far as they are given.
pub(super) fn is_within(day: NaiveDate, from: Option<NaiveDate>, to: Option<NaiveDate>) -> bool {
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}
