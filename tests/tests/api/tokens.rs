//! Tokens that open nothing.

use cartotek_domain::access::Role;
use cartotek_tests::{Engine, TestApp};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[actix_web::test]
async fn malformed_tokens_open_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let token = app.person(Role::Admin, "").token.clone();
    let other = app.person(Role::Auditor, "").token.clone();
    let (id, secret) = (token.split('_').nth(1).unwrap(), other.rsplit('_').next().unwrap());
    let mut altered = token.clone();
    let last = if token.ends_with('0') { "1" } else { "0" };
    altered.replace_range(token.len() - 1.., last);
    let headers = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer{token}"),
        format!("Token {token}"),
        format!("Bearer {altered}"),
        format!("Bearer {token}x"),
        format!("Bearer {token} {token}"),
        format!("Bearer {}", &token[..token.len() - 1]),
        format!("Bearer {}", token.replace("ctk_", "CTK_")),
        format!("Bearer {}", token.to_uppercase()),
        format!("Bearer {}", token.replace('_', "-")),
        format!("Bearer ctk_{id}_{secret}"),
        "Bearer ctk_".to_owned(),
        "Bearer ctk__".to_owned(),
        "Bearer null".to_owned(),
        "Bearer ' OR 1=1 --".to_owned(),
        "Bearer å".to_owned(),
        format!("Bearer {}", "a".repeat(100_000)),
        format!("Bearer \"{token}\""),
        format!("Bearer ,{token}"),
        "Negotiate YII=".to_owned(),
        "Basic YWRtaW46YWRtaW4=".to_owned(),
    ];
    for header in headers {
        let answer = app.anonymous().get("/api/v1/me").header("Authorization", &header).send().await;
        let shown: String = header.chars().take(30).collect();
        assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{shown}");
        assert_eq!(answer.findings(), [] as [Value; 0], "{shown}");
    }
    let lower = app.anonymous().get("/api/v1/me").header("Authorization", &format!("bearer {token}"));
    lower.send().await.expect(200);
}

/// Ended tokens and roles: one answer whatever the reason.
#[rstest]
#[actix_web::test]
async fn ended_tokens_open_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let actor = app.person(Role::Researcher, "").actor;
    let path = format!("/api/v1/actors/{actor}/tokens");
    let draft = json!({ "label": "short", "expires_at": "2026-03-02T10:00:00Z" });
    let issue = async || app.admin().post(&path).json(&draft).send().await.expect(201).json;
    let (expiring, revoked) = (issue().await, issue().await);
    let me = async |token: &Value| app.bearer(token["text"].as_str().unwrap()).get("/api/v1/me").send().await;
    me(&expiring).await.expect(200);
    me(&revoked).await.expect(200);
    let revoke = format!("{path}/{}", revoked["id"].as_str().unwrap());
    app.admin().delete(&revoke).send().await.expect(200);
    let revoked = me(&revoked).await.problem(401, "unauthenticated");
    app.clock.advance(chrono::TimeDelta::hours(1));
    let expired = me(&expiring).await.problem(401, "unauthenticated");
    let unknown = app.bearer("ctk_x").get("/api/v1/me").send().await.problem(401, "unauthenticated");
    assert_eq!(revoked.without_request_id(), unknown.without_request_id());
    assert_eq!(expired.without_request_id(), unknown.without_request_id());
}
