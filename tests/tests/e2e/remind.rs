//! `cartotek remind` and the reminders of a server: to a webhook over TLS, and into a folder.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use cartotek_persistence::Engine;
use rstest::rstest;
use serde_json::{Value, json};

use crate::story::Story;
use crate::tls::certificate;
use cartotek_tests::program::hook::{Hook, Sent};
use cartotek_tests::program::installation::{Installation, fail, refused, succeed};
use cartotek_tests::program::network::{Network, SITES};
use cartotek_tests::program::server::Server;
use cartotek_tests::program::waiting::eventually;

/// What sender and receiver share.
const SECRET: &str = "6f1d0c2b9a8877665544332211ffeeddccbbaa99887766554433221100ffeedd";

/// A registry with a patient of the first site whose referral is long overdue; gives the pseudonym.
fn registry(engine: Engine) -> (Installation, String) {
    let installation = Installation::migrated(engine);
    let (network, server) = Network::found(&installation);
    let (mut story, client) =
        (Story::new(0, "remind".to_owned(), 0), server.client(&network.data_managers[0]));
    story.go_on(&client);
    let pseudonym = story.pseudonym().expect("the patient is enrolled").to_owned();
    let course = json!({ "indication": "LBCL", "opened_on": "2020-02-01" });
    client.post(&format!("/api/v1/patients/{pseudonym}/courses"), &course).expect(201);
    server.stop();
    (installation, pseudonym)
}

/// Writes the file of settings, with what is said of the first site.
fn configure(installation: &Installation, settings: &str) {
    let file = installation.path("cartotek.toml");
    fs::write(file, format!("[reminders]\nhour = 0\n[reminders.sites.{}]\n{settings}\n", SITES[0])).unwrap();
}

/// Settings of a webhook that trusts a certificate.
fn webhook(installation: &Installation, hook: &Hook, trusted: &Path, more: &str) {
    let secret = installation.path("secret");
    fs::write(&secret, format!("{SECRET}\n")).unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    let (address, secret, trusted) = (hook.address(), secret.display(), trusted.display());
    let webhook = format!("webhook = '{address}/hook?token=hidden'\nsecret_file = '{secret}'\n");
    configure(installation, &format!("{webhook}ca_file = '{trusted}'\n{more}"));
}

fn remind(installation: &Installation, arguments: &[&str]) -> Command {
    let mut command = installation.command(&[&["remind"], arguments].concat());
    command.arg("--config").arg(installation.path("cartotek.toml"));
    command
}

/// The signature of a time and a body, by another program than ours.
fn signature(timestamp: &str, body: &str) -> String {
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", SECRET])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is there; `make test` sees to it");
    write!(openssl.stdin.take().unwrap(), "{timestamp}.{body}").unwrap();
    let said = String::from_utf8(openssl.wait_with_output().unwrap().stdout).unwrap();
    format!("v1={}", said.trim().rsplit(' ').next().unwrap())
}

