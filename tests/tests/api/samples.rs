//! A biobanker's day over HTTP: register, split, store, scan, read what happened.

use cartotek_tests::{Engine, Scene, TestApp, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::enrolled;

/// A patient of the site who has said yes to research on samples.
async fn patient(app: &TestApp, site: &str) -> String {
    let mut enrolment = body::enrolment(site);
    enrolment["consents"][0]["purpose"] = "biobank_research".into();
    let answer = app.data_manager(site).post("/api/v1/patients").json(&enrolment).send().await;
    answer.expect(201).json["pseudonym"].as_str().unwrap().to_owned()
}

/// Blood of a patient of Karolinska, for KI Biobank.
fn blood(patient: &str, barcode: &str) -> Value {
    json!({
        "barcode": barcode, "patient": patient, "biobank": "KI-BB", "collection_site": "KAR",
        "material": "WB_EDTA", "collected_at": "2026-02-19T08:30:00+01:00", "time_point": "SCREEN",
        "taken_for": "research", "amount": { "value": 4.5, "unit": "mL" },
    })
}

async fn registered(app: &TestApp, barcode: &str) -> Value {
    let patient = patient(app, "KAR").await;
    let answer =
        app.biobank_staff("KI-BB").post("/api/v1/samples").json(&blood(&patient, barcode)).send().await;
    answer.expect(201).json.clone()
}

#[rstest]
#[actix_web::test]
async fn a_biobankers_day(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let staff = app.biobank_staff("KI-BB");
    let unit = json!({ "biobank": "KI-BB", "name": "Freezer 3", "temperature": "-60to-85" });
    let unit = staff.post("/api/v1/storage-units").json(&unit).send().await.expect(201).json["id"].clone();
    let boxes = format!("/api/v1/storage-units/{}/boxes", unit.as_str().unwrap());
    let new = json!({ "barcode": "KIBB-BOX-1", "rows": 9, "columns": 9 });
    let answer = staff.post(&boxes).json(&new).send().await.expect(201);
    let (slot, place) = (answer.json["id"].clone(), answer.header("location").unwrap().to_owned());

    let sample = registered(&app, "KIBB-000017").await;
    assert_eq!(sample["amount"], json!({ "quantity": 4_500_000, "unit": "nL" }));
    assert_eq!(sample["collected_at"], "2026-02-19T08:30:00+01:00");
    assert_eq!((&sample["miabis_type"], &sample["findings"]), (&json!("Whole blood"), &json!([])));
    assert_eq!(sample["consent_purposes"], json!(["biobank_research"]));
    let at = format!("/api/v1/samples/{}", sample["id"].as_str().unwrap());
    let split = json!({
        "aliquots": [
            { "barcode": "KIBB-000018", "amount": { "value": 2, "unit": "mL" } },
            { "barcode": "KIBB-000019", "amount": { "value": 2000, "unit": "uL" } },
        ],
        "loss": { "value": 0.1, "unit": "mL" },
    });
    let made = staff.post(&format!("{at}/aliquots")).json(&split).send().await.expect(201).json.clone();
    assert_eq!(made["remaining"]["quantity"], 400_000);
    let aliquot = format!("/api/v1/aliquots/{}/position", made["aliquots"][0]["id"].as_str().unwrap());
    assert_eq!(made["aliquots"][0]["state"]["version"], 3, "registered, aliquoted, created");
    let placed = staff
        .put(&aliquot)
        .header("If-Match", "\"3\"")
        .json(&json!({ "box": slot, "position": "B2" }))
        .send()
        .await
        .expect(200)
        .json
        .clone();
    assert_eq!((&placed["status"], &placed["place"]["position"]), (&json!("stored"), &json!("B2")));

    let sample_slot = format!("{at}/position");
    let take = staff.put(&sample_slot).header("If-Match", "\"2\"");
    let taken = take.json(&json!({ "box": slot, "position": "B2" })).send().await;
    let taken = taken.problem(409, "position_taken");
    assert!(taken.json["detail"].as_str().unwrap().contains("occupied by KIBB-000018. Next free: B3"));
    let grid = staff.get(&place).send().await.expect(200).json.clone();
    assert_eq!((&grid["free"], &grid["occupants"][0]["barcode"]), (&json!(80), &json!("KIBB-000018")));

    let scanned = staff.get("/api/v1/barcodes/KIBB-000018").send().await.expect(200);
    let version = scanned.header("etag").unwrap().to_owned();
    let scanned = scanned.json.clone();
    assert_eq!(
        (&scanned["kind"], &scanned["aliquot"]["state"]["status"]),
        (&json!("aliquot"), &json!("stored"))
    );
    assert_eq!(scanned["aliquot"]["state"]["remaining"], scanned["aliquot"]["amount"]);
    let lies = &scanned["aliquot"]["state"]["place"];
    assert_eq!((&lies["box"], &lies["position"]), (&slot, &json!("B2")));
    assert_eq!(
        (&lies["storage_unit_name"], &lies["box_barcode"]),
        (&json!("Freezer 3"), &json!("KIBB-BOX-1"))
    );
    assert_eq!(scanned["sample"]["patient"], sample["patient"]);
    let scanned = staff.get("/api/v1/barcodes/KIBB-BOX-1").send().await.expect(200).json.clone();
    assert_eq!((&scanned["kind"], &scanned["box"]["id"]), (&json!("box"), &slot));
    let out = staff.delete(&aliquot).header("If-Match", &version).send().await.expect(200);
    let (late, after) = (version, out.header("etag").unwrap().to_owned());
    let late = staff.delete(&aliquot).header("If-Match", &late).send().await;
    let late = late.problem(412, "stale_version");
    assert!(late.json["detail"].as_str().unwrap().contains("It lies in no position now."));
    staff.delete(&aliquot).header("If-Match", &after).send().await.problem(409, "wrong_state");
    let events = staff.get(&format!("{at}/custody-events")).send().await.expect(200).json.clone();
    let kinds: Vec<_> =
        events["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["registered", "aliquoted", "created", "created", "placed", "taken_out"]);
}

#[rstest]
#[actix_web::test]
async fn another_site_sees_no_sample(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let sample = registered(&app, "KIBB-000017").await;
    let (id, patient) = (sample["id"].as_str().unwrap(), sample["patient"].as_str().unwrap());
    for stranger in [app.data_manager("UPP"), app.biobank_staff("UPP-BB")] {
        for path in [
            format!("/samples/{id}"),
            format!("/samples/{id}/custody-events"),
            "/barcodes/KIBB-000017".to_owned(),
        ] {
            stranger.get(&format!("/api/v1{path}")).send().await.problem(404, "not_found");
        }
        let list = format!("/api/v1/samples?patient={patient}");
        stranger.get(&list).send().await.problem(404, "not_found");
    }
    let list = format!("/api/v1/samples?patient={patient}");
    for own in [app.data_manager("KAR"), app.biobank_staff("KI-BB")] {
        let listed = own.get(&list).send().await.expect(200);
        assert_eq!(listed.json["items"][0]["id"], sample["id"]);
        let beyond = own.get(&format!("{list}&cursor={id}")).send().await.expect(200);
        assert_eq!(beyond.json, json!({ "items": [] }));
    }
    let without = enrolled(&app, "KAR").await;
    let list = format!("/api/v1/samples?patient={without}");
    assert_eq!(app.data_manager("KAR").get(&list).send().await.expect(200).json, json!({ "items": [] }));
    app.biobank_staff("KI-BB").get(&list).send().await.problem(404, "not_found");
}

#[rstest]
#[actix_web::test]
async fn amounts_and_barcodes_are_parsed_at_the_door(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (staff, patient) = (app.biobank_staff("KI-BB"), patient(&app, "KAR").await);
    let rows = app.rows();
    for (pointer, value) in [
        ("/amount", json!({ "value": -1, "unit": "mL" })),
        ("/amount", json!({ "value": 1, "unit": "ml" })),
        ("/barcode", json!("with space")),
        ("/collected_at", json!("2026-02-19T08:30:00")),
    ] {
        let mut body = blood(&patient, "KIBB-000017");
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = staff.post("/api/v1/samples").json(&body).send().await.problem(422, "content_invalid");
        assert_eq!(answer.json["findings"][0]["pointer"], pointer);
    }
    let mut body = blood(&patient, "KIBB-19121212-1212");
    staff.post("/api/v1/samples").json(&body).send().await.problem(422, "person_id_detected");
    body["barcode"] = "KIBB-000017".into();
    assert_eq!(app.rows(), rows);
    let key = "one-tube";
    let post = || staff.post("/api/v1/samples").header("Idempotency-Key", key).json(&body);
    let first = post().send().await.expect(201);
    let again = post().send().await.expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.json), (Some("true"), &first.json));
}

