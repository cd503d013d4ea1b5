//! Problems speak Swedish or English, as the client asks.

use cartotek_tests::{Engine, TestApp, body};
use rstest::rstest;

use crate::common::with;

#[rstest]
#[actix_web::test]
async fn problems_come_in_the_language_asked_for(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let body = with(&body::enrolment("KAR"), "/from", "2026-03-03");
    let sv = ("sv", "Innehållet följer inte reglerna; se findings.", "Dagen ligger i framtiden.");
    let en = ("en", "The content breaks rules; see findings.", "The day lies in the future.");
    for (asked, (tag, title, message)) in [
        (None, en),
        (Some("sv"), sv),
        (Some("sv-SE"), sv),
        (Some("SV-se"), sv),
        (Some("en"), en),
        (Some("de"), en),
        (Some("de, sv;q=0.5"), sv),
        (Some("en;q=0.4, sv;q=0.8"), sv),
        (Some("sv;q=0, en;q=0.1"), en),
        (Some("sv, en"), sv),
        (Some("*"), en),
        (Some(""), en),
        (Some(";;;q=,sv=q"), en),
    ] {
        let mut request = app.data_manager("KAR").post("/api/v1/patients").json(&body);
        if let Some(asked) = asked {
            request = request.header("Accept-Language", asked);
        }
        let answer = request.send().await.problem(422, "content_invalid");
        assert_eq!(answer.header("content-language"), Some(tag), "{asked:?}");
        assert_eq!(answer.json["title"], title, "{asked:?}");
        assert_eq!(answer.findings()[0]["message"], message, "{asked:?}");
    }
}

/// Also where no handler is reached.
#[rstest]
#[actix_web::test]
async fn every_early_refusal_speaks_swedish(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let manager = app.data_manager("KAR");
    for (request, title) in [
        (app.anonymous().get("/api/v1/me"), "Ange en giltig åtkomstnyckel: Authorization: Bearer ctk_…"),
        (manager.get("/api/v1/actors"), "Ingen av dina roller ger den behörighet som krävs."),
        (manager.get("/nowhere"), "Det finns inte, eller du har inte tillgång till det."),
        (manager.delete("/api/v1/me"), "Resursen har ingen sådan metod."),
        (manager.get("/api/v1/me?x=1"), "Frågan har en parameter som inte finns."),
        (manager.post("/api/v1/patients").bytes("application/json", "["), "Innehållet kunde inte läsas."),
        (manager.post("/api/v1/patients").bytes("text/csv", "a"), "Innehållstypen stöds inte."),
    ] {
        let answer = request.header("Accept-Language", "sv").send().await.whole_problem();
        assert_eq!(answer.json["title"], title);
    }
}
