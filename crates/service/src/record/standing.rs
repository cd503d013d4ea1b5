//! What the registry knows of a patient when a record is judged: milestones, consents, courses.

use cartotek_domain::consent::{Consent, ConsentDecision, due_for_reconsent, objection};
use cartotek_domain::course::Course;
use cartotek_domain::finding::{Finding, any_error};
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::milestone::{Milestone, MilestoneValue};
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::record::Record;
use cartotek_domain::text::Text;
use cartotek_forms::{Form, MilestoneView};
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;
use serde_json::Value;

use crate::course::{INFUSION, begins_too_early};
use crate::error::ServiceError;
use crate::patient::{ASKED_AGAIN_BY, asked_again_from};
use crate::record::objection::{asked_again, collection_stopped, dated_in_a_no};
use crate::record::prepare::Prepared;

/// The milestone that says that a product was made.
pub(crate) const PRODUCT: &str = "batch_id";
/// The milestone of a day that was only foreseen.
const EXPIRY: &str = "product_expiry_date";

/// The rule of what is new in a course that was closed without an infusion.
pub(crate) const AFTER_THE_END: &str = "R-COURSE-03";

/// The rows of a patient that decide about a new content.
#[derive(Debug, PartialEq)]
pub(crate) struct Standing {
    /// By name, those of a name in clinical order.
    milestones: Vec<Milestone>,
    pub(crate) consents: Vec<Consent>,
    pub(crate) courses: Vec<Course>,
}

impl Standing {
    /// What is known; the milestones of a record that have one name come in its order.
    pub(crate) fn new(milestones: Vec<Milestone>, consents: Vec<Consent>, courses: Vec<Course>) -> Self {
        let mut standing = Self { milestones: Vec::new(), consents, courses };
        standing.add(milestones);
        standing
    }

    /// Adds milestones.
    pub(crate) fn add(&mut self, milestones: impl IntoIterator<Item = Milestone>) {
        let place = |one: &Milestone| (one.clinical_date, one.record);
        self.milestones.extend(milestones);
        self.milestones
            .sort_by(|one, other| one.name.cmp(&other.name).then_with(|| place(one).cmp(&place(other))));
    }

    /// Everything that is known of a patient.
    pub(crate) fn read(session: &mut dyn ReadSession, patient: PatientId) -> Result<Self, ServiceError> {
        let (consents, courses) = (session.consents(patient)?, session.courses(&[patient])?);
        let milestones = session.milestones(&[patient])?;
        Ok(Self::new(milestones.into_iter().map(|(_, milestone)| milestone).collect(), consents, courses))
    }

    /// What is known of a patient as far as the rules of a form look at it: for [`Self::findings`] of that form alone.
    pub(crate) fn read_for(
        session: &mut dyn ReadSession,
        patient: PatientId,
        form: &Form,
    ) -> Result<Self, ServiceError> {
        let (consents, courses) = (session.consents(patient)?, session.courses(&[patient])?);
        let names: Vec<_> = Self::looked_at(form).collect();
        Ok(Self::new(session.milestones_named(patient, &names)?, consents, courses))
    }

    /// The milestones, by name, those of a name in clinical order.
    pub(crate) fn milestones(&self) -> &[Milestone] {
        &self.milestones
    }

    /// The names of the milestones that decide about a content of a form.
    pub(crate) fn looked_at(form: &Form) -> impl Iterator<Item = &str> {
        form.milestones_looked_at().chain(ASKED_AGAIN_BY)
    }

    /// Everything the rules find: form-local, by consents and course, then by the opening of the course and by milestones where
    /// nothing else stands in the way.
    pub(crate) fn findings(
        &self,
        prepared: &Prepared,
        course: Option<CourseId>,
        except: Option<RecordId>,
    ) -> Result<Vec<Finding>, ServiceError> {
        let mut findings = self.before_others(prepared, course);
        if !any_error(&findings) {
            let (form, content) = (prepared.form()?, prepared.content());
            findings.extend(begins_too_early(&self.courses, course, prepared)?);
            findings.extend(self.by_milestones(form, content, course, except, prepared.today()));
        }
        Ok(findings)
    }

    /// What is found before other records are looked at.
    pub(crate) fn before_others(&self, prepared: &Prepared, course: Option<CourseId>) -> Vec<Finding> {
        let mut findings = prepared.checked().findings.clone();
        findings.extend(self.objected(prepared));
        findings.extend(self.closed(prepared, course));
        findings.extend(self.unconfirmed(prepared));
        findings
    }

    /// What the rules find that look at milestones.
    pub(crate) fn by_milestones(
        &self,
        form: &Form,
        content: &Value,
        course: Option<CourseId>,
        except: Option<RecordId>,
        today: NaiveDate,
    ) -> Vec<Finding> {
        form.check_milestones(content, &self.view_of_rules(form, course, except), today)
    }

    /// What the values of a course see: all milestones, and what the courses tell.
    pub(crate) fn view_of_course(&self, course: CourseId) -> MilestoneView {
        self.view(&self.milestones, Some(course), None)
    }

    /// What the rules of a form see: the milestones of other records at which they look, and what the courses tell.
    pub(crate) fn view_of_rules(
        &self,
        form: &Form,
        course: Option<CourseId>,
        except: Option<RecordId>,
    ) -> MilestoneView {
        self.view(form.milestones_looked_at().flat_map(|name| self.named(name)), course, except)
    }

