//! Findings that stand in submitted records, and what waits to be judged anew.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::{RecordFinding, Severity};
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::time::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// What a list of findings is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct FindingFilter {
    /// Only of this patient.
    pub patient: Option<PatientId>,
    /// Only in records that this site owns.
    pub site: Option<SiteCode>,
    /// Only in this form.
    pub form: Option<String>,
    /// Only of this rule.
    pub rule: Option<String>,
    /// Only of this weight.
    pub severity: Option<Severity>,
    /// Only those that were explained, or only those that were not.
    pub explained: Option<bool>,
}

/// The place of a finding among all, which are ordered by record, rule and pointer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingKey {
    /// The record.
    pub record: RecordId,
    /// The rule.
    pub rule: String,
    /// The pointer.
    pub pointer: String,
}

impl FindingKey {
    /// The place of a finding.
    pub fn of(finding: &RecordFinding) -> Self {
        Self { record: finding.record, rule: finding.rule.clone(), pointer: finding.pointer.clone() }
    }
}

/// How many hexadecimal digits the id of a record has.
const ID_DIGITS: usize = 32;
/// Between rule and pointer.
const SPACE: char = ' ';

/// Hexadecimal digits throughout: nothing in them can look like the number of a person.
impl fmt::Display for FindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.record.uuid().as_simple())?;
        format!("{}{SPACE}{}", self.rule, self.pointer).bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is no place among findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place among findings")]
pub struct NotAFindingKey;

impl FromStr for FindingKey {
    type Err = NotAFindingKey;

    fn from_str(text: &str) -> Result<Self, NotAFindingKey> {
        let (record, rest) = text.split_at_checked(ID_DIGITS).ok_or(NotAFindingKey)?;
        let record = Uuid::try_parse(record).map_err(|_| NotAFindingKey)?;
        let place = String::from_utf8(bytes_of(rest)?).map_err(|_| NotAFindingKey)?;
        let (rule, pointer) = place.split_once(SPACE).ok_or(NotAFindingKey)?;
        Ok(Self { record: RecordId::from_uuid(record), rule: rule.to_owned(), pointer: pointer.to_owned() })
    }
}

fn bytes_of(digits: &str) -> Result<Vec<u8>, NotAFindingKey> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => digit(high).zip(digit(low)).map(|(high, low)| high * 16 + low),
        _ => None,
    };
    digits.as_bytes().chunks(2).map(|pair| byte(pair).ok_or(NotAFindingKey)).collect()
}

/// A change after which records of a patient wait to be judged anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingDue {
    /// Its id: what changed earlier comes first, what everybody waits for last.
    pub id: Uuid,
    /// The patient.
    pub patient: PatientId,
    /// The record that tells something anew; `None` when a course or consent has changed, or a published list: every
    /// record of the patient waits then.
    pub record: Option<RecordId>,
    /// Names of the milestones that the record tells or told.
    pub milestones: BTreeSet<String>,
    /// When.
    pub changed_at: Timestamp,
}

/// Reads findings.
pub trait FindingReads {
    /// The findings of the scope that pass the filter, by record, rule and pointer.
    fn findings(
        &mut self,
        filter: &FindingFilter,
        scope: &PatientScope,
        page: &Page<FindingKey>,
    ) -> Result<PageOf<RecordFinding, FindingKey>, StoreError>;

    /// What stands in a record, by rule and pointer.
    fn findings_in(&mut self, record: RecordId) -> Result<Vec<RecordFinding>, StoreError>;

    /// What stands in the records of these patients, by record, rule and pointer.
    fn findings_of(&mut self, patients: &[PatientId]) -> Result<Vec<RecordFinding>, StoreError>;

    /// Findings after one of them, by record, rule and pointer, whatever the patient.
    fn findings_after(
        &mut self,
        after: Option<&FindingKey>,
        limit: i64,
    ) -> Result<Vec<RecordFinding>, StoreError>;

    /// The changes that wait, oldest first.
    fn findings_due(&mut self, page: &Page<Uuid>) -> Result<PageOf<FindingDue, Uuid>, StoreError>;

    /// The changes about these patients that wait, oldest first.
    fn findings_due_of(&mut self, patients: &[PatientId]) -> Result<Vec<FindingDue>, StoreError>;
}

/// Writes findings.
pub trait FindingWrites: FindingReads {
    /// Stores findings of records in which none stands.
    fn insert_findings(&mut self, findings: &[RecordFinding]) -> Result<(), StoreError>;

    /// Puts the findings in a record in the place of those that stood there.
    fn put_findings(&mut self, record: RecordId, findings: &[RecordFinding]) -> Result<(), StoreError>;

    /// Notes changes that wait.
    fn insert_findings_due(&mut self, due: &[FindingDue]) -> Result<(), StoreError>;

    /// Deletes changes that wait no longer.
    fn delete_findings_due(&mut self, ids: &[Uuid]) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for pointer in ["", "/contact_date", "/infections/0/date"] {
            let key = FindingKey {
                record: RecordId::from_uuid(Uuid::from_u128(7)),
                rule: "R-DATE-03D".to_owned(),
                pointer: pointer.to_owned(),
            };
            let text = key.to_string();
            assert!(text.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
            assert_eq!(text.parse(), Ok(key));
        }
        let id = "0".repeat(ID_DIGITS);
        for text in
            ["", "x", &id, &format!("{id}4"), &format!("{id}+1"), &format!("{id}52"), &format!("{id}ff20")]
        {
            assert_eq!(text.parse::<FindingKey>(), Err(NotAFindingKey), "{text}");
        }
    }
}
