//! A course that was opened for another indication, or on another day, than the right one: what is expected of the patient.

use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::course::CourseOutcome;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::AmendmentReason;
use cartotek_domain::schedule::Expected;
use cartotek_persistence::{Engine, ReadSession};
use cartotek_service::course::{CourseCorrection, CourseFile};
use cartotek_service::{Act, Done, ServiceError};
use chrono::NaiveDate;
use rstest::rstest;

use crate::patient::Treated;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn indicated(code: &str) -> CourseCorrection {
    CourseCorrection { indication: Some(code.to_owned()), ..CourseCorrection::default() }
}

fn opened(on: &str) -> CourseCorrection {
    CourseCorrection { opened_on: Some(day(on)), ..CourseCorrection::default() }
}

impl Treated {
    async fn correct(
        &self,
        act: &Act,
        expected: i64,
        correction: CourseCorrection,
    ) -> Result<Done<CourseFile>, ServiceError> {
        let (service, manager) = (&self.ground.service, self.ground.data_manager("KAR"));
        let reason = AmendmentReason::SourceUpdate;
        service.correct_course(&manager, act, self.course, expected, correction, reason).await
    }

    /// Why a correction is refused.
    async fn refusal(&self, expected: i64, correction: CourseCorrection) -> Problem {
        self.correct(&self.ground.act(), expected, correction).await.unwrap_err().problem()
    }

    /// How many items ask for the questionnaire of lymphoma.
    async fn questionnaires(&self) -> usize {
        let items = self.schedule().await;
        let of_lymphoma = items.iter().filter(|item| match &item.entry.item.what {
            Expected::Form { key, .. } => key.values().any(|answer| answer == "fact_lym"),
            Expected::Sample { .. } => false,
        });
        of_lymphoma.count()
    }
}

#[rstest]
#[tokio::test]
async fn what_is_expected_follows_the_corrected_indication(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    let (schedule, act) = (patient.schedule().await, patient.ground.act());
    assert!(patient.questionnaires().await > 0);
    let dry = patient.correct(&patient.ground.dry(), 1, indicated("MM")).await.unwrap();
    assert_eq!((dry.value.course.indication.as_str(), dry.receipt), ("MM", None));
    assert_eq!(patient.schedule().await, schedule, "it was a dry run");

    let done = patient.correct(&act, 1, indicated("MM")).await.unwrap();
    let CourseFile { course, day0 } = &done.value;
    assert_eq!((course.indication.as_str(), course.version), ("MM", 2));
    assert_eq!((course.opened_on, *day0), (day("2026-01-12"), Some(day("2026-02-12"))));
    assert_eq!(patient.questionnaires().await, 0);
    // It was infused on the day before.
    assert_eq!(patient.refusal(2, opened("2026-02-13")).await, Problem::ContentInvalid);
    let id = done.receipt.unwrap().event;
    let find = move |session: &mut dyn ReadSession| session.event(id);
    let stored = patient.ground.database.store.read("find event", find).await.unwrap().unwrap();
    let event = AuditEvent::from_canonical(&stored.canonical).unwrap();
    assert_eq!((event.action.as_str(), event.outcome), ("patients.manage", Outcome::Changed));
    assert_eq!((event.unit.as_deref(), event.reason.as_deref()), (Some("KAR"), Some("source_update")));
    let [subject] = &event.subjects[..] else { panic!("{event:?}") };
    assert_eq!((subject.table.as_str(), &subject.row), ("course", &patient.course.to_string()));
    assert!(subject.before.is_some() && subject.after.is_some(), "{subject:?}");

    patient.correct(&patient.ground.act(), 2, indicated("LBCL")).await.unwrap();
    assert_eq!(patient.schedule().await, schedule);
    patient.check().await;
}

/// The referral is expected from the opening on.
#[rstest]
#[tokio::test]
async fn what_is_counted_from_the_opening_follows_the_corrected_day(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    assert_eq!(patient.states("referral").await, ["overdue"]);
    patient.correct(&patient.ground.act(), 1, opened("2026-03-02")).await.unwrap();
    assert_eq!(patient.states("referral").await, ["open"]);
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_correction_passes_the_checks_of_the_opening_and_the_closing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    let (service, manager) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    assert_eq!(patient.refusal(2, indicated("MM")).await, Problem::StaleVersion);
    let same = CourseCorrection { indication: Some("LBCL".to_owned()), ..opened("2026-01-12") };
    for nothing in [CourseCorrection::default(), indicated("LBCL"), opened("2026-01-12"), same] {
        assert_eq!(patient.refusal(1, nothing).await, Problem::WrongState);
    }
    // The list of indications begins with the year 2010; today is 2 March 2026.
    for bad in [indicated("LYMPHOMA"), opened("2009-12-31"), opened("2026-03-03")] {
        assert_eq!(patient.refusal(1, bad).await, Problem::ContentInvalid);
    }
    let (act, outcome) = (patient.ground.act(), CourseOutcome::Progression);
    service.close_course(&manager, &act, patient.course, 1, outcome, day("2026-01-20")).await.unwrap();
    assert_eq!(patient.refusal(2, opened("2026-01-21")).await, Problem::ContentInvalid);
    let both = CourseCorrection { opened_on: Some(day("2026-01-20")), ..indicated("MM") };
    let closed = patient.correct(&patient.ground.act(), 2, both).await.unwrap().value.course;
    assert_eq!((closed.outcome, closed.closed_on), (Some(outcome), Some(day("2026-01-20"))));
    assert_eq!((closed.indication.as_str(), closed.opened_on), ("MM", day("2026-01-20")));
    patient.check().await;
}
