//! Puts one demo life on record, deed by deed, as the hospitals would have done it.

mod care;
mod records;
mod samples;

use std::sync::Arc;

use cartotek_domain::access::{Granted, Permission};
use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_service::sample::Placement;
use cartotek_service::{Act, Service};
use chrono::NaiveDate;

use super::deed::{Deed, deeds};
use super::form::{Filled, OnRecord};
use super::life::Life;
use super::network::{Staff, act};
use super::random::Dice;
use super::sources::{StoryClock, story};
use crate::failure::Failure;

/// What the whole demo network has in common.
pub(super) struct Stage {
    /// The registry.
    pub(super) service: Service,
    /// Who works there.
    pub(super) staff: Staff,
    /// The seed.
    pub(super) seed: u64,
    /// The day on which the network is looked at.
    pub(super) as_of: NaiveDate,
}

/// What was put on record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Patients.
    pub(crate) patients: u64,
    /// Courses.
    pub(crate) courses: u64,
    /// Submitted records.
    pub(crate) records: u64,
    /// Drafts.
    pub(crate) drafts: u64,
    /// Amendments.
    pub(crate) amendments: u64,
    /// Primary samples.
    pub(crate) samples: u64,
    /// Aliquots in boxes.
    pub(crate) aliquots: u64,
}

impl Counted {
    /// Adds what others have counted.
    pub(super) fn add(&mut self, other: Self) {
        self.patients += other.patients;
        self.courses += other.courses;
        self.records += other.records;
        self.drafts += other.drafts;
        self.amendments += other.amendments;
        self.samples += other.samples;
        self.aliquots += other.aliquots;
    }
}

/// A record that may be amended.
struct Submitted {
    id: RecordId,
    revision: i64,
    site: &'static str,
    filled: Filled,
}

/// What is known of a course while its story goes on.
#[derive(Default)]
struct Known {
    id: Option<CourseId>,
    version: i64,
    on_record: OnRecord,
    relapsed: bool,
    assessment: Option<Submitted>,
}

/// One life on its way into the registry.
pub(super) struct Script {
    stage: Arc<Stage>,
    life: Life,
    service: Service,
    clock: Arc<StoryClock>,
    dice: Dice,
    /// Free positions for the aliquots, in the order in which they are made, the next one last.
    positions: Vec<Placement>,
    pseudonym: Option<Pseudonym>,
    /// The site that is responsible now.
    responsible: &'static str,
    known: Vec<Known>,
    counted: Counted,
}

impl Script {
    /// The story of patient `number`, with positions for the aliquots of its samples.
    pub(super) fn new(stage: Arc<Stage>, number: u32, life: Life, mut positions: Vec<Placement>) -> Self {
        let (service, clock) = story(&stage.service, stage.seed, number);
        positions.reverse();
        Self {
            // Another stream than that of the life itself.
            dice: Dice::new(stage.seed.rotate_left(32) ^ 1, u64::from(number)),
            responsible: life.person.home,
            known: life.courses.iter().map(|_| Known::default()).collect(),
            pseudonym: None,
            counted: Counted::default(),
            stage,
            life,
            service,
            clock,
            positions,
        }
    }

    /// Does every deed.
    ///
    /// # Errors
    /// When the registry refuses one: then the story contradicts the rules, and the findings say where.
    pub(super) async fn play(mut self) -> Result<Counted, Failure> {
        for (day, deed) in deeds(&mut self.dice, &self.life, self.stage.as_of) {
            self.clock.go_to(day);
            let explain = |failure| Failure::new(format!("{deed:?} on {day} was refused: {failure}"));
            self.perform(deed, day).await.map_err(explain)?;
        }
        self.counted.patients += 1;
        Ok(self.counted)
    }

    async fn perform(&mut self, deed: Deed, day: NaiveDate) -> Result<(), Failure> {
        match deed {
            Deed::Enrol => self.enrol(day).await,
            Deed::Refer => self.refer(day).await,
            Deed::HandOver => self.hand_over(day).await,
            Deed::ComeOfAge => self.come_of_age(day).await,
            Deed::Withdraw => self.withdraw(day).await,
            Deed::Open(course) => self.open(course).await,
            Deed::Close(course) => self.close(course).await,
            Deed::Specimen(at) => self.take(at).await,
            Deed::Amend(course) => self.amend(course).await,
            Deed::Draft(course, contact) => self.begin(course, contact).await,
            Deed::FollowUp(course, contact) => self.follow_up(course, contact).await,
            Deed::Toxicity(course) => self.toxicity(course).await,
            Deed::Register
            | Deed::Referral(_)
            | Deed::Apheresis(..)
            | Deed::Bridging(_)
            | Deed::PreInfusion(_)
            | Deed::Product(..)
            | Deed::Infusion(..)
            | Deed::Response(_)
            | Deed::Questionnaire(_)
            | Deed::ResourceUse(..)
            | Deed::Relapse(_)
            | Deed::Therapy(_)
            | Deed::Malignancy
            | Deed::Death
            | Deed::Lost => self.report(deed, day).await,
        }
    }

    fn act(&self) -> Act {
        act(&self.service)
    }

    /// The data manager of the site that is responsible now.
    fn manager<P: Permission>(&self) -> Result<Granted<P>, Failure> {
        self.stage.staff.manager(self.responsible)
    }

    fn pseudonym(&self) -> Result<Pseudonym, Failure> {
        self.pseudonym.ok_or_else(|| out_of_order("no patient"))
    }

    fn course_id(&self, course: usize) -> Result<CourseId, Failure> {
        self.known.get(course).and_then(|known| known.id).ok_or_else(|| out_of_order("no course"))
    }
}

/// A story that tells its events in the wrong order.
fn out_of_order(what: &str) -> Failure {
    Failure::new(format!("the demo story is out of order: there is {what} yet ({})", Problem::Defect.code()))
}
