//! The place of a course in the list of those whose follow-up falls short.

use std::fmt;
use std::str::FromStr;

use cartotek_analysis::follow_up::FollowedCourse;
use cartotek_domain::completeness::PersonTime;
use cartotek_domain::id::CourseId;
use uuid::Uuid;

/// The place of a course in the list, which begins with the most missing days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GapKey {
    /// Missing days, the most first.
    missing: std::cmp::Reverse<u64>,
    course: CourseId,
}

impl GapKey {
    pub(super) fn of((course, time): &(FollowedCourse, PersonTime)) -> Self {
        Self { missing: std::cmp::Reverse(time.missing()), course: course.course }
    }
}

/// As hexadecimal digits alone, which the identifier guard takes for what they are.
impl fmt::Display for GapKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.missing.0, self.course.uuid().as_simple())
    }
}

/// A text that is no place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list of courses")]
pub struct NotAGapKey;

impl FromStr for GapKey {
    type Err = NotAGapKey;

    fn from_str(text: &str) -> Result<Self, NotAGapKey> {
        let (missing, course) = text.split_at_checked(16).ok_or(NotAGapKey)?;
        let missing = u64::from_str_radix(missing, 16).map_err(|_| NotAGapKey)?;
        let course = Uuid::try_parse(course).map_err(|_| NotAGapKey)?;
        Ok(Self { missing: std::cmp::Reverse(missing), course: CourseId::from_uuid(course) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written_and_the_most_missing_days_come_first() {
        let key = |missing, course| GapKey {
            missing: std::cmp::Reverse(missing),
            course: CourseId::from_uuid(Uuid::from_u128(course)),
        };
        assert_eq!(key(400, 7).to_string().parse(), Ok(key(400, 7)));
        for text in ["", "190", "x000000000000190", &key(400, 7).to_string()[1..]] {
            assert_eq!(text.parse::<GapKey>(), Err(NotAGapKey), "{text}");
        }
        assert!(key(400, 7) < key(399, 1) && key(400, 7) < key(400, 8));
    }
}
