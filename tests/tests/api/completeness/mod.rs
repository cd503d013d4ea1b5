//! Completeness over HTTP: each figure leads to what it lacks, and says for whom it was made.

mod coordinator;

use cartotek_persistence::Engine;
use cartotek_tests::{Client, TestApp, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::enrolled;

const FORMS: &str = "/api/v1/completeness/forms";
const FIELDS: &str = "/api/v1/completeness/fields";
const FOLLOW_UP: &str = "/api/v1/completeness/follow-up";
const LOAD: &str = "/api/v1/completeness/clarifications";

/// A patient of the site, infused on 2026-02-12; pseudonym and course.
async fn infused(app: &TestApp, site: &str) -> (String, String) {
    let (manager, patient) = (app.data_manager(site), enrolled(app, site).await);
    let place = format!("/api/v1/patients/{patient}/courses");
    let course = manager.post(&place).json(&body::course()).send().await.expect(201);
    let course = course.json["id"].as_str().unwrap().to_owned();
    let reason = "The product form follows.";
    let explained = json!([{ "rule": "R-INF-04B", "pointer": "/batch_id", "reason": reason }]);
    submit(&manager, &patient, &course, "infusion", body::infusion(), explained).await;
    (patient, course)
}

async fn submit(manager: &Client, patient: &str, course: &str, form: &str, content: Value, explained: Value) {
    let mut record = body::record(patient, Some(course), form, content);
    record["submit"] = true.into();
    record["acknowledgements"] = explained;
    manager.post("/api/v1/records").json(&record).send().await.expect(201);
}

fn follow_up() -> Value {
    json!({
        "time_point": "D100", "contact_date": "2026-05-20", "contact_mode": "visit", "vital_status": "alive",
        "disease_status": "CR", "relapse_progression": "no", "subsequent_therapy": "no", "second_malignancy": "no",
        "late_toxicity": { "late_icaht_grade": 0 }, "infections_occurred": "no",
    })
}

/// The items of all pages of a list, two at a time.
async fn listed(client: &Client, path: &str) -> Vec<Value> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}{joint}limit=2{cursor}")).send().await.expect(200).json;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

#[rstest]
#[actix_web::test]
async fn every_figure_leads_to_the_forms_that_it_lacks(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (patient, course) = infused(&app, "KAR").await;
    let manager = app.data_manager("KAR");
    app.clock.advance(TimeDelta::days(140));
    submit(&manager, &patient, &course, "follow_up", follow_up(), json!([])).await;
    for by in ["form,time_point,quarter", "site,form", "time_point", "month", "total"] {
        let groups = listed(&manager, &format!("{FORMS}?by={by}")).await;
        assert!(!groups.is_empty(), "{by}");
        let mut lacking = 0;
        for group in groups {
            let missing = group["missing"].as_u64().unwrap();
            let (part, whole) = (&group["completed"]["part"], &group["completed"]["whole"]);
            assert_eq!(missing, whole.as_u64().unwrap() - part.as_u64().unwrap(), "{group}");
            assert_eq!((&group["overdue"], &group["missed_lost"]), (&json!(missing), &json!(0)), "{group}");
            let Some(place) = group["missing_items"].as_str() else {
                assert_eq!(missing, 0, "{group}");
                continue;
            };
            let items = listed(&manager, place).await;
            assert_eq!(u64::try_from(items.len()).unwrap(), missing, "{group}");
            assert!(
                items.iter().all(|item| item["state"] == "overdue" && item["patient"] == patient),
                "{group}"
            );
            lacking += missing;
        }
        assert!(lacking > 3, "{by}: {lacking}");
    }
    let d100 = format!("{FORMS}?form=follow_up&time_point=D100&from=2026-07&to=2026-07");
    let d100 = manager.get(&d100).send().await.expect(200);
    let figures = &d100.json["items"][0];
    // The window closed on 2026-06-07 and the grace ended on 2026-07-07; it came on 2026-07-20.
    assert_eq!(figures["completed"], json!({ "part": 1, "whole": 1, "fraction": 1.0 }));
    assert_eq!(figures["timely"], json!({ "part": 0, "whole": 1, "fraction": 0.0 }));
    assert_eq!(figures["median_days_after_window"], 43.0);
    assert_eq!(d100.json["today"], "2026-07-20");
    assert!(d100.header("cartotek-receipt").is_some(), "the question is in the log");
}

