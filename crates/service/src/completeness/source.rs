//! The submitted forms that count: those about an infused course, or about a patient with one.
//!
//! They are read in pages, so that no more than a page is held at once; what is submitted meanwhile may be in the figures or not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::time::swedish_day;
use cartotek_persistence::session::record::RecordFilter;
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use chrono::NaiveDate;
use uuid::Uuid;

use super::audience::Audience;
use crate::error::ServiceError;

/// Records that are looked at together.
pub(super) const RECORDS: u16 = 500;

/// How often records are read for one page of a list: what is looked for may be rare.
const READS: usize = 5;

/// A content that counts.
#[derive(Debug)]
pub(super) struct Counted {
    /// The responsible site.
    pub(super) site: SiteCode,
    pub(super) record: Record,
    pub(super) revision: Revision,
}

/// Whose forms count.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Only of this form.
    pub(super) form: Option<String>,
    /// Only of this patient.
    pub(super) patient: Option<PatientId>,
    /// The responsible sites.
    pub(super) sites: BTreeSet<SiteCode>,
    /// The patients among whom to look: all those of the sites, or more.
    pub(super) reach: PatientScope,
}

impl Source {
    /// The forms of the sites that a caller sees.
    pub(super) fn of(audience: &Audience, form: Option<String>, today: NaiveDate) -> Self {
        let sites = audience.sites.clone();
        let reach = if audience.exact {
            PatientScope::Of { sites: sites.clone(), on: today }
        } else {
            PatientScope::Every
        };
        Self { form, patient: None, sites, reach }
    }

    /// The next forms with the responsible sites, by record: as many records are looked at as the page is long, whether
    /// they count or not.
    pub(super) fn records(
        &self,
        session: &mut dyn ReadSession,
        page: &Page<RecordId>,
    ) -> Result<PageOf<(Record, SiteCode), RecordId>, StoreError> {
        let filter = RecordFilter {
            patient: self.patient,
            form: self.form.clone(),
            status: Some(RecordStatus::Submitted),
            ..RecordFilter::default()
        };
        let PageOf { items: records, next } = session.records(&filter, &self.reach, page)?;
        let subjects: BTreeSet<Uuid> = records.iter().map(Record::subject).collect();
        let infused = session.infused_among(&subjects.into_iter().collect::<Vec<_>>())?;
        let counting: BTreeMap<Uuid, SiteCode> =
            infused.into_iter().filter(|(_, site)| self.sites.contains(site)).collect();
        let with_site = |record: Record| {
            let site = counting.get(&record.subject())?.clone();
            Some((record, site))
        };
        Ok(PageOf { items: records.into_iter().filter_map(with_site).collect(), next })
    }

    /// The next forms with their latest contents.
    pub(super) fn contents(
        &self,
        session: &mut dyn ReadSession,
        page: &Page<RecordId>,
    ) -> Result<PageOf<Counted, RecordId>, StoreError> {
        let PageOf { items, next } = self.records(session, page)?;
        let ids: Vec<RecordId> = items.iter().map(|(record, _)| record.id).collect();
        let mut sites: HashMap<RecordId, SiteCode> =
            items.into_iter().map(|(record, site)| (record.id, site)).collect();
        let with_site = |(record, revision): (Record, Revision)| {
            let site = sites.remove(&record.id)?;
            Some(Counted { site, record, revision })
        };
        let items = session.latest_by_id(&ids)?.into_iter().filter_map(with_site).collect();
        Ok(PageOf { items, next })
    }
}

/// The day of a record's first submission.
pub(super) fn submitted_on(record: &Record) -> NaiveDate {
    swedish_day(record.submitted_at.unwrap_or(record.created_at))
}

/// What is found after the last record seen, until a page is full or enough was read.
pub(super) fn search<T>(
    wanted: &Page<RecordId>,
    mut read: impl FnMut(&Page<RecordId>) -> Result<PageOf<(Record, T), RecordId>, ServiceError>,
) -> Result<PageOf<(Record, T), RecordId>, ServiceError> {
    let limit = usize::from(wanted.limit);
    let mut found = Vec::new();
    let mut page = Page { after: wanted.after, limit: RECORDS };
    for _ in 0..READS {
        let PageOf { items, next } = read(&page)?;
        found.extend(items);
        if found.len() > limit {
            found.truncate(limit);
            let next = found.last().map(|(record, _)| record.id);
            return Ok(PageOf { items: found, next });
        }
        page.after = next;
        if next.is_none() {
            break;
        }
    }
    Ok(PageOf { items: found, next: page.after })
}

/// What was found, with the patients' pseudonyms.
pub(super) fn named<T, V>(
    session: &mut dyn ReadSession,
    found: PageOf<(Record, T), RecordId>,
    view: impl Fn(Record, Pseudonym, T) -> V,
) -> Result<PageOf<V, RecordId>, ServiceError> {
    let ids: BTreeSet<PatientId> = found.items.iter().map(|(record, _)| record.patient).collect();
    let patients = session.patients_by_id(&ids.into_iter().collect::<Vec<_>>())?;
    let pseudonyms: HashMap<_, _> =
        patients.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect();
    let name = |(record, what): (Record, T)| match pseudonyms.get(&record.patient) {
        Some(pseudonym) => Ok(view(record, *pseudonym, what)),
        None => Err(StoreError::inconsistent("record", "patient_id", record.id)),
    };
    Ok(PageOf { items: found.items.into_iter().map(name).collect::<Result<_, _>>()?, next: found.next })
}
