//! A running server.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use crate::program::client::Client;
use crate::program::installation::Installation;
use crate::program::waiting::eventually;

/// A server on a free port; killed when dropped.
pub struct Server {
    process: Child,
    address: String,
    log: PathBuf,
    /// Kept open, so that the server can print.
    _printed: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a server and waits until it is ready.
    #[track_caller]
    pub fn start(installation: &Installation) -> Self {
        let server = Self::launch(installation, installation.command(&["serve"]));
        server.await_ready();
        server
    }

    /// Starts a server with settings of its own and waits until it listens.
    #[track_caller]
    pub fn launch(installation: &Installation, mut command: Command) -> Self {
        let (file, log) = installation.log();
        let mut process =
            command.stdout(Stdio::piped()).stderr(file).spawn().expect("the program can be started");
        let mut printed = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        printed.read_line(&mut line).expect("the server prints text");
        let Some(address) = line.strip_prefix("listening on ") else {
            let _ = process.wait();
            panic!("the server does not listen: {line}{}", fs::read_to_string(&log).unwrap_or_default());
        };
        Self { process, address: address.trim_end().to_owned(), log, _printed: printed }
    }

    /// Waits until the server can write.
    #[track_caller]
    pub fn await_ready(&self) {
        let client = self.client("");
        let ready = || client.try_get("/health/ready").is_ok_and(|answer| answer.status == 200).then_some(());
        eventually("the server is ready", ready);
    }

    /// Somebody with a token.
    pub fn client(&self, token: &str) -> Client {
        Client::new(&self.address, token)
    }

    /// The URL at which it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where it listens.
    pub fn socket(&self) -> SocketAddr {
        self.address.trim_start_matches("http://").parse().expect("the server prints its address")
    }

    /// Megabytes of memory that the process has resident.
    pub fn memory(&self) -> f64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("the server runs");
        let resident =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
        let kilobytes: f64 = resident.trim().trim_end_matches(" kB").parse().expect("a number of kB");
        kilobytes / 1024.0
    }

    /// Ends the process at once, as a power failure would.
    pub fn kill(mut self) {
        self.process.kill().expect("the server runs");
        self.process.wait().expect("the server is ours");
    }

    /// Asks the server to stop, as an operator does.
    pub fn ask_to_stop(&self) {
        let kill = format!("kill -TERM {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().is_ok_and(|status| status.success()));
    }

    /// Waits for the end of a server that was asked to stop.
    #[track_caller]
    pub fn await_end(mut self) -> ExitStatus {
        eventually("the server stops", || self.process.try_wait().expect("the server is ours"))
    }

    /// Stops the server in order.
    #[track_caller]
    pub fn stop(self) {
        let log = self.log.clone();
        self.ask_to_stop();
        let status = self.await_end();
        assert!(status.success(), "{status}\n{}", fs::read_to_string(log).unwrap_or_default());
    }

    /// What the server has logged.
    pub fn logged(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
