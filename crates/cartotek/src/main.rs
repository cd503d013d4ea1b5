//! The server and command line of the CAR T registry and biobank.
//!
//! Reads the settings, starts the log and runs one command. It decides nothing: every command is a call of the
//! service, which the API calls too.

mod command;
mod config;
mod courier;
mod demo;
mod failure;
mod registry;
mod telemetry;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ErrorKind};
use mimalloc::MiMalloc;

use crate::command::Command;
use crate::config::{Config, Layer};
use crate::failure::Failure;

/// A submission allocates thousands of small things; the C library's allocator took a fifth of the server's time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Clinical registry and multicenter biobank of the CAR T-cell network.
#[derive(Parser)]
#[command(version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    /// A TOML file with settings; flags and environment go before it.
    #[arg(long, global = true, env = "CARTOTEK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Layer,
}

fn main() -> ExitCode {
    match parse().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("cartotek: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

/// The command line; a value that is refused is not repeated, because it may be a secret or identify a person.
fn parse() -> Result<CommandLine, Failure> {
    CommandLine::try_parse().map_err(|error| match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::ValueValidation, Some(argument)) => {
            let reason = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            Failure::usage(format!("{argument}: {reason}"))
        }
        _ => error.exit(),
    })
}

fn run(line: CommandLine) -> Result<(), Failure> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let config = Config::gather(line.flags, line.config.as_deref(), environment)?;
    telemetry::start_log(&config)?;
    actix_web::rt::System::new().block_on(line.command.run(config))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }
}
