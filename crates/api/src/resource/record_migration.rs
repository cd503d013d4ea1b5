//! Migrating records to a later version of their form.

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, post};
use cartotek_domain::access::permission::MigrateRecord;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Severity;
use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::id::RecordId;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::RecordStatus;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::record::migrate::{MigratedRecord, MigrationPart, RecordMigration, RuleCount};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::language_of;
use crate::http::problem::{ApiError, FindingView, ForRequest};
use crate::http::query::Writing;
use crate::http::words::Words;

/// Which records are migrated, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "form": "follow_up", "to": 2, "site": "KAR" }))]
pub(crate) struct RecordMigrationDraft {
    /// Code of the form.
    #[schema(example = "follow_up")]
    form: String,
    /// The version they are to have.
    #[schema(example = 2, minimum = 1)]
    to: u32,
    /// Only records of this version; of every one from which a migration leads there when absent.
    #[serde(default)]
    from: Option<u32>,
    /// The site that owns them: one of the caller's own.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// Only drafts, or only what was submitted.
    #[serde(default)]
    status: Option<RecordStatus>,
    /// Only these, at most 100; all of the site when empty.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 100)]
    records: Vec<RecordId>,
    /// The reason for every warning of the later version that no reason given before explains. Without it a record with
    /// such a warning stays as it is.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Asked from version 2 on.", min_length = 1, max_length = 500)]
    acknowledgement: Option<Words<500>>,
    /// Whether verified and signed records are migrated too: their verifications and signatures hold no longer.
    #[serde(default)]
    void_marks: bool,
    /// `digest` of the preview of this part: then it is carried out as it was shown, or refused (`wrong_state`) when anything
    /// else would become of it by now. The preview itself does not look at it.
    #[serde(default)]
    previewed: Option<String>,
    /// `next_cursor` of the part before; absent for the first.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    cursor: Option<RecordId>,
}

impl Body for RecordMigrationDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer == "/acknowledgement" { FieldKind::FreeText } else { FieldKind::Structured })
    }
}

impl RecordMigrationDraft {
    fn parse(self) -> (RecordMigration, Option<RecordId>) {
        let Self { form, to, from, site, status, records, acknowledgement, void_marks, previewed, cursor } =
            self;
        let acknowledgement = acknowledgement.map(|words| words.0);
        let migration =
            RecordMigration { form, to, from, site, status, records, acknowledgement, void_marks, previewed };
        (migration, cursor)
    }
}

/// How many records came to what end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MigrationOutcomeCount)]
pub(crate) struct OutcomeCountView {
    /// What became of them.
    outcome: MigrationOutcome,
    /// How many.
    records: i64,
}

/// How many records a rule has something to say about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MigrationRuleCount)]
pub(crate) struct RuleCountView {
    /// The rule.
    #[schema(example = "REQUIRED")]
    rule: String,
    /// How much its findings weigh.
    #[schema(value_type = String, example = "error")]
    severity: Severity,
    /// How many records.
    records: i64,
}

impl From<RuleCount> for RuleCountView {
    fn from(count: RuleCount) -> Self {
        Self { rule: count.rule, severity: count.severity, records: count.records }
    }
}

/// What became of a record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MigratedRecord)]
pub(crate) struct MigratedRecordView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: RecordId,
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// Draft or submitted.
    status: RecordStatus,
    /// The version of the form that it had.
    from: u32,
    /// What became of it; one that is not `migrated` stays as it is.
    outcome: MigrationOutcome,
    /// What the later version finds in its content.
    findings: Vec<FindingView>,
    /// Why it stays as it is, beyond the findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl MigratedRecordView {
    fn new(record: MigratedRecord, language: Language) -> Self {
        let MigratedRecord { id, pseudonym, status, from, outcome, findings, detail } = record;
        let findings = findings.iter().map(|one| FindingView::new(one, language)).collect();
        let detail = detail.map(|text| text.in_language(language).to_owned());
        Self { id, patient: pseudonym, status, from, outcome, findings, detail }
    }
}

/// What became of the records of some patients.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MigrationPart)]
pub(crate) struct MigrationPartView {
    /// How many records came to what end, in this part.
    outcomes: Vec<OutcomeCountView>,
    /// How many of them each rule has something to say about.
    findings: Vec<RuleCountView>,
    /// The records; none in the stored answer of an equal request.
    records: Vec<MigratedRecordView>,
    /// Chosen ones that are not there, or have no version from which the migration leads.
    #[schema(value_type = Vec<uuid::Uuid>)]
    absent: Vec<RecordId>,
    /// Where the next part begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    next_cursor: Option<RecordId>,
    /// Stands for everything that becomes of the part: send it as `previewed` to have that done and nothing else.
    digest: String,
}

impl MigrationPartView {
    fn new(part: MigrationPart, language: Language) -> Self {
        let MigrationPart { outcomes, findings, records, absent, next, digest } = part;
        let outcomes = outcomes.into_iter().map(|(outcome, records)| OutcomeCountView { outcome, records });
        Self {
            outcomes: outcomes.collect(),
            findings: findings.into_iter().map(RuleCountView::from).collect(),
            records: records.into_iter().map(|one| MigratedRecordView::new(one, language)).collect(),
            absent,
            next_cursor: next,
            digest,
        }
    }
}

/// See what migrating records would do.
///
/// The same transaction as the migration, rolled back: every chosen record of the next patients with what would become of
/// it. Go on with `next_cursor` until there is none. Permission: `records.migrate`.
#[utoipa::path(tag = "records", params(Writing), request_body = RecordMigrationDraft, responses(
    (status = 200, description = "What would become of the records of some patients.", body = MigrationPartView),
))]
#[post("/records/migration/preview")]
pub(crate) async fn preview_migration(
    request: HttpRequest,
    caller: Permitted<MigrateRecord>,
    sent: Sent<RecordMigrationDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let language = language_of(&request);
    let (migration, after) = sent.body.parse();
    let done = service.preview_migration(&caller.0, &sent.act, migration, after).await;
    Ok(Answer::ok(done.for_request(&request)?, |part| MigrationPartView::new(part, language)))
}

/// Migrate records to a later version of their form.
///
/// All chosen records of the next patients, in one transaction; go on with `next_cursor` until there is none. Each migrated
/// record gets a revision with the reason `schema_migration`; its earlier contents stay readable. One that is locked,
/// verified or signed, or that the later version refuses stays as it is, readable and amendable in the version it has.
/// Whoever was interrupted begins again: what is migrated is not found again. A dry run names no record; the preview does.
/// Permission: `records.migrate`.
#[utoipa::path(tag = "records", params(Writing), request_body = RecordMigrationDraft, responses(
    (status = 200, description = "What became of the records of some patients.", body = MigrationPartView),
))]
#[post("/records/migration")]
pub(crate) async fn migrate_records(
    request: HttpRequest,
    caller: Permitted<MigrateRecord>,
    sent: Sent<RecordMigrationDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let language = language_of(&request);
    let (migration, after) = sent.body.parse();
    let done = service.migrate_records(&caller.0, &sent.act, migration, after).await;
    Ok(Answer::ok(done.for_request(&request)?, |part| MigrationPartView::new(part, language)))
}
