//! One source of settings: the flags, the environment or the file. Each names only what it sets.

use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use toml::{Table, Value};

use super::reminder::ReminderLayer;
use crate::failure::Failure;
use crate::telemetry::LogFormat;

/// The prefix of the variables of the environment.
const PREFIX: &str = "CARTOTEK_";

/// Variables with this prefix belong to the test suite.
const TEST_PREFIX: &str = "CARTOTEK_TEST_";

/// The settings that one source gives. It has no `Debug`: the URL may hold a password.
#[derive(Clone, Default, PartialEq, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Settings (also as CARTOTEK_… or in the file of --config)")]
pub(crate) struct Layer {
    /// The database: `sqlite:PATH` or `postgres://USER@HOST/DATABASE`, here without a password.
    #[arg(long, global = true, value_name = "URL", value_parser = url_without_password)]
    pub(crate) database: Option<String>,
    /// A file that holds the database URL, with its password.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) database_file: Option<PathBuf>,
    /// The folder of the server's keys.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) keys: Option<PathBuf>,
    /// The name of the audit log in its checkpoints; never changes in the life of a registry.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) log_name: Option<String>,
    /// The folder of form schemas that came with the program.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) schemas: Option<PathBuf>,
    /// The address to listen on.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// The certificate chain in PEM, the server's certificate first.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) tls_chain: Option<PathBuf>,
    /// The private key of the certificate in PEM.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Threads that answer requests.
    #[arg(long, global = true, value_name = "NUMBER")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Open connections of clients per worker.
    #[arg(long, global = true, value_name = "NUMBER")]
    pub(crate) max_connections: Option<NonZeroUsize>,
    /// Connections to the database.
    #[arg(long, global = true, value_name = "NUMBER")]
    pub(crate) connections: Option<NonZeroUsize>,
    /// Transactions that may wait; one more is answered 503.
    #[arg(long, global = true, value_name = "NUMBER")]
    pub(crate) queue: Option<NonZeroUsize>,
    /// Seconds that a transaction has.
    #[arg(long, global = true, value_name = "SECONDS")]
    pub(crate) deadline: Option<NonZeroU64>,
    /// The form of the log on standard error.
    #[arg(long, global = true, value_name = "FORM")]
    pub(crate) log_format: Option<LogFormat>,
    /// What is logged, e.g. `info` or `warn,cartotek_api=debug`.
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// Which sites are reminded, and how: a table of the file alone.
    #[arg(skip)]
    pub(crate) reminders: Option<ReminderLayer>,
}

impl Layer {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Names the file, and the key and line that are wrong; never a value.
    pub(super) fn read_file(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
            let line = before.matches('\n').count() + 1;
            Failure::usage(format!("{}, line {line}: {}", path.display(), explain(&error)))
        })
    }

    /// Takes the `CARTOTEK_…` variables; an empty one counts as absent.
    ///
    /// # Errors
    /// Names the variable that is unknown or unfit; never its value.
    pub(super) fn from_environment(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        let mut layer = Self::default();
        for (name, value) in variables {
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            if key == "CONFIG" || name.starts_with(TEST_PREFIX) || value.is_empty() {
                continue;
            }
            // A number is a number in every other source too.
            let value = value.parse().map_or(Value::String(value), Value::Integer);
            let table = Table::from_iter([(key.to_lowercase(), value)]);
            let one = Self::deserialize(table).map_err(|error| {
                Failure::usage(format!("environment variable {name}: {}", explain(&error)))
            })?;
            layer = one.over(layer);
        }
        Ok(layer)
    }

    /// These settings, and where they are silent the others.
    pub(super) fn over(self, other: Self) -> Self {
        // A URL and a file with one are the same setting.
        let (database, database_file) = if self.database.is_some() || self.database_file.is_some() {
            (self.database, self.database_file)
        } else {
            (other.database, other.database_file)
        };
        Self {
            database,
            database_file,
            keys: self.keys.or(other.keys),
            log_name: self.log_name.or(other.log_name),
            schemas: self.schemas.or(other.schemas),
            listen: self.listen.or(other.listen),
            tls_chain: self.tls_chain.or(other.tls_chain),
            tls_key: self.tls_key.or(other.tls_key),
            workers: self.workers.or(other.workers),
            max_connections: self.max_connections.or(other.max_connections),
            connections: self.connections.or(other.connections),
            queue: self.queue.or(other.queue),
            deadline: self.deadline.or(other.deadline),
            log_format: self.log_format.or(other.log_format),
            log: self.log.or(other.log),
            reminders: self.reminders.or(other.reminders),
        }
    }
}

/// The message without the value that was refused, which may be a secret.
fn explain(error: &toml::de::Error) -> String {
    let message = error.message();
    if message.starts_with("unknown field") || message.starts_with("duplicate key") {
        return message.to_owned();
    }
    message.split_once("expected ").map_or_else(
        || "the value cannot be read".to_owned(),
        |(_, expected)| format!("the value cannot be read, expected {expected}"),
    )
}

/// Refuses a password where every user of the machine can read it in the list of processes.
fn url_without_password(url: &str) -> Result<String, String> {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    if user.contains(':') || url.contains("password=") {
        return Err("no password on the command line; use CARTOTEK_DATABASE or --database-file".to_owned());
    }
    Ok(url.to_owned())
}
