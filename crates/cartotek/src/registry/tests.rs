//! What preparing and opening a registry makes, leaves alone and refuses.

use std::path::PathBuf;
use std::sync::Mutex;

use cartotek_persistence::Access as Mode;
use chrono::TimeDelta;

use super::*;
use crate::config::Layer;

/// The settings of a registry in a folder, with one document of schemas.
fn settings(folder: &Path) -> Config {
    let schemas = folder.join("schemas/codelists");
    std::fs::create_dir_all(&schemas).unwrap();
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schemas/codelists/sex.json");
    std::fs::copy(source, schemas.join("sex.json")).unwrap();
    let layer = Layer { schemas: Some(folder.join("schemas")), ..Layer::default() };
    Config::gather(layer, None, []).unwrap().for_demo(folder)
}

async fn bootstrap(registry: &Registry) {
    let (act, hsa_id) = (registry.act(), "SE2321000016-A1B2".parse().unwrap());
    let expires_at = registry.service.now() + TimeDelta::days(1);
    let done = registry.service.bootstrap(&act, ActorKind::Person, hsa_id, "test".to_owned(), expires_at);
    done.await.unwrap();
}

fn refusal(outcome: Result<(Registry, Prepared), Failure>) -> String {
    match outcome {
        Ok(_) => panic!("prepared"),
        Err(failure) => failure.to_string(),
    }
}

#[actix_web::test]
async fn a_new_registry_gets_everything_and_a_prepared_one_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(folder.path());
    let (registry, made) = Registry::prepare(&config).await.unwrap();
    registry.close().await;
    assert!(made.new_keys && !made.migrations.is_empty());
    assert_eq!(made.documents, ["codelists/sex.json"]);
    let (registry, made) = Registry::prepare(&config).await.unwrap();
    assert!(!made.new_keys && made.migrations.is_empty() && made.documents.is_empty());
    registry.close().await;
}

#[actix_web::test]
async fn a_registry_in_use_never_gets_other_keys() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(folder.path());
    let (registry, _) = Registry::prepare(&config).await.unwrap();
    bootstrap(&registry).await;
    registry.close().await;
    std::fs::remove_dir_all(config.keys().unwrap()).unwrap();
    assert!(refusal(Registry::prepare(&config).await).contains("master.key is missing"));
    assert!(!config.keys().unwrap().exists());
}

#[actix_web::test]
async fn a_registry_does_not_open_with_what_is_not_its_logs() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(folder.path());
    let (registry, _) = Registry::prepare(&config).await.unwrap();
    bootstrap(&registry).await;
    registry.close().await;
    let keys = config.keys().unwrap();
    let refused = async |config: &Config| match Registry::open(config, Mode::ReadWrite).await {
        Ok(_) => panic!("opened"),
        Err(failure) => failure.to_string(),
    };
    let mut renamed = config.clone();
    renamed.log_name = "other.example/log".to_owned();
    let message = refused(&renamed).await;
    assert!(message.contains("log_name") && message.contains(&config.log_name), "{message}");
    assert!(refusal(Registry::prepare(&renamed).await).contains("log_name"));
    let other = tempfile::tempdir().unwrap();
    KeyRing::generate_into(&other.path().join("keys"), &config.log_name, &SystemRandom).unwrap();
    for (file, told) in [("checkpoint.pem", "checkpoint.pem or log_name"), ("master.key", "master.key")] {
        let own = std::fs::read(keys.join(file)).unwrap();
        std::fs::copy(other.path().join("keys").join(file), keys.join(file)).unwrap();
        let message = refused(&config).await;
        assert!(message.contains(told), "{message}");
        Registry::open(&config, Mode::ReadOnly).await.unwrap().close().await;
        std::fs::write(keys.join(file), own).unwrap();
    }
    Registry::open(&config, Mode::ReadWrite).await.unwrap().close().await;
}

#[actix_web::test]
async fn what_a_folder_adds_is_unpublished_and_what_it_lacks_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(folder.path());
    let (registry, _) = Registry::prepare(&config).await.unwrap();
    let mut set = read_schemas(config.schemas().unwrap()).unwrap();
    assert!(registry.unpublished(&set).await.unwrap().is_empty());
    set.documents.insert("codelists/other.json".to_owned(), b"{}".to_vec());
    assert_eq!(registry.unpublished(&set).await.unwrap(), ["codelists/other.json"]);
    assert!(registry.unpublished(&SchemaSet::default()).await.unwrap().is_empty());
    registry.close().await;
}

#[actix_web::test]
async fn what_was_done_is_sealed_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(folder.path());
    let (registry, _) = Registry::prepare(&config).await.unwrap();
    bootstrap(&registry).await;
    registry.close().await;
    let registry = Registry::open(&config, Mode::ReadOnly).await.unwrap();
    let pending = registry.store.read("count pending", |session| session.pending_count());
    assert_eq!(pending.await, Ok::<_, StoreError>(0));
    registry.close().await;
}

#[actix_web::test]
async fn what_may_only_be_read_is_closed_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(folder.path());
    let (registry, _) = Registry::prepare(&config).await.unwrap();
    bootstrap(&registry).await;
    // As after a crash: what was done waits for the sealer.
    registry.store.shutdown().await;
    let registry = Registry::open(&config, Mode::ReadOnly).await.unwrap();
    let pending = registry.store.read("count pending", |session| session.pending_count());
    assert_ne!(pending.await, Ok::<_, StoreError>(0));
    let log = folder.path().join("log");
    let lines = Mutex::new(std::fs::File::create(&log).unwrap());
    let listening =
        tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(lines).finish();
    let listening = tracing::subscriber::set_default(listening);
    registry.close().await;
    drop(listening);
    assert_eq!(std::fs::read_to_string(log).unwrap(), "");
}
