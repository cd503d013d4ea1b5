//! From the facts of a patient to the rows of the view.
//!
//! Whose data answer a researcher: patients for whom a yes to the quality register or to research on registry data holds
//! today and no decision about either of the two is a no. Who opted out, refused or withdrew is left out of researchers'
//! and coordinators' answers from that day on; a site still counts its own patients: those in whose care it takes part
//! today. Of a patient whose data were erased only courses are left, for the sake of samples: nobody counts those.

use std::collections::{BTreeMap, HashMap, HashSet};

use cartotek_analysis::view::{Catalogue, CourseRow};
use cartotek_domain::age::Age;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, opt_out};
use cartotek_domain::course::Course;
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::patient::{Participation, responsible_site};
use cartotek_domain::time::swedish_day;
use cartotek_domain::variable::VariableValue;
use cartotek_forms::{Contribution, Forms, MilestoneScope, MilestoneView};
use cartotek_persistence::session::content::SubmittedContent;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::NaiveDate;

use super::audience::{research, taking_part};
use super::endpoint::{Life, on_a_day};
use super::pick::Picker;
use super::variable::{
    AGE_AT_INFUSION, COURSE_NUMBER, COURSE_OUTCOME, COURSE_STATUS, DEATH_DATE, DEATH_DATE_IMPUTED,
    INDICATION, INFUSION_DATE, LAST_CONTACT_DATE, imputed_mark,
};

/// Stands among the sites of a row when its patient may be in researchers' answers; no site has such a code.
pub(super) const RESEARCH: &str = "research";

/// Stands among the sites of a row whose patient a site answers for; no site has such a code.
pub(crate) fn responsible_mark(site: &SiteCode) -> String {
    format!("responsible:{site}")
}

/// Everything of one patient that its rows are made of.
#[derive(Debug, Default)]
pub(super) struct PatientFacts {
    courses: Vec<Course>,
    participations: Vec<Participation>,
    consents: Vec<Consent>,
    contents: Vec<SubmittedContent>,
}

/// The rows of one patient.
#[derive(Debug)]
pub(super) struct PatientRows {
    /// One per course.
    pub(super) rows: Vec<CourseRow>,
    /// The last day for which they are right without a new fact: a limited consent or a participation ends, or one begins.
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
    for content in session.submitted_contents(patients)? {
        facts.entry(content.patient).or_default().contents.push(content);
    }
    Ok(facts)
}

/// Makes rows with one publication of forms.
pub(super) struct RowMaker<'f> {
    forms: &'f Forms,
    catalogue: &'f Catalogue,
    /// The form of products, of which a course may have several.
    product_form: Option<&'f str>,
    /// Milestones that tell of the patient, whatever the course in which they were recorded.
    of_patient: HashSet<&'f str>,
    today: NaiveDate,
}

/// The clinical order of a patient's records.
pub(super) type Order = (NaiveDate, RecordId);

/// What one record tells, and of which course; of all courses when of the patient.
pub(super) struct Told<'r> {
    pub(super) order: Order,
    pub(super) form: &'r str,
    pub(super) course: Option<CourseId>,
    pub(super) contribution: Contribution,
}

impl<'f> RowMaker<'f> {
    /// Rows as of a day.
    pub(super) fn new(forms: &'f Forms, catalogue: &'f Catalogue, today: NaiveDate) -> Self {
        let of_patient = forms.milestones().filter(|one| one.scope == MilestoneScope::Patient);
        let of_patient = of_patient.map(|one| one.name.as_str()).collect();
        let product_form = catalogue.find("product_code").map(|(_, product)| product.form.as_str());
        Self { forms, catalogue, product_form, of_patient, today }
    }

    /// The rows of a patient.
    pub(super) fn rows(&self, facts: &PatientFacts) -> PatientRows {
        let (may_be_researched, consents_until) = research(&facts.consents, self.today);
        let (mut sites, sites_until) = taking_part(&facts.participations, self.today);
        let until = consents_until.into_iter().chain(sites_until).min();
        let erased = facts.contents.is_empty() && opt_out(&facts.consents, self.today).is_some();
        if facts.courses.is_empty() || erased {
            return PatientRows { rows: Vec::new(), until };
        }
        let mut told: Vec<Told<'_>> = facts.contents.iter().filter_map(|one| self.told(one)).collect();
        told.sort_unstable_by_key(|one| one.order);
        let life = Life::of(told.iter().map(|one| &one.contribution));

        sites.extend(may_be_researched.then(|| RESEARCH.to_owned()));
        sites.extend(responsible_site(&facts.participations).map(responsible_mark));
        let row = |course: &Course| CourseRow {
            patient: course.patient,
            course: course.id,
            sites: sites.clone(),
            values: self.values(course, &facts.courses, &told, &life),
        };
        PatientRows { rows: facts.courses.iter().map(row).collect(), until }
    }

