//! Cells that say that a list has no element, or why a whole object is missing.

use cartotek_forms::{ColumnType, DecimalMark, Form, Forms, UnreadableCells};
use serde_json::{Value, json};

use crate::set::{compile, episode, forms};

/// The small form, in which a reason may stand for an object and for a list of objects, whose elements have a list.
fn explained() -> Forms {
    let mut form = episode();
    let sites = form["properties"]["sites"].clone();
    form["properties"]["infections"]["items"]["properties"]["agents"] = sites;
    let names = json!(["weight_kg", "occurred", "detail", "infections"]);
    form["properties"]["missing"]["propertyNames"]["enum"] = names;
    compile(&form).unwrap()
}

fn read(form: &Form, cells: &[(&str, &str)]) -> Result<Value, UnreadableCells> {
    form.content_from_cells(cells, DecimalMark::Point)
}

#[test]
fn a_list_and_an_object_that_may_be_missing_have_a_column_before_those_within() {
    let (plain, explained) = (forms(), explained());
    let columns = |forms: &Forms| forms.form("episode", None).unwrap().csv_header();
    let kind = |forms: &Forms, name: &str| {
        let found = columns(forms).into_iter().find(|column| column.name == name);
        found.map(|column| column.kind)
    };
    for forms in [&plain, &explained] {
        assert_eq!(kind(forms, "infections"), Some(ColumnType::Rows));
    }
    assert_eq!([kind(&plain, "detail"), kind(&explained, "detail")], [None, Some(ColumnType::Reason)]);
    let columns = columns(&explained);
    for outer in ["infections", "detail"] {
        let place = columns.iter().position(|column| column.name == outer).unwrap();
        assert!(columns[place + 1].name.starts_with(outer), "{outer}");
        assert!(!columns[place - 1].name.starts_with(outer), "{outer}");
    }
    let form = explained.form("episode", None).unwrap();
    for column in &columns {
        assert_eq!(form.column_at(&column.pointer).as_ref(), Some(column));
    }
}

#[test]
fn a_list_without_elements_and_an_object_without_answers_are_said_in_a_cell() {
    let forms = explained();
    let form = forms.form("episode", None).unwrap();
    for (column, cell, expected) in [
        ("infections", " #none ", json!({"infections": []})),
        ("infections", "#unknown", json!({"missing": {"infections": "unknown"}})),
        ("infections", "", json!({})),
        ("infections[0].agents", "#none", json!({"infections": [{"agents": []}]})),
        ("sites", "#none", json!({"sites": []})),
        ("detail", "#not_done", json!({"missing": {"detail": "not_done"}})),
        ("weight_kg", "#none", json!({"missing": {"weight_kg": "none"}})),
    ] {
        assert_eq!(read(form, &[(column, cell)]).unwrap(), expected, "{column} {cell}");
    }
}

#[test]
fn a_cell_of_a_list_or_an_object_says_nothing_else() {
    let (plain, explained) = (forms(), explained());
    let told = |forms: &Forms, column: &str, cell: &str| {
        let unreadable = read(forms.form("episode", None).unwrap(), &[(column, cell)]).unwrap_err();
        let [finding] = &unreadable.findings[..] else { panic!("{:?}", unreadable.findings) };
        assert_eq!((finding.rule.as_str(), finding.pointer.as_str()), ("CELL-TYPE", &*format!("/{column}")));
        finding.message.clone()
    };
    let mut said = ["none", "inga", "0", "[]"].map(|word| told(&explained, "infections", word)).to_vec();
    // Behind the sign another word is a reason, where the form takes one.
    said.push(told(&plain, "infections", "#inga"));
    for message in said {
        assert!(message.sv.contains("#none") && message.en.contains("#none"), "{message:?}");
    }
    let message = told(&explained, "detail", "nej");
    assert!(message.sv.contains("#not_done") && message.en.contains("#not_done"), "{message:?}");
    assert!(told(&explained, "detail", "#N/A").en.contains("formula"));
}

#[test]
fn a_list_that_is_filled_is_not_said_to_have_no_element() {
    let forms = explained();
    let form = forms.form("episode", None).unwrap();
    let none = ("infections", "#none");
    for (within, rest) in [
        (("infections[0].date", "2026-01-10"), json!([{"date": "2026-01-10"}])),
        (("infections[0].date", "#unknown"), json!([{"missing": {"date": "unknown"}}])),
        (("infections[0].agents", "#none"), json!([{"agents": []}])),
    ] {
        for cells in [[none, within], [within, none]] {
            let unreadable = read(form, &cells).unwrap_err();
            let [finding] = &unreadable.findings[..] else { panic!("{:?}", unreadable.findings) };
            assert_eq!((finding.rule.as_str(), finding.pointer.as_str()), ("CELL-NONE", "/infections"));
            let message = &finding.message;
            assert!(message.sv.contains("infections[0]") && message.sv.contains("töm"), "{message:?}");
            assert!(message.en.contains("infections[0]") && message.en.contains("empty"), "{message:?}");
            assert_eq!(unreadable.rest, Some(json!({ "infections": rest })), "the rest is checked");
        }
    }
}

#[test]
fn who_leaves_a_list_out_is_told_how_to_say_that_there_is_none() {
    let forms = forms();
    let told = |pointer: &str| forms.form("episode", None).unwrap().unanswered_finding(pointer).message;
    let list = told("/infections");
    assert!(
        list.sv.contains("#none i kolumnen infections") && list.en.contains("#none in the column infections")
    );
    let weight = told("/weight_kg");
    assert!(
        weight.sv.contains("#unknown i cellen") && weight.en.contains("#unknown in the cell"),
        "{weight:?}"
    );
    let sites = told("/sites");
    assert!(sites.sv.ends_with("ange ett värde.") && sites.en.ends_with("give a value."), "{sites:?}");
}
