//! Export for another registry: what an exchange table names of a form, of the patients who agreed to it.

use std::collections::{HashMap, HashSet};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::consent::{Consent, ConsentPurpose, allows, objection};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::text::Text;
use cartotek_forms::{ExchangeColumn, ExchangeTable, Form, Forms};
use cartotek_persistence::{Page, ReadSession, StoreError};
use chrono::NaiveDate;
use serde_json::Value;

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::import::protected;
use crate::patient::seen;
use crate::publish::PublishedForms;

/// The registry of the European Society for Blood and Marrow Transplantation.
const EBMT: &str = "ebmt";

/// Records that one part of an export is made of.
const RECORDS: u16 = 500;

/// Which table is exported, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPart {
    /// Name of the table: the code of a form, or that of one of its lists as `acute_toxicity.infections`.
    pub table: String,
    /// Version of the table.
    pub version: u32,
    /// The part, as CSV; the first begins with the header.
    pub text: String,
    /// Where the next part begins; none behind the last.
    next: Option<RecordId>,
}

impl Service {
    /// The first part of what leaves for EBMT by a table: records of the caller's patients whose consent to sharing with
    /// EBMT holds today. That they are read is on disk when this returns.
    ///
    /// # Errors
    /// `content_invalid` for a table that there is not.
    pub async fn export_ebmt(
        &self,
        granted: &Granted<permission::ExportRecords>,
        act: &Act,
        table: &str,
        version: Option<u32>,
    ) -> Result<Done<ExportPart>, ServiceError> {
        let published = self.forms()?;
        let table = published.forms.exchange(EBMT, table, version);
        let table = table.ok_or_else(|| ServiceError::invalid(vec![no_table(&published.forms)]))?;
        let names = table.columns.iter().map(|column| column.name.as_str());
        let header = line(names.map(str::to_owned))?;
        let name = table.name().to_owned();
        let part = ExportPart { table: name, version: table.version, text: header, next: None };
        self.export_from(granted, act, part).await
    }

    /// The part behind another; none behind the last.
    ///
    /// # Errors
    /// As the store fails: what has left already is not the whole.
    pub async fn next_export_part(
        &self,
        granted: &Granted<permission::ExportRecords>,
        act: &Act,
        before: ExportPart,
    ) -> Result<Option<ExportPart>, ServiceError> {
        if before.next.is_none() {
            return Ok(None);
        }
        let part = ExportPart { text: String::new(), ..before };
        Ok(Some(self.export_from(granted, act, part).await?.value))
    }

    /// Adds to a part the records from where it begins.
    async fn export_from(
        &self,
        granted: &Granted<permission::ExportRecords>,
        act: &Act,
        part: ExportPart,
    ) -> Result<Done<ExportPart>, ServiceError> {
        let (published, today) = (self.forms()?, self.today());
        let scope = granted.patients(today);
        self.show(granted, act, "export records", move |session| {
            let table = published.forms.exchange(EBMT, &part.table, Some(part.version));
            let table = table.ok_or_else(|| ServiceError::invalid(vec![no_table(&published.forms)]))?;
            let page = Page { after: part.next, limit: RECORDS };
            let records = session.submitted_records(table.form(), &scope, &page)?;
            let known = Known::of(session, &records.items, today)?;
            let (mut text, mut seen) = (part.text, Seen::new());
            for (record, revision) in &records.items {
                if !known.agreed.contains(&record.patient) {
                    continue;
                }
                let contents = Contents::read(&published, record, revision)?;
                let rows = rows(table, record, &contents, &known)?;
                if !rows.is_empty() {
                    text.push_str(&rows);
                    seen.extend([self::seen(record), self::seen(revision)]);
                }
            }
            Ok((ExportPart { text, next: records.next, ..part }, seen))
        })
        .await
    }
}

/// The answers of a record: in the version it has, and in the latest one, where they may stand elsewhere.
struct Contents<'p> {
    form: &'p Form,
    own: Value,
    /// `None` where nothing leads to a later version.
    lifted: Option<Value>,
}

