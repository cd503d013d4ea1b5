//! From the bytes of a file to its rows: encoding, line numbers, cells. Nothing here knows what a cell means.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use cartotek_forms::Form;
use chrono::NaiveDate;
use csv::StringRecord;

use crate::import::Format;
use crate::import::header::Header;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The bytes of a file, shared by its readers and the writer of the returned copy.
#[derive(Clone)]
pub(super) struct File(Arc<Vec<u8>>);

impl AsRef<[u8]> for File {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl File {
    /// The bytes of a place in the file.
    pub(super) fn at(&self, span: &Range<usize>) -> &[u8] {
        self.0.get(span.clone()).unwrap_or_default()
    }

    /// The text of a place in the file, whose encoding was checked.
    pub(super) fn text(&self, span: &Range<usize>) -> &str {
        str::from_utf8(self.at(span)).unwrap_or_default()
    }
}

/// A file that can be read as rows.
pub(super) struct Source {
    pub(super) file: File,
    /// The first line of a table; `None` for NDJSON.
    pub(super) header: Option<Header>,
    /// How many rows it has.
    pub(super) rows: usize,
}

/// One row that is not empty.
pub(super) struct Row {
    /// Its number as a spreadsheet shows it: the header of a table is 1; the line of NDJSON.
    pub(super) number: usize,
    /// Where its text stands in the file, without the line's end.
    pub(super) span: Range<usize>,
    /// The cells of a table; empty for NDJSON.
    pub(super) cells: StringRecord,
}

impl Source {
    /// Looks at a whole file: its encoding, its header, how many rows it has.
    ///
    /// # Errors
    /// Why it cannot be read as rows of this form.
    pub(super) fn open(
        bytes: Vec<u8>,
        format: Format,
        form: &Form,
        today: NaiveDate,
    ) -> Result<Self, Vec<Finding>> {
        check_encoding(&bytes).map_err(|finding| vec![finding])?;
        let file = File(Arc::new(bytes));
        let header = match format {
            Format::Ndjson => None,
            Format::Csv => {
                let line = first_line(&file).ok_or_else(|| vec![empty()])?;
                let (delimiter, start) = (delimiter_of(file.at(&line)), start_of(&file));
                let first = CsvRows::new(&file, delimiter, start).next().ok_or_else(|| vec![empty()])?;
                Some(Header::read(&first, delimiter, form, today)?)
            }
        };
        let mut source = Self { file, header, rows: 0 };
        source.rows = source.read().count();
        if source.rows == 0 { Err(vec![empty()]) } else { Ok(source) }
    }

    /// Reads the rows, from the first after the header.
    pub(super) fn read(&self) -> Rows {
        let start = start_of(&self.file);
        match &self.header {
            None => Rows::Ndjson { file: self.file.clone(), at: start, number: 0 },
            Some(header) => {
                let mut rows = CsvRows::new(&self.file, header.delimiter, start);
                let _header = rows.next();
                Rows::Csv(Box::new(rows))
            }
        }
    }
}

/// The rows of a file that are still to be read.
pub(super) enum Rows {
    Csv(Box<CsvRows>),
    Ndjson { file: File, at: usize, number: usize },
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Ndjson { file, at, number } => next_line(file, at, number),
        }
    }
}

fn next_line(file: &File, at: &mut usize, number: &mut usize) -> Option<Row> {
    loop {
        let rest = file.as_ref().get(*at..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default().trim_ascii();
        let start = *at + rest.len() - rest.trim_ascii_start().len();
        *at += length + 1;
        *number += 1;
        if !line.is_empty() {
            return Some(Row {
                number: *number,
                span: start..start + line.len(),
                cells: StringRecord::new(),
            });
        }
    }
}

/// The rows of a table, the header among them.
pub(super) struct CsvRows {
    file: File,
    reader: csv::Reader<Cursor<File>>,
    /// Where the reader started.
    base: usize,
    /// Where the row before ends, and its number.
    at: usize,
    number: usize,
}

impl CsvRows {
    fn new(file: &File, delimiter: u8, base: usize) -> Self {
        let mut cursor = Cursor::new(file.clone());
        cursor.set_position(base as u64);
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(cursor);
        Self { file: file.clone(), reader, base, at: base, number: 1 }
    }

    fn offset(&self) -> usize {
        self.base + usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX - self.base)
    }
}

