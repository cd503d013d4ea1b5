//! The secrets of a server: one folder with two files, readable by the server's account alone.
//!
//! * `master.key`: 32 random bytes as 64 hexadecimal digits; every keyed hash has its own key derived from it.
//! * `checkpoint.pem`: the Ed25519 key that signs the audit log's checkpoints.
//!
//! They belong neither in the database nor beside its backups: whoever holds both can forge the log.

mod error;

pub use error::KeyError;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::checkpoint::{CheckpointError, CheckpointKey};
use crate::hash::{from_hex, to_hex};
use crate::linkage::LinkageKey;
use crate::mac::MacKey;
use crate::random::{self, RandomSource};

const MASTER_FILE: &str = "master.key";
const CHECKPOINT_FILE: &str = "checkpoint.pem";

/// No key file is longer.
const MAX_FILE_BYTES: u64 = 16 * 1024;

/// The keys of a server.
#[derive(Debug)]
pub struct KeyRing {
    /// Tags the rows of the audit log (`row_mac`).
    pub audit_row: MacKey,
    /// Hashes linkage values.
    pub linkage: LinkageKey,
    /// Signs checkpoints.
    pub checkpoint: CheckpointKey,
}

impl KeyRing {
    /// The keys that follow from a master secret, with a checkpoint key.
    pub fn new(master: &[u8; 32], checkpoint: CheckpointKey) -> Self {
        Self {
            audit_row: MacKey::derive(master, "cartotek/audit-row/v1"),
            linkage: LinkageKey::new(MacKey::derive(master, "cartotek/linkage/v1")),
            checkpoint,
        }
    }

    /// Fresh keys that live in memory only: for tests and the demo network.
    ///
    /// # Errors
    /// When the log's name is not allowed or the source has no randomness.
    pub fn generate(log_name: &str, random: &dyn RandomSource) -> Result<Self, KeyError> {
        Ok(Self::new(&random::bytes(random)?, generate_checkpoint_key(log_name, random)?))
    }

    /// Makes fresh keys and writes them into the folder (made when missing, mode 0700) as files of mode 0600.
    ///
    /// # Errors
    /// When one of the files exists, cannot be written, or the log's name is not allowed. Nothing is overwritten.
    pub fn generate_into(folder: &Path, log_name: &str, random: &dyn RandomSource) -> Result<Self, KeyError> {
        let master = random::bytes::<32>(random)?;
        let checkpoint = generate_checkpoint_key(log_name, random)?;
        let files = [
            (folder.join(MASTER_FILE), format!("{}\n", to_hex(&master)).into_bytes()),
            (folder.join(CHECKPOINT_FILE), checkpoint.to_pem()?),
        ];
        // Looked at before anything is written, so that no half pair of keys is left.
        if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
            return Err(KeyError::AlreadyThere(path.clone()));
        }
        let failed = |error| KeyError::File(folder.to_owned(), error);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        for (path, content) in &files {
            write_secret(&unfinished(path), content)?;
        }
        // Both are whole before either has its name, so that a crash leaves no broken key behind.
        for (path, _) in &files {
            publish(path)?;
        }
        // Makes the new names durable, not only the contents.
        File::open(folder).and_then(|opened| opened.sync_all()).map_err(failed)?;
        // What is there counts: another process may have made keys at the same moment.
        Self::load_from(folder, log_name)
    }

    /// Reads the keys from the folder. The log's name is that of its checkpoints' origin.
    ///
    /// # Errors
    /// When a file is missing, unreadable, open to others than its owner, or holds no key.
    pub fn load_from(folder: &Path, log_name: &str) -> Result<Self, KeyError> {
        let path = folder.join(MASTER_FILE);
        let master =
            std::str::from_utf8(&read_secret(&path)?).ok().and_then(|text| from_hex(text.trim_end()));
        let master = master.ok_or(KeyError::Content(path))?;
        let path = folder.join(CHECKPOINT_FILE);
        let pem = read_secret(&path)?;
        let checkpoint = CheckpointKey::from_pem(log_name, &pem).map_err(|error| match error {
            CheckpointError::Name => KeyError::Name(error),
            _ => KeyError::Content(path),
        })?;
        Ok(Self::new(&master, checkpoint))
    }
}

fn generate_checkpoint_key(log_name: &str, random: &dyn RandomSource) -> Result<CheckpointKey, KeyError> {
    CheckpointKey::generate(log_name, random).map_err(|error| match error {
        CheckpointError::OpenSsl(error) => KeyError::OpenSsl(error),
        other => KeyError::Name(other),
    })
}

/// The name of a key file until it is whole.
fn unfinished(path: &Path) -> PathBuf {
    path.with_added_extension("unfinished")
}

fn write_secret(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    let failed = |error| KeyError::File(path.to_owned(), error);
    // Left over from a crash: nobody has used it.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .map_err(failed)
}

