//! `cartotek token`: access for persons and systems, from the machine itself.

use std::fmt::Display;

use cartotek_domain::access::permission::{ManageActors, ReadActors};
use cartotek_domain::access::{GrantScope, Role};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::identifier::{FieldKind, Verdict, detect};
use cartotek_domain::time::Timestamp;
use cartotek_persistence::{Access, Page};
use cartotek_service::access::{ActorFile, NewToken};
use chrono::TimeDelta;
use clap::{Args, Subcommand};

use super::{permit, print};
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::{self, Registry};

/// What can be done with tokens.
#[derive(Subcommand)]
pub(crate) enum Token {
    /// Give a person or system a role and a token; the token is printed this once.
    Issue(Issue),
    /// Revoke a token.
    Revoke {
        /// The HSA-id of its holder.
        #[arg(long)]
        hsa_id: HsaId,
        /// The id of the token, as `token list` shows it.
        #[arg(long)]
        token: String,
        /// The HSA-id of the administrator who revokes it.
        #[arg(long = "as", value_name = "HSA-ID")]
        administrator: HsaId,
    },
    /// List persons and systems with their roles and tokens.
    List {
        /// The HSA-id of the administrator or auditor who asks.
        #[arg(long = "as", value_name = "HSA-ID")]
        reader: HsaId,
    },
}

/// For whom and what a token is.
#[derive(Args)]
pub(crate) struct Issue {
    /// The HSA-id of its holder, created when new.
    #[arg(long)]
    hsa_id: HsaId,
    /// Whether the holder is a person or a system.
    #[arg(long, value_parser = kind)]
    kind: ActorKind,
    /// The role: `data_manager`, `biobank_staff`, `researcher`, `coordinator`, `auditor` or `admin`.
    #[arg(long, value_parser = role)]
    role: Role,
    /// What the role is limited to: network, site:CODE, biobank:CODE or project:ID.
    #[arg(long, value_parser = scope)]
    scope: GrantScope,
    /// What the token is for; no name and no personal identity number.
    #[arg(long, default_value = "command line")]
    label: String,
    /// How many days it lasts.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=365))]
    days: u16,
    /// The HSA-id of the administrator who issues it; left out for the very first administrator.
    #[arg(long = "as", value_name = "HSA-ID")]
    administrator: Option<HsaId>,
}

impl Token {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        let access = if matches!(self, Self::List { .. }) { Access::ReadOnly } else { Access::ReadWrite };
        let registry = Registry::open(config, access).await?;
        let outcome = match self {
            Self::Issue(issue) => issue.run(&registry).await,
            Self::Revoke { hsa_id, token, administrator } => {
                revoke(&registry, &administrator, &hsa_id, &token).await
            }
            Self::List { reader } => list(&registry, &reader).await,
        };
        registry.close().await;
        outcome
    }
}

impl Issue {
    async fn run(self, registry: &Registry) -> Result<(), Failure> {
        for (name, text) in [("--hsa-id", self.hsa_id.as_str()), ("--label", self.label.as_str())] {
            let verdict = detect(text, registry.service.today(), FieldKind::Structured);
            if matches!(verdict, Verdict::Refused(_)) {
                return Err(Failure::usage(format!(
                    "{name} seems to hold a personal identifier; leave it out"
                )));
            }
        }
        let expires_at = registry.service.now() + TimeDelta::days(self.days.into());
        let new = match self.administrator.clone() {
            None => self.bootstrap(registry, expires_at).await?,
            Some(administrator) => self.issue(registry, &administrator, expires_at).await?,
        };
        let (id, until) = (&new.token.public_id, minute(expires_at));
        eprintln!("token {id} lasts until {until}; it is shown this once:");
        print(new.text.unwrap_or_default())
    }

    async fn bootstrap(self, registry: &Registry, expires_at: Timestamp) -> Result<NewToken, Failure> {
        if self.role != Role::Admin || self.scope != GrantScope::Network {
            return Err(Failure::usage(
                "say with --as which administrator issues it; without, only the very first administrator is \
                 created: --role admin --scope network",
            ));
        }
        let Self { kind, hsa_id, label, .. } = self;
        let done = registry.service.bootstrap(&registry.act(), kind, hsa_id, label, expires_at).await?;
        Ok(done.value)
    }

