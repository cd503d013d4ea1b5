//! What another version of a form means for the records that are there: how many have which version.

use std::collections::BTreeMap;

use cartotek_domain::access::{Granted, PatientScope, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::record::RecordStatus;

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
    /// Drafts.
    pub drafts: i64,
    /// What was submitted.
    pub submitted: i64,
    /// The versions to which they can be migrated.
    pub leads_to: Vec<u32>,
}

impl Service {
    /// How many records have each version of a form, by version and site: of the own sites, or of all for the network's
    /// roles.
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
        let scope = granted.patients(self.today());
        self.show(granted, act, "count forms", move |session| {
            let shown = |site: &SiteCode| match &scope {
                PatientScope::Every => true,
                PatientScope::Of { sites, .. } => sites.contains(site),
            };
            let of_form = forms.forms().filter(|form| form.code() == code);
            let versions: Vec<u32> = of_form.map(cartotek_forms::Form::version).collect();
            let mut usage = Vec::new();
            for version in versions.iter().copied() {
                let leads_to = |to: &&u32| forms.migration(&code, version, **to).is_some();
                let leads_to: Vec<u32> = versions.iter().filter(leads_to).copied().collect();
                let mut sites: BTreeMap<SiteCode, (i64, i64)> = BTreeMap::new();
                let counts = session.count_at_version(&code, i32::try_from(version).unwrap_or(i32::MAX))?;
                for count in counts.into_iter().filter(|count| shown(&count.site)) {
                    let (drafts, submitted) = sites.entry(count.site).or_default();
                    match count.status {
                        RecordStatus::Draft => *drafts += count.records,
                        RecordStatus::Submitted => *submitted += count.records,
                    }
                }
                usage.extend(sites.into_iter().map(|(site, (drafts, submitted))| FormUsage {
                    version,
                    site,
                    drafts,
                    submitted,
                    leads_to: leads_to.clone(),
                }));
            }
            Ok((usage, Vec::new()))
        })
        .await
    }
}
