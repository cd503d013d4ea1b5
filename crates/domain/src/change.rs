//! The change feed: which facts have changed, in the words of the API and without their content.

use std::fmt;
use std::str::FromStr;

use crate::id::AuditEventId;
use crate::names::named;
use crate::pseudonym::Pseudonym;
use crate::time::Timestamp;

named! {
    /// What has changed. Each is a resource of the API, or stands in one.
    ChangeKind {
        /// A site, by its code.
        Site = "site",
        /// A biobank, by its code, with the sites whose patients it registers.
        Biobank = "biobank",
        /// A form, by its code; the version is the one that was published.
        Form = "form",
        /// A code list, by its code.
        CodeList = "code_list",
        /// An import mapping, as `site/form/name`.
        ImportMapping = "import_mapping",
        /// A patient, by pseudonym.
        Patient = "patient",
        /// A site's part in the care; it stands in the patient.
        Participation = "participation",
        /// A consent decision, listed under the patient.
        Consent = "consent",
        /// A course.
        Course = "course",
        /// A record, or what stands over it: its verification, a signature.
        Record = "record",
        /// A clarification: asked, answered, assigned, closed.
        Clarification = "clarification",
        /// A lock over records, or a request that it be ended.
        Lock = "lock",
        /// A primary sample: registered, split, moved.
        Sample = "sample",
        /// An aliquot: made, split, moved.
        Aliquot = "aliquot",
        /// A storage unit.
        StorageUnit = "storage_unit",
        /// A storage box.
        StorageBox = "box",
        /// What biobank staff see of a patient, by pseudonym.
        Donor = "donor",
    }
}

named! {
    /// What happened to it.
    ChangeAct {
        /// It is new.
        Created = "created",
        /// It is another than before.
        Changed = "changed",
        /// What was kept of the patient is erased: whoever holds copies erases them too.
        Erased = "erased",
    }
}

/// One thing that has changed. It holds no content: whoever wants that reads the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of thing.
    pub kind: ChangeKind,
    /// Its id, as the API names it.
    pub id: String,
    /// The patient it is about.
    pub patient: Option<Pseudonym>,
    /// The version it has now, where it has one. A reader who has this version need not read again.
    pub version: Option<i64>,
    /// What happened to it.
    pub act: ChangeAct,
}

/// What one transaction has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeEvent {
    /// Its place in the log, from 0; grows, with gaps where others have acted.
    pub number: i64,
    /// The event, as receipts name it.
    pub event: AuditEventId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What has changed; each thing stands there once.
    pub changes: Vec<Change>,
}

/// A place in the feed, from which it goes on.
///
/// It carries a part of the hash of the event before it: a cursor of another history, such as that of a database that was
/// restored from an older copy, is told from one of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedCursor {
    next: u64,
    before: [u8; 16],
}

/// A text that is no place in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the change feed")]
pub struct NotAFeedCursor;

impl FeedCursor {
    /// The beginning.
    pub const START: Self = Self { next: 0, before: [0; 16] };

    /// The place behind the event of a number whose leaf has that hash; the beginning for a number that is none.
    pub fn after(number: i64, leaf_hash: &[u8; 32]) -> Self {
        let mut before = [0; 16];
        before.copy_from_slice(&leaf_hash[..16]);
        u64::try_from(number).map_or(Self::START, |number| Self { next: number + 1, before })
    }

    /// The number of the first event behind it; `None` for one that no log has.
    pub fn next(self) -> Option<i64> {
        i64::try_from(self.next).ok()
    }
}

impl fmt::Display for FeedCursor {
    /// Bare hexadecimal as of a hash, so that the identifier guard never takes it for a person number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:032x}", self.next, u128::from_be_bytes(self.before))
    }
}

impl FromStr for FeedCursor {
    type Err = NotAFeedCursor;

    fn from_str(text: &str) -> Result<Self, NotAFeedCursor> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 48 || !text.bytes().all(is_digit) {
            return Err(NotAFeedCursor);
        }
        let (next, before) = text.split_at(16);
        let next = u64::from_str_radix(next, 16).map_err(|_| NotAFeedCursor)?;
        let before = u128::from_str_radix(before, 16).map_err(|_| NotAFeedCursor)?;
        Ok(Self { next, before: before.to_be_bytes() })
    }
}

/// From where the feed is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Since {
    /// From the first event of the log.
    #[default]
    Beginning,
    /// From now on.
    Latest,
    /// From a cursor that an earlier answer gave.
    Cursor(FeedCursor),
}

impl FromStr for Since {
    type Err = NotAFeedCursor;

    fn from_str(text: &str) -> Result<Self, NotAFeedCursor> {
        if text == "latest" { Ok(Self::Latest) } else { text.parse().map(Self::Cursor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::{FieldKind, Verdict, detect};

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let mut hash = [0; 32];
        hash[1] = 7;
        for cursor in [FeedCursor::START, FeedCursor::after(0, &hash), FeedCursor::after(i64::MAX, &hash)] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        assert_eq!(FeedCursor::after(4711, &hash).next(), Some(4712));
        assert_eq!(FeedCursor::after(-1, &hash), FeedCursor::START);
        assert_eq!(FeedCursor::after(i64::MAX, &hash).next(), None);
        for text in ["", "latest ", "0", &"0".repeat(47), &"g".repeat(48), &"A".repeat(48), &"+".repeat(48)] {
            assert_eq!(text.parse::<Since>(), Err(NotAFeedCursor), "{text}");
        }
        assert_eq!("latest".parse(), Ok(Since::Latest));
    }

    /// The digits of a person number may stand in a hash; a cursor must not be refused for them.
    #[test]
    fn a_cursor_is_no_person_number() {
        let today = "2026-03-02".parse().unwrap();
        let text = format!("{:016x}{}", 12, "198501012382".repeat(3).get(..32).unwrap());
        assert!(text.parse::<FeedCursor>().is_ok());
        assert_eq!(detect(&text, today, FieldKind::Structured), Verdict::Clean);
    }

    #[test]
    fn another_history_has_another_cursor() {
        assert_ne!(FeedCursor::after(7, &[1; 32]), FeedCursor::after(7, &[2; 32]));
    }
}
