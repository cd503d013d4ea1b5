//! Names of clarifications, by their own rows and by those of what happened to them.

use std::collections::{BTreeSet, HashMap};

use cartotek_domain::change::ChangeKind;
use cartotek_domain::id::ClarificationId;
use cartotek_persistence::{ReadSession, StoreError};

use crate::feed::names::{People, Rows, Target, Targets, person};
use crate::feed::table::Table;

pub(super) fn targets<'r>(
    session: &mut dyn ReadSession,
    people: &People,
    rows: &Rows<'r>,
) -> Result<Targets<'r>, StoreError> {
    let stepped: HashMap<String, ClarificationId> = session
        .stepped_clarifications(&rows.ids(Table::ClarificationEvent))?
        .into_iter()
        .map(|(event, clarification)| (event.to_string(), clarification))
        .collect();
    let own: Vec<ClarificationId> = rows.ids(Table::Clarification);
    let wanted: BTreeSet<ClarificationId> = own.into_iter().chain(stepped.values().copied()).collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    let versions: HashMap<ClarificationId, i64> =
        session.clarification_versions(&wanted)?.into_iter().collect();
    let mut targets = Targets::new();
    for table in [Table::Clarification, Table::ClarificationEvent] {
        for row in rows.of(table) {
            let id = match table {
                Table::Clarification => row.row.parse().ok(),
                _ => stepped.get(&row.row).copied(),
            };
            let known = id.and_then(|id| versions.get_key_value(&id));
            let (Some((id, version)), Some(person)) = (known, person(people, row)) else { continue };
            let target = Target::new(ChangeKind::Clarification, id).at_version(*version).about(person);
            let target = if table == Table::Clarification { target } else { target.changed() };
            targets.insert((table, row.row.as_str()), target);
        }
    }
    Ok(targets)
}
