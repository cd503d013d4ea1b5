//! What the rows of events are called by the API, for a caller who may read them.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use cartotek_domain::access::{Caller, Granted, PatientScope, permission};
use cartotek_domain::change::{Change, ChangeAct, ChangeEvent, ChangeKind};
use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::id::PatientId;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::session::change::ChangedRow;
use cartotek_persistence::session::sample::SampleScope;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::NaiveDate;

use crate::feed::table::Table;
use crate::feed::{care, clarification, clinical, network, tubes};
use crate::sample::scope_of;

/// What the caller may read today: of each part what the permission to read it reaches.
pub(super) struct Reach {
    pub(super) network: bool,
    pub(super) care: Option<PatientScope>,
    pub(super) donors: Option<PatientScope>,
    pub(super) records: Option<PatientScope>,
    pub(super) locks: Option<PatientScope>,
    pub(super) clarifications: Option<PatientScope>,
    pub(super) tubes: Option<SampleScope>,
    pub(super) units: Vec<BiobankCode>,
    pub(super) boxes: Vec<BiobankCode>,
    pub(super) mappings: BTreeSet<SiteCode>,
}

impl Reach {
    /// By the permissions that the caller holds.
    pub(super) fn of(caller: &Caller, today: NaiveDate) -> Self {
        let records = Granted::<permission::ReadRecord>::prove(caller);
        let units = Granted::<permission::ManageStorage>::prove(caller);
        let boxes = Granted::<permission::ReadBox>::prove(caller);
        Self {
            network: Granted::<permission::ReadNetwork>::prove(caller).is_some(),
            care: Granted::<permission::ReadPatient>::prove(caller).map(|granted| granted.patients(today)),
            donors: Granted::<permission::ReadDonor>::prove(caller).map(|granted| granted.patients(today)),
            records: records.as_ref().map(|granted| granted.patients(today)),
            locks: records.as_ref().map(|granted| granted.own_patients(today)),
            clarifications: Granted::<permission::ReadClarification>::prove(caller)
                .map(|granted| granted.patients(today)),
            tubes: Granted::<permission::ReadSample>::prove(caller).map(|granted| scope_of(&granted, today)),
            units: units.into_iter().flat_map(|granted| granted.biobanks()).collect(),
            boxes: boxes.into_iter().flat_map(|granted| granted.biobanks()).collect(),
            mappings: Granted::<permission::MapImports>::prove(caller)
                .map(|granted| granted.own_sites())
                .unwrap_or_default(),
        }
    }
}

/// Changed rows by their table.
pub(super) struct Rows<'r>(HashMap<Table, Vec<&'r ChangedRow>>);

impl<'r> Rows<'r> {
    fn new(rows: &'r [ChangedRow]) -> Self {
        let mut by_table: HashMap<Table, Vec<&ChangedRow>> = HashMap::new();
        for row in rows {
            if let Some(table) = Table::of(&row.table) {
                by_table.entry(table).or_default().push(row);
            }
        }
        Self(by_table)
    }

    /// Those of a table.
    pub(super) fn of(&self, table: Table) -> impl Iterator<Item = &'r ChangedRow> {
        self.0.get(&table).into_iter().flatten().copied()
    }

    /// The keys of those of a table, each once.
    pub(super) fn ids<T: FromStr + Ord>(&self, table: Table) -> Vec<T> {
        let ids: BTreeSet<T> = self.of(table).filter_map(|row| row.row.parse().ok()).collect();
        ids.into_iter().collect()
    }

    /// The patients of those of some tables who are among these.
    pub(super) fn patients(&self, tables: &[Table], among: &People) -> Vec<PatientId> {
        let rows = tables.iter().flat_map(|table| self.of(*table));
        let ids: BTreeSet<_> = rows.filter_map(|row| row.patient).collect();
        ids.into_iter().filter(|id| among.contains_key(id)).collect()
    }
}

/// Patients whom the caller reaches.
pub(super) type People = HashMap<PatientId, Person>;

/// A patient whom the caller reaches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) id: PatientId,
    pub(super) pseudonym: Pseudonym,
    /// The place in the log from which one of the caller's sites has taken part in the care. What happened before is not
    /// told: it would say since when others have known the person.
    since: i64,
}

/// The patient of a row, if the caller reaches that and did when the row was changed.
pub(super) fn person(people: &People, row: &ChangedRow) -> Option<Person> {
    let known = row.patient.and_then(|id| people.get(&id));
    known.copied().filter(|person| person.since <= row.number)
}

/// What a row is called.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) kind: ChangeKind,
    pub(super) id: String,
    pub(super) version: Option<i64>,
    pub(super) patient: Option<(PatientId, Pseudonym)>,
    /// Whether it came to be; `None` where that is so when the row did.
    pub(super) created: Option<bool>,
}

impl Target {
    /// Something that came to be with its row.
    pub(super) fn new(kind: ChangeKind, id: impl ToString) -> Self {
        Self { kind, id: id.to_string(), version: None, patient: None, created: None }
    }

    /// A patient, by pseudonym.
    pub(super) fn of(kind: ChangeKind, person: Person) -> Self {
        Self::new(kind, person.pseudonym).about(person)
    }

    pub(super) fn about(self, person: Person) -> Self {
        Self { patient: Some((person.id, person.pseudonym)), ..self }
    }

    pub(super) fn at_version(self, version: i64) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Something that was there before its row.
    pub(super) fn changed(self) -> Self {
        Self { created: Some(false), ..self }
    }

    fn change(&self, act: ChangeAct) -> Change {
        let patient = self.patient.map(|(_, pseudonym)| pseudonym);
        Change { kind: self.kind, id: self.id.clone(), patient, version: self.version, act }
    }
}

