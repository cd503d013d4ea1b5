//! The two scores of cognition.

use serde::{Deserialize, Serialize};

/// The ICE score of patients from 12 years: 10 (well) to 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct IceScore(u8);

/// The CAPD score of younger patients or with developmental delay: 0 (well) to 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct CapdScore(u8);

/// A number outside the range of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the score lies between 0 and {highest}")]
pub struct ScoreOutOfRange {
    /// The highest possible score.
    pub highest: u8,
}

impl TryFrom<u8> for IceScore {
    type Error = ScoreOutOfRange;

    fn try_from(score: u8) -> Result<Self, ScoreOutOfRange> {
        if score <= 10 { Ok(Self(score)) } else { Err(ScoreOutOfRange { highest: 10 }) }
    }
}

impl TryFrom<u8> for CapdScore {
    type Error = ScoreOutOfRange;

    fn try_from(score: u8) -> Result<Self, ScoreOutOfRange> {
        if score <= 32 { Ok(Self(score)) } else { Err(ScoreOutOfRange { highest: 32 }) }
    }
}

impl From<IceScore> for u8 {
    fn from(score: IceScore) -> Self {
        score.0
    }
}

impl From<CapdScore> for u8 {
    fn from(score: CapdScore) -> Self {
        score.0
    }
}

impl IceScore {
    /// The grade it gives; 4 only for 0 in a patient who cannot be roused, 3 for 0 in one awake (global aphasia).
    pub const fn grade(self, unarousable: bool) -> u8 {
        match self.0 {
            0 if unarousable => 4,
            0..=2 => 3,
            3..=6 => 2,
            7..=9 => 1,
            _ => 0,
        }
    }
}

impl CapdScore {
    /// The grade it gives; with a score below 9 the level of consciousness tells grade 2 from 1.
    pub const fn grade(self) -> u8 {
        match self.0 {
            0 => 0,
            1..=8 => 1,
            _ => 3,
        }
    }
}
