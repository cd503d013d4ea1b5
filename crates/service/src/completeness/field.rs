//! Completeness of the fields of a form.
//!
//! What counts is the latest submitted content of every record of the form about an infused course, or about a patient
//! with one. It belongs to the day of its clinical date, as the contact (the first day of a partial one), without one to
//! that of its first submission. Each content is judged by its own version of the form, with the conditions of that version:
//! a field that a later version added is not missing in an earlier content.

use std::sync::Arc;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::FieldCompleteness;
use cartotek_domain::finding::Finding;
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::text::Text;
use cartotek_domain::time::swedish_day;
use cartotek_forms::{AppliedField, Form};
use cartotek_persistence::{Page, PageOf, StoreError};
use chrono::NaiveDate;
use serde_json::json;

use super::audience::About;
use super::field_tally::Tally;
use super::source::{RECORDS, Source, submitted_on};
use crate::act::{Act, Done};
use crate::cohort::{blocking, question_hash};
use crate::error::ServiceError;
use crate::record::RecordKey;
use crate::{PublishedForms, Service};

/// The form of deaths, relapses and the like, which is there only when they are.
pub(super) const EVENTS: &str = "event";

/// What figures are asked for.
#[derive(Debug, Clone, Default)]
pub struct FieldQuestion {
    /// Only of this site.
    pub site: Option<SiteCode>,
    /// The form.
    pub form: String,
    /// Only of contents of this day or later.
    pub from: Option<NaiveDate>,
    /// Only of contents of this day or earlier.
    pub to: Option<NaiveDate>,
}

/// The figures of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldFigures {
    /// Where it stands in the form, whatever the version: a JSON pointer with `*` for each place in a list.
    pub field: String,
    /// Its name.
    pub title: Text,
    /// Whether it is ever required.
    pub required: bool,
    /// How it stands where it applies; `None` when hidden.
    pub figures: Option<FieldShown>,
}

/// How fields stand, as the caller may see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldShown {
    /// How many; `None` for others than the site.
    pub counts: Option<FieldCompleteness>,
    /// The share with a value or a reason, for others in whole per cent, rounded down; `None` of nothing and when hidden.
    pub answered: Option<f64>,
    /// The share with a value, for others in whole per cent, rounded down; `None` of nothing and when hidden.
    pub known: Option<f64>,
}

/// Completeness of the fields of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldReport {
    /// The name of the form.
    pub title: Text,
    /// How many contents count; `None` for others than the site.
    pub records: Option<u64>,
    /// The required fields of all contents together, for others those that are listed, a share only where it is told of each of
    /// them; `None` when hidden.
    pub required: Option<FieldShown>,
    /// The fields in the order of the latest version, those of earlier versions after them; for others those that apply to
    /// every content.
    pub fields: Vec<FieldFigures>,
    /// Sites that are in no figure, because they answer for too few patients.
    pub hidden_sites: Vec<SiteCode>,
    /// Whether the figures are exact: those of the caller's own sites.
    pub exact: bool,
}

impl Service {
    /// How complete the fields of a form are where they apply.
    ///
    /// # Errors
    /// `not_found` for a site whose figures the caller may not see; `content_invalid` for an unknown form,
    /// and for others than the site for that of events.
    pub async fn field_completeness(
        &self,
        granted: &Granted<permission::ReadCompleteness>,
        act: &Act,
        question: FieldQuestion,
    ) -> Result<Done<FieldReport>, ServiceError> {
        let published = self.forms()?;
        published.expect(&question.form, None)?;
        let audience = self.audience(granted, About::Infused, question.site.as_ref()).await?;
        if !audience.exact && question.form == EVENTS {
            return Err(events_are_not_shown());
        }
        let source = Source::of(&audience, Some(question.form.clone()), self.today());
        let contents = Contents::new(published, &question.form, (question.from, question.to));
        let mut tally = Tally::new(contents, audience);
        let mut page = Page::first(RECORDS);
        loop {
            let (source, wanted) = (source.clone(), page.clone());
            let read = self.store().read("read contents", move |session| source.contents(session, &wanted));
            let PageOf { items, next } = read.await?;
            tally = blocking(move || tally.with(&items)).await??;
            match next {
                Some(_) => page.after = next,
                None => break,
            }
        }
        let receipt = self.witness_question(granted, act, question.hash()).await?;
        Ok(Done::new(tally.report()?, Some(receipt)))
    }
}

