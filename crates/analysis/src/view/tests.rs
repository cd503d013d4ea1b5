use proptest::prelude::*;

use super::*;
use crate::fixture::{course, definitions, patient, row, view};

fn keys(view: &View) -> Vec<(PatientId, CourseId, Option<f64>)> {
    let mut keys = Vec::new();
    for chunk in view.chunks() {
        for index in 0..chunk.rows() {
            let (patient, course) = chunk.key(index);
            keys.push((patient, course, chunk.column(0).and_then(|ages| ages.number(index))));
        }
    }
    keys
}

fn patients_within(view: &View, scope: &Scope) -> usize {
    view.chunks().iter().map(|chunk| chunk.count_patients(&chunk.within(scope))).sum()
}

#[test]
fn a_refresh_leaves_the_reader_its_snapshot() {
    let before = view(vec![row(1, 1, "KAR").number("age_at_infusion", 40.0)]);
    let after = before.apply([Change::Upsert(row(1, 1, "KAR").number("age_at_infusion", 41.0))], 8).view;
    assert_eq!(keys(&before), [(patient(1), course(1), Some(40.0))]);
    assert_eq!(keys(&after), [(patient(1), course(1), Some(41.0))]);
    assert_eq!((before.as_of(), after.as_of()), (7, 8));
}

#[test]
fn only_chunks_with_a_change_are_rebuilt() {
    let rows = (1..=3 * MAX_ROWS as u128).map(|number| row(number, number, "KAR")).collect();
    let before = view(rows);
    assert_eq!(before.chunks().len(), 3);
    let after = before.apply([Change::Upsert(row(MAX_ROWS as u128 + 5, 1, "SUS"))], 8).view;
    assert!(Arc::ptr_eq(&before.chunks()[0], &after.chunks()[0]));
    assert!(!Arc::ptr_eq(&before.chunks()[1], &after.chunks()[1]));
    assert!(Arc::ptr_eq(&before.chunks()[2], after.chunks().last().unwrap()));
    assert_eq!(after.rows(), before.rows() + 1);
}

#[test]
fn a_patient_is_never_split_between_chunks() {
    let courses = MAX_ROWS as u128 + 10;
    let view =
        view((1..=courses).map(|number| row(number.min(MAX_ROWS as u128 / 2 - 5), number, "KAR")).collect());
    assert_eq!(view.chunks().len(), 1);
    assert_eq!(patients_within(&view, &Scope::Network), MAX_ROWS / 2 - 5);
}

#[test]
fn a_site_sees_the_courses_in_which_it_takes_part() {
    let mut both = row(2, 2, "KAR");
    both.sites.push("SUS".to_owned());
    let view = view(vec![row(1, 1, "KAR"), both, row(3, 3, "SUS")]);
    let scope = |codes: &[&str]| Scope::Sites(codes.iter().map(|code| (*code).to_owned()).collect());
    assert_eq!(patients_within(&view, &scope(&["KAR"])), 2);
    assert_eq!(patients_within(&view, &scope(&["KAR", "SUS"])), 3);
    assert_eq!(patients_within(&view, &scope(&["UMU"])), 0);
    assert_eq!(patients_within(&view, &scope(&[])), 0);
}

#[test]
fn a_value_against_its_definition_is_missing_and_reported() {
    let rows = [
        row(1, 1, "KAR").code("product", "nothing_known"),
        row(2, 2, "KAR").number("age_at_infusion", f64::NAN),
        row(3, 3, "KAR").code("age_at_infusion", "old").number("shoe_size", 41.0),
    ];
    let refresh = View::build(&definitions(), rows, 0);
    let reasons: Vec<_> = refresh.defects.iter().map(|defect| defect.reason).collect();
    assert_eq!(
        reasons,
        [
            DefectReason::UnknownCode,
            DefectReason::NotFinite,
            DefectReason::OtherKind,
            DefectReason::UnknownVariable
        ]
    );
    assert!(keys(&refresh.view).iter().all(|(.., age)| age.is_none()));
}

#[test]
fn a_variable_without_a_value_takes_no_room_until_it_has_one() {
    let without = view(vec![row(1, 1, "KAR"), row(2, 2, "KAR")]);
    assert!(without.chunks()[0].column(0).is_none());
    let with = without.apply([Change::Upsert(row(2, 2, "KAR").number("age_at_infusion", 41.0))], 8).view;
    assert_eq!(keys(&with).iter().map(|(.., age)| *age).collect::<Vec<_>>(), [None, Some(41.0)]);
}

#[test]
fn the_last_change_of_a_course_counts() {
    let changes =
        [Change::Upsert(row(1, 1, "KAR")), Change::Remove { patient: patient(1), course: course(1) }];
    assert_eq!(view(Vec::new()).apply(changes, 8).view.rows(), 0);
}

proptest! {
    #[test]
    fn changes_in_steps_equal_a_build_at_once(
        steps in prop::collection::vec(prop::collection::vec((0_u128..8, 0_u128..3, prop::option::of(0.0..99.0)), 0..9), 0..6)
    ) {
        let mut stepwise = view(Vec::new());
        let mut rows = BTreeMap::new();
        for step in steps {
            let changes: Vec<Change> = step.into_iter().map(|(patient_number, place, age)| {
                let course_number = patient_number * 10 + place;
                match age {
                    Some(age) => Change::Upsert(row(patient_number, course_number, "KAR").number("age_at_infusion", age)),
                    None => Change::Remove { patient: patient(patient_number), course: course(course_number) },
                }
            }).collect();
            for change in changes.clone() {
                let (key, row) = change.into_parts();
                match row {
                    Some(row) => rows.insert(key, row),
                    None => rows.remove(&key),
                };
            }
            stepwise = stepwise.apply(changes, 8).view;
        }
        let patients = rows.keys().map(|(patient, _)| *patient).collect::<std::collections::BTreeSet<_>>().len();
        let at_once = view(rows.into_values().collect());
        prop_assert_eq!(keys(&stepwise), keys(&at_once));
        prop_assert_eq!(patients_within(&stepwise, &Scope::Network), patients);
    }
}
