//! Reminders as files, for a program of the hospital that fetches them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use cartotek_service::reminder::Parcel;

/// A folder that somebody else empties.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Writes `<site>-<day>.json`: whole or not at all, on disk, readable by the group. A file of the same reminder is
    /// replaced.
    pub(super) fn deliver(&self, parcel: &Parcel) -> Result<(), String> {
        self.write(parcel).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                "the folder is not there; make it, writable for the server's account".to_owned()
            }
            kind => format!("the folder refused the file: {kind}"),
        })
    }

    fn write(&self, parcel: &Parcel) -> io::Result<()> {
        let name = format!("{}-{}.json", parcel.site, parcel.day);
        // Hidden until it is whole: whoever fetches files sees it under its name alone.
        let unfinished = self.0.join(format!(".{name}.unfinished"));
        // What a crash has left. The file is made anew and never opened: whoever may empty the folder could have put a link
        // there that leads to one of ours.
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o640)
            .open(&unfinished)
            .and_then(|mut file| file.write_all(parcel.body.as_bytes()).and_then(|()| file.sync_all()))?;
        fs::rename(&unfinished, self.0.join(name))?;
        // Makes the new name durable, not only the content.
        File::open(&self.0)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use cartotek_domain::id::ReminderId;
    use uuid::Uuid;

    use super::*;

    fn parcel(body: &str) -> Parcel {
        Parcel {
            id: ReminderId::from_uuid(Uuid::from_u128(1)),
            site: "KAR".parse().unwrap(),
            day: "2026-05-11".parse().unwrap(),
            body: body.to_owned(),
            sent_at: "2026-05-11T04:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_file_appears_whole_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let carrier = Folder::new(folder.path().to_owned());
        let path = folder.path().join("KAR-2026-05-11.json");
        fs::write(folder.path().join(".KAR-2026-05-11.json.unfinished"), "left over from a crash").unwrap();
        for body in ["{\"first\":true}", "{}"] {
            carrier.deliver(&parcel(body)).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), body);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // Others than owner and group do not read it, whatever the umask.
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o137, 0);
    }

    #[test]
    fn a_link_in_the_folder_leads_to_nothing_of_ours() {
        let (folder, ours) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
        fs::write(ours.path(), "ours").unwrap();
        for name in [".KAR-2026-05-11.json.unfinished", "KAR-2026-05-11.json"] {
            symlink(ours.path(), folder.path().join(name)).unwrap();
        }
        Folder::new(folder.path().to_owned()).deliver(&parcel("{}")).unwrap();
        assert_eq!(fs::read_to_string(ours.path()).unwrap(), "ours");
        let path = folder.path().join("KAR-2026-05-11.json");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
    }

    #[test]
    fn a_missing_folder_is_no_delivery() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Folder::new(folder.path().join("nowhere")).deliver(&parcel("{}")).unwrap_err();
        assert_eq!(refused, "the folder is not there; make it, writable for the server's account");
        assert!(!refused.contains("nowhere"));
    }
}
