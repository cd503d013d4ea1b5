//! A backup is worth what its restoration is worth.

use std::fs;
use std::time::Duration;

use cartotek_persistence::Engine;

use crate::load::Load;
use cartotek_tests::program::installation::{Installation, refused};
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

    let restore = ["restore", "--from", folder, "--verify"];
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
    refused(&mut installation.command(&["restore", "--from", folder.to_str().unwrap(), "--verify"]), 1);
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
