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

pub(crate) fn always(check: &str) {
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
    // Ten days below 0.5: grade 2, or 3 if they were at most 0.1.
    let limited = "[[0, 2.0], [3, [0.5, '<']], [13, 1.2]]";
    always(&format!("early_icaht({limited}, null) == null"));
    always(&format!("early_icaht_explanation({limited}, null)[0][0] == 'no value'"));
    always("early_icaht([[0, 2.0], [3, [0.1, '<']], [13, 1.2]], null) == 3");
    always("early_icaht([[0, [1.8, '>']], [3, [0.5, '<=']], [5, [1.2, '>']]], null) == 1");
    always(&format!("early_icaht_explanation({counts}, null)[0][0] == 'version'"));
    always("dose_per_kg(420, 84) == 5.0 && dose_per_kg(null, 84) == null");
    always(
        "code_attribute('organism', 'bacterial', 'rank') == 2 && code_attribute('organism', 'yeti', 'rank') == null",
    );
    // Of the entry that holds on a date: parasitic ended with 2024, prion began in February 2026.
    always("code_attribute('organism', 'parasitic', 'rank', f.contact_date) == null");
    always("code_attribute('organism', 'prion', 'rank', f.contact_date) == 2");
    always("code_attribute('organism', 'parasitic', 'rank', null) == 2");
    always(
        "sec_is_valid('SE000123A999926123456A000S12300120270131') && !sec_is_valid('SE') && sec_is_valid(null) == null",
    );
}

#[test]
fn late_icaht_and_platelets() {
    let counts = "[[31, 0.4], [45, 0.9], [60, 0.8], [90, null]]";
    always(&format!("late_icaht({counts}, null) == 2 && late_icaht({counts}, 45) == 0"));
    always(&format!("late_icaht_explanation({counts}, null)[2][0] == 'warning'"));
    always("late_icaht([[30, 0.1]], null) == null && late_icaht(null, null) == null");
    let early = "[[0, 150], [3, 40], [10, 150]]";
    always(&format!("early_t_icaht({early}, null) == 2 && early_t_icaht({early}, 9) == 1"));
    always(&format!("early_t_icaht_explanation({early}, null)[0][1] == 'T-ICAHT2025/1'"));
    always("early_t_icaht([], null) == null && early_t_icaht([[null, 15]], null) == null");
    let late = "[[40, 15], [41, 15], [48, 150]]";
    always(&format!("late_t_icaht({late}, null) == 3 && late_t_icaht({late}, 40) == null"));
    always(&format!("late_t_icaht_explanation({late}, null)[1][0] == 'because'"));
    always("late_icaht([[40, [0.1, '<']], [41, [0.1, '<=']]], null) == 4");
    always(
        "late_icaht([[40, [0.5, '<']], [41, 0.4]], null) == 3 && late_icaht([[40, [0.5, '<']], [41, 0.05]], null) == null",
    );
    always("late_icaht([[40, [1.5, '>']], [41, [1.5, '>']]], null) == 0");
    always("late_t_icaht([[40, [100, '>=']], [41, [150, '>']]], null) == 0");
    always("late_t_icaht([[40, [20, '<']], [41, [20, '<']], [48, 150]], null) == 3");
    always("late_t_icaht([[40, [50, '<']], [41, [50, '<']], [48, 150]], null) == null");
}

/// Answers to every item of the HCT-CI, all of them absent but arrhythmia, diabetes and `pulmonary`.
fn comorbidities(pulmonary: &str) -> String {
    let absent = [
        "cardiac",
        "inflammatory_bowel",
        "cerebrovascular",
        "psychiatric",
        "obesity",
        "infection",
        "rheumatologic",
        "peptic_ulcer",
        "renal_moderate_severe",
        "prior_malignancy",
        "heart_valve",
    ];
    let mut answers = vec![
        "['arrhythmia', 'yes']".to_owned(),
        "['diabetes', 'yes']".to_owned(),
        "['hepatic', 'none']".to_owned(),
        format!("['pulmonary', {pulmonary}]"),
    ];
    answers.extend(absent.iter().map(|item| format!("['{item}', 'no']")));
    format!("[{}]", answers.join(", "))
}

#[test]
fn the_comorbidity_index() {
    let example = comorbidities("'moderate'");
    always(&format!("hct_ci({example}) == 4 && size(hct_ci_explanation({example})) == 4"));
    for unknown in ["'unknown'", "'yes'", "null"] {
        let open = comorbidities(unknown);
        always(&format!("hct_ci({open}) == null && hct_ci_explanation({open}) == null"));
    }
    always("hct_ci([]) == null && hct_ci(null) == null && hct_ci([[null, 'yes']]) == null");
}

