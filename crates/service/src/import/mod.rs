//! Imports: many records from one file, each through the same checks as a single submission.
//!
//! The way of a file: bytes → text (`file`; `workbook` with `sheet` and `percent`) → rows (`read`, `header`, `layout`) → prepared
//! rows (`prepare`, with `cells` or `line`, on all cores) → decisions (`decide`, on what `basis` read) → facts with their
//! events (`batch`), in one short transaction per few hundred rows → `report`. `run` is the page that leads through it; `job`
//! keeps what is known of an import between requests, `recall` reads it, `cancel` ends it.
//! `docs/decisions/0002-imports.md` says why it is so.

mod basis;
mod batch;
mod cancel;
mod cells;
mod decide;
mod file;
mod header;
mod job;
mod layout;
mod line;
mod mapping;
mod percent;
mod portion;
mod prepare;
mod quoting;
mod read;
mod recall;
mod remark;
mod report;
mod run;
mod selection;
mod sheet;
mod sheet_choice;
mod workbook;

use std::sync::Arc;

use cartotek_domain::code::mapping_name::MappingName;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ImportId, PatientId};
use cartotek_domain::text::Language;
use cartotek_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::import::recall::ImportFile;
pub(crate) use crate::import::remark::protected;

/// The largest file, in bytes.
pub const LARGEST_FILE: usize = 256 << 20;
/// How many rows may be kept all or none: they are one transaction, which must stay short.
pub const MOST_ATOMIC_ROWS: usize = 2_000;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                [$(Self::$variant),+].into_iter().find(|value| value.name() == name)
            }
        }
    };
}

named! {
    /// How a file is written.
    Format {
        /// A table with a header line, separated by commas, semicolons or tabs.
        Csv = "csv",
        /// One JSON object per line.
        Ndjson = "ndjson",
        /// A workbook of Excel. It is given back as a table: its rows with what became of them, without its looks.
        Xlsx = "xlsx",
    }
}

named! {
    /// What is kept when a row is refused.
    Atomicity {
        /// Nothing.
        All = "all",
        /// Every other row.
        Row = "row",
    }
}

named! {
    /// What became of a row.
    RowStatus {
        /// It is a record now; in a dry run, it would be.
        Accepted = "accepted",
        /// There is a submitted record with the same content: an earlier run of the same file.
        AlreadyThere = "already_there",
        /// It is right, but another row of a file that is kept all or none is not.
        NotKept = "not_kept",
        /// It breaks rules; its findings say which.
        Refused = "refused",
    }
}

named! {
    /// Where an import stands.
    ImportState {
        /// Rows are being read.
        Running = "running",
        /// Its end was asked for; it comes after the rows that are being written.
        Cancelling = "cancelling",
        /// It ended when somebody asked for it; what had been kept by then stays.
        Cancelled = "cancelled",
        /// It ended before the end of the file; the same request with the same key goes on.
        Interrupted = "interrupted",
        /// Every row was dealt with.
        Done = "done",
        /// Nothing was kept, because a row was refused.
        Refused = "refused",
    }
}

/// What a site sends to be imported.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// The site that owns the records: one of the caller's own.
    pub site: SiteCode,
    /// Code of the form; each row names one when absent.
    pub form: Option<String>,
    /// Version of the form; the latest when absent.
    pub form_version: Option<u32>,
    /// The name of the site's mapping by which a table is read; by the form's own names when absent.
    pub mapping: Option<MappingName>,
    /// How the file is written.
    pub format: Format,
    /// What is kept when a row is refused.
    pub atomicity: Atomicity,
    /// The language of the texts in the returned file.
    pub language: Language,
    /// The file.
    pub file: Vec<u8>,
}

/// Told how many rows of how many have been dealt with.
pub type Progress = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// How many rows and findings there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Rows that became records.
    pub accepted: i64,
    /// Rows whose record was there already.
    pub already_there: i64,
    /// Rows that are right but were not kept.
    pub not_kept: i64,
    /// Rows that were refused.
    pub refused: i64,
    /// Findings that are errors.
    pub errors: i64,
    /// Findings that are warnings.
    pub warnings: i64,
    /// Findings that are notices.
    pub notices: i64,
}

/// What a rule found in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowFinding {
    /// The row as a spreadsheet numbers it (the header is 1), or the line of NDJSON.
    pub row: usize,
    /// The form of the row, when the rows of the file name their forms: also the name of the sheet that it stands in.
    pub form: Option<String>,
    /// The column of a table, when the finding belongs to one.
    pub column: Option<String>,
    /// The patient of the row, for the event of whoever reads it; never shown.
    pub patient: Option<PatientId>,
    /// The finding, with its pointer into the content.
    pub finding: Finding,
}

/// An import and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The site that owns the records.
    pub site: SiteCode,
    /// Code of the form; none when the rows name theirs.
    pub form: Option<String>,
    /// The name of the mapping by which it is read.
    pub mapping: Option<String>,
    /// How the file is written.
    pub format: Format,
    /// What is kept when a row is refused.
    pub atomicity: Atomicity,
    /// Whether nothing is kept.
    pub dry_run: bool,
    /// Where it stands.
    pub state: ImportState,
    /// Rows of the file.
    pub rows: i64,
    /// Rows that were dealt with.
    #[serde(default)]
    pub done: i64,
    /// What became of them, as far as it has come.
    pub counts: Counts,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When report and file are deleted.
    pub expires_at: Timestamp,
    /// The first findings; the others are listed by page.
    pub findings: Vec<RowFinding>,
}
