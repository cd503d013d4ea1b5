//! The files of `docs/new-form.md`, and a folder with them.

use std::fs;
use std::path::{Path, PathBuf};

use cartotek_tests::program::installation::{Installation, repository};
use serde_json::Value;

/// Path below `schemas/` and content of every file that the page shows.
pub(super) fn files() -> Vec<(String, String)> {
    let page = fs::read_to_string(repository().join("docs/new-form.md")).unwrap();
    let blocks = page.split("\n**`").skip(1);
    let file = |block: &str| {
        let (path, rest) = block.split_once("`**").unwrap();
        let content = rest.split_once("```json\n").unwrap().1.split_once("```").unwrap().0;
        (path.to_owned(), content.to_owned())
    };
    let files: Vec<_> = blocks.map(file).collect();
    assert_eq!(files.len(), 4, "{files:?}");
    files
}

pub(super) fn file(path: &str) -> Value {
    let found = files().into_iter().find(|(known, _)| known == path);
    serde_json::from_str(&found.expect("the page shows the file").1).unwrap()
}

/// A copy of the schemas of this repository with the files of the page among them.
pub(super) fn folder(installation: &Installation) -> PathBuf {
    let folder = installation.path("schemas-with-nutrition");
    copy(&repository().join("schemas"), &folder);
    for (path, content) in files() {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