#[rstest]
#[actix_web::test]
async fn every_field_leads_to_the_records_that_lack_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (patient, course) = infused(&app, "KAR").await;
    let manager = app.data_manager("KAR");
    app.clock.advance(TimeDelta::days(90));
    submit(&manager, &patient, &course, "follow_up", follow_up(), json!([])).await;
    let report = manager.get(&format!("{FIELDS}?form=follow_up&from=2026-05")).send().await.expect(200).json;
    assert_eq!((&report["records"], &report["required"]["absent"]), (&json!(1), &json!(0)));
    let mut lacking = 0;
    for field in report["fields"].as_array().unwrap() {
        let absent = field["figures"]["absent"].as_u64().unwrap();
        let Some(place) = field["absent_records"].as_str() else {
            assert_eq!(absent, 0, "{field}");
            continue;
        };
        let records = listed(&manager, place).await;
        let places = records.iter().map(|record| record["pointers"].as_array().unwrap().len());
        assert_eq!(u64::try_from(places.sum::<usize>()).unwrap(), absent, "{field}");
        assert_eq!((&records[0]["patient"], &records[0]["course"]), (&json!(patient), &json!(course)));
        lacking += absent;
    }
    assert!(lacking > 3, "{lacking}");
    let known = format!("{FIELDS}/records?form=follow_up&field=/contact_mode&standing=value");
    assert_eq!(listed(&manager, &known).await[0]["pointers"], json!(["/contact_mode"]));
    let april = manager.get(&format!("{FIELDS}?form=follow_up&to=2026-04")).send().await.expect(200).json;
    assert_eq!(april["records"], 0);
}

#[rstest]
#[actix_web::test]
async fn follow_up_leads_to_the_courses_that_fall_short(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (patient, course) = infused(&app, "KAR").await;
    infused(&app, "UPP").await;
    let manager = app.data_manager("KAR");
    app.clock.advance(TimeDelta::days(100));
    submit(&manager, &patient, &course, "follow_up", follow_up(), json!([])).await;
    app.service.seal_all().await.unwrap();
    // Today is 2026-06-10, day 118; the patient was seen on day 97.
    let report = manager.get(FOLLOW_UP).send().await.expect(200).json;
    let figures = &report["together"];
    assert_eq!((&figures["observed_days"], &figures["potential_days"]), (&json!(97), &json!(118)));
    assert_eq!((&figures["courses"], &report["sites"][0]["site"]), (&json!(1), &json!("KAR")));
    let gaps = listed(&manager, &format!("{FOLLOW_UP}/courses")).await;
    assert_eq!(gaps.len(), 1);
    assert_eq!((&gaps[0]["missing_days"], &gaps[0]["course"]), (&json!(21), &json!(course)));
    assert_eq!((&gaps[0]["day0"], &gaps[0]["last_contact"]), (&json!("2026-02-12"), &json!("2026-05-20")));
    assert_eq!(listed(&manager, &format!("{FOLLOW_UP}/courses?horizon=D28")).await, Vec::<Value>::new());
    let then = manager.get(&format!("{FOLLOW_UP}?as_of=2026-05-01")).send().await.expect(200).json;
    assert_eq!((&then["together"]["completeness"], &then["as_of"]), (&json!(1.0), &json!("2026-05-01")));
    let tomorrow = manager.get(&format!("{FOLLOW_UP}?as_of=2026-06-11")).send().await;
    assert_eq!(tomorrow.problem(422, "content_invalid").findings()[0]["pointer"], "/as_of");
}

