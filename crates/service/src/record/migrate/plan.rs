//! Which records a part is about, and what their contents become: everything that is known before the transaction.

use std::collections::{BTreeSet, HashMap};

use cartotek_domain::access::{Granted, PatientScope, permission};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::identifier::{self, FieldKind};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Record, Revision};
use cartotek_domain::text::Text;
use cartotek_persistence::session::form_version::VersionFilter;
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use chrono::NaiveDate;
use serde_json::json;

use super::{MOST_RECORDS, RecordMigration};
use crate::Service;
use crate::error::{Refusal, ServiceError, not_own_site};
use crate::publish::PublishedForms;
use crate::record::prepare::Prepared;
use crate::record::submit::{is_long, too_long};

/// Patients whose records one transaction migrates: few enough that others do not wait.
const PATIENTS: u16 = 10;

/// A part that is to be carried out.
pub(super) struct Plan {
    pub(super) migration: RecordMigration,
    /// In order.
    pub(super) patients: Vec<PatientId>,
    /// By patient.
    pub(super) records: Vec<Planned>,
    pub(super) absent: Vec<RecordId>,
    pub(super) next: Option<RecordId>,
}

/// A record that is to be migrated, as it was when that was planned.
pub(super) struct Planned {
    pub(super) record: Record,
    pub(super) pseudonym: Pseudonym,
    pub(super) from: u32,
    /// The decisive day of the content it has.
    pub(super) day: NaiveDate,
    /// The reasons given before, where the warnings would stand now.
    pub(super) acknowledgements: Vec<Acknowledgement>,
    /// Its content in the later version, or why there is none.
    pub(super) later: Result<Prepared, Refusal>,
}

/// A record with its content in the later version, or why there is none.
type Lifted = (Record, u32, NaiveDate, Vec<Acknowledgement>, Result<Prepared, Refusal>);

/// What was found: whole patients, their pseudonyms.
type Found = (PageOf<(Record, Revision), PatientId>, HashMap<PatientId, Pseudonym>);

impl Service {
    /// Finds the next records of a migration and brings their contents over.
    pub(super) async fn plan_migration(
        &self,
        granted: &Granted<permission::MigrateRecord>,
        migration: RecordMigration,
        after: Option<RecordId>,
    ) -> Result<Plan, ServiceError> {
        if !granted.own_sites().contains(&migration.site) {
            return Err(not_own_site());
        }
        let refused = refused(&migration, self.today());
        if !refused.is_empty() {
            return Err(ServiceError::invalid(refused));
        }
        let published = self.forms()?;
        let versions = versions(&published, &migration)?;
        let (found, pseudonyms) = self.find(&migration, versions, after).await?;
        let next = found.next.and_then(|last| found.items.iter().rfind(|(record, _)| record.patient == last));
        let next = next.map(|(record, _)| record.id);
        let there: BTreeSet<_> = found.items.iter().map(|(record, _)| record.id).collect();
        let absent = migration.records.iter().filter(|id| !there.contains(id)).copied().collect();
        let patients: BTreeSet<_> = found.items.iter().map(|(record, _)| record.patient).collect();
        let (service, order) = (self.clone(), migration.clone());
        let lift = move || found.items.into_iter().map(|one| lift(&service, &order, one)).collect();
        let lifted: Result<Vec<Lifted>, ServiceError> = tokio::task::spawn_blocking(lift)
            .await
            .map_err(|_| ServiceError::Defect("migrating a content panicked".to_owned()))?;
        let mut records = Vec::new();
        for (record, from, day, acknowledgements, later) in lifted? {
            let pseudonym = pseudonyms.get(&record.patient).copied();
            let pseudonym =
                pseudonym.ok_or_else(|| StoreError::inconsistent("record", "patient_id", record.id))?;
            records.push(Planned { record, pseudonym, from, day, acknowledgements, later });
        }
        Ok(Plan { migration, patients: patients.into_iter().collect(), records, absent, next })
    }

