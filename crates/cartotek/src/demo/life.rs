//! The life of a demo patient, drawn from the seed and the number of the patient alone.
//!
//! A life is told to its end, whatever day it is; what has not happened yet is left out when it is put on record.

use cartotek_domain::consent::{ConsentPurpose, reconsent_from};
use cartotek_domain::course::CourseOutcome;
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::schedule::Schedule;
use chrono::NaiveDate;

use super::course::{Course, plus};
use super::follow::{Contact, contacts};
use super::history::{History, Preparation};
use super::outcome::{DISEASE, Death};
use super::person::Person;
use super::product::choose;
use super::random::Dice;
use super::specimen::{Specimen, specimens};
use super::visit::{Assessment, Questionnaire, assessments, questionnaires};

/// The first referral: CAR T cells came into Swedish standard care in that month.
pub(super) const BEGINNING: &str = "2019-11-04";

/// A patient from referral to the end.
#[derive(Debug)]
pub(super) struct Life {
    /// Who it is.
    pub(super) person: Person,
    /// The day of the enrolment.
    pub(super) enrolled: NaiveDate,
    /// One course, sometimes two.
    pub(super) courses: Vec<Course>,
    /// The contacts of each course.
    pub(super) contacts: Vec<Vec<Contact>>,
    /// The death.
    pub(super) death: Option<Death>,
    /// The day on which the site near home takes over.
    pub(super) handed_over: Option<NaiveDate>,
    /// A consent that was withdrawn, and when.
    pub(super) withdrawal: Option<(ConsentPurpose, NaiveDate)>,
    /// The last contact of somebody who is lost to follow-up.
    pub(super) lost: Option<NaiveDate>,
    /// A second malignancy: its day, category and ICD-10 code.
    pub(super) malignancy: Option<(NaiveDate, &'static str, &'static str)>,
    /// The samples that are taken.
    pub(super) specimens: Vec<Specimen>,
    /// The disease before the first course.
    pub(super) history: History,
    /// How each course was prepared.
    pub(super) preparations: Vec<Preparation>,
    /// The response assessments.
    pub(super) assessments: Vec<Assessment>,
    /// The questionnaires that were answered.
    pub(super) questionnaires: Vec<Questionnaire>,
}

impl Life {
    /// The life of a patient of a network that is looked at on `as_of`.
    pub(super) fn draw(seed: u64, number: u32, as_of: NaiveDate, schedule: &Schedule) -> Self {
        let mut dice = Dice::new(seed, u64::from(number));
        let enrolled = referral(&mut dice, as_of);
        let indication = indication(&mut dice, enrolled);
        let person = Person::draw(&mut dice, indication, enrolled);
        let courses = courses(&mut dice, &person, indication, enrolled);
        let history = History::draw(&mut dice, &person, &courses, enrolled);
        let prepare = |at| Preparation::draw(&mut dice, &history, &courses, at);
        let mut life = Self {
            preparations: (0..courses.len()).map(prepare).collect(),
            contacts: courses.iter().map(|course| follow(&mut dice, schedule, course)).collect(),
            death: death(&mut dice, &courses),
            history,
            person,
            enrolled,
            courses,
            handed_over: None,
            withdrawal: None,
            lost: None,
            malignancy: None,
            specimens: Vec::new(),
            assessments: Vec::new(),
            questionnaires: Vec::new(),
        };
        life.part_ways(&mut dice);
        life.fall_ill(&mut dice);
        life.leave_out_what_nobody_saw();
        life.specimens = specimens(&mut dice, &life);
        life.assessments = assessments(&mut dice, &life);
        life.questionnaires = questionnaires(&mut dice, &life);
        life
    }

    /// Whether the patient is alive and in sight on a day.
    pub(super) fn is_seen(&self, day: NaiveDate) -> bool {
        let ends = [self.death.map(|death| death.date), self.unseen_from()];
        ends.into_iter().flatten().all(|end| day < end)
    }

    /// The first day after which nothing is known, if there is one: of the death itself something is.
    pub(super) fn unseen_from(&self) -> Option<NaiveDate> {
        let lost = self.lost.map(|day| plus(day, 1));
        let stopped = |(purpose, day)| (purpose == ConsentPurpose::RegistryResearch).then_some(day);
        let ends = [lost, self.withdrawal.and_then(stopped), self.death.map(|death| plus(death.date, 1))];
        ends.into_iter().flatten().min()
    }

    /// The day from which whoever was a child at the enrolment is asked about what a guardian agreed to.
    fn asked_from(&self) -> Option<NaiveDate> {
        reconsent_from(PartialDate::day(self.person.born)).filter(|asked| self.enrolled < *asked)
    }

    /// The day on which the patient is asked, if that day comes.
    pub(super) fn of_age_from(&self) -> Option<NaiveDate> {
        self.asked_from().filter(|asked| self.death.is_none_or(|death| *asked <= death.date))
    }

    /// The day on which the death is put on record, `wait` days after it unless somebody would have to be asked before.
    pub(super) fn death_told(&self, wait: i64) -> Option<NaiveDate> {
        let died = self.death?.date;
        let asked = self.asked_from().filter(|asked| died < *asked);
        Some(asked.map_or(plus(died, wait), |asked| plus(died, wait).min(plus(asked, -1))))
    }

