//! Which sheets of a workbook are read.

use calamine::{Reader as _, SheetType, SheetVisible};
use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;

use crate::import::file::empty;
use crate::import::selection::Selection;
use crate::import::sheet::{SheetReader, Workbook};

/// The sheets that are not blank.
#[derive(Default)]
pub(super) struct Filled {
    /// The names of those that can be seen.
    pub(super) seen: Vec<String>,
    /// How many are hidden.
    pub(super) hidden: usize,
}

/// Finds the sheets that are not blank.
///
/// # Errors
/// When one that can be seen cannot be read.
pub(super) fn filled(workbook: &mut Workbook<'_>) -> Result<Filled, Finding> {
    let all = workbook.sheets_metadata().iter().filter(|one| one.typ == SheetType::WorkSheet);
    let all: Vec<_> = all.map(|one| (one.name.clone(), one.visible == SheetVisible::Visible)).collect();
    let mut filled = Filled::default();
    for (name, visible) in all {
        let first = SheetReader::open(workbook, &name).and_then(|mut rows| Ok(rows.next_row()?.is_some()));
        match (visible, first) {
            (true, first) => filled.seen.extend(first?.then_some(name)),
            // What is wrong in a sheet that nobody reads hinders nobody.
            (false, first) => filled.hidden += usize::from(first.unwrap_or(true)),
        }
    }
    Ok(filled)
}

/// Which sheets are read, and which form each of several fills in.
///
/// # Errors
/// When nobody can tell which.
pub(super) fn chosen(
    filled: Vec<String>,
    selection: &Selection,
) -> Result<Vec<(String, Option<String>)>, Finding> {
    if filled.is_empty() {
        return Err(empty());
    }
    if let Some(only) = selection.only() {
        let named = filled.iter().find(|name| *name == only.code());
        return match (named, &filled[..]) {
            (Some(name), _) | (None, [name]) => Ok(vec![(name.clone(), None)]),
            _ => Err(which_sheet(only.code())),
        };
    }
    if filled.iter().all(|name| selection.form(name).is_some()) {
        return Ok(filled.into_iter().map(|name| (name.clone(), Some(name))).collect());
    }
    match &filled[..] {
        [name] => Ok(vec![(name.clone(), None)]),
        _ => Err(nameless_sheets(&selection.codes())),
    }
}

fn which_sheet(form: &str) -> Finding {
    let text = Text::new(
        format!("Arbetsboken har flera blad med rader; ge det som ska läsas in namnet {form}."),
        format!("The workbook has several sheets with rows; name the one to be imported {form}."),
    );
    Finding::error("IMPORT-SHEET", "", text)
}

fn nameless_sheets(codes: &str) -> Finding {
    let text = Text::new(
        format!("Arbetsboken har flera blad med rader; ge vart och ett namnet på sitt formulär: {codes}."),
        format!("The workbook has several sheets with rows; name each of them as its form: {codes}."),
    );
    Finding::error("IMPORT-SHEET", "", text)
}

/// That sheets were left out.
pub(super) fn unread(sheets: usize) -> Finding {
    let text = Text::new(
        format!(
            "Blad med rader som inte lästes: {sheets}. De är dolda eller heter inte som formuläret. Hör de till importen, visa \
             dem och skicka dem för sig."
        ),
        format!(
            "Sheets with rows that were not read: {sheets}. They are hidden or not named as the form. If they belong to the \
             import, show them and send them by themselves."
        ),
    );
    Finding::notice("IMPORT-SHEET", "", text)
}