/// Gives a whole key file its name. A link, unlike a renaming, overwrites nothing.
fn publish(path: &Path) -> Result<(), KeyError> {
    let unfinished = unfinished(path);
    fs::hard_link(&unfinished, path).and_then(|()| fs::remove_file(&unfinished)).map_err(|error| match error
        .kind()
    {
        ErrorKind::AlreadyExists => KeyError::AlreadyThere(path.to_owned()),
        _ => KeyError::File(path.to_owned(), error),
    })
}

pub(crate) fn read_secret(path: &Path) -> Result<Vec<u8>, KeyError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => KeyError::NotThere(path.to_owned()),
        _ => KeyError::File(path.to_owned(), error),
    };
    let file = File::open(path).map_err(failed)?;
    // Asked of the opened file, so that it cannot be exchanged in between.
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::OpenToOthers(path.to_owned()));
    }
    let mut content = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut content).map_err(failed)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    const NAME: &str = "cartotek.example/log";

    fn tags(ring: &KeyRing) -> [String; 3] {
        let value = format!("h1.{}", "0".repeat(64)).parse().unwrap();
        [
            ring.audit_row.tag(&[b"event"]).to_string(),
            ring.linkage.store(&value).to_string(),
            ring.checkpoint.verifier().to_string(),
        ]
    }

    fn generated() -> (tempfile::TempDir, KeyRing) {
        let folder = tempfile::tempdir().unwrap();
        let ring = KeyRing::generate_into(folder.path(), NAME, &SeededRandom::new(1)).unwrap();
        (folder, ring)
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn written_keys_are_read_back_and_belong_to_the_owner_alone() {
        let (folder, ring) = generated();
        assert_eq!(tags(&ring), tags(&KeyRing::load_from(folder.path(), NAME).unwrap()));
        assert_eq!(tags(&ring), tags(&KeyRing::generate(NAME, &SeededRandom::new(1)).unwrap()));
        for file in [MASTER_FILE, CHECKPOINT_FILE] {
            let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }

    #[test]
    fn keys_of_different_uses_differ() {
        let (_folder, ring) = generated();
        assert_ne!(ring.audit_row.id(), ring.linkage.id());
    }

    #[test]
    fn a_missing_folder_is_made_for_the_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("secrets/keys");
        KeyRing::generate_into(&folder, NAME, &SeededRandom::new(1)).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn nothing_is_overwritten_even_if_half_is_there() {
        let (folder, _ring) = generated();
        fs::remove_file(folder.path().join(MASTER_FILE)).unwrap();
        let error = KeyRing::generate_into(folder.path(), NAME, &SeededRandom::new(2)).unwrap_err();
        assert!(matches!(&error, KeyError::AlreadyThere(path) if path.ends_with(CHECKPOINT_FILE)));
        assert!(!folder.path().join(MASTER_FILE).exists());
    }

    #[test]
    fn what_a_crash_left_unfinished_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(unfinished(&folder.path().join(MASTER_FILE)), "half a sec").unwrap();
        assert!(matches!(KeyRing::load_from(folder.path(), NAME), Err(KeyError::NotThere(_))));
        KeyRing::generate_into(folder.path(), NAME, &SeededRandom::new(1)).unwrap();
        KeyRing::load_from(folder.path(), NAME).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn files_open_to_others_are_refused() {
        for file in [MASTER_FILE, CHECKPOINT_FILE] {
            for mode in [0o640, 0o604, 0o620, 0o601] {
                let (folder, _ring) = generated();
                set_mode(&folder.path().join(file), mode);
                let error = KeyRing::load_from(folder.path(), NAME).unwrap_err();
                assert!(matches!(&error, KeyError::OpenToOthers(path) if path.ends_with(file)));
                assert!(error.to_string().contains("chmod 600"), "{error}");
            }
        }
    }

    #[test]
    fn missing_and_broken_files_are_named_and_never_quoted() {
        for file in [MASTER_FILE, CHECKPOINT_FILE] {
            let (folder, _ring) = generated();
            let path = folder.path().join(file);
            fs::write(&path, "unfit secret").unwrap();
            let error = KeyRing::load_from(folder.path(), NAME).unwrap_err();
            assert!(matches!(&error, KeyError::Content(named) if *named == path));
            assert!(!format!("{error} {error:?} {}", error.text().sv).contains("unfit"));
            fs::remove_file(&path).unwrap();
            let error = KeyRing::load_from(folder.path(), NAME).unwrap_err();
            assert!(matches!(&error, KeyError::NotThere(named) if *named == path));
        }
    }

    #[test]
    fn a_name_that_breaks_a_note_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let error = KeyRing::generate_into(folder.path(), "two words", &SeededRandom::new(1)).unwrap_err();
        assert!(matches!(error, KeyError::Name(_)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
