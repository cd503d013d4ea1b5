use cartotek_forms::{ColumnType, DecimalMark};
use serde_json::{Value, json};

use crate::set::{check, forms};

fn content(cells: &[(&str, &str)]) -> Value {
    forms().form("episode", None).unwrap().content_from_cells(cells, DecimalMark::Point).unwrap()
}

fn refused(cells: &[(&str, &str)]) -> Vec<(String, String)> {
    let findings = forms()
        .form("episode", None)
        .unwrap()
        .content_from_cells(cells, DecimalMark::Point)
        .unwrap_err()
        .findings;
    assert!(!format!("{findings:?}").contains("198501012382"));
    findings.into_iter().map(|finding| (finding.rule, finding.pointer)).collect()
}

#[test]
fn the_template_names_every_answer_in_the_order_of_the_form() {
    let forms = forms();
    let form = forms.form("episode", None).unwrap();
    let header = form.csv_header();
    let names: Vec<&str> = header.iter().map(|column| column.name.as_str()).collect();
    assert!(names.contains(&"detail.onset_date") && names.contains(&"infections[0].date"));
    assert_eq!(form.csv_template(), format!("{}\r\n", names.join(",")));
    let kind = |name: &str| header.iter().find(|column| column.name == name).unwrap().kind;
    assert_eq!(kind("weight_kg"), ColumnType::Number);
    assert_eq!(kind("occurred"), ColumnType::Code);
    assert_eq!(kind("sites"), ColumnType::Codes);
    assert_eq!(kind("contact_date"), ColumnType::Date);
    assert_eq!(kind("detail.onset_date"), ColumnType::PartialDate);
    let pointer = header.iter().find(|column| column.name == "infections[0].date").unwrap().pointer.clone();
    assert_eq!(pointer, "/infections/0/date");
    for column in &header {
        assert_eq!(form.column_at(&column.pointer).as_ref(), Some(column));
    }
    for nowhere in [
        "",
        "/",
        "detail/onset_date",
        "/detail",
        "/infections/0",
        "/infections/x/date",
        "/weight_kg/",
        "/sites/0",
    ] {
        assert_eq!(form.column_at(nowhere), None, "{nowhere}");
    }
}

#[test]
fn a_number_has_the_mark_of_its_table() {
    let forms = forms();
    let form = forms.form("episode", None).unwrap();
    let weight = |cell: &str, mark| {
        form.content_from_cells(&[("weight_kg", cell)], mark).ok().map(|content| content["weight_kg"].clone())
    };
    let (point, comma, mixed) = (DecimalMark::Point, DecimalMark::Comma, DecimalMark::Mixed);
    assert_eq!([weight("71,5", comma), weight("71.5", point)], [Some(json!(71.5)), Some(json!(71.5))]);
    for refused in ["71.5", "1,234,5", "1.234,5", "1 234,5", ",5", "71,"] {
        assert_eq!(weight(refused, comma), None, "{refused}");
    }
    assert_eq!(weight("71,5", point), None);
    assert_eq!([weight("71,5", mixed), weight("71.5", mixed)], [None, None], "one of them may be a thousand");
    for mark in [point, comma, mixed] {
        assert_eq!(weight("71", mark), Some(json!(71)));
        for marked in ["1,000", "1.000", "1.0", "1,5"] {
            let unreadable = form.content_from_cells(&[("episode_no", marked)], mark).unwrap_err();
            let [finding] = &unreadable.findings[..] else { panic!("{:?}", unreadable.findings) };
            assert_eq!((finding.rule.as_str(), finding.pointer.as_str()), ("CELL-TYPE", "/episode_no"));
            assert!(finding.message.en.contains("whole number"), "{marked} {mark:?}");
        }
    }
}

#[test]
fn what_a_spreadsheet_has_spoilt_is_not_read() {
    let forms = forms();
    let form = forms.form("episode", None).unwrap();
    let told = |column: &str, cell: &str, mark| {
        let unreadable = form.content_from_cells(&[(column, cell)], mark).unwrap_err();
        let [finding] = &unreadable.findings[..] else { panic!("{:?}", unreadable.findings) };
        assert_eq!(finding.rule, "CELL-TYPE");
        finding.message.en.clone()
    };
    let point = DecimalMark::Point;
    for (column, cell, mark, said) in [
        ("comment", "1,23E+12", point, "as Text in Excel"),
        ("episode_no", "1E+02", point, "as Text in Excel"),
        ("contact_date", "45292", point, "serial number"),
        ("detail.onset_date", "45292", point, "serial number"),
        ("weight_kg", "#DIV/0!", point, "formula"),
        ("comment", "#N/A", point, "formula"),
        ("weight_kg", "71,5", DecimalMark::Mixed, "two things"),
        ("comment", "#? 12", point, "without #?"),
        ("detail.onset_date", "#?2026-02-01", point, "without #?"),
    ] {
        assert!(told(column, cell, mark).contains(said), "{column} {cell}");
    }
}

