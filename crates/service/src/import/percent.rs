//! Cells that a workbook shows as per cent: `84 %` is kept as 0,84, and a form that asks for per cent means 84.
//!
//! Whoever reads a workbook here is told by the format of a number whether it is a date or a duration, and nothing else of
//! the format. So per cent becomes a duration in the copy that is read: no form asks for one.

use std::borrow::Cow;
use std::io::{Cursor, Read as _, Write as _};

use cartotek_domain::finding::Finding;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::import::sheet::unreadable;

/// The formats `0%` and `0.00%`, which need no definition.
const BUILT_IN: [&str; 2] = ["9", "10"];
/// The format `[h]:mm:ss`, which needs none either, and another one of its kind.
const DURATION: &str = "46";
const DURATION_CODE: &str = "[h]";

/// A workbook with its per cent as durations; as it is when it has none.
///
/// # Errors
/// When it cannot be read.
pub(super) fn as_durations(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Finding> {
    let copy = changed(bytes).map_err(|_| unreadable())?;
    Ok(copy.map_or(Cow::Borrowed(bytes), Cow::Owned))
}

fn changed(bytes: &[u8]) -> Result<Option<Vec<u8>>, ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let is_styles = |name: &str| name.to_ascii_lowercase().ends_with("/styles.xml");
    let Some(place) = (0..archive.len()).find(|place| archive.name_for_index(*place).is_some_and(is_styles))
    else {
        return Ok(None);
    };
    let mut styles = String::new();
    archive.by_index(place)?.read_to_string(&mut styles)?;
    let marked = marked(&styles);
    if marked == styles {
        return Ok(None);
    }
    let mut copy = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len())));
    for part in 0..archive.len() {
        let raw = archive.by_index_raw(part)?;
        if part == place {
            copy.start_file(raw.name(), SimpleFileOptions::default())?;
            copy.write_all(marked.as_bytes())?;
        } else {
            copy.raw_copy_file(raw)?;
        }
    }
    Ok(Some(copy.finish()?.into_inner()))
}

/// The formats of a workbook, with those of per cent as durations.
fn marked(styles: &str) -> String {
    let styles = with_values(styles, "formatCode=", is_per_cent, DURATION_CODE);
    with_values(&styles, "numFmtId=", |id| BUILT_IN.contains(&id), DURATION)
}

/// Whether a format shows a hundred times the number: a sign in quotation marks or behind a backslash is only written.
fn is_per_cent(code: &str) -> bool {
    let outside = code.replace('"', "&quot;");
    outside.split("&quot;").step_by(2).any(|part| part.replace("\\%", "").contains('%'))
}

/// A text with other values of an attribute where they are `wrong`.
fn with_values(text: &str, attribute: &str, wrong: impl Fn(&str) -> bool, right: &str) -> String {
    let mut parts = text.split(attribute);
    let mut changed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        changed.push_str(attribute);
        let quoted = ['"', '\''].into_iter().find_map(|quote| {
            let (value, rest) = part.strip_prefix(quote)?.split_once(quote)?;
            Some((quote, value, rest))
        });
        match quoted {
            Some((quote, value, rest)) if wrong(value) => {
                changed.push(quote);
                changed.push_str(right);
                changed.push(quote);
                changed.push_str(rest);
            }
            _ => changed.push_str(part),
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_that_multiplies_is_told_from_one_that_is_written() {
        for code in ["0%", "0.00%", "0 %", "[Red]-0%;0%", "0&quot; ca&quot;%"] {
            assert!(is_per_cent(code), "{code}");
        }
        for code in ["0", "0&quot;%&quot;", "0\"%\"", "0\\%", "yyyy\\-mm\\-dd"] {
            assert!(!is_per_cent(code), "{code}");
        }
    }

    #[test]
    fn per_cent_becomes_a_duration_and_all_else_stays() {
        let styles = "<numFmt numFmtId=\"164\" formatCode=\"0.0%\"/><numFmt numFmtId='165' formatCode='0.0'/>\
                      <xf numFmtId=\"9\"/><xf numFmtId='10'/><xf numFmtId=\"14\"/><xf numFmtId=\"109\"/>";
        let expected = "<numFmt numFmtId=\"164\" formatCode=\"[h]\"/><numFmt numFmtId='165' formatCode='0.0'/>\
                        <xf numFmtId=\"46\"/><xf numFmtId='46'/><xf numFmtId=\"14\"/><xf numFmtId=\"109\"/>";
        assert_eq!(marked(styles), expected);
        assert_eq!(marked(expected), expected);
    }

    #[test]
    fn what_is_no_workbook_is_told() {
        assert_eq!(as_durations(b"no workbook"), Err(unreadable()));
    }
}
