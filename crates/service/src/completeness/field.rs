//! Completeness of the fields of a form.
//!
//! What counts is the latest submitted content of every record of the form about an infused course, or about a patient
//! with one. It belongs to the day of its clinical date, as the contact (the first day of a partial one), without one to
//! that of its first submission. Each content is judged by its own version of the form, with the conditions of that version:
//! a field that a later version added is not missing in an earlier content. Contents are read in pages, so that no more than
//! a page is held at once; what is submitted meanwhile may be in the figures or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cartotek_domain::access::{Granted, PatientScope, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::FieldCompleteness;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::text::Text;
use cartotek_domain::time::swedish_day;
use cartotek_forms::{AppliedField, Form};
use cartotek_persistence::session::record::RecordFilter;
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::field_tally::Tally;
use crate::act::{Act, Done};
use crate::cohort::{blocking, question_hash};
use crate::error::ServiceError;
use crate::{PublishedForms, Service};

/// Records that are looked at together.
pub(super) const RECORDS: u16 = 500;

/// The form of deaths, relapses and the like, which is there only when they are.
const EVENTS: &str = "event";

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
    /// The share with a value or a reason, for others in whole per cent; `None` of nothing and when hidden.
    pub answered: Option<f64>,
    /// The share with a value, for others in whole per cent; `None` of nothing and when hidden.
    pub known: Option<f64>,
}

/// Completeness of the fields of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldReport {
    /// The name of the form.
    pub title: Text,
    /// How many contents count; `None` for others than the site.
    pub records: Option<u64>,
    /// The required fields of all contents together, for others those that are shown; `None` when hidden.
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
        let audience = self.audience(granted, question.site.as_ref()).await?;
        if !audience.exact && question.form == EVENTS {
            return Err(events_are_not_shown());
        }
        let reach = if audience.exact {
            PatientScope::Of { sites: audience.sites.clone(), on: self.today() }
        } else {
            PatientScope::Every
        };
        let source =
            Source { form: question.form.clone(), patient: None, sites: audience.sites.clone(), reach };
        let contents = Contents::new(published, &question.form, (question.from, question.to));
        let mut tally = Tally::new(contents, audience);
        let mut page = Page::first(RECORDS);
        loop {
            let (source, wanted) = (source.clone(), page.clone());
            let read = self.store().read("read contents", move |session| source.page(session, &wanted));
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

/// A content that counts.
#[derive(Debug)]
pub(super) struct Counted {
    /// The responsible site.
    pub(super) site: SiteCode,
    pub(super) record: Record,
    pub(super) revision: Revision,
}

/// Whose contents count.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) form: String,
    /// Only of this patient.
    pub(super) patient: Option<PatientId>,
    /// The responsible sites.
    pub(super) sites: BTreeSet<SiteCode>,
    /// The patients among whom to look: all those of the sites, or more.
    pub(super) reach: PatientScope,
}

impl Source {
    /// The next contents, by record: as many records are looked at as the page is long, whether they count or not.
    pub(super) fn page(
        &self,
        session: &mut dyn ReadSession,
        page: &Page<RecordId>,
    ) -> Result<PageOf<Counted, RecordId>, StoreError> {
        let filter = RecordFilter {
            patient: self.patient,
            form: Some(self.form.clone()),
            status: Some(RecordStatus::Submitted),
            ..RecordFilter::default()
        };
        let PageOf { items: records, next } = session.records(&filter, &self.reach, page)?;
        let subjects: BTreeSet<Uuid> = records.iter().map(Record::subject).collect();
        let infused = session.infused_among(&subjects.into_iter().collect::<Vec<_>>())?;
        let counting: BTreeMap<Uuid, SiteCode> =
            infused.into_iter().filter(|(_, site)| self.sites.contains(site)).collect();
        let counts = records.iter().filter(|record| counting.contains_key(&record.subject()));
        let ids: Vec<RecordId> = counts.map(|record| record.id).collect();
        let with_site = |(record, revision): (Record, Revision)| {
            let site = counting.get(&record.subject())?.clone();
            Some(Counted { site, record, revision })
        };
        let items = session.latest_by_id(&ids)?.into_iter().filter_map(with_site).collect();
        Ok(PageOf { items, next })
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
        let version = u32::try_from(revision.form_version).ok();
        let form = self.published.forms.form(&self.code, version).filter(|_| version.is_some());
        let form = form.ok_or(StoreError::Busy)?;
        let content = serde_json::from_str(&revision.content)?;
        let entered = swedish_day(record.submitted_at.unwrap_or(record.created_at));
        let day = form.clinical_date(&content).map_or(entered, PartialDate::first);
        let counts = (self.from..=self.to).contains(&day);
        Ok(counts.then(|| form.applied_fields(&content, swedish_day(revision.created_at))))
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

fn events_are_not_shown() -> ServiceError {
    let message = Text::new(
        "Hur ofta händelser har registrerats är kliniska tal, som bara det egna sjukhuset ser; ange ett annat formulär.",
        "How often events were recorded are clinical figures, which only the own site sees; give another form.",
    );
    ServiceError::invalid(vec![Finding::error("FIELD-EVENT", "/form", message)])
}
