//! Every function through a rule, as a form's author meets it.

use cartotek_forms::{CheckTime, Forms};
use serde_json::{Value, json};

use crate::set::{day, episode, set_with, sound};

/// Whether a rule with this check holds on a sound content changed by `change`.
fn holds(check: &str, change: impl FnOnce(&mut Value)) -> bool {
    let mut form = episode();
    form["x-rules"] = json!([]);
    form["x-derived"] = json!([{"id": "x", "version": 1, "title": "X", "x-sv": {"title": "X"}, "needs": [],
        "at": "/detail", "value": check}]);
    let forms = Forms::compile(&set_with(&form)).unwrap_or_else(|errors| panic!("{check}: {errors:#?}"));
    let at = CheckTime { today: day("2026-03-01"), first_submitted: None };
    let checked = forms.form("episode", None).unwrap().check_content(&sound(change), &at);
    assert_eq!(checked.findings, [], "{check}");
    checked.derived.first().is_some_and(|derived| derived.value == json!(true))
}

fn always(check: &str) {
    assert!(holds(check, |_| ()), "{check}");
}

#[test]
fn acceptance_vectors_of_crs() {
    for (fever, hypotension, hypoxia, fatal, treated, grade) in [
        ("'yes'", "'fluids'", "'low_flow'", "'no'", "'no'", "2"),
        ("'yes'", "'one_pressor'", "'none'", "'no'", "'no'", "3"),
        ("'no'", "'multi_pressor'", "null", "null", "'yes'", "4"),
        ("'yes'", "'none'", "'none'", "null", "null", "1"),
        ("'no'", "'none'", "'none'", "'no'", "'no'", "0"),
        ("'yes'", "'none'", "'none'", "'yes'", "'no'", "5"),
        ("'yes'", "'fluids'", "null", "'no'", "'no'", "null"),
        ("'unknown'", "'none'", "'none'", "'no'", "'no'", "null"),
        ("'unknown'", "'fluids'", "'none'", "'no'", "'no'", "2"),
        ("null", "null", "null", "null", "null", "null"),
    ] {
        always(&format!("crs_grade({fever}, {hypotension}, {hypoxia}, {fatal}, {treated}) == {grade}"));
    }
}

#[test]
fn acceptance_vectors_of_icans() {
    for (arguments, grade) in [
        ("8, 'no', null, 'alert', 'resolves_rapidly', 'none', 'none', 'no'", "3"),
        ("10, null, null, null, null, null, null, null", "0"),
        ("4, null, null, 'awakens_to_voice', null, null, null, null", "2"),
        ("null, null, 12, null, null, null, null, null", "3"),
        ("0, 'no', null, null, null, null, null, null", "3"),
        ("0, 'yes', null, null, null, null, null, null", "4"),
        ("null, 'yes', null, null, null, null, null, null", "4"),
        ("null, null, null, 'unarousable', null, null, null, null", "4"),
        ("null, null, null, null, null, null, null, 'yes'", "5"),
        ("null, null, null, null, null, null, null, null", "null"),
    ] {
        always(&format!("icans_grade({arguments}) == {grade}"));
    }
}

#[test]
fn icaht_dose_and_codes() {
    let counts = "[[0, 2.0], [3, 0.4], [5, 0.1], [10, 0.5], [13, 1.2], [30, 1.2]]";
    always(&format!("early_icaht({counts}, null) == 2 && early_icaht({counts}, 9) == 1"));
    always("early_icaht([[0, null]], null) == null && early_icaht([], null) == null");
    always(&format!("early_icaht_explanation({counts}, null)[0][0] == 'version'"));
    always("dose_per_kg(420, 84) == 5.0 && dose_per_kg(null, 84) == null");
    always(
        "code_attribute('organism', 'bacterial', 'rank') == 2 && code_attribute('organism', 'yeti', 'rank') == null",
    );
    always(
        "sec_is_valid('SE000123A999926123456A000S12300120270131') && !sec_is_valid('SE') && sec_is_valid(null) == null",
    );
}

#[test]
fn dates_and_lists() {
    always(
        "days_between(f.detail.onset_date, f.detail.resolution_date) == 5 || f.detail.onset_date == null || f.detail.resolution_date == null",
    );
    always(
        "f.contact_date == null || same_day(add_days(f.contact_date, 8), add_months(add_days(f.contact_date, -20), 1)) || true",
    );
    always("same_month(f.contact_date, add_days(f.contact_date, 1))");
    always("before(f.detail.onset_date, f.contact_date) && !before(f.contact_date, f.contact_date)");
    always("within_days(f.detail.onset_date, f.detail.resolution_date, 5, 5)");
    always("window_contains('D28', f.detail.onset_date, f.contact_date)");
    always("!window_contains('D100', f.detail.onset_date, f.contact_date)");
    always("same_day(latest([f.detail.onset_date, null, f.contact_date]), f.contact_date)");
    always(
        "same_day(earliest([f.contact_date, f.detail.onset_date]), f.detail.onset_date) && latest([]) == null",
    );
    always(
        "age_years(f.detail.onset_date, add_months(f.detail.onset_date, 144)) == 12 || f.detail.onset_date == null",
    );
    always(
        "max_of([1, null, 3.5]) == 3.5 && min_of([2, 1]) == 1 && sum_of([1, 2.5]) == 3.5 && count_of([null, 1]) == 1",
    );
    always("max_of([]) == null && sum_of([null]) == null");
}

#[test]
fn absent_things_are_null_and_absent_lists_empty() {
    let absent = |content: &mut Value| drop(content.as_object_mut().unwrap().remove("detail"));
    assert!(holds("f.detail == null && f.detail.onset_date == null && size(f.infections) == 0", absent));
    assert!(!holds("not_after(f.detail.onset_date, f.contact_date)", absent));
    assert!(holds("f.detail.onset_date == null || not_after(f.detail.onset_date, f.contact_date)", absent));
    assert!(holds("days_between(f.detail.onset_date, f.contact_date) == null", absent));
}

#[test]
fn a_date_time_counts_as_its_day_in_sweden() {
    let late = |content: &mut Value| content["at_time"] = json!("2026-02-19T23:30:00Z");
    assert!(holds("same_day(f.at_time, f.contact_date)", late));
}

#[test]
fn numbers_compare_with_integers_and_calculate_with_doubles() {
    always("f.weight_kg == null || f.weight_kg + 1.0 > 72");
    always("f.episode_no == 1 && f.episode_no in [1, 2] || true");
}
