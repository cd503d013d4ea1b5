//! An open registry: its database and the service on it.

use std::path::Path;
use std::sync::Arc;

use cartotek_crypto::hash::sha256;
use cartotek_crypto::keys::{KeyError, KeyRing};
use cartotek_crypto::random::SystemRandom;
use cartotek_domain::access::permission::ManageActors;
use cartotek_domain::access::{GrantScope, Granted, Role};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::id::RequestId;
use cartotek_domain::time::Timestamp;
use cartotek_forms::SchemaSet;
use cartotek_persistence::{self as persistence, Page, Store, StoreConfig, StoreError};
use cartotek_service::access::NewToken;
use cartotek_service::recognise::recognise_log;
use cartotek_service::{Act, Ground, Service, ServiceError, SystemClock, SystemIds};

use crate::config::Config;
use crate::failure::Failure;

/// A database with the service on it.
pub(crate) struct Registry {
    /// The database.
    pub(crate) store: Store,
    /// The use cases.
    pub(crate) service: Service,
}

/// Who is to have which role.
pub(crate) struct Access {
    /// Person or system, if it is new.
    pub(crate) kind: ActorKind,
    /// Its HSA-id.
    pub(crate) hsa_id: HsaId,
    /// The role.
    pub(crate) role: Role,
    /// What the role is limited to.
    pub(crate) scope: GrantScope,
}

/// What was missing and has been made.
pub(crate) struct Prepared {
    /// The migrations applied.
    pub(crate) migrations: Vec<String>,
    /// Whether keys were made.
    pub(crate) new_keys: bool,
    /// The schema documents published.
    pub(crate) documents: Vec<String>,
}

impl Registry {
    /// Opens a registry that is ready for use.
    ///
    /// # Errors
    /// When database or keys are not there, not this program's, or do not belong together.
    pub(crate) async fn open(config: &Config, access: persistence::Access) -> Result<Self, Failure> {
        let store = Store::open(&config.store(access)?)?;
        let keys = KeyRing::load_from(config.keys()?, &config.log_name)?;
        Self::start(store, keys).await
    }

    /// Makes a registry ready for use: tables, keys of a new one, forms. Does nothing when all is there.
    ///
    /// # Errors
    /// When something cannot be made, or the keys of a registry in use are missing.
    pub(crate) async fn prepare(config: &Config) -> Result<(Self, Prepared), Failure> {
        let settings = StoreConfig { create: true, ..config.store(persistence::Access::ReadWrite)? };
        let folder = config.keys()?;
        let migrations = Store::migrate(&settings)?;
        let store = Store::open(&settings)?;
        let (keys, new_keys) = keys(&store, folder, &config.log_name).await?;
        let registry = Self::start(store, keys).await?;
        let mut documents = Vec::new();
        if let Some(folder) = &config.schemas {
            let set = read_schemas(folder)?;
            if !registry.unpublished(&set).await?.is_empty() {
                documents = registry.service.publish_as_system(&registry.act(), set).await?.value;
            }
        }
        Ok((registry, Prepared { migrations, new_keys, documents }))
    }

    async fn start(store: Store, keys: KeyRing) -> Result<Self, Failure> {
        // Whoever only reads adds nothing to the log, and a check must be able to say what is wrong with it.
        if store.access() == persistence::Access::ReadWrite
            && let Err(error) = recognise_log(&store, &keys).await
        {
            store.shutdown().await;
            return Err(error.into());
        }
        let service = Service::start(Ground {
            store: store.clone(),
            keys: Arc::new(keys),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            random: Arc::new(SystemRandom),
        })
        .await?;
        Ok(Self { store, service })
    }

    /// Seals what was done, so that it does not wait for the next server, and closes the database.
    pub(crate) async fn close(self) {
        if self.store.access() == persistence::Access::ReadWrite
            && let Err(error) = self.seal().await
        {
            tracing::warn!(%error, "the last events wait for the next server");
        }
        self.service.shutdown().await;
    }

    async fn seal(&self) -> Result<(), ServiceError> {
        self.service.seal_all().await?;
        self.service.end_sealing().await
    }

    /// The circumstances of what the command line asks for.
    pub(crate) fn act(&self) -> Act {
        Act::new(RequestId::next(self.service.ids()))
    }

    /// Creates the holder and gives the role where they are missing, and issues a token.
    ///
    /// # Errors
    /// As the use cases refuse.
    pub(crate) async fn give_access(
        &self,
        granted: &Granted<ManageActors>,
        Access { kind, hsa_id, role, scope }: Access,
        label: String,
        expires_at: Timestamp,
    ) -> Result<NewToken, Failure> {
        let service = &self.service;
        let holder = match service.actor_of(hsa_id.clone()).await? {
            Some(holder) => holder,
            None => service.create_actor(granted, &self.act(), kind, hsa_id).await?.value.id,
        };
        let held = service.command_line_caller(holder).await?.grants;
        if !held.iter().any(|grant| grant.role == role && grant.scope == scope) {
            service.grant_role(granted, &self.act(), holder, role, Some(scope)).await?;
        }
        Ok(service.issue_token(granted, &self.act(), holder, label, expires_at).await?.value)
    }

    /// The paths of the documents that the database does not hold in the same bytes.
    ///
    /// # Errors
    /// As the store fails.
    pub(crate) async fn unpublished(&self, set: &SchemaSet) -> Result<Vec<String>, Failure> {
        let published = self.store.read("read schemas", |session| session.schema_documents()).await?;
        let holds = |path: &str, bytes: &[u8]| {
            published.iter().any(|one| one.path == path && one.sha256 == sha256(&[bytes]).to_string())
        };
        let missing = set.documents.iter().filter(|(path, bytes)| !holds(path, bytes));
        Ok(missing.map(|(path, _)| path.clone()).collect())
    }
}

/// Every document below a folder of schemas.
///
/// # Errors
/// When the folder cannot be read or holds none.
pub(crate) fn read_schemas(folder: &Path) -> Result<SchemaSet, Failure> {
    let set = SchemaSet::read_folder(folder).map_err(|error| Failure::new(error.to_string()))?;
    if set.documents.is_empty() {
        return Err(Failure::usage(format!("there are no schemas in {}", folder.display())));
    }
    Ok(set)
}

/// The keys in the folder, made when nothing has been logged with others yet; and whether they were.
async fn keys(store: &Store, folder: &Path, log_name: &str) -> Result<(KeyRing, bool), Failure> {
    match KeyRing::load_from(folder, log_name) {
        Err(KeyError::NotThere(path)) => {
            let events = store.read("look for events", |session| session.events(&Page::first(1)));
            let events = events.await.map_err(|error: StoreError| Failure::from(error))?;
            if events.items.is_empty() {
                return Ok((KeyRing::generate_into(folder, log_name, &SystemRandom)?, true));
            }
            Err(KeyError::NotThere(path).into())
        }
        keys => Ok((keys?, false)),
    }
}

#[cfg(test)]
mod tests;
