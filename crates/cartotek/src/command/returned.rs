//! The file that an import gives back, or an export makes.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use cartotek_domain::access::Granted;
use cartotek_domain::access::permission::ExportRecords;
use cartotek_service::export::ExportPart;
use cartotek_service::import::ImportFile;
use cartotek_service::{Act, Service};

use crate::failure::Failure;

/// A file that is its owner's alone: it tells of patients.
const MODE: u32 = 0o600;

/// Where the rows go.
pub(super) struct Returned<'p> {
    path: &'p Path,
    file: File,
    /// Whether nothing was there before.
    new: bool,
}

impl<'p> Returned<'p> {
    /// Opens the file before anything is done: a path that cannot be written is refused in time. One that is there keeps
    /// its content until the import has ended, because it may be all that is known of an earlier one.
    pub(super) fn open(path: &'p Path) -> Result<Self, Failure> {
        let new = path.symlink_metadata().is_err();
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(MODE).open(path);
        let file = opened.map_err(Failure::file(path))?;
        if is_regular(&file).map_err(Failure::file(path))? {
            file.set_permissions(Permissions::from_mode(MODE)).map_err(Failure::file(path))?;
        }
        Ok(Self { path, file, new })
    }

    /// Replaces what is there with the file of an import.
    pub(super) async fn fill(mut self, service: &Service, returned: ImportFile) -> Result<(), Failure> {
        self.empty()?;
        let mut number = 0;
        while let Some(part) = service.import_file_part(returned, number).await? {
            self.write(&part)?;
            number += 1;
        }
        Ok(())
    }

    /// Replaces what is there with an export, from its first part on.
    pub(super) async fn fill_with_export(
        mut self,
        service: &Service,
        (granted, act): (&Granted<ExportRecords>, &Act),
        first: ExportPart,
    ) -> Result<(), Failure> {
        self.empty()?;
        let mut next = Some(first);
        while let Some(part) = next {
            self.write(part.text.as_bytes())?;
            next = service.next_export_part(granted, act, part).await?;
        }
        Ok(())
    }

    fn empty(&self) -> Result<(), Failure> {
        // A pipe or a terminal has no length.
        if is_regular(&self.file).map_err(Failure::file(self.path))? {
            self.file.set_len(0).map_err(Failure::file(self.path))?;
        }
        Ok(())
    }

    fn write(&mut self, part: &[u8]) -> Result<(), Failure> {
        self.file.write_all(part).map_err(Failure::file(self.path))
    }

    /// Leaves no empty file behind, when nothing comes back.
    pub(super) fn discard(self) {
        if self.new
            && let Err(error) = fs::remove_file(self.path)
        {
            tracing::warn!(%error, "the file of --output is empty and could not be removed");
        }
    }
}

fn is_regular(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_there_becomes_its_owners_alone_and_stays_until_it_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("returned.csv");
        fs::write(&path, "of an earlier import").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let returned = Returned::open(&path).unwrap();
        assert_eq!(mode(&path), MODE);
        returned.discard();
        assert_eq!(fs::read(&path).unwrap(), b"of an earlier import");
    }

    #[test]
    fn an_import_that_fails_leaves_no_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("returned.csv");
        let returned = Returned::open(&path).unwrap();
        assert_eq!(mode(&path), MODE);
        returned.discard();
        assert!(!path.exists());
        assert!(Returned::open(&folder.path().join("nowhere/returned.csv")).is_err());
    }
}
