use uuid::Uuid;

use super::*;
use crate::clarification::fixture::question;
use crate::clarification::{ClarificationState, state};
use crate::id::{CourseId, PatientId};
use crate::schedule::fixture::{day, infused_on, patient, schedule};
use crate::schedule::{Answer, ExpectedItem, Loss, PatientFacts, Submitted, Target, expected_items};

const TODAY: &str = "2026-07-01";

fn submitted(dated: &str, first_submitted: &str) -> Submitted {
    Submitted { dated: Some(dated.parse().unwrap()), first_submitted: day(first_submitted) }
}

/// The items as they are kept, all of them answered by `submitted` or none.
pub(super) fn keep(
    items: &[ExpectedItem],
    submitted: Option<Submitted>,
    infused: bool,
) -> Vec<ScheduleEntry> {
    let entry = |(ordinal, item): (i32, &ExpectedItem)| ScheduleEntry {
        patient: PatientId::from_uuid(Uuid::from_u128(1)),
        course: Some(CourseId::from_uuid(Uuid::from_u128(2))),
        ordinal,
        site: "KAR".parse().unwrap(),
        infused,
        item: item.clone(),
        answer: submitted.map(|submitted| Answer { by: Uuid::from_u128(3), submitted }),
    };
    (0..).zip(items).map(entry).collect()
}

fn total(entries: &[ScheduleEntry]) -> FormCompleteness {
    total_on(entries, day(TODAY))
}

/// The figures of all items together, on a day.
pub(super) fn total_on(entries: &[ScheduleEntry], today: NaiveDate) -> FormCompleteness {
    let mut figures = FormCompleteness::default();
    for reckoned in entries.iter().filter_map(|entry| entry.reckoned(today)) {
        figures.add(reckoned, 1);
    }
    figures
}

/// The items of a form in a course whose day 0 is 2026-01-15.
fn of_form(facts: &PatientFacts, code: &str) -> Vec<ExpectedItem> {
    let mut items = expected_items(&schedule(), &infused_on("2026-01-15"), facts);
    items.retain(|item| matches!(&item.what, Expected::Form { form, .. } if form == code));
    items
}

#[test]
fn only_forms_whose_grace_has_passed_count() {
    // D28 until 2026-03-21 and D100 until 2026-06-09 have passed; M6 and M12 have not.
    let items = of_form(&patient(), "response_assessment");
    let none = keep(&items, None, true);
    assert_eq!(total(&none).completed, Share { part: 0, whole: 2 });
    assert_eq!(total(&none).timely, Share::default());
    assert_eq!(total(&none).lost, Share { part: 0, whole: 2 }, "all of them are overdue");
    let missing = none.iter().filter(|entry| entry.is_missing(day(TODAY)));
    let closed: Vec<_> = missing.map(|entry| entry.item.last).collect();
    assert_eq!(closed, ["2026-02-19", "2026-05-10"].map(day));
    assert_eq!(total(&keep(&items, None, false)).completed, Share::default(), "not infused");
}

#[test]
fn a_form_counts_from_the_day_after_its_grace() {
    let items = of_form(&patient(), "acute_toxicity");
    let [entry] = &keep(&items, None, true)[..] else { panic!("one form is expected") };
    assert_eq!(entry.complete_by(), Some(day("2026-03-21")));
    assert!(!entry.is_missing(day("2026-03-21")) && entry.is_missing(day("2026-03-22")));
}

#[test]
fn a_form_out_of_its_window_is_complete_and_timely_within_its_grace() {
    // The window closes on 2026-02-19.
    let items = of_form(&patient(), "acute_toxicity");
    for (dated, first_submitted, timely, delay) in [
        ("2026-02-10", "2026-03-21", 1, 30.0),
        ("2026-02-10", "2026-03-22", 0, 31.0),
        ("2026-03-10", "2026-03-21", 1, 30.0),
        ("2026-02-10", "2026-02-16", 1, -3.0),
    ] {
        let figures = total(&keep(&items, Some(submitted(dated, first_submitted)), true));
        assert_eq!(figures.completed, Share { part: 1, whole: 1 }, "{dated}");
        assert_eq!(figures.timely, Share { part: timely, whole: 1 }, "{dated} {first_submitted}");
        assert_eq!(figures.delays.median(), Some(delay), "{dated} {first_submitted}");
    }
}

#[test]
fn a_form_that_is_there_early_is_timely_before_it_counts() {
    let items = of_form(&patient(), "follow_up");
    let m12: Vec<_> =
        items.into_iter().filter(|item| item.time_point == Some("M12".parse().unwrap())).collect();
    let figures = total(&keep(&m12, Some(submitted("2026-06-30", TODAY)), true));
    assert_eq!((figures.completed, figures.timely), (Share::default(), Share { part: 1, whole: 1 }));
}