/// The contents that count: of one form, in a period.
#[derive(Debug, Clone)]
pub(super) struct Contents {
    published: Arc<PublishedForms>,
    code: String,
    from: NaiveDate,
    to: NaiveDate,
}

impl Contents {
    pub(super) fn new(
        published: Arc<PublishedForms>,
        code: &str,
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    ) -> Self {
        let (from, to) = (from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX));
        Self { published, code: code.to_owned(), from, to }
    }

    /// The fields that apply to a content; `None` when it lies outside the period.
    ///
    /// # Errors
    /// `unavailable` for a version of the form that another server has published a moment ago.
    pub(super) fn fields(
        &self,
        record: &Record,
        revision: &Revision,
    ) -> Result<Option<Vec<AppliedField>>, ServiceError> {
        let form = self.form_of(revision)?;
        let content = serde_json::from_str(&revision.content)?;
        let day = form.clinical_date(&content).map_or_else(|| submitted_on(record), PartialDate::first);
        let counts = (self.from..=self.to).contains(&day);
        Ok(counts.then(|| form.applied_fields(&content, swedish_day(revision.created_at))))
    }

    /// The answers at the key of a record.
    ///
    /// # Errors
    /// As [`Contents::fields`].
    pub(super) fn key(&self, record: &Record, revision: &Revision) -> Result<RecordKey, ServiceError> {
        Ok(self.form_of(revision)?.key_answers(&record.natural_key))
    }

    fn form_of(&self, revision: &Revision) -> Result<&Form, ServiceError> {
        let version = u32::try_from(revision.form_version).ok();
        let form = self.published.forms.form(&self.code, version).filter(|_| version.is_some());
        Ok(form.ok_or(StoreError::Busy)?)
    }

    /// Refuses a field that no version of the form has.
    ///
    /// # Errors
    /// `content_invalid`, saying where fields are listed.
    pub(super) fn expect_field(&self, field: &str) -> Result<(), ServiceError> {
        if self.versions().any(|form| form.fields().iter().any(|one| one.pattern == field)) {
            return Ok(());
        }
        let form = &self.code;
        let message = Text::new(
            format!("Formuläret har inget sådant fält; se GET /completeness/fields?form={form}."),
            format!("The form has no such field; see GET /completeness/fields?form={form}."),
        );
        Err(ServiceError::invalid(vec![Finding::error("FIELD-UNKNOWN", "/field", message)]))
    }

    /// The name of the form.
    pub(super) fn title(&self) -> Result<Text, ServiceError> {
        Ok(self.published.expect(&self.code, None)?.title().clone())
    }

    /// The versions of the form, the latest first.
    pub(super) fn versions(&self) -> impl Iterator<Item = &Form> {
        let mut versions: Vec<_> =
            self.published.forms.forms().filter(|form| form.code() == self.code).collect();
        versions.sort_by_key(|form| std::cmp::Reverse(form.version()));
        versions.into_iter()
    }
}

impl FieldQuestion {
    fn hash(&self) -> cartotek_crypto::hash::Hash {
        let Self { site, form, from, to } = self;
        question_hash(&json!({
            "field_completeness": { "site": site, "form": form, "from": from, "to": to }
        }))
    }
}

pub(super) fn events_are_not_shown() -> ServiceError {
    let message = Text::new(
        "Hur ofta händelser har registrerats är kliniska tal, som bara det egna sjukhuset ser; ange ett annat formulär.",
        "How often events were recorded are clinical figures, which only the own site sees; give another form.",
    );
    ServiceError::invalid(vec![Finding::error("FIELD-EVENT", "/form", message)])
}
