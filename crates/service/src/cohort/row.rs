//! From the facts of a patient to the rows of the view.
//!
//! Whose data answer a researcher: patients for whom a yes to the quality register or to research on registry data holds
//! today and no decision about either of the two is a no. Who opted out, refused or withdrew is left out of researchers'
//! and coordinators' answers from that day on; a site still counts its own patients. Of a patient whose data were erased
//! only courses are left, for the sake of samples: nobody counts those.

use std::collections::{BTreeMap, HashMap, HashSet};

use cartotek_analysis::view::{Catalogue, CourseRow};
use cartotek_domain::age::Age;
use cartotek_domain::consent::{Consent, ConsentDecision, ConsentPurpose, in_force, opt_out};
use cartotek_domain::course::Course;
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::patient::Participation;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::time::swedish_day;
use cartotek_domain::variable::{Pick, VariableDefinition, VariableValue};
use cartotek_forms::{Contribution, Forms, MilestoneScope};
use cartotek_persistence::{ReadSession, StoreError};
use chrono::NaiveDate;

use super::endpoint::Life;
use super::variable::{
    AGE_AT_INFUSION, COURSE_NUMBER, DEATH_DATE, DEATH_DATE_IMPUTED, INDICATION, INFUSION_DATE,
    LAST_CONTACT_DATE,
};

/// Stands among the sites of a row when its patient may be in researchers' answers; no site has such a code.
pub(super) const RESEARCH: &str = "research";

/// The consents that decide about researchers' answers.
const PURPOSES: [ConsentPurpose; 2] = [ConsentPurpose::RegistryQuality, ConsentPurpose::RegistryResearch];

/// Everything of one patient that its rows are made of.
#[derive(Debug, Default)]
pub(super) struct PatientFacts {
    courses: Vec<Course>,
    participations: Vec<Participation>,
    consents: Vec<Consent>,
    records: Vec<(Record, Revision)>,
}

/// The rows of one patient.
#[derive(Debug)]
pub(super) struct PatientRows {
    /// One per course.
    pub(super) rows: Vec<CourseRow>,
    /// The last day for which they are right without a new fact: a limited consent ends.
    pub(super) until: Option<NaiveDate>,
}

/// Reads the facts of patients, with one statement per kind.
pub(super) fn facts(
    session: &mut dyn ReadSession,
    patients: &[PatientId],
) -> Result<BTreeMap<PatientId, PatientFacts>, StoreError> {
    let mut facts: BTreeMap<PatientId, PatientFacts> =
        patients.iter().map(|patient| (*patient, PatientFacts::default())).collect();
    for course in session.courses(patients)? {
        facts.entry(course.patient).or_default().courses.push(course);
    }
    for participation in session.participations(patients)? {
        facts.entry(participation.patient).or_default().participations.push(participation);
    }
    for consent in session.consents_of(patients)? {
        facts.entry(consent.patient).or_default().consents.push(consent);
    }
    for (record, revision) in session.submitted_of(patients)? {
        facts.entry(record.patient).or_default().records.push((record, revision));
    }
    Ok(facts)
}

/// Makes rows with one publication of forms.
pub(super) struct RowMaker<'f> {
    forms: &'f Forms,
    catalogue: &'f Catalogue,
    /// Milestones that tell of the patient, whatever the course in which they were recorded.
    of_patient: HashSet<&'f str>,
    today: NaiveDate,
}

/// What one record tells, and of which course; of all courses when of the patient.
struct Told<'r> {
    order: (NaiveDate, RecordId),
    form: &'r str,
    course: Option<CourseId>,
    contribution: Contribution,
}

impl<'f> RowMaker<'f> {
    /// Rows as of a day.
    pub(super) fn new(forms: &'f Forms, catalogue: &'f Catalogue, today: NaiveDate) -> Self {
        let of_patient = forms.milestones().filter(|one| one.scope == MilestoneScope::Patient);
        Self { forms, catalogue, of_patient: of_patient.map(|one| one.name.as_str()).collect(), today }
    }