    fn named(&self, name: &str) -> &[Milestone] {
        let first = self.milestones.partition_point(|one| one.name.as_str() < name);
        let end = self.milestones.partition_point(|one| one.name.as_str() <= name);
        self.milestones.get(first..end).unwrap_or_default()
    }

    fn view<'m>(
        &self,
        milestones: impl IntoIterator<Item = &'m Milestone>,
        course: Option<CourseId>,
        except: Option<RecordId>,
    ) -> MilestoneView {
        let indications = self.courses.iter().map(|course| (course.id, course.indication.as_str()));
        MilestoneView::gather(milestones, course, except).with_indications(indications, course)
    }

    /// What consents and course say of a content that was accepted once, whatever the day on which it is asked.
    pub(crate) fn by_consents_and_course(
        &self,
        form: &Form,
        record: &Record,
        content: &Value,
    ) -> Vec<Finding> {
        let dated = form.clinical_date(content);
        let told = self.milestones.iter().filter(|one| one.record == record.id);
        let told = told.map(|one| (one.name.as_str(), &one.value));
        let in_a_no = dated.filter(|date| self.lies_in_a_no(*date)).map(|_| dated_in_a_no());
        let later = self.ended_before(record.course, told, dated).map(|_| told_after_the_end());
        in_a_no.into_iter().chain(later).collect()
    }

    /// The patient's no: in force today (`R-CONS-01`), or on every day that the content may speak of (`R-FU-03`).
    ///
    /// What was collected before a withdrawal may still be corrected; what is to be erased may not.
    fn objected(&self, prepared: &Prepared) -> Option<Finding> {
        let today = objection(&self.consents, prepared.today());
        if let Some(no) = today.filter(|no| !prepared.amends() || no.decision == ConsentDecision::OptedOut) {
            return Some(collection_stopped(no));
        }
        let date = prepared.checked().clinical_date?;
        self.lies_in_a_no(date).then(dated_in_a_no)
    }

    /// Whether the patient's no held on every day that a date may stand for.
    fn lies_in_a_no(&self, date: PartialDate) -> bool {
        let mut days = date.first().iter_days().take_while(|day| *day <= date.last());
        days.all(|day| objection(&self.consents, day).is_some())
    }

    /// A guardian's yes that the patient, now of age, has not confirmed (`R-CONS-07`): it goes on holding, but whoever
    /// collects more is reminded. The content may itself tell of the birth or the death.
    fn unconfirmed(&self, prepared: &Prepared) -> Option<Finding> {
        if prepared.amends() {
            return None;
        }
        let known = self.milestones.iter().map(|one| (one.name.as_str(), &one.value));
        let told = prepared.checked().milestones.iter().map(|(name, value)| (name.as_str(), value));
        let from = asked_again_from(known.chain(told))?;
        let due = due_for_reconsent(&self.consents, from, prepared.today());
        let purposes: Vec<_> = due.iter().map(|consent| consent.purpose.name()).collect();
        (!due.is_empty()).then(|| asked_again(from, &purposes.join(", ")))
    }

    /// What is new in a course that was closed without an infusion (`R-COURSE-03`). A product of the time before it was
    /// closed may still be recorded, e.g. the one that failed.
    fn closed(&self, prepared: &Prepared, course: Option<CourseId>) -> Option<Finding> {
        let checked = prepared.checked();
        let told = checked.milestones.iter().map(|(name, value)| (name.as_str(), value));
        let closed_on = self.ended_before(course, told, checked.clinical_date)?;
        let text = Text::new(
            format!(
                "Behandlingsomgången avslutades {closed_on} utan infusion. Öppna en ny och registrera där, eller öppna \
                 den här igen om den avslutades av misstag."
            ),
            format!(
                "The course was closed on {closed_on} without an infusion. Open a new course and record it there, or open \
                 this one again if it was closed by mistake."
            ),
        );
        Some(Finding::error(AFTER_THE_END, "", text))
    }

    /// The day on which the course was closed without an infusion, when what is told of it is new.
    fn ended_before<'v>(
        &self,
        course: Option<CourseId>,
        told: impl Iterator<Item = (&'v str, &'v MilestoneValue)> + Clone,
        own: Option<PartialDate>,
    ) -> Option<NaiveDate> {
        let course = self.courses.iter().find(|one| Some(one.id) == course)?;
        let closed_on = course.closed_on?;
        let has = |wanted: &str| told.clone().any(|(name, _)| name == wanted);
        let dates = told.clone().filter_map(|(name, value)| match value {
            MilestoneValue::Date(date) if name != EXPIRY => Some(*date),
            _ => None,
        });
        let later = dates.chain(own).any(|date| date.first() > closed_on);
        (has(INFUSION) || (has(PRODUCT) && later)).then_some(closed_on)
    }
}

/// The finding of a stored content that is new in a course that was closed without an infusion.
pub(crate) fn told_after_the_end() -> Finding {
    let text = Text::new(
        "Behandlingsomgången avslutades utan infusion före den dag som posten talar om. Kontrollera dagen, registrera det \
         i en ny behandlingsomgång, eller öppna den avslutade igen om den avslutades av misstag.",
        "The course was closed without an infusion before the day that the record speaks of. Check the day, record it in a \
         new course, or open the closed one again if it was closed by mistake.",
    );
    Finding::error(AFTER_THE_END, "", text)
}
