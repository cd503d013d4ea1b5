//! How imports are shown.

use cartotek_domain::finding::Severity;
use cartotek_domain::text::Language;
use cartotek_service::import::{Import, RowFinding};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// An import and what became of its rows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
pub(crate) struct ImportView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: String,
    /// The site that owns the records.
    #[schema(example = "KAR")]
    site: String,
    /// Code of the form; absent when the rows name theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "follow_up")]
    form: Option<String>,
    /// The name of the mapping by which it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "lab-export")]
    mapping: Option<String>,
    /// `csv`, `ndjson` or `xlsx`.
    #[schema(example = "csv")]
    format: &'static str,
    /// What is kept when a row is refused: `all` keeps nothing, `row` the other rows.
    #[schema(example = "row")]
    atomic: &'static str,
    /// Whether no record was to be kept.
    dry_run: bool,
    /// `running`; `cancelling`: it will end soon; `cancelled`: it ended when somebody asked for it; `interrupted`: send the
    /// request again with the same key, and it goes on; `done`: every row was dealt with; `refused`: a row was refused and
    /// nothing was kept.
    #[schema(example = "done")]
    state: &'static str,
    /// Rows of the file.
    #[schema(example = 240)]
    rows: i64,
    /// Rows that were dealt with so far.
    #[schema(example = 240)]
    done: i64,
    /// Rows that became records; in a dry run, that would.
    #[schema(example = 231)]
    accepted: i64,
    /// Rows whose record was there with the same content.
    #[schema(example = 7)]
    already_there: i64,
    /// Rows that are right but were not kept, because another row was refused.
    #[schema(example = 0)]
    not_kept: i64,
    /// Rows that were refused.
    #[schema(example = 2)]
    refused: i64,
    /// Findings that are errors.
    #[schema(example = 3)]
    errors: i64,
    /// Findings that are warnings.
    #[schema(example = 12)]
    warnings: i64,
    /// Findings that are notices.
    #[schema(example = 0)]
    notices: i64,
    /// When it started.
    started_at: DateTime<Utc>,
    /// When it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<DateTime<Utc>>,
    /// When report and file are deleted; while it runs, when it counts as interrupted.
    expires_at: DateTime<Utc>,
    /// The first 100 findings; `/imports/{id}/findings` lists them all.
    findings: Vec<RowFindingView>,
}

impl ImportView {
    pub(crate) fn new(import: Import, language: Language) -> Self {
        let counts = import.counts;
        Self {
            id: import.id.to_string(),
            site: import.site.to_string(),
            form: import.form,
            mapping: import.mapping,
            format: import.format.name(),
            atomic: import.atomicity.name(),
            dry_run: import.dry_run,
            state: import.state.name(),
            rows: import.rows,
            done: import.done,
            accepted: counts.accepted,
            already_there: counts.already_there,
            not_kept: counts.not_kept,
            refused: counts.refused,
            errors: counts.errors,
            warnings: counts.warnings,
            notices: counts.notices,
            started_at: import.started_at,
            finished_at: import.finished_at,
            expires_at: import.expires_at,
            findings: import.findings.into_iter().map(|one| RowFindingView::new(one, language)).collect(),
        }
    }
}

/// An import in a list: how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedImport)]
pub(crate) struct ListedImportView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: String,
    /// The site that owns the records.
    #[schema(example = "KAR")]
    site: String,
    /// Code of the form; absent when the rows name theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "follow_up")]
    form: Option<String>,
    /// Whether no record was to be kept.
    dry_run: bool,
    /// Where it stands, as when it is read alone.
    #[schema(example = "running")]
    state: &'static str,
    /// Rows of the file.
    #[schema(example = 100_000)]
    rows: i64,
    /// Rows that were dealt with so far.
    #[schema(example = 41_500)]
    done: i64,
    /// Rows that became records; in a dry run, that would.
    #[schema(example = 41_085)]
    accepted: i64,
    /// Rows that were refused.
    #[schema(example = 415)]
    refused: i64,
    /// When it started.
    started_at: DateTime<Utc>,
    /// When it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<DateTime<Utc>>,
}

impl From<Import> for ListedImportView {
    fn from(import: Import) -> Self {
        Self {
            id: import.id.to_string(),
            site: import.site.to_string(),
            form: import.form,
            dry_run: import.dry_run,
            state: import.state.name(),
            rows: import.rows,
            done: import.done,
            accepted: import.counts.accepted,
            refused: import.counts.refused,
            started_at: import.started_at,
            finished_at: import.finished_at,
        }
    }
}

/// What a rule found in a row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RowFinding)]
pub(crate) struct RowFindingView {
    /// The row as a spreadsheet numbers it (the header is 1), in its sheet, or the line of NDJSON.
    #[schema(example = 14)]
    row: usize,
    /// The form of the row, and so the name of its sheet, when the rows of the file name their forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "follow_up")]
    form: Option<String>,
    /// The column, when the finding belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "contact_date")]
    column: Option<String>,
    /// The stable id of the rule.
    #[schema(example = "R-FU-02A")]
    rule: String,
    /// Error, warning or notice.
    #[schema(value_type = String, example = "error")]
    severity: Severity,
    /// Where in the content: a JSON pointer (RFC 6901), empty for the whole row.
    #[schema(example = "/contact_date")]
    pointer: String,
    /// What is wrong and how to mend it, in Swedish or English.
    #[schema(example = "A follow-up with this contact date is there already.")]
    message: String,
}

impl RowFindingView {
    pub(crate) fn new(one: RowFinding, language: Language) -> Self {
        let finding = one.finding;
        Self {
            row: one.row,
            form: one.form,
            column: one.column,
            rule: finding.rule,
            severity: finding.severity,
            pointer: finding.pointer,
            message: finding.message.in_language(language).to_owned(),
        }
    }
}