impl<'p> Contents<'p> {
    fn read(
        published: &'p PublishedForms,
        record: &Record,
        revision: &Revision,
    ) -> Result<Self, ServiceError> {
        // One that another server has published a moment ago is known here in some seconds.
        let version = u32::try_from(revision.form_version).unwrap_or_default();
        let form = published.forms.form(&record.form, Some(version)).ok_or(StoreError::Busy)?;
        let latest = published.expect(&record.form, None)?.version();
        let own: Value = serde_json::from_str(&revision.content)?;
        let way = published.forms.migration(&record.form, version, latest);
        let lifted = way.map(|way| way.migrate(&own).content);
        Ok(Self { form, own, lifted })
    }

    /// Where to look for what the own version asks, or does not.
    fn of(&self, is_asked: bool) -> &Value {
        self.lifted.as_ref().filter(|_| !is_asked).unwrap_or(&self.own)
    }
}

/// What is known of the patients of some records.
struct Known {
    pseudonyms: HashMap<PatientId, Pseudonym>,
    courses: HashMap<CourseId, i32>,
    /// Who agreed to sharing and has not said no to the register.
    agreed: HashSet<PatientId>,
}

impl Known {
    fn of(
        session: &mut dyn ReadSession,
        records: &[(Record, Revision)],
        today: NaiveDate,
    ) -> Result<Self, StoreError> {
        let mut patients: Vec<PatientId> = records.iter().map(|(record, _)| record.patient).collect();
        patients.sort_unstable();
        patients.dedup();
        let mut consents: HashMap<PatientId, Vec<Consent>> = HashMap::new();
        for consent in session.consents_of(&patients)? {
            consents.entry(consent.patient).or_default().push(consent);
        }
        let agreed = |consents: &[Consent]| {
            allows(consents, ConsentPurpose::SharingEbmt, today) && objection(consents, today).is_none()
        };
        let found = session.patients_by_id(&patients)?;
        let courses = session.courses(&patients)?;
        Ok(Self {
            pseudonyms: found.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect(),
            courses: courses.into_iter().map(|course| (course.id, course.number)).collect(),
            agreed: consents.into_iter().filter(|(_, all)| agreed(all)).map(|(patient, _)| patient).collect(),
        })
    }

    fn cell(&self, column: &ExchangeColumn, record: &Record, contents: &Contents<'_>, row: usize) -> String {
        match column.from.as_str() {
            "patient" => self.pseudonyms.get(&record.patient).map_or_else(String::new, Pseudonym::to_string),
            "course" => {
                let number = record.course.and_then(|course| self.courses.get(&course));
                number.map_or_else(String::new, i32::to_string)
            }
            "site" => record.site.to_string(),
            "number" => (row + 1).to_string(),
            _ => column.cell(contents.of(column.is_asked(contents.form)), row),
        }
    }
}

/// The rows of a record: one, or one for each element of the table's list.
fn rows(
    table: &ExchangeTable,
    record: &Record,
    contents: &Contents<'_>,
    known: &Known,
) -> Result<String, ServiceError> {
    let row = |row| {
        let cells = table.columns.iter().map(|column| known.cell(column, record, contents, row));
        // A number may begin with its sign; a text must not be taken for a formula.
        line(cells.map(|cell| if cell.parse::<f64>().is_ok() { cell } else { protected(cell) }))
    };
    let elements = contents.of(table.has_rows(contents.form));
    (0..table.rows(elements)).map(row).collect()
}

fn line(cells: impl Iterator<Item = String>) -> Result<String, ServiceError> {
    let failed = |_| ServiceError::Defect("a row of an export could not be written".to_owned());
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells.map(String::into_bytes)).map_err(failed)?;
    let bytes =
        writer.into_inner().map_err(|_| ServiceError::Defect("a row could not be written".to_owned()))?;
    String::from_utf8(bytes).map_err(|_| ServiceError::Defect("a row of an export is no text".to_owned()))
}

fn no_table(forms: &Forms) -> Finding {
    let known = forms.exchanges().filter(|table| table.id.split('/').next() == Some(EBMT));
    let known = known.map(ExchangeTable::name).collect::<Vec<_>>().join(", ");
    let text = Text::new(
        format!("Det finns ingen sådan tabell för EBMT, eller inte i den versionen. De som finns: {known}."),
        format!("There is no such table for EBMT, or not in that version. Those that there are: {known}."),
    );
    Finding::error("EXPORT-TABLE", "/table", text)
}