    async fn issue(
        self,
        registry: &Registry,
        administrator: &HsaId,
        expires_at: Timestamp,
    ) -> Result<NewToken, Failure> {
        let granted = permit::<ManageActors>(registry, administrator, &registry.act()).await?;
        let Self { kind, hsa_id, role, scope, label, .. } = self;
        registry
            .give_access(&granted, registry::Access { kind, hsa_id, role, scope }, label, expires_at)
            .await
    }
}

async fn revoke(
    registry: &Registry,
    administrator: &HsaId,
    hsa_id: &HsaId,
    token: &str,
) -> Result<(), Failure> {
    let act = registry.act();
    let granted = permit::<ManageActors>(registry, administrator, &act).await?;
    let reading = permit::<ReadActors>(registry, administrator, &act).await?;
    let holder = registry.service.actor_of(hsa_id.clone()).await?;
    let holder =
        holder.ok_or_else(|| Failure::new("there is no person or system with the HSA-id of --hsa-id"))?;
    let file = registry.service.actor(&reading, &act, holder).await?.value;
    let found = file.tokens.iter().find(|(one, _)| one.public_id == token);
    let (found, _) = found.ok_or_else(|| Failure::new("the holder has no token with that id"))?;
    registry.service.revoke_token(&granted, &act, holder, found.id).await?;
    print("revoked")
}

async fn list(registry: &Registry, reader: &HsaId) -> Result<(), Failure> {
    let act = registry.act();
    let granted = permit::<ReadActors>(registry, reader, &act).await?;
    let mut page = Page::first(100);
    loop {
        let actors = registry.service.actors(&granted, &act, page).await?.value;
        for actor in actors.items {
            let file = registry.service.actor(&granted, &act, actor.id).await?.value;
            show(&file, registry.service.now())?;
        }
        match actors.next {
            Some(after) => page = Page { after: Some(after), limit: 100 },
            None => return Ok(()),
        }
    }
}

fn show(file: &ActorFile, now: Timestamp) -> Result<(), Failure> {
    print(format_args!("{} {}", file.actor.hsa_id, file.actor.kind.name()))?;
    for grant in file.grants.iter().filter(|grant| grant.ended_at.is_none()) {
        print(format_args!("  role {} {}", grant.role.name(), scope_text(&grant.scope)))?;
    }
    for (token, used) in &file.tokens {
        let state = if token.revoked_at.is_some() {
            "revoked"
        } else if token.is_valid(now) {
            "valid"
        } else {
            "expired"
        };
        let used = used.map_or_else(|| "never".to_owned(), minute);
        let (id, until, label) = (&token.public_id, minute(token.expires_at), &token.label);
        print(format_args!("  token {id} {state}, until {until}, last used {used}: {label}"))?;
    }
    Ok(())
}

fn minute(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn kind(text: &str) -> Result<ActorKind, String> {
    ActorKind::from_name(text).ok_or_else(|| "write person or system".to_owned())
}

fn role(text: &str) -> Result<Role, String> {
    let names = || Role::ALL.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
    Role::from_name(text).ok_or_else(|| format!("write one of {}", names()))
}

fn scope(text: &str) -> Result<GrantScope, String> {
    let said = |error: &dyn Display| error.to_string();
    match text.split_once(':') {
        None if text == "network" => Ok(GrantScope::Network),
        Some(("site", code)) => code.parse().map(GrantScope::Site).map_err(|error| said(&error)),
        Some(("biobank", code)) => code.parse().map(GrantScope::Biobank).map_err(|error| said(&error)),
        Some(("project", id)) => id.parse().map(GrantScope::Project).map_err(|error| said(&error)),
        _ => Err("write network, site:<code>, biobank:<code> or project:<id>".to_owned()),
    }
}

fn scope_text(scope: &GrantScope) -> String {
    match scope {
        GrantScope::Site(code) => format!("site:{code}"),
        GrantScope::Biobank(code) => format!("biobank:{code}"),
        GrantScope::Project(id) => format!("project:{id}"),
        GrantScope::Network => "network".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_shown() {
        let project = "project:01980000-0000-7000-8000-000000000000";
        for text in ["network", "site:KAR", "biobank:KI-BB", project] {
            assert_eq!(scope_text(&scope(text).unwrap()), text);
        }
        for text in ["", "site", "site:kar", "network:KAR", "hospital:KAR", "project:1"] {
            assert!(scope(text).is_err(), "{text}");
        }
    }
}
