//! What the process says of itself: everything it has logged, at the most talkative level, and its metrics.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{LazyLock, Mutex};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

static METRICS: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(|| Log)
        .init();
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).expect("nobody else takes the metrics");
    handle
});

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Listens from now on.
pub fn observe() {
    LazyLock::force(&METRICS);
}

/// Up to where the log is known not to hold a text: it grows long, and is searched often.
static SEARCHED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// Whether a text stands in a log line of the process so far, of any test.
pub fn is_logged(text: &str) -> bool {
    let (log, mut searched) = (LOG.lock().unwrap(), SEARCHED.lock().unwrap());
    let known = searched.entry(text.to_owned()).or_default();
    let found = String::from_utf8_lossy(&log[*known..]).contains(text);
    if !found {
        // Lines are written whole.
        *known = log.len();
    }
    found
}

/// The metrics of the process.
pub fn measured() -> String {
    METRICS.render()
}
