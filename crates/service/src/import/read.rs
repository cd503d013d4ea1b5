//! From a file to its rows: line numbers, cells. Nothing here knows what a cell means.

use std::io::Cursor;
use std::ops::Range;

use cartotek_domain::finding::Finding;
use cartotek_forms::{DecimalMark, Form};
use chrono::NaiveDate;
use csv::StringRecord;

use crate::import::Format;
use crate::import::file::{File, empty, line_ends};
use crate::import::header::{Column, Header};

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
        let (file, header) = match format {
            Format::Ndjson => (File::of_utf8(bytes).map_err(alone)?, None),
            Format::Csv => {
                let file = File::of_table(bytes).map_err(alone)?;
                let delimiter = file.separator().map_err(alone)?;
                let first = CsvRows::new(&file, delimiter).next().ok_or_else(|| alone(empty()))?;
                let header = Header::read(&first, delimiter, form, today)?;
                (file, Some(header))
            }
        };
        let mut source = Self { file, header, rows: 0 };
        source.survey();
        if source.rows == 0 { Err(alone(empty())) } else { Ok(source) }
    }

    /// Goes through all rows once: how many there are, and what mark their numbers have.
    fn survey(&mut self) {
        let mut mark: Option<DecimalMark> = None;
        for row in self.read() {
            self.rows += 1;
            // Between commas no cell has a decimal comma but in quotation marks, and that is refused.
            let Some(header) = self.header.as_ref().filter(|header| header.delimiter != b',') else { continue };
            for (column, cell) in header.columns.iter().zip(&row.cells) {
                if matches!(column, Column::Answer { number: true, .. }) {
                    mark = DecimalMark::of(cell).map(|found| found.beside(mark)).or(mark);
                }
            }
        }
        if let (Some(header), Some(mark)) = (&mut self.header, mark) {
            header.mark = mark;
        }
    }

    /// Reads the rows, from the first after the header.
    pub(super) fn read(&self) -> Rows {
        match &self.header {
            None => Rows::Ndjson { file: self.file.clone(), at: self.file.start(), number: 0 },
            Some(header) => {
                let mut rows = CsvRows::new(&self.file, header.delimiter);
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
    fn new(file: &File, delimiter: u8) -> Self {
        let base = file.start();
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

fn alone(finding: Finding) -> Vec<Finding> {
    vec![finding]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, delimiter: u8) -> Vec<(usize, String, Vec<String>)> {
        let file = File::of_utf8(text.as_bytes().to_vec()).unwrap();
        CsvRows::new(&file, delimiter).map(|row| {
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
        let file = File::of_utf8(b"{}\n\n  {\"a\":1} \r\n{}".to_vec()).unwrap();
        let rows = Rows::Ndjson { file: file.clone(), at: 0, number: 0 };
        let lines: Vec<_> = rows.map(|row| (row.number, file.text(&row.span).to_owned())).collect();
        assert_eq!(lines, [(1, "{}"), (3, "{\"a\":1}"), (4, "{}")].map(|(n, text)| (n, text.to_owned())));
    }
}
