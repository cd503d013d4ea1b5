//! Clients on keep-alive connections that do little themselves: they share the processors with what they measure.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// What one round showed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Answers per second.
    pub(crate) per_second: f64,
    /// The time within which 99 of 100 answers came, in milliseconds.
    pub(crate) p99: f64,
}

/// A request's bytes.
pub(crate) fn request(method: &str, path: &str, token: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Each client sends its requests one after the other, all clients at once.
///
/// # Panics
/// When an answer has another status than the one expected.
pub(crate) fn drive(address: SocketAddr, expected: u16, clients: &[Vec<Vec<u8>>]) -> Round {
    let started = Instant::now();
    let mut waits: Vec<Duration> = thread::scope(|scope| {
        let send = |requests| scope.spawn(move || send(address, expected, requests));
        let clients: Vec<_> = clients.iter().map(Vec::as_slice).map(send).collect();
        clients
            .into_iter()
            .flat_map(|client| client.join().expect("a client's answers are as expected"))
            .collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    waits.sort_unstable();
    let p99 = waits[(waits.len() * 99).div_ceil(100) - 1].as_secs_f64() * 1000.0;
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let per_second = waits.len() as f64 / seconds;
    Round { per_second, p99 }
}

fn send(address: SocketAddr, expected: u16, requests: &[Vec<u8>]) -> Vec<Duration> {
    let mut server = Connection::open(address);
    requests
        .iter()
        .map(|request| {
            let started = Instant::now();
            let (status, body) = server.ask(request);
            let waited = started.elapsed();
            assert_eq!(status, expected, "{}", String::from_utf8_lossy(&body));
            waited
        })
        .collect()
}

/// One connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket has options");
        Self { stream: BufReader::new(stream) }
    }

    /// Sends a request; gives the status and the body of the answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> (u16, Vec<u8>) {
        self.stream.get_mut().write_all(request).expect("the server takes the request");
        let status =
            self.line().split(' ').nth(1).and_then(|code| code.parse().ok()).expect("an answer in HTTP");
        let mut length = 0;
        loop {
            let line = self.line();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a length is a number");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the body is as long as said");
        (status, body)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("the server answers");
        line.trim_end().to_owned()
    }
}
