//! A small set of documents: one form about an episode, one about an infusion, two types, two lists, the schedule.

use std::path::Path;

use cartotek_domain::finding::{Finding, Severity};
use cartotek_forms::{CheckTime, Checked, Forms, LoadError, SchemaSet};
use chrono::NaiveDate;
use serde_json::{Value, json};

/// Path of the small form.
pub(crate) const EPISODE: &str = "forms/episode/1.json";

/// A text in both languages as annotations.
pub(crate) fn titled(mut schema: Value, title: &str) -> Value {
    schema["title"] = json!(title);
    schema["x-sv"] = json!({ "title": title });
    schema
}

/// A property with a title.
fn property(schema: Value) -> Value {
    titled(schema, "Answer")
}

/// A rule.
pub(crate) fn rule(id: &str, at: &str, needs: &[&str], check: &str) -> Value {
    json!({"id": id, "severity": "error", "at": at, "needs": needs, "check": check, "sv": "Fel.", "en": "Wrong."})
}

/// The small form.
pub(crate) fn episode() -> Value {
    let kind = |name: &str| json!({"$ref": format!("https://cartotek.example/schemas/types/{name}")});
    let missing = |names: &[&str]| {
        json!({"type": "object", "propertyNames": {"enum": names},
            "additionalProperties": {"$ref": "https://cartotek.example/schemas/types/missing_reason"}})
    };
    let mut onset = property(json!({"type": "string", "format": "partial-date"}));
    onset["x-required"] = json!({"when": "f.occurred == 'yes'"});
    onset["x-variable"] = json!({"id": "episode_onset", "level": "interval"});
    onset["x-milestone"] = json!({"name": "episode_onset", "pick": "first", "scope": "course"});
    let mut weight =
        property(json!({"type": "number", "minimum": 2, "maximum": 300, "x-unit": "kg", "x-required": true}));
    weight["x-variable"] = json!({"id": "weight_kg", "level": "ratio"});
    let mut occurred = property(kind("tri_state"));
    occurred["x-required"] = json!(true);
    let row = json!({"type": "object", "unevaluatedProperties": false, "properties": {
        "date": property(json!({"type": "string", "format": "date", "x-required": true})),
        "organism": property(json!({"type": "string", "x-codelist": {"list": "organism", "at": "/infections/*/date"}})),
        "count": property(json!({"type": "integer", "minimum": 0})),
        "missing": missing(&["date"])
    }});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://cartotek.example/schemas/forms/episode/1",
        "title": "Episode", "description": "An episode.", "x-sv": {"title": "Episod", "description": "En episod."},
        "type": "object", "unevaluatedProperties": false,
        "x-subject": "course", "x-key": ["/episode_no"], "x-date": "/contact_date",
        "properties": {
            "episode_no": property(json!({"type": "integer", "minimum": 1, "x-required": true})),
            "contact_date": property(json!({"type": "string", "format": "date", "x-required": true})),
            "occurred": occurred,
            "detail": property(json!({"type": "object", "additionalProperties": false, "properties": {
                "onset_date": onset,
                "resolution_date": property(json!({"type": "string", "format": "date"})),
                "hypotension": property(json!({"type": "string", "enum": ["none", "fluids", "one_pressor", "multi_pressor"]})),
                "hypoxia": property(json!({"type": "string", "enum": ["none", "low_flow", "high_flow_or_mask", "positive_pressure"]})),
                "max_grade": property(json!({"type": "integer", "minimum": 1, "maximum": 5})),
                "missing": missing(&["onset_date", "max_grade"])
            }})),
            "weight_kg": weight,
            "weight_kg_comparator": property(json!({"type": "string", "x-codelist": {"list": "comparator"}})),
            "sites": property(json!({"type": "array", "maxItems": 3, "uniqueItems": true,
                "items": {"type": "string", "x-codelist": {"list": "organism"}}})),
            "infections": property(json!({"type": "array", "maxItems": 300, "items": row})),
            "bag_id": property(json!({"type": "string", "maxLength": 50, "x-label": true, "pattern": "^[A-Z0-9-]+$"})),
            "comment": property(json!({"type": "string", "maxLength": 500, "x-pii": "free-text"})),
            "at_time": property(json!({"type": "string", "format": "date-time"})),
            "confirmed": property(json!({"type": "boolean"})),
            "missing": missing(&["weight_kg", "occurred"])
        },
        "if": {"properties": {"occurred": {"const": "no"}}, "required": ["occurred"]},
        "then": {"properties": {"detail": false}},
        "x-rules": [
            rule("R-EP-01", "/detail/resolution_date", &["/detail/onset_date", "/detail/resolution_date"],
                "not_after(f.detail.onset_date, f.detail.resolution_date)"),
            rule("R-EP-02", "/detail/max_grade", &["/detail/max_grade"],
                "crs_grade('yes', f.detail.hypotension, f.detail.hypoxia, 'no', 'no') == null || \
                 f.detail.max_grade == crs_grade('yes', f.detail.hypotension, f.detail.hypoxia, 'no', 'no')"),
            {"id": "R-EP-03", "severity": "warning", "each": "/infections", "at": "/infections/*/date",
                "needs": ["/infections/*/date"], "check": "not_after(e.date, today)", "sv": "Fel.", "en": "Wrong."},
            rule("R-EP-04", "/detail/onset_date", &["/detail/onset_date", "m.infusion_date"],
                "within_days(m.infusion_date, f.detail.onset_date, 0, 30)"),
            rule("R-EP-05", "/infections", &["/infections"],
                "f.infections.all(i, i.count == null || i.count < 100) && size(f.infections) <= 250"),
            rule("R-EP-06", "/contact_date", &[], "m.death_date == null || not_after(f.contact_date, m.death_date)")
        ],
        "x-derived": [
            {"id": "episode_grade", "version": 1, "title": "Computed grade", "x-sv": {"title": "Beräknad grad"},
                "needs": ["/detail/hypotension", "/detail/hypoxia"], "at": "/detail/max_grade",
                "value": "crs_grade('yes', f.detail.hypotension, f.detail.hypoxia, 'no', 'no')",
                "x-variable": {"id": "episode_grade", "level": "ordinal", "pick": "max"}}
        ]
    })
}