/// Rule R-BIO-01: what was right on the day of collection is not enough once the patient has withdrawn.
#[rstest]
#[actix_web::test]
async fn after_a_withdrawal_nothing_is_registered_or_split(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let staff = app.biobank_staff("KI-BB");
    let sample = registered(&app, "KIBB-1").await;
    let patient = sample["patient"].as_str().unwrap();
    let no = json!({ "purpose": "biobank_research", "decision": "withdrawn", "decided_on": "2026-03-01" });
    let consents = format!("/api/v1/patients/{patient}/consents");
    app.data_manager("KAR").post(&consents).json(&no).send().await.expect(201);
    let next = staff.post("/api/v1/samples").json(&blood(patient, "KIBB-2")).send().await;
    assert_eq!(next.problem(422, "content_invalid").found(), [("R-BIO-01", "/taken_for")]);
    let split = format!("/api/v1/samples/{}/aliquots", sample["id"].as_str().unwrap());
    let split = staff.post(&split).json(&body::splitting("KIBB-3", 1)).send().await;
    assert_eq!(split.problem(422, "content_invalid").found(), [("R-BIO-01", "")]);
}

/// A sample is collected while its site takes part in the care, not years after it has left.
#[rstest]
#[actix_web::test]
async fn a_site_that_has_left_collects_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let end = format!("/api/v1/patients/{}/participations/{}/end", scene.pseudonym, scene.participation);
    let end = app.data_manager("ORE").post(&end).header("If-Match", "\"1\"");
    end.json(&json!({ "to": "2026-02-10" })).send().await.expect(200);
    let staff = app.biobank_staff("KI-BB");
    let collected = |day: &str, barcode: &str| {
        let mut sample = body::sample(&scene.pseudonym, "KI-BB", barcode);
        sample["collection_site"] = "ORE".into();
        sample["collected_at"] = format!("{day}T08:30:00+01:00").into();
        staff.post("/api/v1/samples").json(&sample).send()
    };
    let late = collected("2026-02-19", "KIBB-LATE").await.problem(422, "content_invalid");
    assert!(late.found().contains(&("R-BIO-09", "/collection_site")), "{:?}", late.found());
    collected("2026-02-10", "KIBB-THEN").await.expect(201);
}

