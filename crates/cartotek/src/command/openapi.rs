//! `cartotek openapi`: the description of the API, as it is committed under `openapi/`.

use std::path::PathBuf;

use super::print;
use crate::failure::Failure;

/// Where the description goes.
#[derive(clap::Args)]
pub(crate) struct Openapi {
    /// A file to be written; standard output when absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Openapi {
    pub(super) fn run(self) -> Result<(), Failure> {
        let text = format!("{:#}", cartotek_api::document());
        match self.out {
            None => print(text),
            Some(path) => std::fs::write(&path, text + "\n").map_err(Failure::file(&path)),
        }
    }
}
