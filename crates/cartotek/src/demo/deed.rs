//! What is put on record of a demo life, and when.

use cartotek_domain::consent::ConsentPurpose;
use chrono::NaiveDate;

use super::course::plus;
use super::form::{assessment, bridged};
use super::life::Life;
use super::random::Dice;

/// One thing that a hospital or biobank does; courses, batches and the like are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Enrols the patient.
    Enrol,
    /// Submits the registration.
    Register,
    /// Lets the treating site take part.
    Refer,
    /// Opens a course.
    Open(usize),
    /// Submits the referral of a course.
    Referral(usize),
    /// Submits the apheresis for a batch of a course.
    Apheresis(usize, usize),
    /// Submits the bridging therapy of a course.
    Bridging(usize),
    /// Submits the state before the infusion of a course.
    PreInfusion(usize),
    /// Submits a batch of a course.
    Product(usize, usize),
    /// Closes a course without an infusion.
    Close(usize),
    /// Submits an infusion of a course.
    Infusion(usize, usize),
    /// Submits the acute toxicity of a course.
    Toxicity(usize),
    /// Submits a response assessment.
    Response(usize),
    /// Submits a questionnaire.
    Questionnaire(usize),
    /// Submits the care used until a contact of a course.
    ResourceUse(usize, usize),
    /// Submits a follow-up of a course.
    FollowUp(usize, usize),
    /// Begins a follow-up that is not submitted yet.
    Draft(usize, usize),
    /// Submits the relapse of a course.
    Relapse(usize),
    /// Submits the therapy of the relapse.
    Therapy(usize),
    /// Corrects the last assessment of a course.
    Amend(usize),
    /// Hands the patient over to the site near home.
    HandOver,
    /// Submits a second malignancy.
    Malignancy,
    /// Submits the death.
    Death,
    /// Declares the patient lost to follow-up.
    Lost,
    /// Records what the patient, now of age, decides about what a guardian agreed to.
    ComeOfAge,
    /// Records that a consent was withdrawn.
    Withdraw,
    /// Takes, splits and stores a sample.
    Specimen(usize),
}

/// The deeds up to the day before `as_of`, in order of time.
pub(super) fn deeds(dice: &mut Dice, life: &Life, as_of: NaiveDate) -> Vec<(NaiveDate, Deed)> {
    let mut deeds = vec![(life.enrolled, Deed::Enrol), (life.enrolled, Deed::Register)];
    deeds.extend(life.of_age_from().map(|day| (day, Deed::ComeOfAge)));
    if life.person.is_referred() {
        deeds.push((plus(life.enrolled, dice.between(1, 4)), Deed::Refer));
    }
    for (at, course) in life.courses.iter().enumerate() {
        deeds.push((plus(course.opened, dice.between(6, 11)), Deed::Open(at)));
        before_infusion(dice, &mut deeds, at, life);
        after_infusion(dice, &mut deeds, at, life);
    }
    let assessed = life.assessments.iter().enumerate();
    deeds.extend(assessed.map(|(at, one)| (one.submitted, Deed::Response(at))));
    let asked = life.questionnaires.iter().enumerate();
    deeds.extend(asked.map(|(at, one)| (one.submitted, Deed::Questionnaire(at))));
    deeds.extend(life.handed_over.map(|day| (day, Deed::HandOver)));
    deeds.extend(life.malignancy.map(|(day, ..)| (plus(day, dice.between(6, 12)), Deed::Malignancy)));
    if life.death.is_some() {
        deeds.extend(life.death_told(dice.between(2, 10)).map(|day| (day, Deed::Death)));
    }
    deeds.extend(life.lost.map(|day| (plus(day, dice.between(380, 420)), Deed::Lost)));
    deeds.extend(life.specimens.iter().enumerate().map(|(at, one)| (one.day, Deed::Specimen(at))));
    // Whoever withdraws from research is left alone from then on.
    let withdrawn = life.withdrawal.filter(|(purpose, _)| *purpose == ConsentPurpose::RegistryResearch);
    deeds.retain(|(day, _)| *day < as_of && withdrawn.is_none_or(|(_, end)| *day < end));
    deeds.extend(life.withdrawal.filter(|(_, day)| *day < as_of).map(|(_, day)| (day, Deed::Withdraw)));
    leave_drafts(&mut deeds, life, as_of);
    deeds.sort_by_key(|(day, _)| *day);
    deeds
}

