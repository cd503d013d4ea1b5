//! The demo network: the sites of the network with a biobank, and one person per role with a fresh token.
//!
//! Made through the service, so that it is valid by construction. Nobody in it exists.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use cartotek_domain::access::permission::{ManageActors, ManageSites};
use cartotek_domain::access::{Caller, GrantScope, Granted, Permission, Role};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::code::site::BiobankCode;
use cartotek_domain::fact::Salt;
use cartotek_domain::problem::Problem;
use cartotek_domain::site::{Biobank, Site};
use cartotek_service::ServiceError;
use chrono::TimeDelta;

use crate::config::Config;
use crate::failure::Failure;
use crate::registry::{Access, Registry};

/// Code, name, region, organisation number, whether it infuses.
const SITES: [(&str, &str, &str, &str, bool); 7] = [
    ("KAR", "Karolinska universitetssjukhuset", "Region Stockholm", "232100-0016", true),
    ("UPP", "Akademiska sjukhuset", "Region Uppsala", "232100-0024", true),
    ("SKA", "Skånes universitetssjukhus Lund", "Region Skåne", "232100-0255", true),
    ("SAH", "Sahlgrenska universitetssjukhuset", "Västra Götalandsregionen", "232100-0131", true),
    ("UME", "Norrlands universitetssjukhus", "Region Västerbotten", "232100-0222", true),
    ("LIN", "Universitetssjukhuset i Linköping", "Region Östergötland", "232100-0040", true),
    ("ORE", "Universitetssjukhuset Örebro", "Region Örebro län", "232100-0164", false),
];

/// Code, name, number in the IVO register, the sites whose patients it registers.
const BIOBANK: (&str, &str, &str, [&str; 3]) = ("KI-BB", "KI Biobank", "222", ["KAR", "UPP", "SKA"]);

/// The administrator comes first: the others are created by it.
const PERSONS: [(Role, &str, Option<&str>); 6] = [
    (Role::Admin, "SE2321000016-DEMOADMIN", None),
    (Role::DataManager, "SE2321000016-DEMODATA", Some("KAR")),
    (Role::BiobankStaff, "SE2321000016-DEMOBIOBANK", Some("KI-BB")),
    (Role::Researcher, "SE2321000016-DEMORESEARCH", None),
    (Role::Coordinator, "SE2321000016-DEMOCOORD", None),
    (Role::Auditor, "SE2321000016-DEMOAUDIT", None),
];

/// How long a demo token lasts; every start issues new ones.
const TOKEN_LIFE: TimeDelta = TimeDelta::days(30);

/// Opens the demo network in its folder, with what is missing made, and writes the tokens of this start.
///
/// # Errors
/// When the folder cannot be written or no schemas are configured.
pub(crate) async fn open(config: &Config, folder: &Path) -> Result<Registry, Failure> {
    config.schemas()?;
    std::fs::create_dir_all(folder).map_err(Failure::file(folder))?;
    let (registry, _) = Registry::prepare(config).await?;
    let administrator = administrator(&registry).await?;
    create_network(&registry, &administrator).await?;
    let mut tokens = String::new();
    for person in PERSONS {
        let text = issue(&registry, &administrator, person).await?;
        let (role, _, scope) = person;
        let _ = writeln!(tokens, "{} {} {text}", role.name(), scope.unwrap_or("network"));
    }
    write_tokens(&token_file(folder), &tokens)?;
    Ok(registry)
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

/// The first person, who creates everything else.
async fn administrator(registry: &Registry) -> Result<Caller, Failure> {
    let service = &registry.service;
    let (_, hsa_id, _) = PERSONS[0];
    let hsa_id: HsaId = code(hsa_id)?;
    let actor = match service.actor_of(hsa_id.clone()).await? {
        Some(actor) => actor,
        None => {
            let expires_at = service.now() + TOKEN_LIFE;
            let label = "demo".to_owned();
            let done =
                service.bootstrap(&registry.act(), ActorKind::Person, hsa_id, label, expires_at).await?;
            done.value.token.actor
        }
    };
    Ok(service.command_line_caller(actor).await?)
}

/// Creates what is not there yet.
async fn create_network(registry: &Registry, administrator: &Caller) -> Result<(), Failure> {
    let (service, granted) = (&registry.service, granted::<ManageSites>(administrator)?);
    for site in SITES {
        unless_there(service.create_site(&granted, &registry.act(), demo_site(site)?).await)?;
    }
    let (biobank, name, register_number, sites) = BIOBANK;
    let biobank: BiobankCode = code(biobank)?;
    let (name, register_number) = (name.to_owned(), register_number.to_owned());
    let new = Biobank { code: biobank.clone(), name, register_number, salt: Salt::default() };
    unless_there(service.create_biobank(&granted, &registry.act(), new).await)?;
    for site in sites {
        let site = code(site)?;
        unless_there(service.link_biobank_site(&granted, &registry.act(), biobank.clone(), site).await)?;
    }
    Ok(())
}

fn unless_there<T>(done: Result<T, ServiceError>) -> Result<(), Failure> {
    match done {
        Err(error) if error.problem() != Problem::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

fn demo_site(site: (&str, &str, &str, &str, bool)) -> Result<Site, Failure> {
    let (site, name, region, organisation_number, can_infuse) = site;
    Ok(Site {
        code: code(site)?,
        name: name.to_owned(),
        region: region.to_owned(),
        organisation_number: organisation_number.to_owned(),
        hsa_prefix: format!("SE{}-", organisation_number.replace('-', "")),
        can_infuse,
        salt: Salt::default(),
    })
}

/// A fresh token of a demo person, who is created with the role when new.
async fn issue(
    registry: &Registry,
    administrator: &Caller,
    (role, hsa_id, unit): (Role, &str, Option<&str>),
) -> Result<String, Failure> {
    let (service, granted) = (&registry.service, granted::<ManageActors>(administrator)?);
    let scope = match (role, unit) {
        (Role::DataManager, Some(site)) => GrantScope::Site(code(site)?),
        (Role::BiobankStaff, Some(biobank)) => GrantScope::Biobank(code(biobank)?),
        _ => GrantScope::Network,
    };
    let access = Access { kind: ActorKind::Person, hsa_id: code(hsa_id)?, role, scope };
    let expires_at = service.now() + TOKEN_LIFE;
    let new = registry.give_access(&granted, access, "demo".to_owned(), expires_at).await?;
    Ok(new.text.unwrap_or_default())
}

fn granted<P: Permission>(caller: &Caller) -> Result<Granted<P>, Failure> {
    Granted::prove(caller).ok_or_else(|| ServiceError::refused(Problem::PermissionMissing).into())
}

fn code<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::new(format!("the demo network has the unfit code {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_codes_are_valid() {
        assert!(SITES.into_iter().all(|site| demo_site(site).is_ok()));
        for (role, hsa_id, _) in PERSONS {
            assert!(code::<HsaId>(hsa_id).is_ok(), "{}", role.name());
        }
    }
}
