//! A registry on disk, and the real program on it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::time::Duration;
use std::{env, fs};

use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Access, Engine, ReadSession, Store, StoreConfig, StoreError, WriteSession};
use tempfile::TempDir;

use crate::program::server::Server;

/// The HSA-id of the first administrator.
pub const ADMINISTRATOR: &str = "SE2321000016-E2EADMIN";

/// The program: the one that `CARTOTEK_TEST_PROGRAM` names, e.g. a released one, else built with the profile of this
/// test.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    if let Some(program) = env::var_os("CARTOTEK_TEST_PROGRAM") {
        return program.into();
    }
    // <target>/<profile>/deps/<this test>
    let test = env::current_exe().expect("the test has a path");
    let folder = test.ancestors().nth(2).expect("the test lies in a target folder");
    let target = folder.parent().expect("the test lies in a target folder");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--bin", "cartotek", "--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(repository())
        .status();
    assert!(built.is_ok_and(|status| status.success()), "the program does not build");
    folder.join("cartotek")
});

/// The folder of this repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the repository").to_owned()
}

/// The program with nothing but what is given here.
pub fn program() -> Command {
    let mut command = Command::new(&*PROGRAM);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARTOTEK_")) {
            command.env_remove(name);
        }
    }
    command
}

/// A folder with keys and, on SQLite, the database; removed when dropped.
pub struct Installation {
    folder: TempDir,
    url: String,
    owner_url: String,
    schemas: PathBuf,
    database: Option<TestDatabase>,
}

/// What a command printed, once it has ended as expected.
pub struct Printed {
    /// On standard output.
    pub out: String,
    /// On standard error.
    pub err: String,
}

impl Printed {
    fn of(output: &Output) -> Self {
        Self { out: text(&output.stdout), err: text(&output.stderr) }
    }
}

impl Installation {
    /// On a SQLite file that does not exist yet.
    pub fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("cartotek.db").display());
        Self { folder, owner_url: url.clone(), url, schemas: repository().join("schemas"), database: None }
    }

    /// On a database that is there, for the service and for the owner of its tables.
    pub fn on(url: &str, owner_url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (url, owner_url) = (url.to_owned(), owner_url.to_owned());
        Self { folder, url, owner_url, schemas: repository().join("schemas"), database: None }
    }

    /// On a database that has its tables already.
    pub fn migrated(engine: Engine) -> Self {
        let database = TestDatabase::new(engine);
        wait_for(database.store.shutdown());
        let installation = Self::on(&database.config.url, database.owner_url());
        Self { database: Some(database), ..installation }
    }

    /// With the schemas of another folder.
    #[must_use]
    pub fn with_schemas(self, schemas: PathBuf) -> Self {
        Self { schemas, ..self }
    }

    /// The name of its database on PostgreSQL.
    pub fn database_name(&self) -> &str {
        self.url.rsplit_once('/').expect("a URL names a database").1
    }

    /// The same keys beside another database of the same cluster.
    #[must_use]
    pub fn moved_to(self, name: &str) -> Self {
        let beside =
            |url: &str| format!("{}/{name}", url.rsplit_once('/').expect("a URL names a database").0);
        Self { url: beside(&self.url), owner_url: beside(&self.owner_url), ..self }
    }

    /// Runs SQL on a [`migrated`](Self::migrated) one as somebody who holds the whole database would.
    pub fn execute(&self, statement: &str) {
        self.database.as_ref().expect("the database is the test's own").execute(statement);
    }

    /// The tables of a [`migrated`](Self::migrated) one that hold a text.
    pub fn tables_with(&self, text: &str) -> Vec<String> {
        let dump = self.database.as_ref().expect("the database is the test's own").dump();
        let with = dump.into_iter().filter(|(_, rows)| rows.iter().any(|row| row.contains(text)));
        with.map(|(table, _)| table).collect()
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with the settings of this installation.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .args(arguments)
            .env("CARTOTEK_DATABASE", &self.url)
            .env("CARTOTEK_KEYS", self.path("keys"))
            .env("CARTOTEK_SCHEMAS", &self.schemas)
            .env("CARTOTEK_LISTEN", "127.0.0.1:0")
            .env("CARTOTEK_LOG", "warn");
        command
    }

    /// `cartotek migrate`, as the owner of the tables.
    pub fn migration(&self) -> Command {
        let mut command = self.command(&["migrate"]);
        command.env("CARTOTEK_DATABASE", &self.owner_url);
        command
    }

    /// Runs a command that succeeds.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Printed {
        succeed(&mut self.command(arguments))
    }

    /// Makes the registry ready for use.
    #[track_caller]
    pub fn migrate(&self) -> Printed {
        succeed(&mut self.migration())
    }

    /// Starts a server.
    #[track_caller]
    pub fn serve(&self) -> Server {
        Server::start(self)
    }

    /// A new file for a server's log.
    pub fn log(&self) -> (File, PathBuf) {
        let number = fs::read_dir(self.folder.path()).expect("the folder is readable").count();
        let path = self.path(&format!("server-{number}.log"));
        (File::create(&path).expect("the folder is writable"), path)
    }

    /// How the database is opened by who is not the program.
    pub fn store_config(&self) -> StoreConfig {
        StoreConfig::new(&self.url)
    }

    /// Writes rows as no use case does, in one transaction, while no server holds the database.
    pub fn write(&self, work: impl FnMut(&mut dyn WriteSession) -> Result<(), StoreError> + Send + 'static) {
        let config = StoreConfig { deadline: Duration::from_mins(1), ..self.store_config() };
        wait_for(async {
            let store = Store::open(&config).expect("the database opens");
            let written = store.write("write", work).await;
            store.shutdown().await;
            written.expect("the rows are valid");
        });
    }

    /// Everything is as it should be, to the program's knowledge.
    #[track_caller]
    pub fn check(&self) {
        self.run(&["check"]);
    }

    /// How many events no checkpoint vouches for yet.
    pub fn pending(&self) -> i64 {
        self.ask(|session| session.pending_count())
    }

    /// The term of the server that signed the latest checkpoint.
    pub fn sealing_term(&self) -> i64 {
        self.ask(|session| Ok(session.checkpoint()?.map_or(0, |checkpoint| checkpoint.epoch)))
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn ReadSession) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let config = StoreConfig { access: Access::ReadOnly, ..StoreConfig::new(&self.url) };
        wait_for(async {
            let store = Store::open(&config).expect("the database opens");
            let answer = store.read("look", question).await.expect("the database answers");
            store.shutdown().await;
            answer
        })
    }
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Runs a command that succeeds.
#[track_caller]
pub fn succeed(command: &mut Command) -> Printed {
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{command:?}\n{}", shown(&output));
    Printed::of(&output)
}

/// Runs a command that fails with that exit code; gives what it said.
#[track_caller]
pub fn refused(command: &mut Command, code: i32) -> String {
    fail(command, code).err
}

/// Runs a command that fails with that exit code; gives all that it printed.
#[track_caller]
pub fn fail(command: &mut Command, code: i32) -> Printed {
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{}", shown(&output));
    Printed::of(&output)
}

fn shown(output: &Output) -> String {
    format!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