#[rstest]
#[actix_web::test]
async fn the_load_leads_to_the_forms_about_which_clarifications_wait(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (patient, course) = infused(&app, "KAR").await;
    let manager = app.data_manager("KAR");
    let record =
        listed(&manager, &format!("/api/v1/records?patient={patient}&form=infusion")).await.remove(0);
    let record = record["id"].as_str().unwrap();
    let question = json!({ "pointer": "", "text": "The protocol says otherwise. Which is right?" });
    let ask = async || {
        let asked = manager.post(&format!("/api/v1/records/{record}/clarifications")).json(&question);
        asked.send().await.expect(201).json["id"].as_str().unwrap().to_owned()
    };
    let (closed, first, second) = (ask().await, ask().await, ask().await);
    app.clock.advance(TimeDelta::days(6));
    let closure =
        manager.post(&format!("/api/v1/clarifications/{closed}/closure")).header("If-Match", "\"1\"");
    closure.json(&json!({})).send().await.expect(200);
    let answer = manager.get(&format!("{LOAD}?by=form,month")).send().await.expect(200);
    assert!(answer.header("cartotek-receipt").is_some(), "the question is in the log");
    let figures = json!({
        "form": "infusion", "period": "2026-03", "forms": 1, "open": 2, "closed": 1, "open_per_100_forms": 200.0,
        "median_days_to_close": 6.0,
        "open_records": format!("{LOAD}/records?form=infusion&from=2026-03&to=2026-03"),
    });
    assert_eq!(answer.json["items"], json!([figures]));
    let waiting = listed(&manager, figures["open_records"].as_str().unwrap()).await;
    let expected = json!([{
        "record": record, "patient": patient, "course": course, "form": "infusion", "site": "KAR",
        "clarifications": [first, second],
    }]);
    assert_eq!(json!(waiting), expected);
    assert_eq!(listed(&manager, &format!("{LOAD}?from=2026-04")).await, Vec::<Value>::new());
}

#[actix_web::test]
async fn what_is_asked_wrongly_is_refused_with_what_was_expected() {
    let app = TestApp::start(Engine::Sqlite).await;
    let manager = app.data_manager("KAR");
    for (path, name) in [
        (format!("{FORMS}?by=sites"), "by"),
        (format!("{FORMS}?by=month,year"), "by"),
        (format!("{FORMS}?by="), "by"),
        (format!("{FORMS}?from=2026-13"), "from"),
        (format!("{FORMS}?from=2026-03-01"), "from"),
        (format!("{FORMS}?to=2026-Q1"), "to"),
        (format!("{FORMS}?time_point=D0100"), "time_point"),
        (format!("{LOAD}?by=site,time_point"), "by"),
        (format!("{LOAD}/records?from=2026"), "from"),
        (format!("{FIELDS}?form=follow_up&from=0026-01"), "from"),
        (format!("{FIELDS}/records?form=follow_up&field=/ecog&standing=known"), "standing"),
        (format!("{FOLLOW_UP}?horizon=baseline"), "horizon"),
        (format!("{FOLLOW_UP}?as_of=2026-02-30"), "as_of"),
    ] {
        for (language, expected) in [("en", "Expected: "), ("sv", "Förväntat: ")] {
            let request = manager.get(&path).header("Accept-Language", language);
            let answer = request.send().await.problem(400, "invalid_parameter");
            let told = answer.findings()[0]["message"].as_str().unwrap().to_owned();
            assert!(told.contains(&format!("`{name}`")) && told.contains(expected), "{path}: {told}");
        }
    }
    let turned = manager.get(&format!("{FORMS}/missing?from=2026-05&to=2026-03")).send().await;
    turned.problem(400, "invalid_parameter");
    let unknown = manager.get(&format!("{FIELDS}/records?form=follow_up&field=/weather")).send().await;
    assert_eq!(unknown.problem(422, "content_invalid").findings()[0]["rule"], "FIELD-UNKNOWN");
    manager.get(FIELDS).send().await.problem(400, "invalid_parameter");
}
