//! Names of what belongs to a patient's care: the patient, participations, consents, courses; for a biobank, the donor.

use std::collections::{BTreeSet, HashMap, HashSet};

use cartotek_domain::access::PatientScope;
use cartotek_domain::change::ChangeKind;
use cartotek_domain::id::{ConsentId, CourseId, ParticipationId, PatientId};
use cartotek_domain::patient::Participation;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::{ReadSession, StoreError};

use crate::feed::names::{People, Rows, Target, Targets, person};
use crate::feed::table::Table;

pub(super) fn targets<'r>(
    session: &mut dyn ReadSession,
    scope: Option<&PatientScope>,
    (care, donors): (&People, &People),
    rows: &Rows<'r>,
) -> Result<Targets<'r>, StoreError> {
    let mut targets = as_donors(donors, rows);
    targets.extend(own_parts(session, scope, rows)?);
    // Who may read the patient is told of that.
    for row in rows.of(Table::Patient) {
        if let Some(person) = person(care, row) {
            targets.insert((Table::Patient, row.row.as_str()), Target::of(ChangeKind::Patient, person));
        }
    }
    let courses = session.courses(&rows.patients(&[Table::Course], care))?;
    let courses: HashMap<CourseId, i64> =
        courses.into_iter().map(|course| (course.id, course.version)).collect();
    let participations = session.participations(&rows.patients(&[Table::Participation], care))?;
    let participations: HashMap<ParticipationId, i64> =
        participations.into_iter().map(|one| (one.id, one.version)).collect();
    let consents = session.consents_of(&rows.patients(&[Table::Consent], care))?;
    let consents: HashSet<ConsentId> = consents.into_iter().map(|consent| consent.id).collect();
    let version = |table, key: &str| match table {
        Table::Course => courses.get(&key.parse::<CourseId>().ok()?).copied().map(Some),
        Table::Participation => participations.get(&key.parse::<ParticipationId>().ok()?).copied().map(Some),
        _ => consents.contains(&key.parse::<ConsentId>().ok()?).then_some(None),
    };
    for (table, kind) in [
        (Table::Course, ChangeKind::Course),
        (Table::Participation, ChangeKind::Participation),
        (Table::Consent, ChangeKind::Consent),
    ] {
        for row in rows.of(table) {
            let (Some(person), Some(version)) = (person(care, row), version(table, &row.row)) else {
                continue;
            };
            let target = Target::new(kind, &row.row).about(person);
            targets.insert((table, row.row.as_str()), Target { version, ..target });
        }
    }
    Ok(targets)
}

/// What a biobank's staff see of a patient follows from these rows.
fn as_donors<'r>(donors: &People, rows: &Rows<'r>) -> Targets<'r> {
    let mut targets = Targets::new();
    // A participation may be that by which the biobank reaches the patient.
    for table in [Table::Patient, Table::Participation, Table::Consent, Table::Course] {
        for row in rows.of(table) {
            let Some(person) = person(donors, row) else { continue };
            let target = Target::of(ChangeKind::Donor, person);
            let target = if table == Table::Patient { target } else { target.changed() };
            targets.insert((table, row.row.as_str()), target);
        }
    }
    targets
}

/// The own parts in the care, also when they have ended: a site that was taken out of the care yesterday learns it by that.
fn own_parts<'r>(
    session: &mut dyn ReadSession,
    scope: Option<&PatientScope>,
    rows: &Rows<'r>,
) -> Result<Targets<'r>, StoreError> {
    let Some(PatientScope::Of { sites, .. }) = scope else { return Ok(Targets::new()) };
    let ids: BTreeSet<PatientId> = rows.of(Table::Participation).filter_map(|row| row.patient).collect();
    let all = session.participations(&ids.into_iter().collect::<Vec<_>>())?;
    let own: HashMap<String, Participation> = all
        .into_iter()
        .filter(|one| sites.contains(&one.site))
        .map(|one| (one.id.to_string(), one))
        .collect();
    let ids: BTreeSet<PatientId> = own.values().map(|one| one.patient).collect();
    let patients = session.patients_by_id(&ids.into_iter().collect::<Vec<_>>())?;
    let pseudonyms: HashMap<PatientId, Pseudonym> =
        patients.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect();
    let mut targets = Targets::new();
    for row in rows.of(Table::Participation) {
        let Some(one) = own.get(&row.row) else { continue };
        let patient = pseudonyms.get(&one.patient).map(|pseudonym| (one.patient, *pseudonym));
        let target = Target::new(ChangeKind::Participation, &row.row).at_version(one.version);
        targets.insert((Table::Participation, row.row.as_str()), Target { patient, ..target });
    }
    Ok(targets)
}
