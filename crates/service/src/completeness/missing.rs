//! The drill-down of forms: the items that are missing.

use std::collections::BTreeSet;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::schedule::Moment;
use cartotek_persistence::session::completeness::CountingItems;
use cartotek_persistence::{Page, PageOf, ReadSession};
use chrono::NaiveDate;

use super::audience::own_sites;
use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::patient::seen;
use crate::schedule::worklist::{Reader, WorklistItem, WorklistKey, schedule};

/// Which missing items are asked for.
#[derive(Debug, Clone, Default)]
pub struct MissingQuery {
    /// Only of this site.
    pub site: Option<SiteCode>,
    /// Only of this patient.
    pub patient: Option<Pseudonym>,
    /// Only of this form.
    pub form: Option<String>,
    /// Only of this time point, or of none.
    pub time_point: Option<Moment>,
    /// Only those whose grace ended on this day or later.
    pub from: Option<NaiveDate>,
    /// Only those whose grace ended on this day or earlier.
    pub to: Option<NaiveDate>,
}

impl Service {
    /// The forms of infused courses of the caller's sites that should be there and are not, the longest overdue first: exactly
    /// those that the figures of [`Service::form_completeness`] lack. What else is overdue stands on the worklist.
    ///
    /// # Errors
    /// `not_found` for a site or patient that is not the caller's; `content_invalid` for an unknown form.
    pub async fn missing_items(
        &self,
        granted: &Granted<permission::ReadWorklist>,
        act: &Act,
        query: MissingQuery,
        page: Page<WorklistKey>,
    ) -> Result<Done<PageOf<WorklistItem, WorklistKey>>, ServiceError> {
        let (today, published) = (self.today(), self.forms()?);
        if let Some(form) = &query.form {
            published.expect(form, None)?;
        }
        let (scope, sites) = (granted.patients(today), own_sites(granted, query.site.as_ref())?);
        let show = move |session: &mut dyn ReadSession| {
            let patient = match &query.patient {
                None => None,
                Some(pseudonym) => {
                    Some(session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?)
                }
            };
            let items = CountingItems {
                sites: sites.clone(),
                patient: patient.as_ref().map(|patient| patient.id),
                left_out: BTreeSet::new(),
                form: query.form.clone(),
                time_point: query.time_point,
                from: query.from,
                to: query.to,
                today,
            };
            let found = session.missing_items(&items, &page)?;
            let mut seen: Seen = patient.iter().map(self::seen).collect();
            let reader =
                Reader { forms: &published.forms, schedule: schedule(&published.forms)?, today, soon: 0 };
            let items = reader.items(session, found.items, &mut seen)?;
            Ok((PageOf { items, next: found.next }, seen))
        };
        self.show(granted, act, "list missing items", show).await
    }
}