#[test]
fn an_item_that_the_index_lacks_is_refused_at_load() {
    for (item, loads) in [("diabetes", true), ("gout", false)] {
        let mut form = episode();
        form["x-derived"] = json!([{"id": "x", "version": 1, "title": "X", "x-sv": {"title": "X"}, "needs": [],
            "at": "/detail", "value": format!("hct_ci([['{item}', 'yes']])")}]);
        assert_eq!(Forms::compile(&set_with(&form)).is_ok(), loads, "{item}");
    }
}

#[test]
fn car_hematotox_and_its_range() {
    for (arguments, score, min, max) in [
        ("120, 0.9, 86, 45, 1500", "5", "5", "5"),
        ("210, 2.4, 112, 8, 410", "0", "0", "0"),
        ("60, 2.4, 112, 8, 410", "2", "2", "2"),
        ("210, 1.2, 90, 30, 410", "3", "3", "3"),
        ("60, 2.4, 112, null, 410", "null", "2", "3"),
        ("null, null, null, null, 410", "null", "0", "5"),
        ("null, null, null, null, null", "null", "null", "null"),
        ("[75, '<'], [1.2, '>'], 112, [30, '<'], [2000, '>']", "4", "4", "4"),
        ("[80, '<'], 2.4, 112, 8, [650, '<=']", "null", "1", "3"),
        ("[210, '>='], 2.4, 112, [8, null], [null, '<']", "null", "0", "2"),
    ] {
        always(&format!("car_hematotox({arguments}) == {score}"));
        always(&format!("car_hematotox_min({arguments}) == {min}"));
        always(&format!("car_hematotox_max({arguments}) == {max}"));
    }
    always("size(car_hematotox_explanation(120, 0.9, 86, 45, 1500)) == 6");
    always("car_hematotox_explanation(60, 2.4, 112, null, 410)[5][0] == 'warning'");
    always("car_hematotox_explanation(null, null, null, null, null) == null");
}

#[test]
fn easix_and_its_forms() {
    always("easix(4.5, 88.4, 100) > 2.699 && easix(4.5, 88.4, 100) < 2.701");
    always("log2(easix(4.5, 88.4, 100)) > 1.43 && log2(easix(4.5, 88.4, 100)) < 1.435");
    always("m_easix(4.5, 30, 100) > 8.099 && m_easix(4.5, 30, 100) < 8.101");
    always("m_easix(5.2, [118, null], 62) > 59.3 && m_easix(5.2, 118, 62) < 59.4");
    always("s_easix(4.5, 100) > 2.699 && s_easix(4.5, 100) < 2.701");
    always("easix(4.5, 88.4, 0) == null && m_easix(null, 30, 100) == null && s_easix(4.5, null) == null");
    always("m_easix(4.5, [1, '<'], 100) == m_easix(4.5, 0.5, 100) && m_easix(4.5, [1, '>'], 100) == null");
    always("easix(4.5, 88.4, [100, '=']) == easix(4.5, 88.4, 100) && easix(4.5, 88.4, [100, '<']) == null");
    always("s_easix(4.5, [100, '>']) == null && s_easix(4.5, [100, 'about']) == null");
    always("log2(8) == 3 && log2(0) == null && log2(null) == null");
    always("size(easix_explanation(4.5, 88.4, 100)) == 2 && size(s_easix_explanation(4.5, 100)) == 2");
    always("m_easix_explanation(4.5, [1, '<'], 100)[2][0] == 'warning'");
    always("size(m_easix_explanation(4.5, [1, null], 100)) == 2");
    always("m_easix_explanation(4.5, [null, '<'], 100) == null");
    always("easix_explanation(4.5, 88.4, 0)[0][0] == 'no value'");
    always("easix_explanation(4.5, 88.4, [100, '<'])[0][0] == 'no value'");
    always(
        "s_easix_explanation(4.5, [100, '>='])[0][0] == 'no value' && s_easix_explanation(4.5, null) == null",
    );
}

#[test]
fn body_measures_and_codes_of_diagnoses() {
    always("bsa_mosteller(74, 172) > 1.875 && bsa_mosteller(74, 172) < 1.885");
    always("bsa_mosteller(74, null) == null && bsa_mosteller(0, 172) == null");
    always("bmi(140, 200) == 35 && bmi(null, 200) == null && bmi(0, 200) == null");
    always("icd10_dotted('C833') == 'C83.3' && icd10_dotted('C83.3') == 'C83.3'");
    always("icd10_dotted('C83') == 'C83' && icd10_dotted('C8') == 'C8'");
    always("icd10_dotted(null) == null && icd10_dotted('') == '' && icd10_dotted('ÅÄÖÅ') == 'ÅÄÖ.Å'");
}