/// What is on record before day 0 or soon after; a few forms are forgotten and stay overdue.
fn before_infusion(dice: &mut Dice, deeds: &mut Vec<(NaiveDate, Deed)>, at: usize, life: &Life) {
    let course = &life.courses[at];
    let declined = course.batches.is_empty().then_some(course.closing).flatten();
    let referred = declined.map_or_else(|| plus(course.opened, dice.between(12, 15)), |(_, day)| day);
    if dice.chance(0.96) {
        deeds.push((referred, Deed::Referral(at)));
    }
    let bridged = bridged(course, life.preparations[at].bridging.as_ref());
    if let Some(day) = bridged.filter(|_| dice.chance(0.95)) {
        deeds.push((plus(day, dice.between(0, 5)), Deed::Bridging(at)));
    }
    if let Some(day0) = course.day0().filter(|_| dice.chance(0.96)) {
        deeds.push((plus(day0, -dice.between(0, 1)), Deed::PreInfusion(at)));
    }
    for (batch, one) in course.batches.iter().enumerate() {
        deeds.push((plus(one.apheresis, dice.between(1, 4)), Deed::Apheresis(at, batch)));
        let known = one.received.unwrap_or(one.released);
        deeds.push((plus(known, dice.between(1, 4)), Deed::Product(at, batch)));
    }
    for (infusion, (day, _)) in course.infusions.iter().enumerate() {
        deeds.push((plus(*day, dice.between(1, 3)), Deed::Infusion(at, infusion)));
    }
    deeds.extend(course.closing.map(|(_, day)| (day, Deed::Close(at))));
}

fn after_infusion(dice: &mut Dice, deeds: &mut Vec<(NaiveDate, Deed)>, at: usize, life: &Life) {
    let course = &life.courses[at];
    let (Some(outcome), Some(assessed)) = (course.outcome(), assessment(course, life.death)) else { return };
    let submitted = plus(assessed, dice.between(12, 30));
    deeds.push((submitted, Deed::Toxicity(at)));
    if dice.chance(0.1) {
        deeds.push((plus(submitted, dice.between(20, 200)), Deed::Amend(at)));
    }
    let known = |day: NaiveDate| life.unseen_from().is_none_or(|end| day < end);
    let relapse = outcome.relapse.as_ref().filter(|relapse| known(relapse.date));
    if let Some(relapse) = relapse {
        deeds.push((plus(relapse.date, dice.between(4, 6)), Deed::Relapse(at)));
        if let Some(therapy) = outcome.therapy.as_ref().filter(|therapy| known(therapy.start)) {
            deeds.push((plus(therapy.start, dice.between(1, 5)), Deed::Therapy(at)));
        }
    }
    for (number, contact) in life.contacts[at].iter().enumerate() {
        deeds.push((contact.submitted, Deed::FollowUp(at, number)));
        // The care used is found out last: sometimes late, sometimes never.
        let wait = if dice.chance(0.1) { dice.between(60, 120) } else { dice.between(0, 10) };
        if dice.chance(0.93) {
            deeds.push((plus(contact.submitted, wait), Deed::ResourceUse(at, number)));
        }
    }
}

/// The follow-ups that have begun but are not submitted by `as_of`.
fn leave_drafts(deeds: &mut Vec<(NaiveDate, Deed)>, life: &Life, as_of: NaiveDate) {
    for (at, contacts) in life.contacts.iter().enumerate() {
        let begun = |day: NaiveDate| day < as_of && life.unseen_from().is_none_or(|end| day < end);
        for (number, contact) in contacts.iter().enumerate() {
            if contact.submitted >= as_of && begun(contact.begun) {
                deeds.push((contact.begun, Deed::Draft(at, number)));
            }
        }
    }
}
