//! Migrating records to a later version of their form: what it would do, and doing it.
//!
//! A migration goes part by part, each with all the chosen records of some patients in one transaction. So a part rests on
//! nothing that another one changes, its preview is the same transaction rolled back, and whoever stopped in between goes on
//! by asking again: what is migrated is found no more. A record that cannot be migrated stays as it is, with the reason.

mod decide;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::{Finding, Severity};
use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::id::RecordId;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::RecordStatus;
use cartotek_domain::text::Text;
use cartotek_persistence::{Scope, WriteSession};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::all_seen;
use crate::record::migrate::decide::carry_out;

/// The most records that can be chosen by their ids.
pub const MOST_RECORDS: usize = 100;

/// Which records are migrated, and how.
#[derive(Debug, Clone)]
pub struct RecordMigration {
    /// Code of the form.
    pub form: String,
    /// The version they are to have.
    pub to: u32,
    /// Only those of this version; of every one from which something leads there when absent.
    pub from: Option<u32>,
    /// The site that owns them: one of the caller's own.
    pub site: SiteCode,
    /// Only drafts, or only what was submitted.
    pub status: Option<RecordStatus>,
    /// Only these; all of the site when empty.
    pub records: Vec<RecordId>,
    /// The reason for every warning that no reason given before explains.
    pub acknowledgement: Option<String>,
    /// Whether verified and signed records are migrated too: their verifications and signatures hold no longer.
    pub void_marks: bool,
    /// Digest of the preview of this part: it is carried out as it was shown, or not at all.
    pub previewed: Option<String>,
}

/// What became of the records of some patients.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MigrationPart {
    /// How many records came to what end.
    pub outcomes: BTreeMap<MigrationOutcome, i64>,
    /// How many of them each rule has something to say about.
    pub findings: Vec<RuleCount>,
    /// The records. An answer that is stored for a retry has none: it tells of no single patient.
    #[serde(skip)]
    pub records: Vec<MigratedRecord>,
    /// Chosen ones that are not there, or have no version from which the migration leads.
    #[serde(skip)]
    pub absent: Vec<RecordId>,
    /// After which record the next part begins; none behind the last.
    pub next: Option<RecordId>,
    /// Stands for everything that becomes of the part (SHA-256, lower-case hex).
    pub digest: String,
}

/// How many records a rule has something to say about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// The rule.
    pub rule: String,
    /// How much its findings weigh.
    pub severity: Severity,
    /// How many records.
    pub records: i64,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct MigratedRecord {
    /// The record.
    pub id: RecordId,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// Its state.
    pub status: RecordStatus,
    /// The version of the form that it had.
    pub from: u32,
    /// What became of it.
    pub outcome: MigrationOutcome,
    /// What the later version finds in its content.
    pub findings: Vec<Finding>,
    /// Why it is left as it is, beyond the findings.
    pub detail: Option<Text>,
}

impl MigrationPart {
    /// Adds what became of a record.
    fn add(&mut self, record: MigratedRecord) {
        *self.outcomes.entry(record.outcome).or_default() += 1;
        let rules: BTreeSet<_> = record.findings.iter().map(|one| (&one.rule, one.severity)).collect();
        for (rule, severity) in rules {
            match self.findings.iter_mut().find(|one| one.rule == *rule && one.severity == severity) {
                Some(count) => count.records += 1,
                None => self.findings.push(RuleCount { rule: rule.clone(), severity, records: 1 }),
            }
        }
        self.records.push(record);
    }
}

impl Service {
    /// Migrates the next records that are chosen; `after` is where the part before ended.
    ///
    /// # Errors
    /// `not_found` for a site that is not the caller's own, and when a part cannot go on where the one before ended;
    /// `content_invalid` for an unknown form, a version to which no migration leads, or too many records; `wrong_state` when
    /// something else would become of the part than was previewed.
    pub async fn migrate_records(
        &self,
        granted: &Granted<permission::MigrateRecord>,
        act: &Act,
        migration: RecordMigration,
        after: Option<RecordId>,
    ) -> Result<Done<MigrationPart>, ServiceError> {
        let plan = self.plan_migration(granted, migration, after).await?;
        let (service, granted_again) = (self.clone(), granted.clone());
        self.change(granted, act, "migrate records", move |journal| {
            carry_out(&service, journal, &granted_again, &plan)
        })
        .await
    }

    /// What migrating the next records would do: the same transaction, rolled back. It names the records, which a dry run
    /// does not.
    ///
    /// # Errors
    /// As [`Service::migrate_records`]; it rests on no other preview.
    pub async fn preview_migration(
        &self,
        granted: &Granted<permission::MigrateRecord>,
        act: &Act,
        migration: RecordMigration,
        after: Option<RecordId>,
    ) -> Result<Done<MigrationPart>, ServiceError> {
        let migration = RecordMigration { previewed: None, ..migration };
        let unit = migration.site.to_string();
        let plan = self.plan_migration(granted, migration, after).await?;
        let subjects = all_seen(plan.records.iter().map(|planned| &planned.record));
        let (service, granted_again) = (self.clone(), granted.clone());
        let store = self.store().for_scope(Scope::of_units([unit.as_str()])?);
        let work = move |tx: &mut dyn WriteSession| {
            carry_out(&service, &mut Journal::new(tx), &granted_again, &plan)
        };
        let part = store.write_rolled_back("preview migration", work).await?;
        if subjects.is_empty() {
            return Ok(Done::new(part, None));
        }
        let event = self.event(granted, act);
        let event = AuditEvent { outcome: Outcome::Read, unit: Some(unit), subjects, ..event };
        let receipt = self.append(event).await?;
        Ok(Done::new(part, Some(receipt)))
    }
}