#[test]
fn a_wrong_cell_is_told_what_to_write_instead() {
    let forms = forms();
    let form = forms.form("episode", None).unwrap();
    let told = |cells: &[(&str, &str)], mark| {
        form.content_from_cells(cells, mark).unwrap_err().findings.remove(0).message
    };
    let comma = told(&[("weight_kg", "x")], DecimalMark::Comma);
    assert!(comma.sv.contains("12,5") && comma.en.contains("12,5"), "{comma:?}");
    let point = told(&[("weight_kg", "x")], DecimalMark::Point);
    assert!(point.sv.contains("12.5") && point.en.contains("12.5"), "{point:?}");
    let twice = [("infections[0].date", "2026-01-10"), ("infections[0].date", "2026-01-11")];
    let twice = told(&twice, DecimalMark::Point);
    assert!(twice.sv.contains("infections[0].date") && twice.sv.contains("behåll"), "{twice:?}");
    assert!(twice.en.contains("infections[0].date") && twice.en.contains("keep"), "{twice:?}");
}

#[test]
fn the_rest_of_a_row_with_wrong_cells_can_be_checked() {
    let forms = forms();
    let form = forms.form("episode", None).unwrap();
    let cells = [("episode_no", "1"), ("weight_kg", "x")];
    let rest = |cells: &[(&str, &str)]| form.content_from_cells(cells, DecimalMark::Point).unwrap_err().rest;
    assert_eq!(rest(&cells), Some(json!({"episode_no": 1})));
    assert_eq!(rest(&[("episode_no", "1"), ("no_such_column", "1")]), None);
}

#[test]
fn cells_become_a_typed_content() {
    let content = content(&[
        ("episode_no", "1"),
        ("contact_date", " 2026-02-20 "),
        ("occurred", "yes"),
        ("detail.onset_date", "2026-01"),
        ("detail.max_grade", "#unknown"),
        ("weight_kg", "71.50"),
        ("sites", "bacterial| prion"),
        ("infections[1].date", "2026-01-20"),
        ("infections[0].date", "2026-01-10"),
        ("infections[0].count", ""),
        ("confirmed", "true"),
        ("comment", "#1 of two"),
    ]);
    let expected = json!({
        "episode_no": 1, "contact_date": "2026-02-20", "occurred": "yes", "weight_kg": 71.5,
        "detail": {"onset_date": "2026-01", "missing": {"max_grade": "unknown"}},
        "sites": ["bacterial", "prion"], "infections": [{"date": "2026-01-10"}, {"date": "2026-01-20"}],
        "confirmed": true, "comment": "#1 of two"
    });
    assert_eq!(content, expected);
    assert_eq!(check(&content).findings, []);
}

#[test]
fn wrong_cells_are_all_reported_and_never_repeated() {
    let refused = refused(&[
        ("weight_kg", "198501012382 kg"),
        ("episode_no", "1.5"),
        ("confirmed", "ja"),
        ("198501012382", "x"),
        ("infections[2].date", "2026-01-10"),
        ("occurred", "yes"),
        ("occurred", "no"),
        ("detail", "x"),
        ("infections[x].date", "x"),
        ("sites[0]", "x"),
    ]);
    let expected = [
        ("CELL-TYPE", "/weight_kg"),
        ("CELL-TYPE", "/episode_no"),
        ("CELL-TYPE", "/confirmed"),
        ("CELL-COLUMN", ""),
        ("CELL-COLUMN", "/occurred"),
        ("CELL-COLUMN", ""),
        ("CELL-COLUMN", ""),
        ("CELL-COLUMN", ""),
        ("CELL-GAP", "/infections"),
    ];
    assert_eq!(refused, expected.map(|(rule, pointer)| (rule.to_owned(), pointer.to_owned())));
}

#[test]
fn numbers_have_one_spelling() {
    for cell in ["1,5", "007", "inf", "NaN", "1 000", "+5", ".5", "0x10"] {
        assert_eq!(refused(&[("weight_kg", cell)]).len(), 1, "{cell}");
    }
    assert_eq!(content(&[("weight_kg", "7e1")]), json!({"weight_kg": 70.0}));
}
