//! Who brings reminders to the sites: as files into a folder, or to a webhook.

mod address;
mod folder;
mod tls;
mod webhook;

use std::collections::BTreeMap;

use cartotek_domain::code::site::SiteCode;
use cartotek_service::reminder::{Courier, Parcel};

use crate::config::{Destination, Reminders, Way};
use crate::courier::folder::Folder;
use crate::courier::webhook::Webhook;
use crate::failure::Failure;

/// The ways to the sites, with what they need at hand.
pub(crate) struct Post(BTreeMap<SiteCode, Route>);

struct Route {
    attempts: i64,
    carrier: Carrier,
}

enum Carrier {
    Folder(Folder),
    Webhook(Box<Webhook>),
}

impl Post {
    /// Reads the secrets and certificates of the webhooks.
    ///
    /// # Errors
    /// When one of their files cannot be used.
    pub(crate) fn open(reminders: &Reminders) -> Result<Self, Failure> {
        let routes =
            reminders.sites.iter().map(|(site, destination)| Ok((site.clone(), route(destination)?)));
        Ok(Self(routes.collect::<Result<_, Failure>>()?))
    }
}

fn route(destination: &Destination) -> Result<Route, Failure> {
    let carrier = match &destination.way {
        Way::Folder(path) => Carrier::Folder(Folder::new(path.clone())),
        Way::Webhook { url, secret_file, ca_file, private_addresses } => {
            Carrier::Webhook(Box::new(Webhook::open(url.clone(), secret_file, ca_file, *private_addresses)?))
        }
    };
    Ok(Route { attempts: destination.attempts, carrier })
}

impl Courier for Post {
    fn sites(&self) -> Vec<SiteCode> {
        self.0.keys().cloned().collect()
    }

    fn most_attempts(&self, site: &SiteCode) -> Option<i64> {
        self.0.get(site).map(|route| route.attempts)
    }

    fn deliver(&self, parcel: &Parcel) -> Result<(), String> {
        match self.0.get(&parcel.site).map(|route| &route.carrier) {
            Some(Carrier::Folder(folder)) => folder.deliver(parcel),
            Some(Carrier::Webhook(webhook)) => webhook.deliver(parcel),
            None => Err("no destination is configured for the site".to_owned()),
        }
    }
}
