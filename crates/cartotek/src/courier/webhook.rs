//! Reminders to a webhook: signed, over TLS, and to where it was configured alone.

use std::path::Path;
use std::time::Duration;

use cartotek_crypto::tls::TlsClient;
use cartotek_crypto::webhook::WebhookKey;
use cartotek_service::reminder::Parcel;
use ureq::http::Request;
use ureq::unversioned::transport::{Connector, TcpConnector};
use ureq::{Agent, Error};

use crate::courier::address::{Guarded, NotAllowed};
use crate::courier::tls::TlsConnector;
use crate::failure::Failure;

/// How long finding and reaching the host may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// How long an attempt may take in all.
const LIMIT: Duration = Duration::from_secs(30);

/// A webhook of a hospital.
pub(super) struct Webhook {
    url: String,
    key: WebhookKey,
    agent: Agent,
}

impl Webhook {
    /// Reads the secret that signs and the certificates that are trusted.
    ///
    /// # Errors
    /// When one of the files cannot be used.
    pub(super) fn open(url: String, secret: &Path, trusted: &Path, private: bool) -> Result<Self, Failure> {
        let key = WebhookKey::load_from(secret)?;
        let tls = TlsConnector(TlsClient::trusting(trusted)?);
        let config = Agent::config_builder()
            .https_only(true)
            .http_status_as_error(false)
            // Whoever answers with a redirection could lead the reminder anywhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A proxy of the environment would find the host's address, which is looked at here.
            .proxy(None)
            .timeout_resolve(Some(CONNECTING))
            .timeout_connect(Some(CONNECTING))
            .timeout_global(Some(LIMIT))
            .max_idle_connections(0)
            .user_agent(concat!("cartotek/", env!("CARGO_PKG_VERSION")))
            .build();
        let connector = Connector::<()>::chain(TcpConnector::default(), tls);
        Ok(Self { url, key, agent: Agent::with_parts(config, connector, Guarded::new(private)) })
    }

    /// Posts the JSON; any answer but 2xx is none.
    pub(super) fn deliver(&self, parcel: &Parcel) -> Result<(), String> {
        let seconds = parcel.sent_at.timestamp();
        let signature = self.key.sign(seconds, parcel.body.as_bytes());
        let request = Request::post(&self.url)
            .header("content-type", "application/json")
            .header("cartotek-reminder", parcel.id.to_string())
            .header("cartotek-timestamp", seconds.to_string())
            .header("cartotek-signature", format!("v1={signature}"))
            .body(parcel.body.as_str())
            .map_err(|_| "the address of the webhook cannot be used".to_owned())?;
        let answer = self.agent.run(request).map_err(|error| reason(&error))?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            status @ 300..=399 => {
                Err(format!("the webhook redirects, status {status}; configure where it leads"))
            }
            status => Err(format!("the webhook answered with status {status}")),
        }
    }
}

/// Why an attempt failed, without the address, which may be a secret.
fn reason(error: &Error) -> String {
    match error {
        Error::Timeout(_) => "there was no answer in time".to_owned(),
        Error::HostNotFound => "the host of the webhook was not found".to_owned(),
        Error::Io(error) => format!("the connection failed: {}", error.kind()),
        Error::Tls(reason) => format!("the certificate or TLS was refused: {reason}"),
        Error::TooManyRedirects | Error::RedirectFailed => "the webhook redirects".to_owned(),
        Error::Other(other) if other.is::<NotAllowed>() => NotAllowed.to_string(),
        _ => "the answer could not be understood".to_owned(),
    }
}
