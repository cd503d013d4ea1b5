//! `cartotek serve`: the server, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::signal::unix::{Signal, SignalKind, signal};
use actix_web::rt::task::JoinHandle;
use actix_web::web::Data;
use actix_web::{HttpServer, rt};
use cartotek_crypto::tls;
use cartotek_persistence::Access;
use cartotek_service::Service;
use metrics_exporter_prometheus::PrometheusHandle;

use super::print;
use crate::config::{Config, Reminders};
use crate::courier::Post;
use crate::demo;
use crate::failure::Failure;
use crate::registry::{Registry, read_schemas};
use crate::telemetry;

/// How long requests under way may take once the server has been told to stop.
const DRAIN_SECONDS: u64 = 30;
/// After how long of it imports that still run mark themselves interrupted, so that they can be sent again at once.
const IMPORTS_END: Duration = Duration::from_secs(20);
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may be idle.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How often counted durations are put into their classes.
const UPKEEP: Duration = Duration::from_secs(5);

/// How the server starts.
#[derive(clap::Args)]
pub(crate) struct Serve {
    /// Serve the demo network from one folder, made on the first start, with a token per role.
    #[arg(long)]
    demo: bool,
    /// The folder of the demo network.
    #[arg(long, value_name = "FOLDER", default_value = "data", requires = "demo")]
    data: PathBuf,
}

impl Serve {
    pub(super) async fn run(self, config: Config) -> Result<(), Failure> {
        let config = if self.demo { config.demo(&self.data)? } else { config };
        let post = Post::open(&config.reminders)?;
        let metrics = telemetry::start_metrics()?;
        let registry = if self.demo {
            demo::open(&config, &self.data).await?
        } else {
            let registry = Registry::open(&config, Access::ReadWrite).await?;
            compare_schemas(&config, &registry).await?;
            registry
        };
        let (server, address) = listen(&config, registry.service.clone(), metrics.clone())?;
        if self.demo {
            print(demo::welcome(&self.data, &address)?)?;
        }
        print(format_args!("listening on {address}"))?;
        let upkeep = rt::spawn(keep_up(metrics));
        let background = registry.service.run_background();
        let reminding = remind(&config.reminders, post, &registry.service);
        let outcome = run_until_told(server, registry.service.clone()).await;
        upkeep.abort();
        if let Some(reminding) = reminding {
            reminding.abort();
        }
        background.stop().await;
        registry.close().await;
        tracing::info!("stopped");
        outcome
    }
}

/// The folder that came with the program must be published: whoever changes it and forgets to publish it would
/// otherwise serve other forms than it shows.
async fn compare_schemas(config: &Config, registry: &Registry) -> Result<(), Failure> {
    let Some(folder) = &config.schemas else { return Ok(()) };
    let unpublished = registry.unpublished(&read_schemas(folder)?).await?;
    if unpublished.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} holds what is not published: {}; run `cartotek migrate`, or give the folder that belongs to this registry",
        folder.display(),
        unpublished.join(", ")
    )))
}

/// Binds the address; gives the server and the URL on which it listens.
fn listen(config: &Config, service: Service, metrics: PrometheusHandle) -> Result<(Server, String), Failure> {
    let server =
        HttpServer::new(move || cartotek_api::app(service.clone()).app_data(Data::new(metrics.clone())))
            .workers(config.workers)
            .max_connections(config.max_connections)
            .client_request_timeout(HEAD_TIMEOUT)
            .keep_alive(KEEP_ALIVE)
            .shutdown_timeout(DRAIN_SECONDS)
            .disable_signals();
    let unbound = |error| Failure::new(format!("cannot listen on {}: {error}", config.listen));
    let (server, scheme) = match &config.tls {
        None => (server.bind(config.listen).map_err(unbound)?, "http"),
        Some((chain, key)) => {
            let acceptor = tls::acceptor(chain, key)?;
            (server.bind_openssl(config.listen, acceptor).map_err(unbound)?, "https")
        }
    };
    let bound: SocketAddr = server.addrs().first().copied().unwrap_or(config.listen);
    Ok((server.run(), format!("{scheme}://{bound}")))
}

/// Reminds the sites for as long as the server runs, if any are to be reminded. What an attempt has led to that is broken
/// off is not known; it is tried again.
fn remind(reminders: &Reminders, post: Post, service: &Service) -> Option<JoinHandle<()>> {
    let reminding = service.clone().keep_reminding(Arc::new(post), reminders.hour);
    (!reminders.sites.is_empty()).then(|| rt::spawn(reminding))
}

/// Serves until SIGTERM or SIGINT, then refuses new connections and lets the requests under way end.
async fn run_until_told(server: Server, service: Service) -> Result<(), Failure> {
    let failed = |error| Failure::new(format!("cannot wait for signals: {error}"));
    let terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let stop = rt::spawn(stop(server.handle(), service, terminate, interrupt));
    let outcome = server.await.map_err(|error| Failure::new(format!("the server failed: {error}")));
    stop.abort();
    outcome
}

async fn stop(server: ServerHandle, service: Service, mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: no new connections, requests under way have {DRAIN_SECONDS} s");
    let interrupt_imports = async {
        rt::time::sleep(IMPORTS_END).await;
        service.interrupt_imports();
    };
    tokio::join!(server.stop(true), interrupt_imports);
}

async fn keep_up(metrics: PrometheusHandle) {
    loop {
        rt::time::sleep(UPKEEP).await;
        metrics.run_upkeep();
    }
}