#[test]
fn scales_of_questionnaires() {
    always("eq5d_profile([2, 1, 2, 3, 1]) == '21231' && eq5d_profile([2, 1, null, 3, 1]) == null");
    always("eq5d_profile([2, 1, 2, 3]) == null && eq5d_profile([2, 1, 2, 3, 6]) == null");
    always("eq5d_profile(null) == null && eq5d_profile([1000, 1.5, null, 1, 1]) == null");
    always("qlq_c30_functional([1, 2, 1, 1, 3]) > 79.9 && qlq_c30_functional([1, 2, 1, 1, 3]) < 80.1");
    always("qlq_c30_symptom([4, null]) == 100 && qlq_c30_symptom([4, null, null]) == null");
    always("qlq_c30_global([7, 4]) == 75 && qlq_c30_global([]) == null && qlq_c30_global(null) == null");
    always("fact_subscale([], [0, 0, 0, 0, 0, 0, 0]) == 28 && fact_subscale([4, null, 2], []) == 9");
    always("fact_subscale([4, null], [null, 0]) == null && fact_subscale(null, null) == null");
}

#[test]
fn dates_and_lists() {
    always("days_between(f.detail.onset_date, f.detail.resolution_date) == 5");
    // February has no 31st: a month after the last of January is the last of February.
    always("same_day(add_days(f.contact_date, 8), add_months(add_days(f.contact_date, -20), 1))");
    always("same_month(f.contact_date, add_days(f.contact_date, 1))");
    always("before(f.detail.onset_date, f.contact_date) && !before(f.contact_date, f.contact_date)");
    always("within_days(f.detail.onset_date, f.detail.resolution_date, 5, 5)");
    always("window_contains('D28', f.detail.onset_date, f.contact_date)");
    always("!window_contains('D100', f.detail.onset_date, f.contact_date)");
    always("same_day(latest([f.detail.onset_date, null, f.contact_date]), f.contact_date)");
    always(
        "same_day(earliest([f.contact_date, f.detail.onset_date]), f.detail.onset_date) && latest([]) == null",
    );
    always("age_years(f.detail.onset_date, add_months(f.detail.onset_date, 144)) == 12");
    always(
        "max_of([1, null, 3.5]) == 3.5 && min_of([2, 1]) == 1 && sum_of([1, 2.5]) == 3.5 && count_of([null, 1]) == 1",
    );
    always("max_of([]) == null && sum_of([null]) == null");
}

#[test]
fn lists_of_dates_are_asked_at_once() {
    // Onset, resolution five days later, contact.
    let dates = "[f.detail.resolution_date, f.detail.onset_date, f.contact_date]";
    for day in ["f.detail.onset_date", "add_days(f.contact_date, 1)", "add_days(f.detail.onset_date, 1)"] {
        let exists = format!("{dates}.exists(one, same_day(one, {day}))");
        always(&format!("any_same_day({dates}, {day}) == {exists}"));
        let earlier = format!("{dates}.filter(one, before(one, {day}))");
        always(&format!("count_before({dates}, {day}) == double(size({earlier}))"));
        let within = format!("{dates}.exists(one, not_after({day}, one) && before(one, f.contact_date))");
        always(&format!("any_between({dates}, {day}, f.contact_date) == {within}"));
    }
    always("!any_same_day([], f.contact_date) && !any_same_day([null], f.contact_date)");
    always("count_before([null], f.contact_date) == 0 && count_before([f.contact_date], null) == null");
    always("!any_between(null, f.contact_date, f.contact_date)");
    always("count_below([3, null, 1, 2], 3) == 2 && count_below([1], null) == null");
    always("code_attributes('organism', ['bacterial', 'yeti'], 'rank') == [2.0, null]");
    // A month in which the contact may lie decides nothing, unless another date does.
    let in_month = |content: &mut Value| content["detail"]["onset_date"] = json!("2026-02");
    for (asked, to) in [("any_same_day", ""), ("any_between", ", add_days(f.contact_date, 1)")] {
        let open = format!("{asked}([f.detail.onset_date], f.contact_date{to})");
        assert!(!holds(&open, in_month) && !holds(&format!("!{open}"), in_month), "{open}");
        assert!(holds(&open.replace(']', ", f.contact_date]"), in_month), "{open}");
    }
    assert!(!holds("count_before([f.detail.onset_date], f.contact_date) != null", in_month));
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
    always("f.episode_no == 1 && f.episode_no in [1, 2] && !(f.episode_no in [2, 3])");
}
