//! Which patients have changed lately, where one thread writes for all.
//!
//! What was read of a patient before a transaction still holds within it, unless something of that patient was changed by a
//! transaction that the snapshot does not show. The writer's commits are counted; a change is noted with the number that its
//! transaction will have. A note of what was undone afterwards does no harm: somebody reads again.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cartotek_domain::id::PatientId;

/// How many changes are remembered; of what was read before the oldest of them nothing is known.
const REMEMBERED: usize = 10_000;

/// The changes of the last transactions.
#[derive(Default)]
pub struct Lately {
    commits: AtomicU64,
    changes: Mutex<Changes>,
}

/// Every commit up to it is shown by a snapshot that was opened after it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

#[derive(Default)]
struct Changes {
    /// The last transaction that changed something of a patient.
    of: HashMap<PatientId, u64>,
    /// The same in the order noted, with what a later note has replaced.
    noted: VecDeque<(u64, PatientId)>,
    /// The last transaction of which not all is known by patient.
    of_any: u64,
}

impl Lately {
    /// The moment for a snapshot that is about to be opened.
    pub fn moment(&self) -> Moment {
        Moment(self.commits.load(Ordering::Acquire))
    }

    /// Notes that the transaction under way changes something of a patient.
    pub fn note(&self, patient: PatientId) {
        let number = self.under_way();
        let mut changes = self.changes();
        if changes.of.insert(patient, number) == Some(number) {
            return;
        }
        changes.noted.push_back((number, patient));
        if changes.noted.len() > REMEMBERED {
            changes.forget_oldest();
        }
    }

    /// Notes that the transaction under way changes something that belongs to no patient alone.
    pub fn note_for_all(&self) {
        let number = self.under_way();
        self.changes().of_any = number;
    }

    /// Whether, in the transaction under way, nothing of the patient is other than at that moment.
    pub fn is_unchanged(&self, patient: PatientId, since: Moment) -> bool {
        let changes = self.changes();
        let last = changes.of.get(&patient).copied().unwrap_or_default();
        last.max(changes.of_any) <= since.0
    }

    /// Counts a commit.
    pub(crate) fn commit(&self) {
        self.commits.fetch_add(1, Ordering::Release);
    }

    fn under_way(&self) -> u64 {
        self.commits.load(Ordering::Acquire) + 1
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    fn forget_oldest(&mut self) {
        let Some((number, patient)) = self.noted.pop_front() else { return };
        if self.of.get(&patient) == Some(&number) {
            self.of.remove(&patient);
            self.of_any = self.of_any.max(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn patient(number: usize) -> PatientId {
        PatientId::from_uuid(Uuid::from_u128(number as u128))
    }

    #[test]
    fn a_change_is_seen_by_whoever_read_before_its_commit() {
        let lately = Lately::default();
        let before = lately.moment();
        assert!(lately.is_unchanged(patient(1), before));
        lately.note(patient(1));
        let under_way = lately.moment();
        lately.commit();
        let after = lately.moment();
        let unchanged = |since| [1, 2].map(|number| lately.is_unchanged(patient(number), since));
        assert_eq!(unchanged(before), [false, true]);
        assert_eq!(unchanged(under_way), [false, true], "its snapshot does not show the change");
        assert_eq!(unchanged(after), [true, true]);
        lately.note_for_all();
        assert_eq!(unchanged(after), [false, false]);
    }

    #[test]
    fn what_is_forgotten_counts_as_changed() {
        let lately = Lately::default();
        let before = lately.moment();
        for number in 0..=REMEMBERED {
            lately.note(patient(number));
            lately.note(patient(number));
            lately.commit();
        }
        let of_first = lately.commits.load(Ordering::Acquire) - REMEMBERED as u64;
        assert!(!lately.is_unchanged(patient(REMEMBERED + 1), before), "nothing is known of that time");
        assert!(lately.is_unchanged(patient(0), Moment(of_first)));
        assert!(!lately.is_unchanged(patient(1), Moment(of_first)));
        assert!(lately.changes().of.len() <= REMEMBERED);
    }
}