#[test]
fn losses_count_and_deaths_do_not() {
    let loss = Loss { last_contact: day("2026-01-20"), declared: day("2026-02-01"), returned: None };
    let items = of_form(&PatientFacts { losses: vec![loss], ..patient() }, "response_assessment");
    let figures = total(&keep(&items, None, true));
    assert_eq!((figures.completed, figures.lost), (Share { part: 0, whole: 2 }, Share { part: 2, whole: 2 }));
    let answered = total(&keep(&items, Some(submitted("2026-02-10", "2026-02-16")), true));
    assert_eq!(answered.lost, Share::default(), "what is there is not missing");
    for (death, whole) in [("2026-01-20", 0), ("2026-03", 1), ("2026", 0)] {
        let death = Some(death.parse().unwrap());
        let items = of_form(&PatientFacts { death, ..patient() }, "response_assessment");
        let figures = total(&keep(&items, None, true));
        assert_eq!(figures.completed, Share { part: 0, whole }, "{death:?}");
        assert_eq!(figures.lost, Share { part: 0, whole }, "{death:?}: overdue");
    }
}

#[test]
fn optional_forms_do_not_count() {
    let items = of_form(&patient(), "bridging");
    assert_eq!(total(&keep(&items, None, true)), FormCompleteness::default());
    let answer = submitted("2026-01-02", "2026-01-20");
    assert_eq!(total(&keep(&items, Some(answer), true)), FormCompleteness::default());
}

#[test]
fn a_reason_is_an_answer_but_no_knowledge() {
    use FieldStanding::{Absent, Reason, Value};
    let of = |standings: &[FieldStanding]| {
        let mut figures = FieldCompleteness::default();
        for standing in standings {
            figures.add(*standing);
        }
        figures
    };
    let ecog = of(&[Value, Reason, Absent, Value]);
    assert_eq!(ecog.answered, Share { part: 3, whole: 4 });
    assert_eq!(ecog.known, Share { part: 2, whole: 4 });
    assert_eq!(FieldStanding::ALL.iter().map(|one| ecog.standing(*one)).collect::<Vec<_>>(), [2, 1, 1]);
    assert_eq!(of(&[Reason]).known.fraction(), Some(0.0));
    assert_eq!(Share::default().fraction(), None);
    assert_eq!(Share::default().whole_per_cent(), None);
    for (part, whole, expected) in [(410, 448, 0.91), (999, 1000, 0.99), (7, 7, 1.0), (0, 9, 0.0)] {
        assert_eq!(Share { part, whole }.whole_per_cent(), Some(expected), "{part} of {whole}");
    }
}

fn followed(last_contact: u64, death: Option<u64>) -> Followed {
    let after = |days| day("2020-01-01") + chrono::Days::new(days);
    Followed { day0: after(0), last_contact: after(last_contact), death: death.map(after) }
}

#[test]
fn the_worked_example_of_clark() {
    let courses = [followed(900, None), followed(250, Some(300)), followed(400, None)];
    let today = day("2020-01-01") + chrono::Days::new(1000);
    let time = person_time(courses, today, None);
    assert_eq!(time, PersonTime { observed: 1600, potential: 2300 });
    assert_eq!(time.missing(), 700);
    assert!((time.completeness().unwrap() - 0.696).abs() < 0.0005);
    assert_eq!(time.whole_per_cent(), Some(0.69));

    let within = person_time(courses, today, Some(Target::Days(500)));
    assert_eq!(within, PersonTime { observed: 1200, potential: 1300 });
    let earlier = person_time(courses, today, Some(Target::Days(200)));
    assert_eq!(earlier, PersonTime { observed: 600, potential: 600 });
    assert_eq!(person_time([], today, None).completeness(), None);
    let of_today = Followed { day0: today, last_contact: day("2020-01-01"), death: None };
    assert_eq!(person_time([of_today], today, None), PersonTime::default());
}

/// So many forms, of which one has clarifications that stand so: closed after so many days, or not.
fn load(forms: u64, clarifications: &[Option<i64>]) -> QueryLoad {
    let question = question();
    let after = |days: Option<i64>| ClarificationState {
        closed_at: days.map(|days| question.opened_at + chrono::TimeDelta::days(days)),
        ..state(&[])
    };
    let states: Vec<_> = clarifications.iter().copied().map(after).collect();
    let mut load = QueryLoad::default();
    load.add(states.iter().map(|state| (&question, state)));
    for _ in 1..forms {
        load.add([]);
    }
    load
}

#[test]
fn the_query_load_is_what_is_open_per_100_forms_and_how_long_the_rest_took() {
    let figures = |load: &QueryLoad| (load.open_per_100_forms(), load.closed.median());
    assert_eq!(figures(&QueryLoad::default()), (None, None));
    assert_eq!(figures(&load(40, &[])), (Some(0.0), None));
    assert_eq!(figures(&load(40, &[None; 3])), (Some(7.5), None));
    assert_eq!(figures(&load(1, &[None; 3])), (Some(300.0), None), "a form may have several");
    assert_eq!(figures(&load(40, &[Some(4), None, Some(1), Some(2)])), (Some(2.5), Some(2.0)));
    let mut together = load(40, &[Some(4), Some(1)]);
    assert_eq!(figures(&together), (Some(0.0), Some(2.5)));
    together.add_all(&load(60, &[None, Some(9)]));
    assert_eq!((together.forms, together.closed.count()), (100, 3));
    assert_eq!(figures(&together), (Some(1.0), Some(4.0)));
}