    /// The next records that are chosen, of patients in whose care the site takes part today.
    async fn find(
        &self,
        migration: &RecordMigration,
        versions: Vec<i32>,
        after: Option<RecordId>,
    ) -> Result<Found, ServiceError> {
        let RecordMigration { form, site, status, records, .. } = migration.clone();
        let scope = PatientScope::of(site.clone(), self.today());
        // What is chosen by its ids is one part.
        let limit = if records.is_empty() { PATIENTS } else { u16::MAX };
        let filter = VersionFilter { form, versions, site, status, records };
        let look = move |session: &mut dyn ReadSession| {
            let after = match after {
                Some(id) => Some(session.record(id, &scope)?.ok_or_else(lost)?.patient),
                None => None,
            };
            let found = session.records_at_versions(&filter, &scope, &Page { after, limit })?;
            let patients: BTreeSet<_> = found.items.iter().map(|(record, _)| record.patient).collect();
            let known = session.patients_by_id(&patients.into_iter().collect::<Vec<_>>())?;
            let pseudonyms = known.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect();
            Ok((found, pseudonyms))
        };
        self.store().read("find records to migrate", look).await
    }
}

/// What is wrong with what is asked for, by itself.
fn refused(migration: &RecordMigration, today: NaiveDate) -> Vec<Finding> {
    let mut refused = Vec::new();
    if migration.records.len() > MOST_RECORDS {
        refused.push(too_many());
    }
    if let Some(reason) = &migration.acknowledgement {
        let hits = identifier::screen(&json!({ "acknowledgement": reason }), today, &|_| FieldKind::FreeText);
        refused.extend(hits.iter().filter(|hit| hit.refused).map(identifier::finding));
        if is_long(reason) {
            refused.push(Finding::error("ACKNOWLEDGE", "/acknowledgement", too_long()));
        }
    }
    refused
}

/// The versions from which something leads to the one that is wanted.
fn versions(published: &PublishedForms, migration: &RecordMigration) -> Result<Vec<i32>, ServiceError> {
    published.expect(&migration.form, Some(migration.to))?;
    let (forms, code, to) = (&published.forms, migration.form.as_str(), migration.to);
    let earlier = forms.forms().filter(|form| form.code() == code).map(cartotek_forms::Form::version);
    let wanted = earlier.filter(|version| migration.from.is_none_or(|from| from == *version));
    let leading = wanted.filter(|version| forms.migration(code, *version, to).is_some());
    let leading: Vec<i32> = leading.filter_map(|version| i32::try_from(version).ok()).collect();
    if !leading.is_empty() {
        return Ok(leading);
    }
    let known = forms.migrations(code).map(|one| format!("{} → {}", one.from(), one.to()));
    let known = known.collect::<Vec<_>>().join(", ");
    let text = Text::new(
        format!("Ingen migrering leder dit. De som finns för formuläret: {known}."),
        format!("No migration leads there. Those that there are for the form: {known}."),
    );
    Err(ServiceError::invalid(vec![Finding::error("FORM-MIGRATION", "/to", text)]))
}

/// Brings a content over, and checks it by itself.
fn lift(
    service: &Service,
    migration: &RecordMigration,
    (record, revision): (Record, Revision),
) -> Result<Lifted, ServiceError> {
    let (published, from) = (service.forms()?, service.version_of(&record, &revision)?);
    let day = service.decisive_day(&record, &revision)?;
    let way = published.forms.migration(&record.form, from, migration.to).ok_or(StoreError::Busy)?;
    let migrated = way.migrate(&serde_json::from_str(&revision.content)?);
    let prepared = if migrated.findings.is_empty() {
        let (to, submitted_at) = (Some(migration.to), record.submitted_at);
        Prepared::new(service, &record.form, to, migrated.content, submitted_at)
    } else {
        Err(ServiceError::invalid(migrated.findings))
    };
    let prepared = match prepared {
        Ok(prepared) => Ok(prepared),
        Err(ServiceError::Refused(refusal)) => Err(*refusal),
        Err(other) => return Err(other),
    };
    let given = revision.acknowledgements.iter().filter_map(|one| {
        let pointer = way.pointer(&one.pointer)?;
        Some(Acknowledgement { pointer, ..one.clone() })
    });
    let given = given.collect();
    Ok((record, from, day, given, prepared))
}

/// The record after which a part was to go on is there no longer.
fn lost() -> ServiceError {
    ServiceError::explained(
        Problem::NotFound,
        "Posten som cursor anger finns inte längre. Börja om utan cursor: det som är migrerat hittas inte igen.",
        "The record that cursor names is there no longer. Begin again without cursor: what is migrated is not found again.",
    )
}

fn too_many() -> Finding {
    let text = Text::new(
        format!(
            "Högst {MOST_RECORDS} poster kan väljas; skicka resten i ett anrop till, eller välj hela sjukhusets."
        ),
        format!(
            "At most {MOST_RECORDS} records can be chosen; send the others in another request, or choose all of the site."
        ),
    );
    Finding::error("FORM-MIGRATION", "/records", text)
}
