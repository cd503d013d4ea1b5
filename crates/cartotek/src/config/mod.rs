//! The settings of a run: flags before environment before file, and what holds without any.

mod layer;
mod reminder;

use std::net::{Ipv4Addr, SocketAddr};
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

use cartotek_persistence::{Access, StoreConfig};

use crate::failure::Failure;
use crate::telemetry::LogFormat;

pub(crate) use layer::Layer;
pub(crate) use reminder::{Destination, Reminders, Way};

/// The settings. They have no `Debug`: the URL may hold a password.
#[derive(Clone)]
pub(crate) struct Config {
    database: Option<String>,
    keys: Option<PathBuf>,
    /// The name of the audit log.
    pub(crate) log_name: String,
    /// The folder of form schemas, if one is configured.
    pub(crate) schemas: Option<PathBuf>,
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// Certificate chain and private key, for TLS.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// Threads that answer requests.
    pub(crate) workers: usize,
    /// Open connections per worker.
    pub(crate) max_connections: usize,
    connections: usize,
    queue: usize,
    deadline: Duration,
    /// The form of the log.
    pub(crate) log_format: LogFormat,
    /// What is logged.
    pub(crate) log: String,
    /// Which sites are reminded, and how.
    pub(crate) reminders: Reminders,
}

impl Config {
    /// Gathers the settings of all sources.
    ///
    /// # Errors
    /// `Usage`, naming the source and the key.
    pub(crate) fn gather(
        flags: Layer,
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        let environment = Layer::from_environment(environment)?;
        let file = file.map(Layer::read_file).transpose()?.unwrap_or_default();
        Self::resolve(flags.over(environment).over(file))
    }

    fn resolve(layer: Layer) -> Result<Self, Failure> {
        let tls = match (layer.tls_chain, layer.tls_key) {
            (Some(chain), Some(key)) => Some((chain, key)),
            (None, None) => None,
            _ => return Err(Failure::usage("tls_chain and tls_key belong together; give both or neither")),
        };
        Ok(Self {
            database: database(layer.database, layer.database_file.as_deref())?,
            keys: layer.keys,
            log_name: layer.log_name.unwrap_or_else(|| "cartotek.example/log".to_owned()),
            schemas: layer.schemas,
            listen: layer.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
            tls,
            workers: layer.workers.or_else(|| available_parallelism().ok()).map_or(2, NonZeroUsize::get),
            max_connections: layer.max_connections.map_or(10_000, NonZeroUsize::get),
            connections: layer.connections.map_or(8, NonZeroUsize::get),
            queue: layer.queue.map_or(1024, NonZeroUsize::get),
            deadline: Duration::from_secs(layer.deadline.map_or(10, NonZeroU64::get)),
            log_format: layer.log_format.unwrap_or_default(),
            log: layer.log.unwrap_or_else(|| "info".to_owned()),
            reminders: Reminders::resolve(layer.reminders.unwrap_or_default())?,
        })
    }

    /// The same settings on another SQLite file.
    pub(crate) fn on_sqlite(self, file: &Path) -> Self {
        Self { database: Some(format!("sqlite:{}", file.display())), ..self }
    }

    /// The same settings for the demo network, which lives in one folder.
    pub(crate) fn for_demo(self, folder: &Path) -> Self {
        let database = format!("sqlite:{}", folder.join("cartotek.db").display());
        Self { database: Some(database), keys: Some(folder.join("keys")), ..self }
    }

    /// As [`Config::for_demo`], when no other registry is configured.
    ///
    /// # Errors
    /// `Usage` when one is: whoever names it does not mean the demo network.
    pub(crate) fn demo(self, folder: &Path) -> Result<Self, Failure> {
        if self.database.is_some() || self.keys.is_some() {
            return Err(Failure::usage(
                "--demo serves the demo network from the folder of --data; a database and keys are configured as well, \
                 so leave out either them or --demo",
            ));
        }
        Ok(self.for_demo(folder))
    }

    /// How the database is opened.
    ///
    /// # Errors
    /// `Usage` when none is configured.
    pub(crate) fn store(&self, access: Access) -> Result<StoreConfig, Failure> {
        let url = self.database.clone().ok_or_else(|| {
            Failure::usage(
                "no database is configured; give --database, CARTOTEK_DATABASE, --database-file or `database` in \
                 the file of --config",
            )
        })?;
        Ok(StoreConfig {
            access,
            connections: self.connections,
            queue: self.queue,
            deadline: self.deadline,
            ..StoreConfig::new(url)
        })
    }

    /// The path of the database file, when it is one.
    pub(crate) fn sqlite_file(&self) -> Option<PathBuf> {
        let name = self.database.as_deref()?.strip_prefix("sqlite:")?;
        Some(PathBuf::from(name.strip_prefix("//").unwrap_or(name)))
    }

    /// The folder of the keys.
    ///
    /// # Errors
    /// `Usage` when none is configured.
    pub(crate) fn keys(&self) -> Result<&Path, Failure> {
        self.keys.as_deref().ok_or_else(|| {
            Failure::usage(
                "no folder of keys is configured; give --keys, CARTOTEK_KEYS or `keys` in the file of --config",
            )
        })
    }

    /// The folder of form schemas.
    ///
    /// # Errors
    /// `Usage` when none is configured.
    pub(crate) fn schemas(&self) -> Result<&Path, Failure> {
        self.schemas.as_deref().ok_or_else(|| {
            Failure::usage(
                "no folder of schemas is configured; give --schemas, CARTOTEK_SCHEMAS or `schemas` in the file of \
                 --config",
            )
        })
    }
}

fn database(url: Option<String>, file: Option<&Path>) -> Result<Option<String>, Failure> {
    match (url, file) {
        (Some(_), Some(_)) => {
            Err(Failure::usage("database and database_file stand in the same source; give one of them"))
        }
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
            Ok(Some(text.trim_end().to_owned()))
        }
        (url, None) => Ok(url),
    }
}

#[cfg(test)]
mod tests;
