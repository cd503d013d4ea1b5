//! What the coordinator is told, and what is hidden.

use cartotek_persistence::Engine;
use cartotek_tests::TestApp;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::{FIELDS, FOLLOW_UP, FORMS, LOAD, infused, listed};

#[rstest]
#[actix_web::test]
async fn the_coordinator_is_told_what_is_hidden(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    for _ in 0..5 {
        infused(&app, "KAR").await;
    }
    infused(&app, "UPP").await;
    app.clock.advance(TimeDelta::days(140));
    let coordinator = app.coordinator();
    let answer = coordinator.get(FORMS).header("Accept-Language", "sv").send().await.expect(200);
    assert!(answer.json["explanation"].as_str().unwrap().contains("minst 5 patienter;"), "{}", answer.text);
    assert!(answer.json["hidden_sites"].as_array().unwrap().contains(&json!("UPP")), "{}", answer.text);
    let items = answer.json["items"].as_array().unwrap();
    assert!(
        items.iter().any(|item| item["site"] == "KAR" && item["completed"]["whole"] == 5),
        "{}",
        answer.text
    );
    assert!(
        items.iter().all(|item| item["site"] == "KAR" && item["missing_items"].is_null()),
        "{}",
        answer.text
    );
    // Of five courses day 100 is overdue and month 6 open.
    let follow_up = items.iter().find(|item| item["form"] == "follow_up").unwrap();
    let stand = ["due_now", "missing", "overdue", "missed_lost"].map(|name| &follow_up[name]);
    assert_eq!(stand, [&json!(5), &json!(5), &json!(5), &json!(0)]);
    let fields = coordinator.get(&format!("{FIELDS}?form=infusion")).send().await.expect(200);
    assert_eq!(fields.json["records"], Value::Null);
    assert!(!fields.mentions("absent"), "{}", fields.text);
    let of_infused = fields.json["explanation"].as_str().unwrap();
    assert!(of_infused.contains("at least 5 infused patients"), "{of_infused}");
    assert!(of_infused.contains("Totals with something hidden in them count it too"), "{of_infused}");
    for (path, pointer) in [
        (format!("{FIELDS}?form=event"), "/form"),
        (format!("{LOAD}?form=event"), "/form"),
        (format!("{FOLLOW_UP}?as_of=2026-03-30"), "/as_of"),
        (format!("{FOLLOW_UP}?horizon=D28"), "/horizon"),
    ] {
        let refused = coordinator.get(&path).send().await.problem(422, "content_invalid");
        assert_eq!(refused.findings()[0]["pointer"], pointer, "{path}");
    }
    app.service.seal_all().await.unwrap();
    let follow_up = coordinator.get(FOLLOW_UP).send().await.expect(200);
    assert_eq!(
        (&follow_up.json["as_of"], &follow_up.json["together"]["courses"]),
        (&json!("2026-06-30"), &Value::Null)
    );
    assert!(!follow_up.mentions("_days"), "{}", follow_up.text);
    for path in [
        format!("{FORMS}/missing"),
        format!("{FIELDS}/records?form=infusion&field=/route"),
        format!("{FOLLOW_UP}/courses"),
        format!("{LOAD}/records"),
    ] {
        coordinator.get(&path).send().await.problem(403, "permission_missing");
    }
    for client in [app.researcher(), app.auditor(), app.biobank_staff("KI-BB")] {
        client.get(FORMS).send().await.problem(403, "permission_missing");
    }
    app.data_manager("UPP").get(&format!("{FORMS}?site=KAR")).send().await.problem(404, "not_found");
}

/// Three patients of ten are waited for at one site and two at another: hidden one by one, and yet in the total.
#[rstest]
#[actix_web::test]
async fn a_total_for_the_coordinator_counts_what_is_hidden(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let coordinator = app.coordinator();
    let question = json!({ "pointer": "", "text": "The protocol says otherwise. Which is right?" });
    for (site, waiting) in [("KAR", 3), ("UPP", 2)] {
        let manager = app.data_manager(site);
        for number in 0..10 {
            let (patient, _) = infused(&app, site).await;
            if number < waiting {
                let of_patient = format!("/api/v1/records?patient={patient}&form=infusion");
                let record = listed(&manager, &of_patient).await.remove(0);
                let asked = format!("/api/v1/records/{}/clarifications", record["id"].as_str().unwrap());
                manager.post(&asked).json(&question).send().await.expect(201);
            }
        }
        let total = listed(&coordinator, &format!("{LOAD}?by=total")).await;
        let load: Vec<_> = total.iter().map(|one| one["open_per_100_forms"].as_f64()).collect();
        assert_eq!(load, if site == "KAR" { vec![] } else { vec![Some(25.0)] }, "{site}");
    }
    assert_eq!(listed(&coordinator, LOAD).await, Vec::<Value>::new());
    let fields = coordinator.get(&format!("{FIELDS}?form=infusion")).send().await.expect(200);
    assert_eq!(fields.json["required"]["answered"], 1.0);
}
