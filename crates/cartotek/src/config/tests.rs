//! Precedence of the sources, and what each refuses.

use std::path::PathBuf;

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    layer: Layer,
}

fn flags(arguments: &[&str]) -> Result<Layer, String> {
    let arguments = ["cartotek"].iter().chain(arguments);
    Flags::try_parse_from(arguments).map(|flags| flags.layer).map_err(|error| error.to_string())
}

fn file(content: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cartotek.toml");
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn environment(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn gather(arguments: &[&str], variables: &[(&str, &str)], content: &str) -> Result<Config, String> {
    let (_folder, path) = file(content);
    Config::gather(flags(arguments)?, Some(&path), environment(variables)).map_err(|error| error.to_string())
}

fn refusal(arguments: &[&str], variables: &[(&str, &str)], content: &str) -> String {
    match gather(arguments, variables, content) {
        Ok(_) => panic!("accepted"),
        Err(message) => message,
    }
}

#[test]
fn flags_go_before_environment_before_file() {
    let content = "log = 'file'\nlog_name = 'file/log'\nqueue = 3\nkeys = '/file'";
    let variables =
        [("CARTOTEK_LOG", "environment"), ("CARTOTEK_LOG_NAME", "environment/log"), ("PATH", "/bin")];
    let config = gather(&["--log", "flag"], &variables, content).unwrap();
    assert_eq!(config.log, "flag");
    assert_eq!(config.log_name, "environment/log");
    assert_eq!(config.keys().unwrap(), Path::new("/file"));
    assert_eq!((config.queue, config.connections), (3, 8));
}

#[test]
fn a_url_from_a_higher_source_replaces_a_file_from_a_lower_one() {
    let config = gather(&["--database", "sqlite:flag.db"], &[], "database_file = '/absent'").unwrap();
    assert_eq!(config.sqlite_file(), Some(PathBuf::from("flag.db")));
}

#[test]
fn the_url_is_read_from_a_file() {
    let (_folder, path) = file("postgres://cartotek:secret@localhost/cartotek\n");
    let config = gather(&["--database-file", path.to_str().unwrap()], &[], "").unwrap();
    assert_eq!(config.store(Access::ReadWrite).unwrap().url, "postgres://cartotek:secret@localhost/cartotek");
}

#[test]
fn a_password_is_refused_as_a_flag_only() {
    let url = "postgres://cartotek:secret@localhost/cartotek";
    for url in [url, "postgres://localhost/cartotek?password=secret"] {
        assert!(refusal(&["--database", url], &[], "").contains("CARTOTEK_DATABASE"));
    }
    assert!(flags(&["--database", "postgres://cartotek@localhost:5432/cartotek"]).is_ok());
    assert!(gather(&[], &[("CARTOTEK_DATABASE", url)], "").is_ok());
}

#[test]
fn an_unknown_key_is_refused_with_its_source() {
    let message = refusal(&[], &[], "queue = 3\ndatabse = 'postgres://cartotek:secret@localhost/c'");
    assert!(message.contains("cartotek.toml, line 2: unknown field `databse`"), "{message}");
    assert!(!message.contains("secret"), "{message}");
    let message = refusal(&[], &[("CARTOTEK_DATABSE", "postgres://cartotek:secret@localhost/c")], "");
    assert!(message.contains("CARTOTEK_DATABSE: unknown field `databse`"), "{message}");
    assert!(!message.contains("secret"), "{message}");
    assert!(refusal(&["--databse", "x"], &[], "").contains("--databse"));
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_and_not_repeated() {
    for message in [
        refusal(&[], &[], "connections = 'secret'"),
        refusal(&[], &[("CARTOTEK_CONNECTIONS", "secret")], ""),
        refusal(&[], &[], "log_format = 'secret'"),
        refusal(&[], &[], "connections = 0"),
    ] {
        assert!(message.contains("the value cannot be read, expected"), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn half_a_certificate_and_two_databases_are_refused() {
    assert!(refusal(&["--tls-key", "key.pem"], &[], "").contains("tls_chain"));
    assert!(refusal(&[], &[], "database = 'sqlite:a.db'\ndatabase_file = 'b'").contains("one of them"));
}

#[test]
fn what_is_not_configured_is_named_with_its_cure() {
    let config = gather(&[], &[], "").unwrap();
    assert!(config.store(Access::ReadWrite).is_err_and(|error| error.to_string().contains("--database")));
    assert!(config.keys().is_err_and(|error| error.to_string().contains("CARTOTEK_KEYS")));
    assert!(config.schemas().is_err_and(|error| error.to_string().contains("--schemas")));
}

#[test]
fn empty_and_test_variables_are_passed_over() {
    let variables = [("CARTOTEK_TLS_KEY", ""), ("CARTOTEK_TEST_POSTGRES", "x"), ("CARTOTEK_CONFIG", "x")];
    assert!(gather(&[], &variables, "").unwrap().tls.is_none());
}

#[test]
fn the_demo_is_refused_beside_a_configured_registry() {
    let folder = Path::new("data");
    assert!(gather(&[], &[], "").unwrap().demo(folder).is_ok());
    for content in ["database = 'sqlite:a.db'", "keys = 'keys'"] {
        let Err(failure) = gather(&[], &[], content).unwrap().demo(folder) else {
            panic!("{content} was passed over");
        };
        assert_eq!(failure.exit_code(), 2);
    }
}
