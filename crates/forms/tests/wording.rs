//! What the published forms say of an answer.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say at once what is wrong")]

use std::path::Path;

use cartotek_forms::{CheckTime, Forms, SchemaSet};
use serde_json::json;

fn published() -> Forms {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let set = SchemaSet::read_folder(&folder).unwrap();
    Forms::compile(&set).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

#[test]
fn a_wrong_shape_is_told_in_the_words_of_its_field() {
    let forms = published();
    let today = "2026-03-01".parse().unwrap();
    for (form, content, pointer, words) in [
        ("prom", json!({ "language": "Svenska" }), "/language", "ISO 639"),
        ("patient_registration", json!({ "birth_year_month": "1957" }), "/birth_year_month", "YYYY-MM"),
        (
            "resource_use",
            json!({ "drg_codes": ["R04A", "r 4"] }),
            "/drg_codes/1",
            "A capital letter, two digits",
        ),
    ] {
        let time = CheckTime { today, first_submitted: None };
        let findings = forms.form(form, None).unwrap().check_content(&content, &time).findings;
        let found = findings.iter().find(|one| one.rule == "SCHEMA-PATTERN" && one.pointer == pointer);
        let said = &found.unwrap_or_else(|| panic!("{form}: {findings:#?}")).message.en;
        assert!(said.contains(words) && !said.contains('^'), "{said}");
    }
}