impl Iterator for CsvRows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let mut cells = StringRecord::new();
        loop {
            let start = self.offset();
            // The encoding was checked and rows may have any length: the reader has no other error.
            if !self.reader.read_record(&mut cells).unwrap_or(false) {
                return None;
            }
            if cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let span = without_line_ends(&self.file, start..self.offset());
            self.number += line_ends(self.file.at(&(self.at..span.start)));
            self.at = span.end;
            return Some(Row { number: self.number, span, cells });
        }
    }
}

fn without_line_ends(file: &File, span: Range<usize>) -> Range<usize> {
    let line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let bytes = file.at(&span);
    let leading = bytes.iter().take_while(|byte| line_end(byte)).count();
    let trailing = bytes.iter().skip(leading).rev().take_while(|byte| line_end(byte)).count();
    span.start + leading..span.end - trailing
}

/// How many lines end in a text: CRLF is one end.
fn line_ends(bytes: &[u8]) -> usize {
    let mut before = 0;
    let mut count = 0;
    for byte in bytes {
        count += usize::from(*byte == b'\r' || (*byte == b'\n' && before != b'\r'));
        before = *byte;
    }
    count
}

fn start_of(file: &File) -> usize {
    if file.as_ref().starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

fn first_line(file: &File) -> Option<Range<usize>> {
    let start = start_of(file);
    let bytes = file.as_ref().get(start..)?;
    let from = bytes.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let length = bytes.iter().skip(from).take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
    Some(start + from..start + from + length)
}

/// Swedish spreadsheets write semicolons, others commas; the names of columns have neither.
fn delimiter_of(header: &[u8]) -> u8 {
    let count = |delimiter| header.split(|byte| *byte == delimiter).count();
    if count(b';') > count(b',') { b';' } else { b',' }
}

fn check_encoding(bytes: &[u8]) -> Result<(), Finding> {
    let Err(error) = str::from_utf8(bytes) else {
        return Ok(());
    };
    let sound = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let (row, byte) = (line_ends(sound) + 1, sound.len() + 1);
    let text = Text::new(
        format!(
            "Filen är inte UTF-8: rad {row}, byte {byte}. Spara den som UTF-8 (i Excel: CSV UTF-8) och skicka igen."
        ),
        format!(
            "The file is not UTF-8: row {row}, byte {byte}. Save it as UTF-8 (in Excel: CSV UTF-8) and send it again."
        ),
    );
    Err(Finding::error("IMPORT-ENCODING", "", text))
}

fn empty() -> Finding {
    let text = Text::new("Filen har inga rader att läsa in.", "The file has no rows to import.");
    Finding::error("IMPORT-EMPTY", "", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, delimiter: u8) -> Vec<(usize, String, Vec<String>)> {
        let file = File(Arc::new(text.as_bytes().to_vec()));
        let rows = CsvRows::new(&file, delimiter, start_of(&file));
        rows.map(|row| {
            let cells = row.cells.iter().map(str::to_owned).collect();
            (row.number, file.text(&row.span).to_owned(), cells)
        })
        .collect()
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_does() {
        let text = "\u{feff}a,b\r\n1,2\r\n\r\n,\r\n\"x\r\ny\",4\r\n5,6";
        let numbers: Vec<_> = rows(text, b',').into_iter().map(|(number, raw, _)| (number, raw)).collect();
        let expected = [(1, "a,b"), (2, "1,2"), (5, "\"x\r\ny\",4"), (6, "5,6")];
        assert_eq!(numbers, expected.map(|(number, raw)| (number, raw.to_owned())));
    }

    #[test]
    fn lines_of_json_keep_their_numbers() {
        let file = File(Arc::new(b"{}\n\n  {\"a\":1} \r\n{}".to_vec()));
        let rows = Rows::Ndjson { file: file.clone(), at: 0, number: 0 };
        let lines: Vec<_> = rows.map(|row| (row.number, file.text(&row.span).to_owned())).collect();
        assert_eq!(lines, [(1, "{}"), (3, "{\"a\":1}"), (4, "{}")].map(|(n, text)| (n, text.to_owned())));
    }
}
