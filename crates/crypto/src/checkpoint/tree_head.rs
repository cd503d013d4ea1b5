//! What a checkpoint says, and the text in which it says it.

use cartotek_domain::time::{Timestamp, to_text};

use super::{CheckpointError, decode_hash};
use crate::hash::Hash;

/// The state of the log that a checkpoint vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of leaves.
    pub size: u64,
    /// Root of the Merkle tree over them.
    pub root: Hash,
    /// When it was sealed.
    pub time: Option<Timestamp>,
    /// The lease epoch of the sealer that made it.
    pub epoch: Option<u64>,
    /// [`note_hash`](super::note_hash) of the checkpoint before it.
    pub previous: Option<Hash>,
}

impl Checkpoint {
    /// The text that is signed, with its final newline.
    pub(super) fn text(&self, origin: &str) -> String {
        let base64 = |hash: &Hash| openssl::base64::encode_block(hash.as_bytes());
        let mut lines = vec![origin.to_owned(), self.size.to_string(), base64(&self.root)];
        lines.extend(self.time.map(|time| format!("time {}", to_text(time))));
        lines.extend(self.epoch.map(|epoch| format!("epoch {epoch}")));
        lines.extend(self.previous.map(|previous| format!("previous {}", base64(&previous))));
        lines.join("\n") + "\n"
    }

    /// Reads a text whose signature has been verified.
    pub(super) fn parse(text: &str, origin: &str) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        let mut lines = text.lines();
        if lines.next() != Some(origin) {
            return Err(malformed("the origin line is not the name of the key"));
        }
        let size = lines.next().and_then(|line| line.parse().ok());
        let root = lines.next().and_then(decode_hash);
        let mut checkpoint = Self {
            size: size.ok_or(malformed("the second line is not the number of entries"))?,
            root: root.ok_or(malformed("the third line is not a hash in base64"))?,
            time: None,
            epoch: None,
            previous: None,
        };
        for line in lines {
            match line.split_once(' ') {
                Some(("time", value)) => checkpoint.time = value.parse().ok(),
                Some(("epoch", value)) => checkpoint.epoch = value.parse().ok(),
                Some(("previous", value)) => checkpoint.previous = decode_hash(value),
                _ => return Err(malformed("unknown extension line")),
            }
        }
        // One comparison refuses every other spelling: leading zeroes, repeated or exchanged lines, other offsets.
        if checkpoint.text(origin) == text { Ok(checkpoint) } else { Err(malformed("not in canonical form")) }
    }
}