    /// What a record tells; a form about the patient, or a record with a milestone of the patient (a death), tells of
    /// all courses. Records without a clinical date are ordered by the day they were entered.
    fn told<'r>(&self, submitted: &'r SubmittedContent) -> Option<Told<'r>> {
        let SubmittedContent { record, course, form: code, form_version, created_at, content, .. } =
            submitted;
        let version = u32::try_from(*form_version).ok();
        let form = self.forms.form(code, version);
        let (Some(form), Ok(content)) = (form, serde_json::from_str(content)) else {
            tracing::error!(%record, "a record's form or content cannot be read; left out of cohorts");
            return None;
        };
        let mut contribution = form.contribution(&content);
        // The columns are the latest version's: what that has otherwise is read as a migration would bring it there.
        let lifted = self.forms.form(code, None).and_then(|latest| {
            let way = self.forms.migration(code, form.version(), latest.version())?;
            Some(latest.contribution(&way.migrate(&content).content).variables)
        });
        if let Some(variables) = lifted {
            contribution.variables = variables;
        }
        let of_patient =
            contribution.milestones.iter().any(|(name, _)| self.of_patient.contains(name.as_str()));
        let day = contribution.clinical_date.map_or_else(|| swedish_day(*created_at), PartialDate::first);
        Some(Told { order: (day, *record), form: code, course: course.filter(|_| !of_patient), contribution })
    }

    fn values(
        &self,
        course: &Course,
        courses: &[Course],
        told: &[Told<'_>],
        life: &Life,
    ) -> Vec<(String, VariableValue)> {
        let mut values = Picker { catalogue: self.catalogue }.merged(&self.of_course(course, told));
        let infusion = match values.get(INFUSION_DATE) {
            Some(VariableValue::Date(day)) => Some(*day),
            _ => None,
        };
        let imputed = self.on_days(&mut values, infusion);
        let age = infusion.zip(life.birth).and_then(|(day, birth)| Age::on(day, birth));
        let computed = [
            (AGE_AT_INFUSION, age.map(|age| VariableValue::Number(f64::from(age.years())))),
            (COURSE_NUMBER, Some(VariableValue::Number(f64::from(course.number)))),
            (INDICATION, Some(VariableValue::Code(course.indication.clone()))),
            (COURSE_STATUS, Some(VariableValue::Code(course.status.name().to_owned()))),
            (COURSE_OUTCOME, course.outcome.map(|outcome| VariableValue::Code(outcome.name().to_owned()))),
            (DEATH_DATE, life.death.map(|(day, _)| VariableValue::Date(day))),
            (DEATH_DATE_IMPUTED, life.death.map(|(_, imputed)| yes_or_no(imputed))),
            (LAST_CONTACT_DATE, life.last_alive.map(VariableValue::Date)),
        ];
        values.extend(computed.into_iter().filter_map(|(id, value)| Some((id, value?))));
        let of_course = self.forms.course_variables(&milestones(course, told, courses));
        values.into_iter().map(|(id, value)| (id.to_owned(), value)).chain(imputed).chain(of_course).collect()
    }

    /// The records that tell of a course. Of its products only the one that was infused first, or, before any was, the
    /// last one: the batch that was infused may be another than the one made last.
    fn of_course<'t, 'r>(&self, course: &Course, told: &'t [Told<'r>]) -> Vec<&'t Told<'r>> {
        let mut records: Vec<&Told<'_>> =
            told.iter().filter(|one| one.course.is_none_or(|id| id == course.id)).collect();
        let is_product = |one: &&Told<'_>| Some(one.form) == self.product_form;
        let mut products = records.iter().copied().filter(is_product);
        let infusion = records.iter().find(|one| one.milestone(INFUSION_DATE).is_some());
        let product = match infusion.map(|one| one.milestone("infused_batch_id")) {
            Some(Some(batch)) => products.rfind(|one| one.milestone("batch_id") == Some(batch)),
            // Nobody knows which was infused, unless there is one.
            Some(None) => products.next().filter(|_| products.next().is_none()),
            None => products.next_back(),
        };
        let product = product.map(|one| one.order);
        records.retain(|one| !is_product(one) || Some(one.order) == product);
        records
    }

    /// Gives every partial date a day, and tells of every date that may be partial whether its day is imputed. Relapses,
    /// infections and the like come after the infusion, if they can.
    fn on_days(
        &self,
        values: &mut HashMap<&str, VariableValue>,
        infusion: Option<NaiveDate>,
    ) -> Vec<(String, VariableValue)> {
        let mut marks = Vec::new();
        for (id, value) in values {
            if !self.catalogue.find(id).is_some_and(|(_, definition)| definition.partial) {
                continue;
            }
            let imputed = if let VariableValue::Partial(date) = *value {
                *value = VariableValue::Date(on_a_day(date, infusion.filter(|day| *day <= date.last())).0);
                true
            } else {
                false
            };
            marks.push((imputed_mark(id), yes_or_no(imputed)));
        }
        marks
    }
}

/// The milestones that the values of a course are computed from.
fn milestones(course: &Course, told: &[Told<'_>], courses: &[Course]) -> MilestoneView {
    let mut view = MilestoneView::default();
    for one in told {
        for (name, value) in &one.contribution.milestones {
            view.patient.entry(name.clone()).or_default().push(value.clone());
            if one.course == Some(course.id) {
                view.course.entry(name.clone()).or_default().push(value.clone());
            }
        }
    }
    view.with_indications(courses.iter().map(|one| (one.id, one.indication.as_str())), Some(course.id))
}

impl Told<'_> {
    fn milestone(&self, name: &str) -> Option<&MilestoneValue> {
        self.contribution.milestones.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

fn yes_or_no(yes: bool) -> VariableValue {
    VariableValue::Code(if yes { "yes" } else { "no" }.to_owned())
}

#[cfg(test)]
mod tests {
    use cartotek_analysis::view::View;
    use uuid::Uuid;

    use super::*;

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
            for (_, value) in &mut values {
                if let VariableValue::Partial(date) = value {
                    *value = VariableValue::Date(date.first());
                }
            }
            answers += values.len();
            let row = CourseRow { patient, course, sites: Vec::new(), values };
            let defects = View::build(catalogue.definitions(), [row], 0).defects;
            assert_eq!(defects, [], "{} {}", form.code(), example.name);
        }
        assert!(answers > 500, "{answers}");
    }
}
