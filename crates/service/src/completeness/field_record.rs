//! The drill-down of fields: the records in which a field stands so, each with the places in its content.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::FieldStanding;
use cartotek_domain::id::RecordId;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Record;
use cartotek_persistence::{Page, PageOf, ReadSession};
use chrono::NaiveDate;

use super::audience::own_sites;
use super::field::Contents;
use super::source::{Counted, Source, named, search};
use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::patient::{all_seen, seen};
use crate::record::RecordKey;

/// Which records are asked for.
#[derive(Debug, Clone)]
pub struct FieldRecordQuery {
    /// Only of this site.
    pub site: Option<SiteCode>,
    /// Only of this patient.
    pub patient: Option<Pseudonym>,
    /// The form.
    pub form: String,
    /// The field, as the figures name it.
    pub field: String,
    /// How it stands.
    pub standing: FieldStanding,
    /// Only contents of this day or later.
    pub from: Option<NaiveDate>,
    /// Only contents of this day or earlier.
    pub to: Option<NaiveDate>,
}

/// A record in which the field stands so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRecord {
    /// The record.
    pub record: Record,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// The answers at its key.
    pub key: RecordKey,
    /// Where in the content, as JSON pointers: several where the field stands in a list.
    pub pointers: Vec<String>,
}

impl Service {
    /// The records of the caller's sites in which a field stands so, by id: exactly those that the figures
    /// of [`Service::field_completeness`] count there. A page may be short, even empty, and yet not the last.
    ///
    /// # Errors
    /// `not_found` for a site or patient that is not the caller's; `content_invalid` for an unknown form or field.
    pub async fn field_records(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        query: FieldRecordQuery,
        page: Page<RecordId>,
    ) -> Result<Done<PageOf<FieldRecord, RecordId>>, ServiceError> {
        let published = self.forms()?;
        published.expect(&query.form, None)?;
        let contents = Contents::new(published, &query.form, (query.from, query.to));
        contents.expect_field(&query.field)?;
        let (scope, sites) = (granted.patients(self.today()), own_sites(granted, query.site.as_ref())?);
        let show = move |session: &mut dyn ReadSession| {
            let patient = match &query.patient {
                None => None,
                Some(pseudonym) => {
                    Some(session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?)
                }
            };
            let source = Source {
                form: Some(query.form.clone()),
                patient: patient.as_ref().map(|patient| patient.id),
                sites,
                reach: scope,
            };
            let found = search(&page, |page| standing_so(session, &contents, &query, &source, page))?;
            let mut seen: Seen = all_seen(found.items.iter().map(|(record, _)| record));
            seen.extend(patient.iter().map(self::seen));
            let view = |record, pseudonym, (key, pointers)| FieldRecord { record, pseudonym, key, pointers };
            Ok((named(session, found, view)?, seen))
        };
        self.show(granted, act, "list field records", show).await
    }
}

/// A record in which a field stands so, with its key and the places of the field.
type FoundAt = (Record, (RecordKey, Vec<String>));

/// The forms after the last record seen in which the field stands so, with its places.
fn standing_so(
    session: &mut dyn ReadSession,
    contents: &Contents,
    query: &FieldRecordQuery,
    source: &Source,
    page: &Page<RecordId>,
) -> Result<PageOf<FoundAt, RecordId>, ServiceError> {
    let PageOf { items, next } = source.contents(session, page)?;
    let mut found = Vec::new();
    for Counted { record, revision, .. } in items {
        let fields = contents.fields(&record, &revision)?.unwrap_or_default().into_iter();
        let stands = fields.filter(|one| one.pattern == query.field && one.standing == query.standing);
        let pointers: Vec<String> = stands.map(|one| one.pointer).collect();
        if !pointers.is_empty() {
            let key = contents.key(&record, &revision)?;
            found.push((record, (key, pointers)));
        }
    }
    Ok(PageOf { items: found, next })
}
