//! The demo network: synthetic patients of seven sites over several years, and one person per role with a token.
//!
//! Everything follows from a seed and goes through the use cases of the service, so that it is valid by construction;
//! what a use case refuses is a mistake of the story and stops it. Only the tokens and the keys are drawn from real
//! chance. Nobody in it exists: no name, no number of a person, no date of birth is made up.

mod build;
mod course;
mod deed;
mod follow;
mod form;
mod history;
mod life;
mod network;
mod outcome;
mod person;
mod product;
mod random;
mod script;
mod sources;
mod specimen;
mod storage;
#[cfg(test)]
mod tests;
mod toxicity;
mod visit;

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use cartotek_domain::access::Granted;
use cartotek_domain::access::permission::ManageActors;
use cartotek_domain::actor::ActorKind;
use cartotek_domain::problem::Problem;
use cartotek_service::ServiceError;
use chrono::TimeDelta;
use indicatif::ProgressBar;

pub(crate) use build::{AT_ONCE, PATIENTS, Plan, SEED, build};
pub(crate) use script::Counted;

use crate::config::Config;
use crate::failure::Failure;
use crate::registry::{Access, Registry};

/// How long a demo token lasts; every start issues new ones.
const TOKEN_LIFE: TimeDelta = TimeDelta::days(30);

/// Opens the demo network in its folder, builds it on the first start, and writes the tokens of this start.
///
/// # Errors
/// When the folder cannot be written, no schemas are configured, or an earlier start was broken off.
pub(crate) async fn open(config: &Config, folder: &Path) -> Result<Registry, Failure> {
    config.schemas()?;
    std::fs::create_dir_all(folder).map_err(Failure::file(folder))?;
    let (registry, _) = Registry::prepare(config).await?;
    let file = token_file(folder);
    // The tokens are written last: without them the network is not whole.
    if !file.exists() {
        if registry.service.actor_of(network::administrator()?.hsa_id).await?.is_some() {
            let folder = folder.display();
            return Err(Failure::new(format!(
                "the demo network in {folder} is half built; remove the folder"
            )));
        }
        let plan = Plan::ordinary(&registry.service);
        build(&registry.service, plan, &ProgressBar::no_length()).await?;
    }
    write_tokens(&file, &tokens(&registry).await?)?;
    Ok(registry)
}

/// A fresh token for one person of each role, a line each: role, site or biobank or `network`, token.
///
/// # Errors
/// When the registry holds no demo network.
pub(crate) async fn tokens(registry: &Registry) -> Result<String, Failure> {
    let service = &registry.service;
    let administrator = service.actor_of(network::administrator()?.hsa_id).await?;
    let administrator = administrator.ok_or_else(|| Failure::new("the registry holds no demo network"))?;
    let caller = service.command_line_caller(administrator).await?;
    let granted = Granted::<ManageActors>::prove(&caller);
    let granted = granted.ok_or_else(|| ServiceError::refused(Problem::PermissionMissing))?;
    let mut tokens = String::new();
    for position in network::one_per_role()? {
        let (role, scope) = (position.role, position.scope()?);
        let access = Access { kind: ActorKind::Person, hsa_id: position.hsa_id, role, scope };
        let expires_at = service.now() + TOKEN_LIFE;
        let new = registry.give_access(&granted, access, "demo".to_owned(), expires_at).await?;
        let unit = position.unit.unwrap_or("network");
        let _ = writeln!(tokens, "{} {unit} {}", role.name(), new.text.unwrap_or_default());
    }
    Ok(tokens)
}

/// What the user reads at the start: the tokens, and three commands to paste.
///
/// # Errors
/// When the file of tokens cannot be read.
pub(crate) fn welcome(folder: &Path, address: &str) -> Result<String, Failure> {
    let path = token_file(folder);
    let tokens = std::fs::read_to_string(&path).map_err(Failure::file(&path))?;
    let file = path.display();
    Ok(format!(
        "The demo network lives in {folder}. A token per role, also in {file}:\n\n{tokens}\n\
         Paste in another terminal, in this folder:\n\n\
         TOKEN=$(awk '/^data_manager/ {{ print $3 }}' {file})\n\
         curl -s -H \"Authorization: Bearer $TOKEN\" {address}/api/v1/me\n\
         curl -s -H \"Authorization: Bearer $TOKEN\" {address}/api/v1/sites\n\
         curl -s -H \"Authorization: Bearer $TOKEN\" {address}/api/v1/patients\n",
        folder = folder.display(),
    ))
}

fn token_file(folder: &Path) -> PathBuf {
    folder.join("tokens")
}

fn write_tokens(path: &Path, tokens: &str) -> Result<(), Failure> {
    let opened = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path);
    opened.and_then(|mut file| file.write_all(tokens.as_bytes())).map_err(Failure::file(path))
}
