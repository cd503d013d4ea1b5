//! Names of records, of what stands over them, and of locks.

use std::collections::{BTreeSet, HashMap};

use cartotek_domain::access::PatientScope;
use cartotek_domain::change::ChangeKind;
use cartotek_domain::id::{LockId, RecordId};
use cartotek_domain::lock::RecordLock;
use cartotek_persistence::session::change::ChangedRow;
use cartotek_persistence::{ReadSession, StoreError};

use crate::feed::names::{People, Rows, Target, Targets, person};
use crate::feed::table::Table;

pub(super) fn targets<'r>(
    session: &mut dyn ReadSession,
    locks: Option<&PatientScope>,
    people: &People,
    rows: &Rows<'r>,
) -> Result<Targets<'r>, StoreError> {
    let mut targets = records(session, people, rows)?;
    if let Some(scope) = locks {
        for row in rows.of(Table::RecordLock) {
            let Ok(id) = row.row.parse::<LockId>() else { continue };
            let lock = session.record_lock(id, scope)?.and_then(|lock| named(&lock, row, people));
            targets.extend(lock.map(|target| ((Table::RecordLock, row.row.as_str()), target)));
        }
        for row in rows.of(Table::UnlockRequest) {
            let Ok(id) = row.row.parse() else { continue };
            let Some(request) = session.unlock_request(id, scope)? else { continue };
            let lock = session.record_lock(request.lock, scope)?;
            let lock = lock.and_then(|lock| named(&lock, row, people)).map(Target::changed);
            targets.extend(lock.map(|target| ((Table::UnlockRequest, row.row.as_str()), target)));
        }
    }
    Ok(targets)
}

/// A lock over a whole site is about no patient.
fn named(lock: &RecordLock, row: &ChangedRow, people: &People) -> Option<Target> {
    let target = Target::new(ChangeKind::Lock, lock.id);
    match row.patient {
        None => Some(target),
        Some(_) => person(people, row).map(|person| target.about(person)),
    }
}

/// Records, by their own rows and by those of their verifications and signatures.
fn records<'r>(
    session: &mut dyn ReadSession,
    people: &People,
    rows: &Rows<'r>,
) -> Result<Targets<'r>, StoreError> {
    let verified: HashMap<String, RecordId> = session
        .verified_records(&rows.ids(Table::Verification))?
        .into_iter()
        .map(|(verification, record)| (verification.to_string(), record))
        .collect();
    let signed: HashMap<String, RecordId> = session
        .signed_records(&rows.ids(Table::Signature))?
        .into_iter()
        .map(|(signature, record)| (signature.to_string(), record))
        .collect();
    let own: Vec<RecordId> = rows.ids(Table::Record);
    let wanted: BTreeSet<RecordId> =
        own.into_iter().chain(verified.values().copied()).chain(signed.values().copied()).collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    let versions: HashMap<RecordId, i64> = session.record_versions(&wanted)?.into_iter().collect();
    let mut targets = Targets::new();
    for table in [Table::Record, Table::Verification, Table::Signature] {
        for row in rows.of(table) {
            let record = match table {
                Table::Record => row.row.parse().ok(),
                Table::Verification => verified.get(&row.row).copied(),
                _ => signed.get(&row.row).copied(),
            };
            let known = record.and_then(|record| versions.get_key_value(&record));
            let (Some((record, version)), Some(person)) = (known, person(people, row)) else { continue };
            let target = Target::new(ChangeKind::Record, record).at_version(*version).about(person);
            let target = if table == Table::Record { target } else { target.changed() };
            targets.insert((table, row.row.as_str()), target);
        }
    }
    Ok(targets)
}
