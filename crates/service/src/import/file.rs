//! The bytes of a file as text: encoding, lines, what separates cells. Nothing here knows what a cell means.

use std::ops::Range;
use std::sync::Arc;

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use encoding_rs::WINDOWS_1252;

/// By which spreadsheets know that a table is UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A file as UTF-8, shared by its readers and the writer of the returned copy.
#[derive(Clone)]
pub(super) struct File(Arc<Vec<u8>>);

impl AsRef<[u8]> for File {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl File {
    /// A file that must be UTF-8.
    ///
    /// # Errors
    /// Where it is not.
    pub(super) fn of_utf8(bytes: Vec<u8>) -> Result<Self, Finding> {
        match str::from_utf8(&bytes) {
            Ok(_) => Ok(Self(Arc::new(bytes))),
            Err(error) => Err(no_text(&bytes, error.valid_up_to())),
        }
    }

    /// A table, which spreadsheets also write in Windows-1252. It is given back as UTF-8, with the mark by which they
    /// know it.
    ///
    /// # Errors
    /// Where it is neither.
    pub(super) fn of_table(bytes: Vec<u8>) -> Result<Self, Finding> {
        if str::from_utf8(&bytes).is_ok() || !is_windows_1252(&bytes) {
            return Self::of_utf8(bytes);
        }
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(&bytes);
        Ok(Self(Arc::new([BYTE_ORDER_MARK, text.as_bytes()].concat())))
    }

    /// The bytes of a place in the file.
    pub(super) fn at(&self, span: &Range<usize>) -> &[u8] {
        self.0.get(span.clone()).unwrap_or_default()
    }

    /// The text of a place in the file.
    pub(super) fn text(&self, span: &Range<usize>) -> &str {
        str::from_utf8(self.at(span)).unwrap_or_default()
    }

    /// Where its text begins.
    pub(super) fn start(&self) -> usize {
        if self.0.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
    }

    /// What separates the cells of a table: what its first line says; the names of columns have none of the three.
    ///
    /// # Errors
    /// When the line has several, or the file none.
    pub(super) fn separator(&self) -> Result<u8, Finding> {
        let bytes = self.0.get(self.start()..).unwrap_or_default().trim_ascii_start();
        let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
        if line.is_empty() { Err(empty()) } else { separator_of(line) }
    }
}

/// Whether bytes that are no UTF-8 are Windows-1252 beyond doubt: none that it leaves undefined, no NUL as in UTF-16,
/// and no character that is written as in UTF-8, as in a file that was put together from two.
fn is_windows_1252(bytes: &[u8]) -> bool {
    let undefined = |byte: &u8| matches!(byte, 0 | 0x81 | 0x8D | 0x8F | 0x90 | 0x9D);
    !bytes.iter().any(undefined) && bytes.utf8_chunks().all(|chunk| chunk.valid().is_ascii())
}

fn separator_of(header: &[u8]) -> Result<u8, Finding> {
    let mut found = Vec::new();
    let mut quoted = false;
    for byte in header {
        match byte {
            b'"' => quoted = !quoted,
            b',' | b';' | b'\t' if !quoted && !found.contains(byte) => found.push(*byte),
            _ => {}
        }
    }
    match found[..] {
        // A single column, which is told to lack the others.
        [] => Ok(b','),
        [only] => Ok(only),
        _ => Err(ambiguous()),
    }
}

/// How many lines end in a text: CRLF is one end.
pub(super) fn line_ends(bytes: &[u8]) -> usize {
    let mut before = 0;
    let mut count = 0;
    for byte in bytes {
        count += usize::from(*byte == b'\r' || (*byte == b'\n' && before != b'\r'));
        before = *byte;
    }
    count
}

fn no_text(bytes: &[u8], place: usize) -> Finding {
    let (row, byte) = (line_ends(bytes.get(..place).unwrap_or_default()) + 1, place + 1);
    let text = Text::new(
        format!(
            "Filen är varken UTF-8 eller (en tabell i) Windows-1252: rad {row}, byte {byte}. Spara den som UTF-8 (i Excel: \
             CSV UTF-8) och skicka igen."
        ),
        format!(
            "The file is neither UTF-8 nor (a table in) Windows-1252: row {row}, byte {byte}. Save it as UTF-8 (in Excel: \
             CSV UTF-8) and send it again."
        ),
    );
    Finding::error("IMPORT-ENCODING", "", text)
}

fn ambiguous() -> Finding {
    let text = Text::new(
        "Rubrikraden har flera av skiljetecknen komma, semikolon och tabb; använd ett av dem i hela filen, och sätt \
         citattecken om en rubrik som innehåller ett annat.",
        "The header has several of the separators comma, semicolon and tab; use one of them in the whole file, and quote \
         a heading that contains another.",
    );
    Finding::error("IMPORT-SEPARATOR", "", text)
}

pub(super) fn empty() -> Finding {
    let text = Text::new("Filen har inga rader att läsa in.", "The file has no rows to import.");
    Finding::error("IMPORT-EMPTY", "", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(bytes: &[u8]) -> Result<String, String> {
        let told = |finding: Finding| finding.message.en.split(": ").nth(1).unwrap().to_owned();
        File::of_table(bytes.to_vec())
            .map(|file| str::from_utf8(file.as_ref()).unwrap().to_owned())
            .map_err(told)
    }

    #[test]
    fn a_table_is_one_of_two_encodings_or_refused() {
        assert_eq!(table("kön;å".as_bytes()).unwrap(), "kön;å");
        assert_eq!(table(b"k\xF6n;\x80 5").unwrap(), "\u{feff}kön;€ 5");
        let doubtful: [&[u8]; 4] =
            [b"a\nk\xF6n \x81", b"a\nk\xF6n \xC3\xA5", b"a\nk\xF6\0n", b"a\nk\xF6\xFE\xFF\x9D"];
        for bytes in doubtful {
            assert!(table(bytes).unwrap_err().starts_with("row 2, byte 4."), "{bytes:?}");
        }
        assert!(table(b"\xFF\xFEk\0").unwrap_err().starts_with("row 1, byte 1."), "UTF-16");
        assert!(File::of_utf8(b"k\xF6n".to_vec()).is_err());
    }

    #[test]
    fn the_header_says_what_separates() {
        let separator = |line: &str| File::of_utf8(line.as_bytes().to_vec()).unwrap().separator().ok();
        assert_eq!(separator("\u{feff}\r\n patient,course\na;b"), Some(b','));
        assert_eq!(separator("patient;\"dose, total\";course"), Some(b';'));
        assert_eq!(separator("patient\tcourse"), Some(b'\t'));
        assert_eq!(separator("patient"), Some(b','));
        for doubtful in ["patient;course,sex", "a\tb;c", "\r\n", ""] {
            assert_eq!(separator(doubtful), None, "{doubtful}");
        }
    }
}
