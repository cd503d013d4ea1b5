//! What can be wrong with key files, told to whoever runs the server.

use std::path::PathBuf;

use cartotek_domain::text::Text;

use crate::OpenSslError;
use crate::checkpoint::CheckpointError;

/// Why the keys could not be made or read. Names the file, never its content.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text().en)]
pub enum KeyError {
    /// A file to be made is there already.
    AlreadyThere(PathBuf),
    /// A file to be read is not there.
    NotThere(PathBuf),
    /// The operating system refused to read or write.
    File(PathBuf, #[source] std::io::Error),
    /// Others than the owner may read or write the file.
    OpenToOthers(PathBuf),
    /// The file does not hold what it should.
    Content(PathBuf),
    /// The secret in the file is too short to be one.
    TooShort(PathBuf),
    /// The name for the checkpoint key is not allowed.
    Name(#[source] CheckpointError),
    /// The library underneath failed.
    OpenSsl(#[from] OpenSslError),
}

impl KeyError {
    /// What is wrong and how to mend it.
    pub fn text(&self) -> Text {
        match self {
            Self::AlreadyThere(path) => {
                let path = path.display();
                Text::new(
                    format!("{path} finns redan och skrivs inte över; välj en annan mapp."),
                    format!("{path} exists already and is not overwritten; choose another folder."),
                )
            }
            Self::NotThere(path) => {
                let path = path.display();
                Text::new(
                    format!(
                        "{path} saknas; skapa nycklar för ett nytt register eller återställ filen från säkerhetskopian."
                    ),
                    format!(
                        "{path} is missing; make keys for a new registry or restore the file from its backup."
                    ),
                )
            }
            Self::File(path, error) => {
                let path = path.display();
                Text::new(
                    format!(
                        "{path} kan inte läsas eller skrivas ({error}); kontrollera ägare, rättigheter och disk."
                    ),
                    format!(
                        "{path} cannot be read or written ({error}); check its owner, permissions and disk."
                    ),
                )
            }
            Self::OpenToOthers(path) => {
                let path = path.display();
                Text::new(
                    format!("{path} är tillgänglig för andra än ägaren; kör chmod 600 {path}."),
                    format!("{path} is open to others than its owner; run chmod 600 {path}."),
                )
            }
            Self::Content(path) => {
                let path = path.display();
                Text::new(
                    format!("{path} innehåller ingen giltig nyckel; återställ filen från säkerhetskopian."),
                    format!("{path} holds no valid key; restore the file from its backup."),
                )
            }
            Self::TooShort(path) => {
                let path = path.display();
                Text::new(
                    format!("{path} ska innehålla minst 32 tecken, till exempel från openssl rand -hex 32."),
                    format!(
                        "{path} must hold at least 32 characters, such as those of openssl rand -hex 32."
                    ),
                )
            }
            Self::Name(_) => Text::new(
                "Loggens namn får inte vara tomt och inte innehålla blanktecken eller plustecken, till exempel cartotek.example/log.",
                "The name of the log must not be empty and hold no white space or plus sign, such as cartotek.example/log.",
            ),
            Self::OpenSsl(error) => Text::new(format!("OpenSSL-fel: {error}"), error.to_string()),
        }
    }
}
