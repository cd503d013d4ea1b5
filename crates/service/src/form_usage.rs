//! What another version of a form means for the records that are there: how many have which version.
//!
//! The network sees no patient: of sites other than the caller's own it gets no figure of fewer than five patients, and tens
//! (domain brief 5.6).

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::{Granted, PatientScope, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{LEAST_PATIENTS, in_tens};
use cartotek_domain::record::RecordStatus;
use cartotek_forms::Forms;
use cartotek_persistence::session::form_version::VersionCount;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;

/// How many records of a site have a version of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormUsage {
    /// The version.
    pub version: u32,
    /// The site that owns them.
    pub site: SiteCode,
    /// Drafts; `None` when hidden.
    pub drafts: Option<u64>,
    /// What was submitted; `None` when hidden.
    pub submitted: Option<u64>,
    /// Of the own sites: how many of all of them are of patients whose care the site has left. It migrates none of these;
    /// such a draft is the responsible site's as soon as that saves it, and then comes along with the records of that one.
    pub left_behind: Option<u64>,
    /// The versions to which they can be migrated.
    pub leads_to: Vec<u32>,
}

impl Service {
    /// How many records have each version of a form, by version and site: of the own sites, or of all for the network's
    /// roles, to which nothing of few is told.
    ///
    /// # Errors
    /// `not_found` for an unknown form.
    pub async fn form_usage(
        &self,
        granted: &Granted<permission::CountForms>,
        act: &Act,
        code: String,
    ) -> Result<Done<Vec<FormUsage>>, ServiceError> {
        let forms = self.forms()?.forms.clone();
        forms.form(&code, None).ok_or_else(ServiceError::not_found)?;
        let (today, own) = (self.today(), granted.own_sites());
        let every = granted.patients(today) == PatientScope::Every;
        self.show(granted, act, "count forms", move |session| {
            let mut usage = Vec::new();
            for form in forms.forms().filter(|form| form.code() == code) {
                let mut of_version = at_version(session, &code, form.version(), (&own, today))?;
                let leads_to = leads_to(&forms, &code, form.version());
                of_version.retain(|one| own.contains(&one.site) || every && one.tells_something());
                usage.extend(
                    of_version.into_iter().map(|one| FormUsage { leads_to: leads_to.clone(), ..one }),
                );
            }
            Ok((usage, Vec::new()))
        })
        .await
    }
}

impl FormUsage {
    fn tells_something(&self) -> bool {
        self.drafts.into_iter().chain(self.submitted).any(|count| count > 0)
    }
}

/// By site, as the caller may see it: exactly of its own ones.
fn at_version(
    session: &mut dyn ReadSession,
    form: &str,
    version: u32,
    (own, today): (&BTreeSet<SiteCode>, NaiveDate),
) -> Result<Vec<FormUsage>, StoreError> {
    let number = i32::try_from(version).unwrap_or(i32::MAX);
    let mut usage: BTreeMap<SiteCode, FormUsage> = BTreeMap::new();
    for count in session.count_at_version(form, number)? {
        let exact = own.contains(&count.site);
        let none = || FormUsage {
            version,
            site: count.site.clone(),
            drafts: Some(0),
            submitted: Some(0),
            left_behind: exact.then_some(0),
            leads_to: Vec::new(),
        };
        let of_site = usage.entry(count.site.clone()).or_insert_with(none);
        match count.status {
            RecordStatus::Draft => of_site.drafts = shown(&count, exact),
            RecordStatus::Submitted => of_site.submitted = shown(&count, exact),
            // They are not counted.
            RecordStatus::Annulled => {}
        }
    }
    for count in session.count_left_behind(form, number, today)? {
        let left = usage.get_mut(&count.site).and_then(|of_site| of_site.left_behind.as_mut());
        if let Some(left) = left {
            *left += u64::try_from(count.records).unwrap_or_default();
        }
    }
    Ok(usage.into_values().collect())
}

/// A count as it may be seen: of others in tens, and nothing of few.
fn shown(count: &VersionCount, exact: bool) -> Option<u64> {
    let (records, patients) = (u64::try_from(count.records).ok()?, u64::try_from(count.patients).ok()?);
    if exact {
        return Some(records);
    }
    in_tens(records).filter(|_| patients >= LEAST_PATIENTS)
}

fn leads_to(forms: &Forms, code: &str, from: u32) -> Vec<u32> {
    let versions = forms.forms().filter(|form| form.code() == code).map(cartotek_forms::Form::version);
    versions.filter(|to| forms.migration(code, from, *to).is_some()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_see_tens_and_nothing_of_few() {
        let count = |records, patients| VersionCount {
            site: "KAR".parse().unwrap(),
            status: RecordStatus::Draft,
            records,
            patients,
        };
        let seen = |records, patients| shown(&count(records, patients), false);
        assert_eq!([seen(9, 9), seen(10, 10), seen(39, 5), seen(39, 4)], [None, Some(10), Some(30), None]);
        assert_eq!(shown(&count(1, 1), true), Some(1));
    }
}