    /// The hand-over to the site near home, withdrawal of a consent, loss to follow-up.
    fn part_ways(&mut self, dice: &mut Dice) {
        let Some(day0) = self.courses.last().and_then(Course::day0) else { return };
        let alive = |day: &NaiveDate| self.death.is_none_or(|death| *day < death.date);
        let goes_home = self.person.is_referred() && self.person.home != "ORE" && dice.chance(0.7);
        let day = plus(day0, dice.between(120, 140));
        self.handed_over = Some(day).filter(|day| goes_home && alive(day));
        let purpose = match dice.between(0, 39) {
            0 => Some(ConsentPurpose::RegistryResearch),
            1 => Some(ConsentPurpose::BiobankResearch),
            _ => None,
        };
        let day = plus(day0, dice.between(150, 1200));
        self.withdrawal =
            purpose.filter(|one| alive(&day) && self.person.agrees_to(*one)).map(|one| (one, day));
        let is_lost = dice.chance(0.06);
        let at = dice.between(1, 4);
        let last = self.contacts.last().and_then(|all| all.get(usize::try_from(at).unwrap_or_default()));
        self.lost = last.map(|contact| contact.date).filter(|day| is_lost && alive(&plus(*day, 430)));
        if self.withdrawal.is_some() {
            self.lost = None;
        }
    }

    /// A second malignancy, in patients with one course.
    fn fall_ill(&mut self, dice: &mut Dice) {
        let kinds = [
            (("myeloid_MDS_AML", "D46.9"), 8),
            (("solid", "C34.9"), 6),
            (("skin_nonmelanoma", "C44.9"), 6),
            (("T_cell", "C84.4"), 1),
        ];
        let [course] = self.courses.as_slice() else { return };
        let Some(day0) = course.day0().filter(|_| dice.chance(0.05)) else { return };
        let day = plus(day0, 150 + dice.exponential(900.0));
        let kind = dice.pick(&kinds).unwrap_or(("solid", "C34.9"));
        if self.death.is_none_or(|death| plus(day, 60) < death.date) {
            self.malignancy = Some((day, kind.0, kind.1));
        }
    }

    /// Nothing is recorded of what happened after the patient was out of sight.
    fn leave_out_what_nobody_saw(&mut self) {
        for at in 0..self.contacts.len() {
            // The next course ends the follow-up of the one before.
            let next = self.courses.get(at + 1).map(|course| course.opened);
            let death = self.death.map(|death| death.date);
            let ends: Vec<_> = [next, death, self.unseen_from()].into_iter().flatten().collect();
            self.contacts[at].retain(|contact| ends.iter().all(|end| contact.date < *end));
        }
        let Some(end) = self.lost.map(|day| plus(day, 1)) else { return };
        self.death = self.death.filter(|death| death.date < end);
        self.malignancy = self.malignancy.filter(|(day, _, _)| *day < end);
    }
}

/// More patients are referred every year.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "days of some years")]
fn referral(dice: &mut Dice, as_of: NaiveDate) -> NaiveDate {
    let first: NaiveDate = BEGINNING.parse().unwrap_or(as_of);
    let days = (as_of - first).num_days() - 2;
    plus(first, (days as f64 * dice.unit().powf(0.65)) as i64)
}

/// The mix of the network, as far as there was a product on the day.
fn indication(dice: &mut Dice, day: NaiveDate) -> &'static str {
    let since = |text: &str| text.parse::<NaiveDate>().is_ok_and(|from| from <= day);
    let mut choices = vec![("LBCL", 45), ("B_ALL", 15)];
    let later = [("MM", 20, "2021-10-01"), ("MCL", 10, "2021-02-01"), ("FL", 10, "2022-06-01")];
    choices
        .extend(later.into_iter().filter(|(_, _, from)| since(from)).map(|(code, weight, _)| (code, weight)));
    dice.pick(&choices).unwrap_or("LBCL")
}

/// The first course, and a second one after a failed attempt or for a relapse.
fn courses(dice: &mut Dice, person: &Person, indication: &'static str, referred: NaiveDate) -> Vec<Course> {
    let months = person.months_on(referred);
    let Some(product) = choose(dice, indication, months, referred, None) else { return Vec::new() };
    let first = Course::happen(dice, person, product, referred);
    let relapsed = first.outcome().and_then(|outcome| outcome.relapse.as_ref()).map(|relapse| relapse.date);
    let again = match (first.closing, relapsed) {
        (Some((CourseOutcome::ManufacturingFailure, day)), _) if dice.chance(0.5) => Some(day),
        (None, Some(day)) if dice.chance(0.3) => Some(day),
        _ => None,
    };
    let died = first.outcome().map(|outcome| outcome.death.date);
    let opened = again.map(|day| plus(day, dice.between(15, 60)).max(plus(first.settled(), 3)));
    // Whoever dies within half a year of the relapse does not get that far.
    let opened = opened.filter(|day| died.is_none_or(|died| plus(*day, 180) < died));
    let second = opened.and_then(|day| {
        let product = choose(dice, indication, person.months_on(day), day, Some(product.code))?;
        Some(Course::happen(dice, person, product, day))
    });
    std::iter::once(first).chain(second).collect()
}

fn follow(dice: &mut Dice, schedule: &Schedule, course: &Course) -> Vec<Contact> {
    course.day0().map(|day0| contacts(dice, schedule, day0)).unwrap_or_default()
}

/// The death that the last infused course led to; without an infusion, that of the disease.
fn death(dice: &mut Dice, courses: &[Course]) -> Option<Death> {
    let last = courses.last()?;
    if let Some(outcome) = last.outcome() {
        return Some(outcome.death);
    }
    let (outcome, day) = last.closing?;
    let days = if outcome == CourseOutcome::Death { 0 } else { 20 + dice.exponential(200.0) };
    Some(Death { date: plus(day, days), cause: DISEASE })
}