/// A form that declares the milestones of others.
fn infusion() -> Value {
    let milestone = |name: &str, pick: &str, scope: &str, format: &str| {
        let mut date = property(json!({"type": "string", "format": format}));
        date["x-milestone"] = json!({"name": name, "pick": pick, "scope": scope});
        date
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://cartotek.example/schemas/forms/infusion/1",
        "title": "Infusion", "description": "An infusion.", "x-sv": {"title": "Infusion", "description": "En infusion."},
        "type": "object", "unevaluatedProperties": false, "x-subject": "course", "x-key": [],
        "properties": {
            "infusion_date": milestone("infusion_date", "first", "course", "date"),
            "death_date": milestone("death_date", "first", "patient", "partial-date")
        }
    })
}

/// The whole set, with `form` in place of the small form.
pub(crate) fn set_with(form: &Value) -> SchemaSet {
    let kind = |name: &str, schema: Value| {
        let mut document = schema;
        document["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        document["$id"] = json!(format!("https://cartotek.example/schemas/types/{name}"));
        document
    };
    let code = |code: &str, from: &str, to: Value| json!({"code": code, "title": {"sv": code, "en": code}, "valid_from": from, "valid_to": to, "attributes": {"rank": 2}});
    let list = |id: &str, codes: Vec<Value>| json!({"id": id, "title": {"sv": "Lista", "en": "List"}, "source": "test", "codes": codes});
    let mut set = SchemaSet::default();
    let mut add = |path: &str, document: &Value| {
        set.documents.insert(path.to_owned(), serde_json::to_vec(document).unwrap());
    };
    add(EPISODE, form);
    add("forms/infusion/1.json", &infusion());
    add(
        "types/tri_state.json",
        &kind("tri_state", json!({"type": "string", "enum": ["yes", "no", "unknown"]})),
    );
    let reasons = json!({"type": "string", "enum": ["not_done", "unknown", "withheld"]});
    add("types/missing_reason.json", &kind("missing_reason", reasons));
    let organisms = vec![
        code("bacterial", "2010-01-01", Value::Null),
        code("parasitic", "2010-01-01", json!("2024-12-31")),
        code("prion", "2026-02-01", Value::Null),
    ];
    add("codelists/organism.json", &list("organism", organisms));
    let comparators = vec![code("<", "2010-01-01", Value::Null), code(">", "2010-01-01", Value::Null)];
    add("codelists/comparator.json", &list("comparator", comparators));
    let schedule = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/schedule/follow_up/1.json");
    set.documents.insert("schedule/follow_up/1.json".to_owned(), std::fs::read(schedule).unwrap());
    set
}

/// The compiled set.
pub(crate) fn forms() -> Forms {
    compile(&episode()).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// Compiles the set with `form` in place of the small form.
pub(crate) fn compile(form: &Value) -> Result<Forms, Vec<LoadError>> {
    Forms::compile(&set_with(form))
}

/// A day.
pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Checks a content on 2026-03-01.
pub(crate) fn check(content: &Value) -> Checked {
    let at = CheckTime { today: day("2026-03-01"), first_submitted: None };
    forms().form("episode", None).unwrap().check_content(content, &at)
}

/// Rule, severity and pointer of findings, sorted.
pub(crate) fn brief(findings: &[Finding]) -> Vec<(String, Severity, String)> {
    let mut brief: Vec<_> = findings
        .iter()
        .map(|finding| (finding.rule.clone(), finding.severity, finding.pointer.clone()))
        .collect();
    brief.sort_by(|a, b| (&a.0, &a.2).cmp(&(&b.0, &b.2)));
    brief
}

/// Rule and pointer of the findings of a content.
pub(crate) fn found(content: &Value) -> Vec<(String, String)> {
    brief(&check(content).findings).into_iter().map(|(rule, _, pointer)| (rule, pointer)).collect()
}

/// A sound content, changed by `change`.
pub(crate) fn sound(change: impl FnOnce(&mut Value)) -> Value {
    let mut content = json!({
        "episode_no": 1, "contact_date": "2026-02-20", "occurred": "yes", "weight_kg": 71.5,
        "detail": {"onset_date": "2026-01-20", "resolution_date": "2026-01-25", "hypotension": "fluids",
            "hypoxia": "none", "max_grade": 2}
    });
    change(&mut content);
    content
}
