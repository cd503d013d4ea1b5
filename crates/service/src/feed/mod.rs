//! The change feed: which of the facts that a caller may read have changed, in the order of the log.
//!
//! There is no second log: the subjects of an event name the rows that it changed, and its place among the leaves is its
//! number. Places are given out by the one sealer, under the lock of its lease and without a gap, and a leaf is seen only
//! with all that lie before it. So nothing ever appears behind a cursor, whoever writes meanwhile; a change that is not
//! sealed yet comes later, within a fraction of a second.

mod care;
mod clarification;
mod clinical;
mod names;
mod network;
mod table;
mod tubes;

use std::collections::BTreeSet;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::change::{ChangeEvent, FeedCursor, Since};
use cartotek_domain::id::PatientId;
use cartotek_domain::problem::Problem;
use cartotek_persistence::{ReadSession, StoreError};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::feed::names::{Names, Reach};
use crate::patient::patient_subject;

/// Events looked at by one statement.
const STRETCH: i64 = 500;

/// Events looked at for one answer, so that nobody waits for a caller whom few of them concern.
const MOST: i64 = 5_000;

/// A part of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The events, in the order of the log.
    pub events: Vec<ChangeEvent>,
    /// Where the feed goes on. When there is nothing new it is the place that was asked about.
    pub cursor: FeedCursor,
    /// Whether the log goes on behind it already.
    pub more: bool,
}

impl Service {
    /// What has changed since a place in the feed, of what the caller may read now: at most `limit` events, each whole.
    /// Rows that were erased since are not told of; the erasure is.
    ///
    /// # Errors
    /// `invalid_parameter` for a cursor of another history, as after a restoration from an older copy.
    pub async fn changes(
        &self,
        granted: &Granted<permission::ReadChanges>,
        act: &Act,
        since: Since,
        limit: u16,
    ) -> Result<Done<Feed>, ServiceError> {
        let reach = Reach::of(granted.caller(), self.today());
        self.show(granted, act, "read changes", move |session| {
            let end = session.leaf_count()?;
            let start = start(session, since, end)?;
            let (feed, patients) = walk(session, &reach, start, end, limit.into())?;
            Ok((feed, patients.into_iter().map(patient_subject).collect()))
        })
        .await
    }
}

/// Where the feed begins.
fn start(session: &mut dyn ReadSession, since: Since, end: i64) -> Result<FeedCursor, ServiceError> {
    match since {
        Since::Beginning => Ok(FeedCursor::START),
        Since::Latest => Ok(cursor_at(session, end)?),
        Since::Cursor(cursor) => match cursor.next().filter(|next| *next <= end) {
            Some(next) if cursor_at(session, next)? == cursor => Ok(cursor),
            _ => Err(another_history()),
        },
    }
}

/// The cursor before the event of a number.
fn cursor_at(session: &mut dyn ReadSession, next: i64) -> Result<FeedCursor, StoreError> {
    if next == 0 {
        return Ok(FeedCursor::START);
    }
    let leaf = session.leaves(next - 1, next)?.pop();
    let leaf = leaf.ok_or_else(|| StoreError::inconsistent("audit_leaf", "leaf_index", next - 1))?;
    Ok(FeedCursor::after(leaf.index, &leaf.hash))
}

/// The events from a place on, and the patients they tell of.
fn walk(
    session: &mut dyn ReadSession,
    reach: &Reach,
    start: FeedCursor,
    end: i64,
    limit: usize,
) -> Result<(Feed, BTreeSet<PatientId>), ServiceError> {
    let first = start.next().unwrap_or(end);
    let bound = end.min(first.saturating_add(MOST));
    let (mut next, mut events, mut patients) = (first, Vec::new(), BTreeSet::new());
    while next < bound && events.len() < limit {
        let to = bound.min(next.saturating_add(STRETCH));
        let rows = session.changed_rows(next, to)?;
        let names = Names::look_up(session, reach, &rows)?;
        next = to;
        for rows in rows.chunk_by(|one, other| one.number == other.number) {
            let Some((event, concerned)) = names.tell(rows) else { continue };
            if events.len() == limit {
                next = event.number;
                break;
            }
            events.push(event);
            patients.extend(concerned);
        }
    }
    let unmoved = events.is_empty() && next == end;
    let cursor = if unmoved { start } else { cursor_at(session, next)? };
    Ok((Feed { events, cursor, more: next < end }, patients))
}

fn another_history() -> ServiceError {
    ServiceError::explained(
        Problem::InvalidParameter,
        "Denna plats finns inte i registrets logg: databasen har återställts från en äldre kopia, eller så gavs since av \
         ett annat register. Läs in dina uppgifter på nytt och följ flödet från since=latest.",
        "This place is not in the registry's log: the database was restored from an older copy, or since was given by \
         another registry. Read your data anew and follow the feed from since=latest.",
    )
}
