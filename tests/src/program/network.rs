//! Two hospitals with a data manager each, founded through the API of a running server.

use serde_json::{Value, json};

use crate::program::client::Client;
use crate::program::installation::{ADMINISTRATOR, Installation};
use crate::program::server::Server;

/// The hospitals.
pub const SITES: [&str; 2] = ["KAR", "UPP"];

/// Tokens of the people who work here.
pub struct Network {
    /// That of the first administrator.
    pub administrator: String,
    /// One per site of [`SITES`].
    pub data_managers: [String; 2],
}

/// The token of the first administrator, issued on the machine itself.
#[track_caller]
pub fn first_administrator(installation: &Installation) -> String {
    let issue = ["token", "issue", "--hsa-id", ADMINISTRATOR, "--kind", "person", "--role", "admin"];
    let printed = installation.run(&[&issue[..], &["--scope", "network"]].concat());
    printed.out.trim().to_owned()
}

impl Network {
    /// Makes a registry ready for use and starts a server with a network.
    #[track_caller]
    pub fn found(installation: &Installation) -> (Self, Server) {
        installation.migrate();
        let administrator = first_administrator(installation);
        let server = installation.serve();
        let client = server.client(&administrator);
        let data_managers = SITES.map(|site| appoint(&client, site));
        (Self { administrator, data_managers }, server)
    }

    /// Founds a biobank that registers patients of the first site; gives the token of its staff.
    #[track_caller]
    pub fn found_biobank(&self, server: &Server, code: &str) -> String {
        let administrator = server.client(&self.administrator);
        let biobank = json!({ "code": code, "name": "Biobanken", "register_number": "222" });
        administrator.post("/api/v1/biobanks", &biobank).expect(201);
        let scope = json!({ "kind": "biobank", "code": code });
        employ(&administrator, "SE2321000016-E2EBIOBANK", "biobank_staff", &scope)
    }
}

impl Network {
    /// Appoints the network's coordinator; gives the token.
    #[track_caller]
    pub fn appoint_coordinator(&self, server: &Server) -> String {
        let scope = json!({ "kind": "network" });
        let administrator = server.client(&self.administrator);
        employ(&administrator, "SE2321000016-E2ECOORDINATOR", "coordinator", &scope)
    }

    /// Founds a biobank for the first site, whose data manager becomes its staff too; gives the id of its freezer.
    #[track_caller]
    pub fn found_freezer(&self, server: &Server, code: &str) -> String {
        let administrator = server.client(&self.administrator);
        let biobank = json!({ "code": code, "name": "Biobanken", "register_number": "222" });
        administrator.post("/api/v1/biobanks", &biobank).expect(201);
        administrator.put(&format!("/api/v1/biobanks/{code}/sites/{}", SITES[0])).expect(201);
        let staff = server.client(&self.data_managers[0]);
        let actor = staff.get("/api/v1/me").expect(200).json["id"].clone();
        let role = json!({ "role": "biobank_staff", "scope": { "kind": "biobank", "code": code } });
        let roles = format!("/api/v1/actors/{}/roles", actor.as_str().expect("an id"));
        administrator.post(&roles, &role).expect(201);
        let unit = json!({ "biobank": code, "name": "Frys 1", "temperature": "-60to-85" });
        let unit = staff.post("/api/v1/storage-units", &unit).expect(201).json;
        unit["id"].as_str().expect("an id").to_owned()
    }
}

/// The HSA-id of the data manager of a hospital.
pub fn data_manager(site: &str) -> String {
    format!("SE2321000016-E2E{site}")
}

/// Creates the hospital and its data manager; gives the token.
#[track_caller]
fn appoint(administrator: &Client, site: &str) -> String {
    let hospital = json!({
        "code": site, "name": "Universitetssjukhuset", "region": "Regionen", "organisation_number": "232100-0016",
        "hsa_prefix": "SE2321000016-", "can_infuse": true,
    });
    administrator.post("/api/v1/sites", &hospital).expect(201);
    let scope = json!({ "kind": "site", "code": site });
    employ(administrator, &data_manager(site), "data_manager", &scope)
}

/// Enters a person with a role; gives the person's token.
#[track_caller]
fn employ(administrator: &Client, hsa_id: &str, role: &str, scope: &Value) -> String {
    let person = json!({ "kind": "person", "hsa_id": hsa_id });
    let person = administrator.post("/api/v1/actors", &person).expect(201).json;
    let person = format!("/api/v1/actors/{}", person["id"].as_str().unwrap());
    let role = json!({ "role": role, "scope": scope });
    administrator.post(&format!("{person}/roles"), &role).expect(201);
    issue_token(administrator, &person).0
}

/// Issues a token for the person at that path; gives its text and its own path.
#[track_caller]
pub fn issue_token(administrator: &Client, person: &str) -> (String, String) {
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
