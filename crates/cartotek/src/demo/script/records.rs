//! Forms: submitted at once, drafted first, left as drafts, amended.

use cartotek_domain::access::permission::WriteRecord;
use cartotek_domain::consent::ConsentPurpose;
use cartotek_domain::id::CourseId;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_service::record::{Correction, NewRecord, RecordFile};
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::deed::Deed;
use super::super::form::{self, Filled};
use super::{Script, Submitted, out_of_order};
use crate::failure::Failure;

/// How often a form is saved as a draft before it is submitted.
const DRAFTED_FIRST: f64 = 0.2;

/// The answers that a draft still lacks.
const LATE_ANSWERS: [&str; 3] = ["late_toxicity", "infections_occurred", "infections"];

impl Script {
    /// Submits what happens once.
    pub(super) async fn report(&mut self, deed: Deed, day: NaiveDate) -> Result<(), Failure> {
        let (course, filled) = self.fill(deed, day).ok_or_else(|| out_of_order("nothing to report"))?;
        let course = course.map(|at| self.course_id(at)).transpose()?;
        self.submit(course, filled).await?;
        self.remember(deed);
        Ok(())
    }

    /// Notes what later forms go by.
    fn remember(&mut self, deed: Deed) {
        let courses = &self.life.courses;
        match deed {
            Deed::Relapse(at) => {
                let relapse = courses[at].outcome().and_then(|outcome| outcome.relapse.as_ref());
                let known = &mut self.known[at];
                known.relapsed = true;
                if let Some(relapse) = relapse {
                    known.on_record.note_status(relapse.date, form::PROGRESSIVE);
                }
            }
            Deed::Response(which) => {
                let Some(assessment) = self.life.assessments.get(which) else { return };
                let (at, date) = (assessment.course, assessment.date);
                if let Some(outcome) = courses[at].outcome() {
                    self.known[at].on_record.note_status(date, outcome.status(date));
                }
            }
            _ => {}
        }
    }

    /// The form of a deed and the course it is about.
    fn fill(&mut self, deed: Deed, day: NaiveDate) -> Option<(Option<usize>, Filled)> {
        let (life, dice) = (&self.life, &mut self.dice);
        let (at, filled) = match deed {
            Deed::Register => {
                let for_research = life.person.agrees_to(ConsentPurpose::RegistryResearch);
                return Some((None, form::registration(&life.person, day, for_research)));
            }
            Deed::Referral(at) => (at, form::referral(dice, &life.courses[at], &life.person)),
            Deed::Apheresis(at, batch) => {
                (at, form::apheresis(dice, &life.courses[at], &life.person, batch)?)
            }
            Deed::Bridging(at) => (at, form::bridging(life.preparations[at].bridging.as_ref())),
            Deed::PreInfusion(at) => (at, form::pre_infusion(dice, life, at)?),
            Deed::Product(at, batch) => {
                let course = &life.courses[at];
                (at, form::product(dice, course, course.batches.get(batch)?))
            }
            Deed::Infusion(at, infusion) => (at, form::infusion(dice, &life.courses[at], infusion)?),
            Deed::Response(which) => {
                let assessment = life.assessments.get(which)?;
                (assessment.course, form::response(dice, life, assessment)?)
            }
            Deed::Questionnaire(which) => {
                let questionnaire = life.questionnaires.get(which)?;
                (questionnaire.course, form::prom(dice, life, questionnaire))
            }
            Deed::ResourceUse(at, contact) => (at, form::resource_use(dice, life, at, contact)?),
            _ => self.fill_event(deed, day)?,
        };
        Some((Some(at), filled))
    }

    /// The event of a deed and the course it is about.
    fn fill_event(&mut self, deed: Deed, day: NaiveDate) -> Option<(usize, Filled)> {
        let (life, dice) = (&self.life, &mut self.dice);
        // Death and the like are registered where the patient was last treated.
        let last = life.courses.iter().rposition(|course| course.day0().is_some());
        let last = last.unwrap_or(life.courses.len().saturating_sub(1));
        Some(match deed {
            Deed::Relapse(at) => {
                let outcome = life.courses[at].outcome()?;
                let on_record = &self.known[at].on_record;
                (at, form::relapse(dice, outcome, outcome.relapse.as_ref()?, on_record, day))
            }
            Deed::Therapy(at) => (at, form::therapy(life.courses[at].outcome()?.therapy.as_ref()?, day)),
            Deed::Malignancy => (last, form::malignancy(life.malignancy?, day)),
            Deed::Death => {
                let known = self.known.get(last)?;
                (last, form::death(dice, life.death?, &known.on_record, known.relapsed, day))
            }
            Deed::Lost => (last, form::lost(dice, life.lost?, day)),
            _ => return None,
        })
    }

