//! Whether keys and log belong together, asked before anything is added to the log.

use cartotek_crypto::checkpoint::parse_and_verify;
use cartotek_crypto::hash::Hash;
use cartotek_crypto::keys::KeyRing;
use cartotek_persistence::{Page, Store, StoreError};

use crate::error::ServiceError;

/// Fails unless these are the keys and the name with which the log was written so far: a server that went on with
/// others would leave a log that nobody can check. An empty log is anybody's.
///
/// # Errors
/// A defect that says what is another's; as the store fails.
pub async fn recognise_log(store: &Store, keys: &KeyRing) -> Result<(), ServiceError> {
    let read = store.read("look at the log", |session| {
        let events = session.events(&Page::first(1))?.items;
        Ok::<_, StoreError>((session.checkpoint()?, events))
    });
    let (checkpoint, events) = read.await?;
    if let Some(checkpoint) = checkpoint {
        parse_and_verify(&checkpoint.note, keys.checkpoint.verifier()).map_err(|error| {
            let origin = checkpoint.note.lines().next().unwrap_or_default();
            ServiceError::Defect(format!(
                "checkpoint.pem or log_name is not that of this registry, whose log is {origin}: {error}"
            ))
        })?;
    }
    let ours = events
        .iter()
        .all(|event| keys.audit_row.verify(&[event.canonical.as_bytes()], &Hash::from_bytes(event.row_mac)));
    if ours {
        return Ok(());
    }
    let message = "master.key is not that of this registry, or the first event of its log was changed; run `cartotek check`";
    Err(ServiceError::Defect(message.to_owned()))
}