/// Whoever tries many barcodes of others waits, and is told how long.
#[rstest]
#[actix_web::test]
async fn who_tries_many_barcodes_is_told_how_long_to_wait(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let patient = patient(&app, "UPP").await;
    let staff = app.biobank_staff("UPP-BB");
    let mut sample = body::sample(&patient, "UPP-BB", &format!("SAMPLE-{}", scene.mark));
    sample["collection_site"] = "UPP".into();
    let register = || staff.post("/api/v1/samples").json(&sample).send();
    for _ in 0..20 {
        register().await.problem(409, "barcode_taken");
    }
    let told = register().await.problem(429, "too_many_requests");
    assert_eq!(told.header("retry-after"), Some("60"));
    app.clock.advance(TimeDelta::seconds(59));
    assert_eq!(register().await.problem(429, "too_many_requests").header("retry-after"), Some("1"));
    app.clock.advance(TimeDelta::seconds(1));
    register().await.problem(409, "barcode_taken");
}

/// Rule R-DATE-03: nothing is collected after the patient's death.
#[rstest]
#[actix_web::test]
async fn nothing_is_collected_after_death(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let death = json!({
        "kind": "death", "event_no": 1,
        "death": { "date": "2026-02-19", "main_cause": "infection", "autopsy": "no", "source": "chart" },
    });
    let mut record = body::record(&scene.pseudonym, Some(&scene.course), "event", death);
    record["submit"] = true.into();
    manager.post("/api/v1/records").json(&record).send().await.expect(201);
    let staff = app.biobank_staff("KI-BB");
    let collected = |day: &str, barcode: &str| {
        let mut sample = body::sample(&scene.pseudonym, "KI-BB", barcode);
        sample["collected_at"] = format!("{day}T08:30:00+01:00").into();
        staff.post("/api/v1/samples").json(&sample).send()
    };
    let late = collected("2026-02-20", "KIBB-LATE").await.problem(422, "content_invalid");
    assert!(late.found().contains(&("R-DATE-03", "/collected_at")), "{:?}", late.found());
    collected("2026-02-19", "KIBB-THEN").await.expect(201);
}
