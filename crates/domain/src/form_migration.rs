//! Migrations of records from one version of their form to a later one.

use crate::names::named;
use crate::problem::Problem;

named! {
    /// What became of a record that was to be migrated. Whatever is not migrated stays as it is, readable and amendable in
    /// the version it has.
    MigrationOutcome {
        /// It has a new revision in the later version.
        Migrated = "migrated",
        /// The later version refuses its content, or warns of what nobody has explained.
        Refused = "refused",
        /// A lock keeps it from being changed.
        Locked = "locked",
        /// It is verified or signed; a new revision would void that.
        Marked = "marked",
        /// In the later version another record has its key.
        KeyTaken = "key_taken",
        /// Its site takes part in the care no longer, or it is not the site's.
        NotOwned = "not_owned",
        /// Somebody has changed it in the meantime.
        Changed = "changed",
        /// There is no such record in a version from which the migration leads.
        Absent = "absent",
    }
}

impl MigrationOutcome {
    /// What a record is left for when changing it meets a problem.
    pub const fn of(problem: Problem) -> Self {
        match problem {
            Problem::RecordLocked => Self::Locked,
            Problem::AlreadyExists => Self::KeyTaken,
            Problem::PermissionMissing => Self::NotOwned,
            Problem::StaleVersion | Problem::WrongState => Self::Changed,
            Problem::NotFound => Self::Absent,
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_why_a_record_is_left() {
        assert_eq!(MigrationOutcome::of(Problem::RecordLocked), MigrationOutcome::Locked);
        assert_eq!(MigrationOutcome::of(Problem::ContentInvalid), MigrationOutcome::Refused);
        assert_eq!(MigrationOutcome::of(Problem::PersonIdDetected), MigrationOutcome::Refused);
    }
}
