//! A backup is worth what its restoration is worth.

use std::fs;
use std::process::Command;
use std::time::Duration;

use cartotek_persistence::Engine;

use crate::load::Load;
use cartotek_tests::program::installation::{Installation, refused, succeed};
use cartotek_tests::program::network::Network;

/// Moves the database away, as a lost disk would.
fn lose_database(installation: &Installation) {
    for file in ["cartotek.db", "cartotek.db-wal", "cartotek.db-shm", "cartotek.db.lock"] {
        let _ = fs::remove_file(installation.path(file));
    }
    assert!(!installation.path("cartotek.db").exists());
}

#[test]
fn a_backup_taken_beside_a_server_is_restored_and_verified() {
    let installation = Installation::on_sqlite();
    let (network, server) = Network::found(&installation);
    let load = Load::start(&server, &network, "before");
    load.await_acknowledged(40, Duration::ZERO);
    let before = load.finish();
    let load = Load::start(&server, &network, "during");
    load.await_acknowledged(10, Duration::ZERO);
    let folder = installation.path("backup");
    let folder = folder.to_str().unwrap();
    installation.run(&["backup", "--out", folder]);
    load.await_acknowledged(10, Duration::ZERO);
    drop(load.finish());
    server.stop();
    let later = installation.path("later");
    let later = later.to_str().unwrap();
    installation.run(&["backup", "--out", later]);

    let restore = ["restore", "--from", folder, "--without-erasures", "--verify"];
    let occupied = refused(&mut installation.command(&restore), 1);
    assert!(occupied.contains("cartotek.db"), "{occupied}");
    lose_database(&installation);
    // Whoever keeps a later checkpoint sees that something is missing.
    let checkpoint = format!("{later}/checkpoint.txt");
    let missing =
        refused(&mut installation.command(&[&restore[..], &["--checkpoint", &checkpoint]].concat()), 1);
    assert!(missing.contains("log_truncated"), "{missing}");
    lose_database(&installation);
    installation.run(&restore);

    let server = installation.serve();
    for story in before {
        story.verify(&server.client(&network.data_managers[story.site]));
    }
    server.stop();
    installation.check();
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let installation = Installation::on_sqlite();
    let (_, server) = Network::found(&installation);
    server.stop();
    let folder = installation.path("backup");
    installation.run(&["backup", "--out", folder.to_str().unwrap()]);
    let copy = folder.join("cartotek.db");
    let whole = fs::read(&copy).unwrap();
    fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    lose_database(&installation);
    let restore = ["restore", "--from", folder.to_str().unwrap(), "--without-erasures", "--verify"];
    refused(&mut installation.command(&restore), 1);
}

/// Nobody restores what patients have had erased because the question was forgotten.
#[test]
fn a_restoration_says_what_becomes_of_erasures() {
    let installation = Installation::on_sqlite();
    let restore = ["restore", "--from", "nowhere"];
    let silent = refused(&mut installation.command(&restore), 2);
    let both = ["--erasures", "list.ndjson", "--without-erasures"];
    let contradicted = refused(&mut installation.command(&[&restore[..], &both].concat()), 2);
    for message in [silent, contradicted] {
        assert!(message.contains("--erasures <FILE>") && message.contains("--without-erasures"), "{message}");
    }
    assert!(!installation.path("cartotek.db").exists());
}

#[test]
fn a_log_is_not_called_verified_without_a_checkpoint() {
    let installation = Installation::on_sqlite();
    installation.migrate();
    let (folder, restored) = (installation.path("backup"), installation.path("restored.db"));
    installation.run(&["backup", "--out", folder.to_str().unwrap()]);
    let (checkpoint, kept) = (folder.join("checkpoint.txt"), installation.path("kept.txt"));
    fs::rename(&checkpoint, &kept).unwrap();
    let restore = |more: &[&str]| {
        let restore = ["restore", "--from", folder.to_str().unwrap(), "--without-erasures"];
        let mut command = installation.command(&[&restore[..], more].concat());
        command.env("CARTOTEK_DATABASE", format!("sqlite:{}", restored.display()));
        command
    };
    let message = refused(&mut restore(&["--verify"]), 1);
    for part in [checkpoint.to_str().unwrap(), "nothing has been restored", "--checkpoint FILE"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!restored.exists());
    let verified = succeed(&mut restore(&["--verify", "--checkpoint", kept.to_str().unwrap()])).out;
    assert!(verified.contains("no erasures are repeated") && verified.contains("checked "), "{verified}");
}

#[test]
fn a_copy_made_by_postgres_is_checked_against_the_checkpoint_of_its_backup() {
    let installation = Installation::migrated(Engine::Postgres);
    let (network, server) = Network::found(&installation);
    let load = Load::start(&server, &network, "before");
    load.await_acknowledged(20, Duration::ZERO);
    drop(load.finish());
    server.stop();
    let folder = installation.path("backup");
    let printed = installation.run(&["backup", "--out", folder.to_str().unwrap()]).out;
    assert!(printed.contains("pg_basebackup"), "{printed}");
    let server = installation.serve();
    let load = Load::start(&server, &network, "after");
    load.await_acknowledged(20, Duration::ZERO);
    drop(load.finish());
    server.stop();
    let checkpoint = folder.join("checkpoint.txt");
    installation.run(&["check", "--checkpoint", checkpoint.to_str().unwrap()]);
}

/// What `pg_dump` has written is a registry again, and the check knows that it ends where its checkpoint does.
#[test]
fn a_dump_by_postgres_comes_back_whole() {
    let installation = Installation::migrated(Engine::Postgres);
    let (network, server) = Network::found(&installation);
    let load = Load::start(&server, &network, "before");
    load.await_acknowledged(20, Duration::ZERO);
    let stories = load.finish();
    server.stop();
    let folder = installation.path("backup");
    installation.run(&["backup", "--out", folder.to_str().unwrap()]);
    let superuser = std::env::var("CARTOTEK_TEST_POSTGRES").unwrap();
    let (cluster, _) = superuser.rsplit_once('/').unwrap();
    let (name, dump) = (installation.database_name().to_owned(), folder.join("cartotek.dump"));
    let (copy, dump) = (format!("{name}_copy"), dump.to_str().unwrap());
    let tool = |program: &str, arguments: &[&str]| succeed(Command::new(program).args(arguments));
    tool("pg_dump", &["--format=custom", "--file", dump, &format!("{cluster}/{name}")]);
    tool("psql", &["--quiet", &superuser, "--command", &format!("CREATE DATABASE {copy}")]);
    tool("pg_restore", &["--exit-on-error", "--dbname", &format!("{cluster}/{copy}"), dump]);

    let restored = installation.moved_to(&copy);
    let checkpoint = folder.join("checkpoint.txt");
    restored.run(&["check", "--checkpoint", checkpoint.to_str().unwrap()]);
    let server = restored.serve();
    for story in stories {
        story.verify(&server.client(&network.data_managers[story.site]));
    }
    server.stop();
    tool("psql", &["--quiet", &superuser, "--command", &format!("DROP DATABASE {copy} WITH (FORCE)")]);
}