#[track_caller]
fn assert_signed(sent: &Sent) {
    let (timestamp, signed) = (&sent.headers["cartotek-timestamp"], &sent.headers["cartotek-signature"]);
    assert_eq!(*signed, signature(timestamp, &sent.body), "{sent:?}");
    assert_ne!(
        *signed,
        signature(timestamp, &sent.body.replace("overdue", "overdu3")),
        "whoever changes it is found"
    );
    assert_ne!(*signed, signature("1", &sent.body), "whoever repeats it later is found");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_webhook_gets_the_same_reminder_signed_until_it_takes_it(#[case] engine: Engine) {
    let (installation, pseudonym) = registry(engine);
    let (chain, key) = certificate(&installation);
    let hook = Hook::listen(&chain, &key, &[500, 200]);
    webhook(&installation, &hook, &chain, "private_addresses = true");
    let first = fail(&mut remind(&installation, &[]), 1);
    assert!(
        first.out.contains("waiting after 1 attempts: the webhook answered with status 500"),
        "{}",
        first.out
    );
    assert!(first.err.contains("1 of 1 reminders did not arrive"), "{}", first.err);
    let second = succeed(&mut remind(&installation, &[]));
    assert!(second.out.contains("delivered after 2 attempts"), "{}", second.out);
    let third = succeed(&mut remind(&installation, &[]));
    assert_eq!(third.out.trim(), "0 reminders delivered", "one a day");

    let sent = hook.sent();
    let [one, other] = &sent[..] else { panic!("{sent:#?}") };
    assert_eq!((&one.body, &one.target), (&other.body, &other.target));
    assert_eq!(one.headers["cartotek-reminder"], other.headers["cartotek-reminder"]);
    let body: Value = serde_json::from_str(&one.body).unwrap();
    assert_eq!(
        (&body["site"], &body["id"]),
        (&SITES[0].into(), &one.headers["cartotek-reminder"].clone().into())
    );
    assert!(body["totals"]["overdue"].as_u64().unwrap() > 0, "{body}");
    assert!(body["text"]["sv"].as_str().unwrap().contains("försenad"), "{body}");
    assert!(!one.body.contains(&pseudonym), "{body}");
    for sent in &sent {
        assert_signed(sent);
    }
    let said = [first.out, first.err, second.out, second.err].concat();
    assert!(!said.contains("hidden") && !said.contains(SECRET), "{said}");
    installation.check();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_dead_letter_is_listed_and_sent_again(#[case] engine: Engine) {
    let (installation, _) = registry(engine);
    let (chain, key) = certificate(&installation);
    let hook = Hook::listen(&chain, &key, &[500, 503, 200]);
    webhook(&installation, &hook, &chain, "private_addresses = true\nattempts = 2");
    let nothing = succeed(&mut remind(&installation, &["--dead-letters"]));
    assert_eq!(nothing.out, "");
    fail(&mut remind(&installation, &[]), 1);
    fail(&mut remind(&installation, &[]), 1);
    succeed(&mut remind(&installation, &[]));
    assert_eq!(hook.sent().len(), 2, "nobody sends a dead letter by himself");

    let dead = succeed(&mut remind(&installation, &["--dead-letters"])).out;
    let id = hook.sent()[0].headers["cartotek-reminder"].clone();
    assert!(dead.starts_with(&format!("{id} {}", SITES[0])), "{dead}");
    assert!(dead.contains("dead after 2 attempts: the webhook answered with status 503"), "{dead}");
    let again = succeed(&mut remind(&installation, &["--resend", &id]));
    assert!(again.out.contains("delivered after 1 attempts"), "{}", again.out);
    let sent = hook.sent();
    assert_eq!(sent.len(), 3);
    assert_eq!((&sent[2].headers["cartotek-reminder"], &sent[2].body), (&id, &sent[0].body));
    assert_signed(&sent[2]);
    let twice = refused(&mut remind(&installation, &["--resend", &id]), 1);
    assert!(twice.contains("--dead-letters"), "{twice}");
    assert_eq!(succeed(&mut remind(&installation, &["--dead-letters"])).out, "");
    installation.check();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_reminder_goes_to_where_it_was_configured_and_nowhere_else(#[case] engine: Engine) {
    let (installation, _) = registry(engine);
    let (chain, key) = certificate(&installation);
    let hook = Hook::listen(&chain, &key, &[302, 308]);
    webhook(&installation, &hook, &chain, "");
    let private = fail(&mut remind(&installation, &[]), 1).out;
    assert!(private.contains("private_addresses is not set"), "{private}");

    let elsewhere = Installation::on_sqlite();
    let (other, _) = certificate(&elsewhere);
    webhook(&installation, &hook, &other, "private_addresses = true");
    let untrusted = fail(&mut remind(&installation, &[]), 1).out;
    assert!(untrusted.contains("the certificate or TLS was refused"), "{untrusted}");
    assert_eq!(hook.sent().len(), 0, "neither was even asked");

    webhook(&installation, &hook, &chain, "private_addresses = true");
    for status in ["302", "308"] {
        let redirected = fail(&mut remind(&installation, &[]), 1).out;
        assert!(redirected.contains(&format!("redirects, status {status}")), "{redirected}");
    }
    let targets: Vec<_> = hook.sent().into_iter().map(|sent| sent.target).collect();
    assert_eq!(targets, ["/hook?token=hidden"; 2]);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_server_reminds_by_itself(#[case] engine: Engine) {
    let (installation, pseudonym) = registry(engine);
    let folder = installation.path("spool");
    fs::create_dir(&folder).unwrap();
    configure(&installation, &format!("folder = '{}'", folder.display()));
    let mut serve = installation.command(&["serve"]);
    serve.arg("--config").arg(installation.path("cartotek.toml"));
    let server = Server::launch(&installation, serve);
    let files = || fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    let arrived = || files().into_iter().find(|name| name.to_string_lossy().starts_with(SITES[0]));
    let name = eventually("the reminder lies in the folder", arrived);
    let text = fs::read_to_string(folder.join(&name)).unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(name.to_string_lossy(), format!("{}-{}.json", SITES[0], body["day"].as_str().unwrap()));
    assert!(body["totals"]["overdue"].as_u64().unwrap() > 0 && !text.contains(&pseudonym), "{body}");
    server.stop();
    installation.check();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn what_cannot_work_is_refused_before_anything_is_done(#[case] engine: Engine) {
    let installation = Installation::migrated(engine);
    installation.migrate();
    fs::write(installation.path("cartotek.toml"), "").unwrap();
    let nobody = refused(&mut remind(&installation, &[]), 2);
    assert!(nobody.contains("[reminders.sites.CODE]"), "{nobody}");
    configure(&installation, "folder = '/nowhere'");
    let unknown = refused(&mut remind(&installation, &[]), 1);
    assert!(unknown.contains(&format!("no site {}", SITES[0])), "{unknown}");
    let (chain, key) = certificate(&installation);
    let hook = Hook::listen(&chain, &key, &[]);
    webhook(&installation, &hook, &chain, "");
    fs::set_permissions(installation.path("secret"), Permissions::from_mode(0o644)).unwrap();
    let mut serve = installation.command(&["serve"]);
    serve.arg("--config").arg(installation.path("cartotek.toml"));
    for mut command in [remind(&installation, &[]), serve] {
        let open = refused(&mut command, 1);
        assert!(open.contains("chmod 600") && !open.contains(SECRET), "{open}");
    }
}
