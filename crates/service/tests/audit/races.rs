//! Two servers that do the same at the same moment on PostgreSQL: one of them does it, and the log tells one history.

use std::path::Path;

use cartotek_domain::access::{GrantScope, Granted, Role, permission};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::Service;
use cartotek_service::error::ServiceError;
use cartotek_service::forms::SchemaSet;
use chrono::TimeDelta;

use crate::registry::{Registry, act, caller, granted};

/// Pairs of requests: a single pair might miss each other.
const PAIRS: usize = 16;

fn manager() -> Granted<permission::ManageActors> {
    granted(&caller(Role::Admin, GrantScope::Network))
}

/// One of the two was done, the other one came too late.
fn assert_one<T>(outcomes: [Result<T, ServiceError>; 2]) {
    let problems: Vec<_> =
        outcomes.into_iter().map(|outcome| outcome.err().map(|error| error.problem())).collect();
    assert!(problems.contains(&None) && problems.contains(&Some(Problem::WrongState)), "{problems:?}");
}

async fn servers() -> (Registry, [Service; 2]) {
    let registry = Registry::open(Engine::Postgres).await;
    let servers = [registry.service.clone(), registry.second_server().await];
    (registry, servers)
}

#[tokio::test]
async fn a_token_is_revoked_and_a_role_ended_once() {
    let (registry, [first, second]) = servers().await;
    let hsa_id = "SE2321000016-RACE".parse().unwrap();
    let actor =
        first.create_actor(&manager(), &act(&first), ActorKind::Person, hsa_id).await.unwrap().value.id;
    for _ in 0..PAIRS {
        let ends = first.now() + TimeDelta::days(1);
        let issued =
            first.issue_token(&manager(), &act(&first), actor, "race".to_owned(), ends).await.unwrap();
        let token = issued.value.token.id;
        let revoke = async |server: &Service| {
            server.revoke_token(&manager(), &act(server), actor, token).await.map(drop)
        };
        let (one, other) = tokio::join!(revoke(&first), revoke(&second));
        assert_one([one, other]);
        let scope = Some(GrantScope::Network);
        let role =
            first.grant_role(&manager(), &act(&first), actor, Role::Auditor, scope).await.unwrap().value.id;
        let end =
            async |server: &Service| server.end_role(&manager(), &act(server), actor, role).await.map(drop);
        let (one, other) = tokio::join!(end(&first), end(&second));
        assert_one([one, other]);
    }
    let report = registry.check().await;
    assert!(report.is_clean(), "{:#?}", report.findings);
}

#[tokio::test]
async fn publications_of_one_list_follow_one_another() {
    let (registry, [first, second]) = servers().await;
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let set = SchemaSet::read_folder(&schemas).unwrap();
    let (path, bytes) = set.documents.iter().find(|(path, _)| path.starts_with("codelists/")).unwrap();
    let publish = async |server: &Service, spaces: usize| {
        let mut bytes = bytes.clone();
        bytes.extend(std::iter::repeat_n(b' ', spaces));
        let set = SchemaSet { documents: [(path.clone(), bytes)].into() };
        server.publish_as_system(&act(server), set).await.unwrap();
    };
    // Each compiles all forms, and the later of a pair does so again.
    for pair in 0..2 {
        tokio::join!(publish(&first, 2 * pair + 1), publish(&second, 2 * pair + 2));
    }
    let report = registry.check().await;
    assert!(report.is_clean(), "{:#?}", report.findings);
}
