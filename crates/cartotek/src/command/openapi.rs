//! `cartotek openapi`: the description of the API, as it is committed under `openapi/`.

use std::path::PathBuf;

use cartotek_forms::Forms;

use super::print;
use crate::config::Config;
use crate::failure::Failure;
use crate::registry::read_schemas;

/// Where the description goes.
#[derive(clap::Args)]
pub(crate) struct Openapi {
    /// A file to be written; standard output when absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Openapi {
    pub(super) fn run(self, config: &Config) -> Result<(), Failure> {
        let forms = Forms::compile(&read_schemas(config.schemas()?)?).map_err(|errors| {
            Failure::new(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        let text = format!("{:#}", cartotek_api::document_with(&forms));
        match self.out {
            None => print(text),
            Some(path) => std::fs::write(&path, text + "\n").map_err(Failure::file(&path)),
        }
    }
}
