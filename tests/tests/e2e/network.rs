//! Two hospitals with a data manager each, founded through the API of a running server.

use serde_json::json;

use crate::client::Client;
use crate::installation::{ADMINISTRATOR, Installation};
use crate::server::Server;

/// The hospitals.
pub(crate) const SITES: [&str; 2] = ["KAR", "UPP"];

/// Tokens of the people who work here.
pub(crate) struct Network {
    pub(crate) administrator: String,
    /// One per site of [`SITES`].
    pub(crate) data_managers: [String; 2],
}

/// The token of the first administrator, issued on the machine itself.
#[track_caller]
pub(crate) fn first_administrator(installation: &Installation) -> String {
    let issue = ["token", "issue", "--hsa-id", ADMINISTRATOR, "--kind", "person", "--role", "admin"];
    let printed = installation.run(&[&issue[..], &["--scope", "network"]].concat());
    printed.out.trim().to_owned()
}

impl Network {
    /// Makes a registry ready for use and starts a server with a network.
    #[track_caller]
    pub(crate) fn found(installation: &Installation) -> (Self, Server) {
        installation.migrate();
        let administrator = first_administrator(installation);
        let server = installation.serve();
        let client = server.client(&administrator);
        let data_managers = SITES.map(|site| appoint(&client, site));
        (Self { administrator, data_managers }, server)
    }
}

/// Creates the hospital and its data manager; gives the token.
#[track_caller]
fn appoint(administrator: &Client, site: &str) -> String {
    let hospital = json!({
        "code": site, "name": "Universitetssjukhuset", "region": "Regionen", "organisation_number": "232100-0016",
        "hsa_prefix": "SE2321000016-", "can_infuse": true,
    });
    administrator.post("/api/v1/sites", &hospital).expect(201);
    let person = json!({ "kind": "person", "hsa_id": format!("SE2321000016-E2E{site}") });
    let person = administrator.post("/api/v1/actors", &person).expect(201).json;
    let person = format!("/api/v1/actors/{}", person["id"].as_str().unwrap());
    let role = json!({ "role": "data_manager", "scope": { "kind": "site", "code": site } });
    administrator.post(&format!("{person}/roles"), &role).expect(201);
    issue_token(administrator, &person).0
}

/// Issues a token for the person at that path; gives its text and its own path.
#[track_caller]
pub(crate) fn issue_token(administrator: &Client, person: &str) -> (String, String) {
    let expires_at =
        chrono::DateTime::<chrono::Utc>::from(server_time(administrator)) + chrono::TimeDelta::days(30);
    let token = json!({ "label": "tests", "expires_at": expires_at });
    let token = administrator.post(&format!("{person}/tokens"), &token).expect(201).json;
    let path = format!("{person}/tokens/{}", token["id"].as_str().unwrap());
    (token["text"].as_str().unwrap().to_owned(), path)
}

/// The server's clock, as its answers show it.
fn server_time(client: &Client) -> chrono::DateTime<chrono::FixedOffset> {
    let answer = client.get("/api/v1/me").expect(200);
    chrono::DateTime::parse_from_rfc2822(&answer.headers["date"]).expect("HTTP dates are those of RFC 2822")
}
