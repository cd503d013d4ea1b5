use super::*;

fn declarations(pick: MilestonePick) -> Declarations {
    let declaration = MilestoneDeclaration {
        name: "x".to_owned(),
        pick,
        scope: MilestoneScope::Patient,
        kind: MilestoneKind::Date,
    };
    Declarations(BTreeMap::from([("x".to_owned(), declaration)]))
}

fn view(values: Vec<MilestoneValue>) -> MilestoneView {
    MilestoneView { patient: BTreeMap::from([("x".to_owned(), values)]), ..MilestoneView::default() }
}

#[test]
fn a_view_has_the_other_records_of_patient_and_course() {
    let uuid = |number: u128| uuid::Uuid::from_u128(number);
    let milestone = |record: u128, course: Option<u128>, code: &str| Milestone {
        record: RecordId::from_uuid(uuid(record)),
        course: course.map(|course| CourseId::from_uuid(uuid(course))),
        clinical_date: None,
        name: "x".to_owned(),
        value: MilestoneValue::Code(code.to_owned()),
    };
    let all = [milestone(1, Some(7), "a"), milestone(2, Some(8), "b"), milestone(3, None, "c")];
    let codes = |values: Option<&Vec<MilestoneValue>>| values.map_or(0, Vec::len);
    let course = Some(CourseId::from_uuid(uuid(7)));
    let view = MilestoneView::gather(&all, course, None);
    assert_eq!((codes(view.patient.get("x")), codes(view.course.get("x"))), (3, 1));
    let view = MilestoneView::gather(&all, course, Some(all[0].record));
    assert_eq!((codes(view.patient.get("x")), codes(view.course.get("x"))), (2, 0));
    let view = MilestoneView::gather(&all, None, Some(all[2].record));
    assert_eq!((codes(view.patient.get("x")), codes(view.course.get("x"))), (2, 2));
}

#[test]
fn dates_are_picked_by_day_and_codes_by_place() {
    let dates = view(
        ["2026-02-01", "2026-01", "2026-03-01"]
            .map(|text| MilestoneValue::Date(text.parse().unwrap()))
            .to_vec(),
    );
    let picked = |pick, view: &MilestoneView| declarations(pick).pick(view, "x").unwrap();
    let date =
        |text: &str| Datum::Date(text.parse::<cartotek_domain::partial_date::PartialDate>().unwrap().into());
    assert_eq!(picked(MilestonePick::First, &dates), date("2026-01"));
    assert_eq!(picked(MilestonePick::Last, &dates), date("2026-03-01"));
    let codes = view(["b", "c", "a"].map(|code| MilestoneValue::Code(code.to_owned())).to_vec());
    assert_eq!(picked(MilestonePick::First, &codes), Datum::Text("b".to_owned()));
    assert_eq!(picked(MilestonePick::Last, &codes), Datum::Text("a".to_owned()));
    assert_eq!(picked(MilestonePick::Last, &MilestoneView::default()), Datum::Null);
    assert_eq!(picked(MilestonePick::All, &MilestoneView::default()), Datum::List(vec![]));
    let all = declarations(MilestonePick::First).all(&codes.patient, "x").unwrap();
    assert_eq!(all, Datum::List(["b", "c", "a"].map(|code| Datum::Text(code.to_owned())).to_vec()));
    assert_eq!(declarations(MilestonePick::First).all(&codes.patient, "y"), None);
}
