//! The command line, as an operator uses it.

use std::fs;

use cartotek_persistence::Engine;
use rstest::rstest;

use cartotek_tests::program::installation::{
    ADMINISTRATOR, Installation, program, refused, repository, succeed,
};
use cartotek_tests::program::network::{Network, first_administrator};

#[test]
fn migrate_makes_what_is_missing_and_nothing_twice() {
    let installation = Installation::on_sqlite();
    let first = installation.migrate().out;
    for line in ["migrations applied: ", "new keys in ", " documents published from "] {
        assert!(first.contains(line), "{first}");
    }
    let master = fs::read(installation.path("keys/master.key")).unwrap();
    let second = installation.migrate().out;
    assert!(second.contains("those of this version already"), "{second}");
    assert!(second.contains("is published already"), "{second}");
    assert!(!second.contains("new keys"), "{second}");
    assert_eq!(fs::read(installation.path("keys/master.key")).unwrap(), master);
    installation.check();
}

#[test]
fn keys_that_are_lost_are_not_made_anew() {
    let installation = Installation::on_sqlite();
    installation.migrate();
    fs::remove_dir_all(installation.path("keys")).unwrap();
    let message = refused(&mut installation.migration(), 1);
    assert!(message.contains("keys"), "{message}");
    assert!(!installation.path("keys").exists());
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_token_is_issued_used_listed_and_revoked(#[case] engine: Engine) {
    let installation = Installation::migrated(engine);
    installation.migrate();
    first_administrator(&installation);
    let auditor = "SE2321000016-E2EAUDIT";
    let issue = [
        "token", "issue", "--hsa-id", auditor, "--kind", "person", "--role", "auditor", "--scope", "network",
    ];
    let nobody = refused(&mut installation.command(&issue), 2);
    assert!(nobody.contains("--as"), "{nobody}");
    let issued = installation.run(&[&issue[..], &["--as", ADMINISTRATOR]].concat());
    let token = issued.out.trim();
    let id = token.split('_').nth(1).unwrap();
    assert!(issued.err.contains(id) && !issued.err.contains(token), "{}", issued.err);

    let server = installation.serve();
    server.client(token).get("/api/v1/me").expect(200);
    assert!(!server.logged().contains(token));
    server.stop();

    let list = ["token", "list", "--as", ADMINISTRATOR];
    let listed = installation.run(&list).out;
    assert!(
        listed.contains("role auditor network") && listed.contains(&format!("token {id} valid")),
        "{listed}"
    );
    assert!(!listed.contains(token));
    let revoke = |by| ["token", "revoke", "--hsa-id", auditor, "--token", id, "--as", by];
    refused(&mut installation.command(&revoke(auditor)), 1);
    installation.run(&revoke(ADMINISTRATOR));
    let listed = installation.run(&list).out;
    assert!(listed.contains(&format!("token {id} revoked")), "{listed}");

    let server = installation.serve();
    server.client(token).get("/api/v1/me").expect(401);
    server.stop();
    installation.check();
}

#[test]
fn the_committed_description_of_the_api_is_that_of_the_program() {
    let mut command = program();
    command.arg("openapi").arg("--schemas").arg(repository().join("schemas"));
    let committed = fs::read_to_string(repository().join("openapi/cartotek.json")).unwrap();
    assert!(succeed(&mut command).out == committed, "run `make openapi` and look at the difference");
}

#[test]
fn an_unknown_setting_is_refused_wherever_it_stands() {
    let installation = Installation::on_sqlite();
    let file = installation.path("cartotek.toml");
    fs::write(&file, "databse = 'sqlite:secret.db'\n").unwrap();
    let mut in_file = program();
    in_file.arg("migrate").arg("--config").arg(&file);
    let mut in_environment = installation.migration();
    in_environment.env("CARTOTEK_DATABSE", "sqlite:secret.db");
    let mut as_flag = installation.migration();
    as_flag.args(["--databse", "sqlite:secret.db"]);
    for (mut command, place) in
        [(in_file, "cartotek.toml, line 1"), (in_environment, "CARTOTEK_DATABSE"), (as_flag, "--databse")]
    {
        let message = refused(&mut command, 2);
        assert!(message.contains(place) && !message.contains("secret"), "{message}");
    }
    assert!(!installation.path("cartotek.db").exists());
}

#[test]
fn a_missing_database_is_refused_with_the_cure() {
    let installation = Installation::on_sqlite();
    let list: &[&str] = &["token", "list", "--as", ADMINISTRATOR];
    for arguments in [&["serve"], &["check"], list] {
        let message = refused(&mut installation.command(arguments), 1);
        assert!(message.contains("`cartotek migrate` creates one"), "{message}");
    }
    assert!(!installation.path("cartotek.db").exists());
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn check_finds_what_was_changed_behind_its_back(#[case] engine: Engine) {
    let installation = Installation::migrated(engine);
    let (_, server) = Network::found(&installation);
    server.stop();
    installation.check();
    installation.execute("UPDATE site SET name = 'Elsewhere' WHERE code = 'KAR'");
    let output = installation.command(&["check"]).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("site") && !said.contains("Elsewhere"), "{said}");
}
