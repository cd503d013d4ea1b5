//! A PostgreSQL cluster of the test's own, to crash.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// How a cluster crashes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Crash {
    /// The postmaster is killed; its children notice.
    Kill,
    /// The postmaster throws its children out and saves nothing.
    Immediate,
}

/// A running cluster; removed when dropped, or when the test dies.
pub(crate) struct Cluster {
    keeper: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    port: String,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("postgres-to-crash");
        let mut keeper = Command::new(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/postgres-to-crash is a program");
        let commands = keeper.stdin.take();
        let answers = BufReader::new(keeper.stdout.take().unwrap());
        let mut cluster = Self { keeper, commands, answers, port: String::new() };
        cluster.port = cluster.answer();
        cluster
    }

    /// The URL of the database for one of the cluster's roles.
    pub(crate) fn url(&self, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/cartotek", self.port)
    }

    /// Crashes the cluster and starts it again.
    pub(crate) fn crash(&mut self, how: Crash) {
        let how = match how {
            Crash::Kill => "kill",
            Crash::Immediate => "immediate",
        };
        writeln!(self.commands.as_mut().unwrap(), "{how}").expect("the cluster's keeper lives");
        assert_eq!(self.answer(), self.port);
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the cluster's keeper speaks UTF-8");
        assert!(
            !line.is_empty(),
            "this test needs PostgreSQL, which `make test` sees to: no cluster has started"
        );
        line.trim_end().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.keeper.wait();
    }
}
