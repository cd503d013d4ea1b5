//! Stopping and starting: in order, in the middle of something, and where it must be refused.

use std::process::Stdio;
use std::time::{Duration, Instant};

use cartotek_persistence::Engine;
use cartotek_persistence::testing::EmptyDatabase;
use rstest::rstest;

use crate::load::Load;
use cartotek_tests::program::installation::{ADMINISTRATOR, Installation, refused, succeed};
use cartotek_tests::program::network::Network;
use cartotek_tests::program::waiting::{eventually, pass};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_server_that_is_told_to_stop_answers_what_it_has_begun_and_seals_everything(#[case] engine: Engine) {
    let installation = Installation::migrated(engine);
    let (network, server) = Network::found(&installation);
    let load = Load::start(&server, &network, "stop");
    load.await_acknowledged(60, Duration::ZERO);
    server.stop();
    let mut stories = load.finish();
    assert_eq!(installation.pending(), 0);
    installation.check();

    let server = installation.serve();
    for story in &mut stories {
        let client = server.client(&network.data_managers[story.site]);
        if story.unknown {
            story.go_on(&client);
            let last = story.ledger.last().expect("it has gone on");
            assert!(!last.answer.is_replay(), "done, but not answered: {:?}", last.write);
        }
        story.verify(&client);
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_killed_migration_is_taken_up_where_it_was(#[case] engine: Engine) {
    let whole = Instant::now();
    succeed(&mut Unmigrated::new(engine).installation.migration());
    let whole = whole.elapsed();
    for sixth in 1..6 {
        let Unmigrated { installation, .. } = &Unmigrated::new(engine);
        let mut migration =
            installation.migration().stdout(Stdio::null()).spawn().expect("the program can be started");
        pass(whole * sixth / 6);
        migration.kill().expect("the process is ours");
        migration.wait().expect("the process is ours");

        installation.migrate();
        let nothing_left = installation.migrate().out;
        assert!(nothing_left.contains("those of this version already"), "{nothing_left}");
        assert!(nothing_left.contains("is published already"), "{nothing_left}");
        installation.check();
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn what_was_left_unsealed_is_sealed_by_the_next_server(#[case] engine: Engine) {
    let installation = Installation::migrated(engine);
    let (network, server) = Network::found(&installation);
    let load = Load::start(&server, &network, "left");
    load.await_acknowledged(20, Duration::ZERO);
    server.kill();
    drop(load.finish());
    // What the command line does is sealed by no server.
    installation.run(&["token", "list", "--as", ADMINISTRATOR]);
    let server = installation.serve();
    eventually("everything is sealed", || (installation.pending() == 0).then_some(()));
    server.stop();
    installation.check();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_newer_schema_is_refused_with_the_cure(#[case] engine: Engine) {
    let installation = Installation::migrated(engine);
    installation.migrate();
    installation.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    let list: &[&str] = &["token", "list", "--as", ADMINISTRATOR];
    for mut command in
        [installation.command(&["serve"]), installation.migration(), installation.command(list)]
    {
        let message = refused(&mut command, 1);
        assert!(message.contains("the database schema is at 9999"), "{message}");
        assert!(message.contains("run a newer version of the program"), "{message}");
    }
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let installation = Installation::on_sqlite();
    let (network, server) = Network::found(&installation);
    let revoke =
        ["token", "revoke", "--hsa-id", ADMINISTRATOR, "--token", "AAAAAAAAAA", "--as", ADMINISTRATOR];
    for arguments in [&["serve"][..], &["migrate"], &revoke] {
        let message = refused(&mut installation.command(arguments), 1);
        assert!(message.contains("another process writes to"), "{message}");
        assert!(message.contains("use the server that runs, or stop it first"), "{message}");
    }
    // The one that runs is none the worse for it.
    server.client(&network.administrator).get("/api/v1/me").expect(200);
    server.kill();
    // The lock dies with its holder.
    installation.serve().stop();
}

/// An installation that nothing has been done to.
struct Unmigrated {
    installation: Installation,
    _database: Option<EmptyDatabase>,
}

impl Unmigrated {
    fn new(engine: Engine) -> Self {
        if engine == Engine::Sqlite {
            return Self { installation: Installation::on_sqlite(), _database: None };
        }
        let database = EmptyDatabase::new(engine);
        let installation = Installation::on(&database.owner_url, &database.owner_url);
        Self { installation, _database: Some(database) }
    }
}
