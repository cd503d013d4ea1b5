//! A text in the client's own words, of bounded length.

use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

use crate::http::expected::other_than;

/// A text of 1 to `MOST` characters that is not blank; the description of its field says the same.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Words<const MOST: usize>(pub(crate) String);

impl<'de, const MOST: usize> Deserialize<'de> for Words<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() || text.chars().count() > MOST {
            return Err(other_than(
                &format!("en text på 1–{MOST} tecken, inte bara blanksteg"),
                &format!("a text of 1 to {MOST} characters that is not blank"),
            ));
        }
        Ok(Self(text))
    }
}
