//! A webhook of a hospital: a server with a certificate that remembers what it was sent and answers as it was told to.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use cartotek_crypto::tls;

/// Something that was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The path and query.
    pub target: String,
    /// The headers by their lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

/// A running webhook; it ends with the test process.
pub struct Hook {
    address: String,
    memory: Arc<Memory>,
}

#[derive(Default)]
struct Memory {
    answers: Mutex<VecDeque<u16>>,
    sent: Mutex<Vec<Sent>>,
}

impl Hook {
    /// Listens with a certificate and its key. It answers with these statuses one after the other, then with 500; a
    /// redirection leads to itself.
    pub fn listen(chain: &Path, key: &Path, answers: &[u16]) -> Self {
        let acceptor = tls::acceptor(chain, key).expect("the certificate is good");
        let memory =
            Arc::new(Memory { answers: Mutex::new(answers.iter().copied().collect()), ..Memory::default() });
        let (kept, (bound, address)) = (Arc::clone(&memory), mpsc::channel());
        thread::spawn(move || {
            rt::System::new().block_on(async move {
                let memory = Data::from(kept);
                let server = HttpServer::new(move || {
                    App::new().app_data(memory.clone()).default_service(web::to(remember))
                });
                let server = server.workers(1).disable_signals().bind_openssl("127.0.0.1:0", acceptor);
                let server = server.expect("a port is free");
                bound.send(server.addrs()[0]).expect("the test waits");
                server.run().await.expect("the server runs");
            });
        });
        let address = address.recv().expect("the server listens");
        Self { address: format!("https://{address}"), memory }
    }

    /// The URL at which it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it was sent so far, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.memory.sent.lock().unwrap().clone()
    }
}

async fn remember(request: HttpRequest, body: Bytes, memory: Data<Memory>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    memory.sent.lock().unwrap().push(Sent {
        target: request.uri().to_string(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let status = memory.answers.lock().unwrap().pop_front().unwrap_or(500);
    let status = StatusCode::from_u16(status).expect("a status");
    HttpResponse::build(status).insert_header((header::LOCATION, "/elsewhere")).finish()
}
