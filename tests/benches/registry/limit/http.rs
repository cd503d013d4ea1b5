//! HTTP servers in this process that do less than the registry.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;

use actix_web::dev::ServerHandle;
use actix_web::web::{Bytes, Data, ServiceConfig, to};
use actix_web::{App, HttpResponse, HttpServer, rt};
use cartotek_crypto::hash::sha256;
use cartotek_forms::{CheckTime, Forms, SchemaSet, canonical, parse_json};
use cartotek_tests::program::installation::repository;
use chrono::NaiveDate;

use super::bare::Bare;

/// A server; stopped when dropped.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    fn start(configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Self {
        let (say, said) = mpsc::channel();
        thread::spawn(move || {
            rt::System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(configure.clone()))
                    .workers(thread::available_parallelism().map_or(2, usize::from))
                    .disable_signals()
                    .bind("127.0.0.1:0")
                    .expect("a free port");
                let address = server.addrs()[0];
                let server = server.run();
                say.send((address, server.handle())).expect("somebody waits");
                server.await.expect("the server runs until it is stopped");
            });
        });
        let (address, handle) = said.recv().expect("the server starts");
        Self { address, handle }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// A handler that does nothing but read the body.
pub(crate) fn empty() -> Server {
    Server::start(|config| {
        config.default_service(to(|_body: Bytes| async { HttpResponse::Created().body("{}") }));
    })
}

/// A handler that parses, checks, hashes and stores, durable and in groups, and nothing else: nobody is
/// authenticated, no identifier looked for, no other record asked, no rule of two forms run.
pub(crate) fn prototype(bare: Arc<Bare>) -> Server {
    let set = SchemaSet::read_folder(&repository().join("schemas")).expect("the schemas are there");
    let forms = Arc::new(Forms::compile(&set).expect("the schemas compile"));
    Server::start(move |config| {
        config.app_data(Data::from(Arc::clone(&bare))).app_data(Data::from(Arc::clone(&forms)));
        config.default_service(to(store));
    })
}

async fn store(body: Bytes, bare: Data<Bare>, forms: Data<Forms>) -> HttpResponse {
    let document = parse_json(&body).expect("a body in JSON");
    let form = forms.form("follow_up", None).expect("the form is there");
    let today = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day");
    let checked = form.check_content(&document["content"], &CheckTime { today, first_submitted: None });
    assert!(checked.unanswered.is_empty(), "{:?}", checked.unanswered);
    let canonical = canonical(&document["content"]);
    let hash = sha256(&[canonical.as_bytes()]);
    let rows = bare.next();
    bare.database
        .store
        .write("prototype", move |session| Bare::insert(&rows, session))
        .await
        .expect("the rows are valid");
    HttpResponse::Created().body(hash.to_string())
}