/// What rows are called, by table and key. A row that the caller may not read has no name, nor has one that is gone.
pub(super) type Targets<'r> = HashMap<(Table, &'r str), Target>;

/// The names of the rows of a stretch of the log.
pub(super) struct Names<'r> {
    targets: Targets<'r>,
    care: People,
    donors: People,
    records: People,
    clarifications: People,
}

impl<'r> Names<'r> {
    /// Asks what the rows are called.
    pub(super) fn look_up(
        session: &mut dyn ReadSession,
        reach: &Reach,
        rows: &'r [ChangedRow],
    ) -> Result<Self, StoreError> {
        let ids: BTreeSet<_> = rows.iter().filter_map(|row| row.patient).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let care = people(session, &ids, reach.care.as_ref())?;
        let donors = people(session, &ids, reach.donors.as_ref())?;
        let records = people(session, &ids, reach.records.as_ref())?;
        let clarifications = people(session, &ids, reach.clarifications.as_ref())?;
        let sampled = people(session, &ids, reach.tubes.as_ref().map(|scope| &scope.patients))?;
        let rows = Rows::new(rows);
        let mut targets = network::targets(session, reach, &rows)?;
        targets.extend(care::targets(session, reach.care.as_ref(), (&care, &donors), &rows)?);
        targets.extend(clinical::targets(session, reach.locks.as_ref(), &records, &rows)?);
        targets.extend(clarification::targets(session, &clarifications, &rows)?);
        targets.extend(tubes::targets(session, reach, &sampled, &rows)?);
        Ok(Self { targets, care, donors, records, clarifications })
    }

    /// What an event has changed, with the patients it is about; `None` when it is nothing to the caller.
    pub(super) fn tell(&self, rows: &[ChangedRow]) -> Option<(ChangeEvent, BTreeSet<PatientId>)> {
        let first = rows.first()?;
        let (number, event, occurred_at) = (first.number, first.event, first.occurred_at);
        let mut told = ChangeEvent { number, event, occurred_at, changes: Vec::new() };
        let mut patients = BTreeSet::new();
        for row in rows {
            let Some((target, act)) = self.target(row) else { continue };
            patients.extend(target.patient.map(|(patient, _)| patient));
            add(&mut told.changes, target.change(act));
        }
        (!told.changes.is_empty()).then_some((told, patients))
    }

    fn target(&self, row: &ChangedRow) -> Option<(Target, ChangeAct)> {
        let table = Table::of(&row.table)?;
        if !row.after {
            return Some((self.erased(table, row)?, ChangeAct::Erased));
        }
        let target = self.targets.get(&(table, row.row.as_str()))?;
        let act = if target.created.unwrap_or(!row.before) { ChangeAct::Created } else { ChangeAct::Changed };
        Some((target.clone(), act))
    }

    /// Whose row was erased. Which one it was is as little told as what stood in it.
    fn erased(&self, table: Table, row: &ChangedRow) -> Option<Target> {
        let known = match table {
            Table::Record
            | Table::RecordLock
            | Table::Signature
            | Table::UnlockRequest
            | Table::Verification => person(&self.records, row),
            Table::Clarification | Table::ClarificationEvent => person(&self.clarifications, row),
            _ => person(&self.care, row),
        };
        let patient = known.map(|person| Target::of(ChangeKind::Patient, person));
        // Day 0 goes with the records, whether a course does or stays for its samples.
        patient.or_else(|| person(&self.donors, row).map(|person| Target::of(ChangeKind::Donor, person)))
    }
}

/// Those of the patients whom a scope reaches, each with the place in the log from which it does.
fn people(
    session: &mut dyn ReadSession,
    ids: &[PatientId],
    scope: Option<&PatientScope>,
) -> Result<People, StoreError> {
    let Some(scope) = scope else { return Ok(People::new()) };
    let found = session.patients_among(ids, scope)?;
    let ids: Vec<_> = found.iter().map(|patient| patient.id).collect();
    let since = taken_part_since(session, &ids, scope)?;
    let reached = found.into_iter().filter_map(|patient| {
        let (id, pseudonym) = (patient.id, patient.pseudonym);
        Some((id, Person { id, pseudonym, since: *since.get(&id)? }))
    });
    Ok(reached.collect())
}

/// The places in the log at which the scope's sites began to take part in the care of the patients.
fn taken_part_since(
    session: &mut dyn ReadSession,
    ids: &[PatientId],
    scope: &PatientScope,
) -> Result<HashMap<PatientId, i64>, StoreError> {
    let PatientScope::Of { sites, .. } = scope else {
        return Ok(ids.iter().map(|id| (*id, 0)).collect());
    };
    let participations = session.participations(ids)?.into_iter();
    let own: HashMap<_, _> =
        participations.filter(|one| sites.contains(&one.site)).map(|one| (one.id, one.patient)).collect();
    let mut since: HashMap<PatientId, i64> = HashMap::new();
    for (participation, number) in session.participations_begun(ids)? {
        if let Some(patient) = own.get(&participation) {
            since.entry(*patient).and_modify(|first| *first = number.min(*first)).or_insert(number);
        }
    }
    Ok(since)
}

/// Adds a change, once per thing: what came to be in an act was not changed as well.
fn add(changes: &mut Vec<Change>, new: Change) {
    match changes.iter_mut().find(|known| (known.kind, &known.id) == (new.kind, &new.id)) {
        None => changes.push(new),
        Some(known) if new.act == ChangeAct::Created => known.act = new.act,
        Some(_) => {}
    }
}