    pub(super) async fn toxicity(&mut self, at: usize) -> Result<(), Failure> {
        let filled = form::acute_toxicity(&mut self.dice, &self.life.courses[at], self.life.death);
        let filled = filled.ok_or_else(|| out_of_order("no infusion"))?;
        self.assess(at, filled).await
    }

    pub(super) async fn follow_up(&mut self, at: usize, contact: usize) -> Result<(), Failure> {
        let filled = self.filled_follow_up(at, contact)?;
        self.assess(at, filled).await?;
        let (course, date) = (&self.life.courses[at], self.life.contacts[at][contact].date);
        if let Some(outcome) = course.outcome() {
            self.known[at].on_record.note(date, outcome.status(date), outcome.best_until(date));
        }
        Ok(())
    }

    fn filled_follow_up(&mut self, at: usize, contact: usize) -> Result<Filled, Failure> {
        let (course, contact) = (&self.life.courses[at], &self.life.contacts[at][contact]);
        let malignancy = self.life.malignancy.map(|(day, ..)| day);
        let on_record = &self.known[at].on_record;
        let filled = form::follow_up(&mut self.dice, course, contact, on_record, malignancy);
        filled.ok_or_else(|| out_of_order("no infusion"))
    }

    /// Submits an assessment, which may be amended later.
    async fn assess(&mut self, at: usize, filled: Filled) -> Result<(), Failure> {
        let course = self.course_id(at)?;
        let file = self.submit(Some(course), filled.clone()).await?;
        let (id, revision) = (file.record.id, file.record.revision);
        let site = self.responsible;
        self.known[at].assessment = Some(Submitted { id, revision, site, filled });
        Ok(())
    }

    /// Saves a follow-up that is not complete yet.
    pub(super) async fn begin(&mut self, at: usize, contact: usize) -> Result<(), Failure> {
        let filled = self.filled_follow_up(at, contact)?;
        self.draft(Some(self.course_id(at)?), &filled).await?;
        self.counted.drafts += 1;
        Ok(())
    }

    /// Submits a form, sometimes over a draft.
    async fn submit(&mut self, course: Option<CourseId>, filled: Filled) -> Result<RecordFile, Failure> {
        let granted = self.manager::<WriteRecord>()?;
        self.counted.records += 1;
        if self.dice.chance(DRAFTED_FIRST) {
            let draft = self.draft(course, &filled).await?.record;
            self.clock.advance(25);
            let (id, content) = (draft.id, filled.content);
            let file = self.service.replace_draft(&granted, &self.act(), id, draft.revision, content).await?;
            self.clock.advance(5);
            let revision = file.value.record.revision;
            return Ok(self.service.submit(&granted, &self.act(), id, revision, filled.reasons).await?.value);
        }
        let new = NewRecord { submission: Some(filled.reasons.clone()), ..self.new_record(course, filled)? };
        Ok(self.service.create_record(&granted, &self.act(), new).await?.value)
    }

    async fn draft(&mut self, course: Option<CourseId>, filled: &Filled) -> Result<RecordFile, Failure> {
        let mut begun = filled.clone();
        if let Value::Object(answers) = &mut begun.content {
            answers.retain(|name, _| !LATE_ANSWERS.contains(&name.as_str()));
        }
        let new = self.new_record(course, begun)?;
        let granted = self.manager::<WriteRecord>()?;
        Ok(self.service.create_record(&granted, &self.act(), new).await?.value)
    }

    fn new_record(&self, course: Option<CourseId>, filled: Filled) -> Result<NewRecord, Failure> {
        let patient = self.pseudonym()?;
        let (form, content) = (filled.form.to_owned(), filled.content);
        Ok(NewRecord { patient, course, form, form_version: None, content, submission: None })
    }

    /// Corrects an answer of the last assessment of a course.
    pub(super) async fn amend(&mut self, at: usize) -> Result<(), Failure> {
        let Some(Submitted { id, revision, site, filled }) = self.known[at].assessment.take() else {
            return Ok(());
        };
        let mut content = filled.content;
        let name = if filled.form == "follow_up" { "ecog" } else { "hospital_days_first_30" };
        let other = content.get(name).and_then(Value::as_i64).map_or(1, |answer| (answer - 1).abs());
        form::put(&mut content, name, json!(other));
        let (reason, text) = match self.dice.between(0, 2) {
            0 => (AmendmentReason::DataEntry, "Typing error, corrected."),
            1 => (AmendmentReason::SourceUpdate, "The discharge summary was corrected."),
            _ => (AmendmentReason::QueryResolution, "Checked against the chart after a query."),
        };
        let amendment = Amendment { reason, text: text.to_owned() };
        let granted = self.stage.staff.manager::<WriteRecord>(site)?;
        let correction = Correction { content, amendment, acknowledgements: filled.reasons };
        self.service.amend(&granted, &self.act(), id, revision, correction).await?;
        self.counted.amendments += 1;
        Ok(())
    }
}
