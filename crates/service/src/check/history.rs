//! What the events say of each row: its changes, joined into one history by their hashes.
//!
//! Every change consumes the hash of the row before it and leaves that after it. What is left when all have been
//! taken up is the row as it must be now. This needs no order among the changes, which two servers' clocks could not
//! give, and no change can be left out, added or altered without leaving a loose end.

use std::collections::HashMap;
use std::collections::hash_map::IntoIter;

use cartotek_crypto::hash::Hash;
use cartotek_domain::fact::TABLES;
use uuid::Uuid;

/// The histories of all rows.
#[derive(Debug, Default)]
pub(super) struct Histories(HashMap<RowKey, History>);

/// The key of a row, small for the many whose key is a UUID.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RowKey {
    pub(super) table: &'static str,
    row: Row,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Row {
    Uuid(Uuid),
    Text(Box<str>),
}

impl RowKey {
    /// `None` for a table that does not exist.
    pub(super) fn new(table: &str, row: &str) -> Option<Self> {
        let (table, _) = TABLES.iter().find(|(name, _)| *name == table)?;
        let row = match row.parse::<Uuid>() {
            Ok(uuid) if uuid.to_string() == row => Row::Uuid(uuid),
            _ => Row::Text(row.into()),
        };
        Some(Self { table, row })
    }

    /// The key as the log writes it.
    pub(super) fn row(&self) -> String {
        match &self.row {
            Row::Uuid(uuid) => uuid.to_string(),
            Row::Text(text) => text.to_string(),
        }
    }
}

/// What the changes of one row leave.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The row after the changes that came in order.
    last: Option<Hash>,
    /// Hashes left (+1) or consumed (-1) by changes that did not.
    loose: Vec<(Hash, i32)>,
    /// Whether a change that is no erasure left no row.
    deleted: bool,
}

/// What a row must be now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Present {
    /// There, with this hash.
    Row(Hash),
    /// Gone, erased.
    Erased,
    /// Gone, and no erasure says why.
    Deleted,
    /// The changes do not form one history.
    Broken,
}

impl History {
    fn change(&mut self, before: Option<Hash>, after: Option<Hash>, erases: bool) {
        self.deleted |= after.is_none() && !erases;
        if self.loose.is_empty() && self.last == before {
            self.last = after;
        } else {
            self.loose.extend(before.map(|hash| (hash, -1)));
            self.loose.extend(after.map(|hash| (hash, 1)));
        }
    }

    /// What is left.
    pub(super) fn present(&self) -> Present {
        let mut left: HashMap<Hash, i32> = HashMap::new();
        for (hash, count) in self.last.iter().map(|hash| (*hash, 1)).chain(self.loose.iter().copied()) {
            *left.entry(hash).or_default() += count;
        }
        left.retain(|_, count| *count != 0);
        let mut left = left.into_iter();
        match (left.next(), left.next()) {
            (None, _) if self.deleted => Present::Deleted,
            (None, _) => Present::Erased,
            (Some((hash, 1)), None) => Present::Row(hash),
            _ => Present::Broken,
        }
    }
}

impl Histories {
    /// Takes up a change of a row, made by an erasure or not.
    pub(super) fn change(&mut self, key: RowKey, before: Option<Hash>, after: Option<Hash>, erases: bool) {
        self.0.entry(key).or_default().change(before, after, erases);
    }

    /// The history of a row, taken out.
    pub(super) fn remove(&mut self, key: &RowKey) -> Option<History> {
        self.0.remove(key)
    }

    /// Those not taken out.
    pub(super) fn into_rest(self) -> IntoIter<RowKey, History> {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use cartotek_crypto::hash::sha256;

    use super::*;

    fn hash(name: char) -> Hash {
        sha256(&[name.to_string().as_bytes()])
    }

    /// The state after changes written as two letters, `-` for none and `x` for erased.
    fn present(changes: &[&str]) -> Present {
        let mut history = History::default();
        let state = |letter: Option<char>| letter.filter(|letter| !['-', 'x'].contains(letter)).map(hash);
        for change in changes {
            let mut letters = change.chars();
            history.change(state(letters.next()), state(letters.next()), change.ends_with('x'));
        }
        history.present()
    }

    #[test]
    fn changes_join_in_any_order() {
        let row = Present::Row(hash('c'));
        assert_eq!(present(&["-a", "ab", "bc"]), row);
        assert_eq!(present(&["bc", "ab", "-a"]), row);
        assert_eq!(present(&["ab", "-a", "bc"]), row);
        assert_eq!(present(&["-a", "ax"]), Present::Erased);
        assert_eq!(present(&["ax", "-a"]), Present::Erased);
        assert_eq!(present(&["-a", "a-"]), Present::Deleted);
        assert_eq!(present(&["a-", "-a"]), Present::Deleted);
        assert_eq!(present(&["-a", "ab", "ba"]), Present::Row(hash('a')), "a state may come back");
        assert_eq!(present(&["-a", "a-", "-b"]), Present::Row(hash('b')));
    }

    #[test]
    fn a_change_that_is_missing_or_one_too_many_leaves_a_loose_end() {
        assert_eq!(present(&["-a", "bc"]), Present::Broken);
        assert_eq!(present(&["ab", "bc"]), Present::Broken);
        assert_eq!(present(&["-a", "-b"]), Present::Broken);
        assert_eq!(present(&["-a", "ab", "ac"]), Present::Broken);
        assert_eq!(present(&["a-"]), Present::Broken);
        assert_eq!(present(&["ax"]), Present::Broken);
        assert_eq!(present(&["-a", "bx"]), Present::Broken);
    }

    #[test]
    fn keys_come_back_as_they_were_written() {
        for row in
            ["KAR", "KI-BB/KAR", "01980000-0000-7000-8000-00000000000a", "0198000000007000800000000000000A"]
        {
            assert_eq!(RowKey::new("site", row).unwrap().row(), row);
        }
        assert!(RowKey::new("no_such_table", "KAR").is_none());
    }
}
