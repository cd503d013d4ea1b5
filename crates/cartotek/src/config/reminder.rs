//! The settings of reminders: from which hour on, and for each site where to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cartotek_domain::code::site::SiteCode;
use serde::Deserialize;

use crate::failure::Failure;

/// The hour of the Swedish clock from which a day's reminders are composed, unless another is configured.
const HOUR: u32 = 6;

/// How often a reminder is tried, unless another number is configured: over about nine hours.
const ATTEMPTS: i64 = 10;

/// What can be configured; only in the file, where a table has its place.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReminderLayer {
    hour: Option<u32>,
    sites: BTreeMap<SiteCode, SiteLayer>,
}

/// Of one site.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SiteLayer {
    folder: Option<PathBuf>,
    webhook: Option<String>,
    secret_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    private_addresses: Option<bool>,
    attempts: Option<i64>,
}

/// The settings of reminders.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reminders {
    /// The hour of the Swedish clock from which a day's reminders are composed.
    pub(crate) hour: u32,
    /// The sites that are reminded.
    pub(crate) sites: BTreeMap<SiteCode, Destination>,
}

/// Where the reminders of a site go.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Destination {
    /// How often one is tried.
    pub(crate) attempts: i64,
    /// By which way.
    pub(crate) way: Way,
}

/// A way for reminders.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Way {
    /// As files into a folder.
    Folder(PathBuf),
    /// To a webhook.
    Webhook {
        /// Its address, which may be a secret.
        url: String,
        /// The file of the secret that signs.
        secret_file: PathBuf,
        /// The file of the certificates that are trusted.
        ca_file: PathBuf,
        /// Whether it may lie in a private network.
        private_addresses: bool,
    },
}

impl Reminders {
    /// What the file says, with what holds without it.
    ///
    /// # Errors
    /// `Usage`, naming the site and the key.
    pub(super) fn resolve(layer: ReminderLayer) -> Result<Self, Failure> {
        let hour = layer.hour.unwrap_or(HOUR);
        if hour > 23 {
            return Err(Failure::usage("reminders.hour is an hour of the day, 0 to 23"));
        }
        let sites = layer.sites.into_iter();
        let sites = sites.map(|(site, layer)| Ok((site.clone(), destination(&site, layer)?)));
        Ok(Self { hour, sites: sites.collect::<Result<_, Failure>>()? })
    }
}

fn destination(site: &SiteCode, layer: SiteLayer) -> Result<Destination, Failure> {
    let unfit = |what: &str| Failure::usage(format!("reminders.sites.{site}: {what}"));
    let attempts = layer.attempts.unwrap_or(ATTEMPTS);
    if !(1..=20).contains(&attempts) {
        return Err(unfit("attempts are 1 to 20"));
    }
    let way = match (layer.folder, layer.webhook) {
        (Some(folder), None) => {
            if layer.secret_file.is_some() || layer.ca_file.is_some() || layer.private_addresses.is_some() {
                return Err(unfit("secret_file, ca_file and private_addresses belong to a webhook"));
            }
            Way::Folder(folder)
        }
        (None, Some(url)) => {
            let (Some(secret_file), Some(ca_file)) = (layer.secret_file, layer.ca_file) else {
                return Err(unfit(
                    "a webhook needs secret_file, the secret that signs, and ca_file, the certificates to trust, e.g. \
                     /etc/ssl/certs/ca-certificates.crt",
                ));
            };
            if !is_plain_https(&url) {
                return Err(unfit(
                    "webhook is an address that begins with https://, without user or password",
                ));
            }
            let private_addresses = layer.private_addresses.unwrap_or(false);
            Way::Webhook { url, secret_file, ca_file, private_addresses }
        }
        _ => return Err(unfit("give folder or webhook")),
    };
    Ok(Destination { attempts, way })
}

/// Whether a text is an https address that names a host and brings no credentials.
fn is_plain_https(text: &str) -> bool {
    let Ok(address) = text.parse::<ureq::http::Uri>() else { return false };
    let authority = address.authority().map_or("", |authority| authority.as_str());
    let host = address.host().unwrap_or_default();
    address.scheme_str() == Some("https") && !host.is_empty() && !authority.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<Reminders, String> {
        let layer: ReminderLayer = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        Reminders::resolve(layer).map_err(|error| error.to_string())
    }

    #[test]
    fn folders_and_webhooks_are_read() {
        let reminders = resolve(
            "hour = 7\n[sites.KAR]\nfolder = '/spool/KAR'\n[sites.UPP]\nwebhook = 'https://hooks.example.org/upp?k=1'\n\
             secret_file = '/s'\nca_file = '/ca.pem'\nprivate_addresses = true\nattempts = 3\n",
        );
        let Reminders { hour, sites } = reminders.unwrap();
        assert_eq!(hour, 7);
        let kar = &sites[&"KAR".parse().unwrap()];
        assert_eq!(*kar, Destination { attempts: 10, way: Way::Folder("/spool/KAR".into()) });
        let upp = &sites[&"UPP".parse().unwrap()];
        assert!(matches!(&upp.way, Way::Webhook { private_addresses: true, .. }) && upp.attempts == 3);
        let none = resolve("").unwrap();
        assert_eq!((none.hour, none.sites.len()), (6, 0));
    }

    #[test]
    fn what_does_not_fit_is_refused_naming_the_site() {
        let webhook = |rest: &str| format!("[sites.KAR]\nsecret_file = '/s'\nca_file = '/c'\n{rest}");
        for (text, said) in [
            ("[sites.KAR]".to_owned(), "reminders.sites.KAR: give folder or webhook"),
            ("[sites.KAR]\nfolder = '/f'\nwebhook = 'https://h'".to_owned(), "give folder or webhook"),
            ("[sites.KAR]\nfolder = '/f'\nca_file = '/c'".to_owned(), "belong to a webhook"),
            ("[sites.KAR]\nwebhook = 'https://h'".to_owned(), "needs secret_file"),
            (webhook("webhook = 'http://h/secret'"), "begins with https://"),
            (webhook("webhook = 'https://u:secret@h/'"), "without user or password"),
            (webhook("webhook = '/secret'"), "begins with https://"),
            (webhook("webhook = 'https://h'\nattempts = 0"), "attempts are 1 to 20"),
            ("hour = 24".to_owned(), "0 to 23"),
            ("[sites.kar]\nfolder = '/f'".to_owned(), ""),
            ("[sites.KAR]\nfoldr = '/f'".to_owned(), "unknown field"),
        ] {
            let message = resolve(&text).unwrap_err();
            assert!(message.contains(said) && !message.contains("secret@"), "{text}: {message}");
            assert!(!message.contains("h/secret"), "{message}");
        }
    }
}