    /// The rows of a patient.
    pub(super) fn rows(&self, facts: &PatientFacts) -> PatientRows {
        let (may_be_researched, until) = research(&facts.consents, self.today);
        let erased = facts.records.is_empty() && opt_out(&facts.consents, self.today).is_some();
        if facts.courses.is_empty() || erased {
            return PatientRows { rows: Vec::new(), until };
        }
        let mut told: Vec<Told<'_>> =
            facts.records.iter().filter_map(|(record, revision)| self.told(record, revision)).collect();
        told.sort_unstable_by_key(|one| one.order);
        let life = Life::of(told.iter().map(|one| &one.contribution));

        let mut sites: Vec<String> = facts.participations.iter().map(|one| one.site.to_string()).collect();
        sites.sort_unstable();
        sites.dedup();
        sites.extend(may_be_researched.then(|| RESEARCH.to_owned()));
        let row = |course: &Course| CourseRow {
            patient: course.patient,
            course: course.id,
            sites: sites.clone(),
            values: self.values(course, &told, &life),
        };
        PatientRows { rows: facts.courses.iter().map(row).collect(), until }
    }

    /// What a record tells; a form about the patient, or a record with a milestone of the patient (a death), tells of
    /// all courses. Records without a clinical date are ordered by the day they were entered.
    fn told<'r>(&self, record: &'r Record, revision: &Revision) -> Option<Told<'r>> {
        let version = u32::try_from(revision.form_version).ok();
        let form = self.forms.form(&record.form, version);
        let content = serde_json::from_str(&revision.content);
        let (Some(form), Ok(content)) = (form, content) else {
            tracing::error!(record = %record.id, "a record's form or content cannot be read; left out of cohorts");
            return None;
        };
        let contribution = form.contribution(&content);
        let of_patient =
            contribution.milestones.iter().any(|(name, _)| self.of_patient.contains(name.as_str()));
        let day =
            contribution.clinical_date.map_or_else(|| swedish_day(record.created_at), PartialDate::first);
        Some(Told {
            order: (day, record.id),
            form: &record.form,
            course: record.course.filter(|_| !of_patient),
            contribution,
        })
    }

    fn values(&self, course: &Course, told: &[Told<'_>], life: &Life) -> Vec<(String, VariableValue)> {
        let mut values = self.merged(course, told);
        let infusion = match values.get(INFUSION_DATE) {
            Some(VariableValue::Date(day)) => Some(*day),
            _ => None,
        };
        let age = infusion.zip(life.birth).and_then(|(day, birth)| Age::on(day, birth));
        let imputed = |imputed: bool| if imputed { "yes" } else { "no" }.to_owned();
        let computed = [
            (AGE_AT_INFUSION, age.map(|age| VariableValue::Number(f64::from(age.years())))),
            (COURSE_NUMBER, Some(VariableValue::Number(f64::from(course.number)))),
            (INDICATION, Some(VariableValue::Code(course.indication.clone()))),
            (DEATH_DATE, life.death.map(|(day, _)| VariableValue::Date(day))),
            (DEATH_DATE_IMPUTED, life.death.map(|(_, by_rule)| VariableValue::Code(imputed(by_rule)))),
            (LAST_CONTACT_DATE, life.last_alive.map(VariableValue::Date)),
        ];
        values.extend(computed.into_iter().filter_map(|(id, value)| Some((id, value?))));
        values.into_iter().map(|(id, value)| (id.to_owned(), value)).collect()
    }

    /// Of each variable the one value that its definition picks among the course's records. An older form version may
    /// know variables that the codebook no longer has, or that another form has taken over: those are left out.
    fn merged<'t>(&self, course: &Course, told: &'t [Told<'_>]) -> HashMap<&'t str, VariableValue>
    where
        'f: 't,
    {
        let mut values: HashMap<&str, VariableValue> = HashMap::new();
        for one in told.iter().filter(|one| one.course.is_none_or(|id| id == course.id)) {
            for (id, value) in &one.contribution.variables {
                let Some((_, definition)) = self.catalogue.find(id) else { continue };
                if definition.form != one.form {
                    continue;
                }
                match values.get_mut(id.as_str()) {
                    None => drop(values.insert(id, value.clone())),
                    Some(before) if takes_over(definition, before, value) => *before = value.clone(),
                    Some(_) => {}
                }
            }
        }
        values
    }
}

/// Whether a value that comes later in clinical order takes the place of the one before.
fn takes_over(definition: &VariableDefinition, before: &VariableValue, value: &VariableValue) -> bool {
    let rank = |value: &VariableValue| match value {
        VariableValue::Number(number) => Some(*number),
        VariableValue::Date(day) => Some(f64::from(day.to_epoch_days())),
        VariableValue::Code(code) => {
            let place = definition.codes.iter().position(|(known, _)| known == code);
            place.and_then(|place| u32::try_from(place).ok()).map(f64::from)
        }
    };
    match definition.pick {
        Pick::First => false,
        Pick::Last => true,
        Pick::Max => rank(value) > rank(before),
        Pick::Min => rank(value) < rank(before),
    }
}

/// Whether the patient may be in researchers' answers today, and the last day for which that is certain.
fn research(consents: &[Consent], today: NaiveDate) -> (bool, Option<NaiveDate>) {
    let decisions: Vec<&Consent> =
        PURPOSES.iter().filter_map(|purpose| in_force(consents, *purpose, today)).collect();
    let all_given = decisions.iter().all(|consent| consent.decision == ConsentDecision::Given);
    let until = decisions.iter().filter_map(|consent| consent.valid_to).min();
    (all_given && !decisions.is_empty(), until)
}

#[cfg(test)]
mod tests {
    use cartotek_analysis::view::View;
    use cartotek_domain::consent::Signatory;
    use cartotek_domain::fact::Salt;
    use cartotek_domain::id::ConsentId;
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn consent(purpose: ConsentPurpose, decision: ConsentDecision, on: &str, to: Option<&str>) -> Consent {
        Consent {
            id: ConsentId::from_uuid(Uuid::nil()),
            patient: PatientId::from_uuid(Uuid::nil()),
            purpose,
            decision,
            decided_on: day(on),
            valid_to: to.map(day),
            form_version: None,
            language: None,
            signed_by: Signatory::Patient,
            ethics_ref: None,
            document_ref: None,
            site: "KAR".parse().unwrap(),
            recorded_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            salt: Salt::default(),
        }
    }

    /// What the schemas ship as accepted answers must find its place in the columns.
    #[test]
    fn every_accepted_answer_fits_the_codebook() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
        let set = cartotek_forms::SchemaSet::read_folder(&folder).unwrap();
        let forms = Forms::compile(&set).unwrap();
        let catalogue = Catalogue::new(super::super::variable::definitions(&forms));
        let (patient, course) = (PatientId::from_uuid(Uuid::nil()), CourseId::from_uuid(Uuid::nil()));
        let mut answers = 0;
        for (form, example) in
            forms.latest().flat_map(|form| form.examples().iter().map(move |one| (form, one)))
        {
            let known = |id: &str| catalogue.find(id).is_some_and(|(_, one)| one.form == form.code());
            let mut values = form.contribution(&example.content).variables;
            values.retain(|(id, _)| example.valid && known(id));
            answers += values.len();
            let row = CourseRow { patient, course, sites: Vec::new(), values };
            let defects = View::build(catalogue.definitions(), [row], 0).defects;
            assert_eq!(defects, [], "{} {}", form.code(), example.name);
        }
        assert!(answers > 500, "{answers}");
    }

    #[test]
    fn a_no_to_either_purpose_keeps_the_patient_out() {
        use ConsentDecision::{Given, OptedOut, Refused, Withdrawn};
        use ConsentPurpose::{BiobankCare, RegistryQuality, RegistryResearch};
        let allowed = |consents: &[Consent]| research(consents, day("2026-06-01")).0;
        let quality = consent(RegistryQuality, Given, "2026-01-01", None);
        let yes = consent(RegistryResearch, Given, "2026-01-01", None);
        assert!(allowed(std::slice::from_ref(&quality)));
        assert!(allowed(&[quality.clone(), yes.clone()]));
        assert!(!allowed(&[]), "nobody was asked");
        assert!(!allowed(&[consent(BiobankCare, Given, "2026-01-01", None)]), "another purpose");
        assert!(!allowed(&[quality.clone(), consent(RegistryResearch, Refused, "2026-01-01", None)]));
        assert!(!allowed(&[yes.clone(), consent(RegistryQuality, OptedOut, "2026-03-01", None)]));
        assert!(!allowed(&[quality, yes, consent(RegistryResearch, Withdrawn, "2026-03-01", None)]));
    }

    #[test]
    fn a_limited_yes_is_looked_at_again_when_it_ends() {
        use ConsentPurpose::RegistryResearch;
        let limited = [consent(RegistryResearch, ConsentDecision::Given, "2026-01-01", Some("2026-05-31"))];
        assert_eq!(research(&limited, day("2026-05-31")), (true, Some(day("2026-05-31"))));
        assert_eq!(research(&limited, day("2026-06-01")), (false, None));
    }
}
