//! The commands, one file each.

mod backup;
mod check;
mod demo;
mod erasure;
mod export;
mod file_name;
mod form;
mod form_migrate;
mod import;
mod migrate;
mod openapi;
mod remind;
mod restore;
mod returned;
mod serve;
mod token;

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use cartotek_domain::access::{Granted, Permission};
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::problem::Problem;
use cartotek_service::{Act, Concerned, ServiceError};
use clap::Subcommand;

use crate::config::Config;
use crate::failure::Failure;
use crate::registry::Registry;

/// What can be asked for.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start the server.
    Serve(serve::Serve),
    /// Bring the database to this version, make the keys of a new registry, publish the forms of --schemas.
    Migrate,
    /// Publish forms, and bring records to later versions of them.
    #[command(subcommand)]
    Form(form::Form),
    /// Import filled forms from a file.
    Import(import::Import),
    /// Write filled forms as a table for another registry.
    Export(export::Export),
    /// Tell the sites what waits there; deal with reminders that could not be delivered.
    Remind(remind::Remind),
    /// Issue, list and revoke tokens.
    #[command(subcommand)]
    Token(token::Token),
    /// Compare what is stored with the log, and what is derived with what it is derived from.
    Check(check::Check),
    /// Build a network of synthetic patients in an empty registry.
    Demo(demo::Demo),
    /// Print the description of the API with the forms of --schemas.
    Openapi(openapi::Openapi),
    /// Copy the database into a new folder, beside a running server too.
    Backup(backup::Backup),
    /// List erasures, or repeat them in a restored database.
    #[command(subcommand)]
    Erasure(erasure::Erasure),
    /// Put a backup in the place of --database, where nothing may be yet.
    Restore(restore::Restore),
}

impl Command {
    pub(crate) async fn run(self, config: Config) -> Result<(), Failure> {
        match self {
            Self::Serve(serve) => serve.run(config).await,
            Self::Migrate => migrate::run(&config).await,
            Self::Form(form) => form.run(&config).await,
            Self::Import(import) => import.run(&config).await,
            Self::Export(export) => export.run(&config).await,
            Self::Remind(remind) => remind.run(&config).await,
            Self::Token(token) => token.run(&config).await,
            Self::Check(check) => check.run(&config).await,
            Self::Demo(demo) => demo.run(&config).await,
            Self::Openapi(openapi) => openapi.run(&config),
            Self::Backup(backup) => backup.run(&config).await,
            Self::Erasure(erasure) => erasure.run(&config).await,
            Self::Restore(restore) => restore.run(&config).await,
        }
    }
}

/// Writes a line to standard output; whoever has stopped to read is left alone.
fn print(line: impl Display) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Proof that the person or system may do this; a refusal is recorded as one at the API's door is.
async fn permit<P: Permission>(
    registry: &Registry,
    hsa_id: &HsaId,
    act: &Act,
) -> Result<Granted<P>, Failure> {
    let service = &registry.service;
    let actor = service.actor_of(hsa_id.clone()).await?;
    let actor = actor.ok_or_else(|| Failure::new("there is no person or system with the HSA-id of --as"))?;
    let caller = service.command_line_caller(actor).await?;
    if let Some(granted) = Granted::prove(&caller) {
        return Ok(granted);
    }
    let recorded = service
        .witness_refusal(&caller, act, P::POLICY.name, Problem::PermissionMissing, Concerned::default())
        .await;
    if let Err(error) = recorded {
        tracing::warn!(%error, "the refusal could not be recorded");
    }
    Err(ServiceError::refused(Problem::PermissionMissing).into())
}
