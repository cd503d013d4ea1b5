//! From a file to its rows: line numbers, cells. Nothing here knows what a cell means.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use cartotek_domain::finding::Finding;
use cartotek_forms::{CellFault, DecimalMark, Marks};
use chrono::NaiveDate;
use csv::StringRecord;

use crate::import::Format;
use crate::import::file::{File, empty, line_ends};
use crate::import::header::Header;
use crate::import::mapping::Mappings;
use crate::import::selection::Selection;
use crate::import::workbook::{self, Sheets};

/// A file that can be read as rows.
pub(super) struct Source {
    pub(super) file: File,
    /// The first line of a table; `None` for NDJSON.
    pub(super) header: Option<Arc<Header>>,
    /// What the sheets of a workbook say of the rows that were made from them.
    sheets: Option<Arc<Sheets>>,
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
    /// Cells of a workbook that are not what they seem, by their place.
    pub(super) faults: Vec<(usize, CellFault)>,
}

impl Row {
    /// Why the cell at a place is not read for what it seems to say.
    pub(super) fn fault_at(&self, place: usize) -> Option<CellFault> {
        self.faults.iter().find(|(at, _)| *at == place).map(|(_, fault)| *fault)
    }
}

impl Source {
    /// Looks at a whole file: its encoding, its header, how many rows it has.
    ///
    /// # Errors
    /// Why it cannot be read as rows of these forms.
    pub(super) fn open(
        bytes: Vec<u8>,
        format: Format,
        (selection, mappings): (&Selection, &Mappings),
        today: NaiveDate,
    ) -> Result<Self, Vec<Finding>> {
        let (file, delimiter, sheets) = match format {
            Format::Ndjson => (File::of_utf8(bytes).map_err(alone)?, None, None),
            Format::Csv => {
                let file = File::of_table(bytes).map_err(alone)?;
                let delimiter = file.separator().map_err(alone)?;
                (file, Some(delimiter), None)
            }
            Format::Xlsx => {
                let (text, sheets) = workbook::read(&bytes, (selection, mappings), today)?;
                (File::of_utf8(text).map_err(alone)?, Some(workbook::DELIMITER), Some(Arc::new(sheets)))
            }
        };
        let mut source = Self { file, header: None, sheets, rows: 0 };
        if let Some(delimiter) = delimiter {
            let first = CsvRows::new(&source.file, delimiter, None).next().ok_or_else(|| alone(empty()))?;
            let mut header = Header::read(&first, delimiter, (selection, mappings), today)?;
            header.mark = source.mark(&header);
            source.header = Some(Arc::new(header));
        }
        source.rows = source.read().count();
        if source.rows == 0 { Err(alone(empty())) } else { Ok(source) }
    }

    /// What is to be said of the file as a whole.
    pub(super) fn notice(&self) -> Option<Finding> {
        self.sheets.as_ref()?.notice()
    }

    /// Which mark the numbers of the table have, all of which are looked at; a workbook's were written here.
    fn mark(&self, header: &Header) -> DecimalMark {
        if self.sheets.is_some() {
            return DecimalMark::Comma;
        }
        let (numbers, mut marks) = (header.numbers(), Marks::default());
        let mut rows = CsvRows::new(&self.file, header.delimiter, None);
        let _header = rows.next();
        for row in rows {
            for (_, cell) in numbers.iter().zip(&row.cells).filter(|(number, _)| **number) {
                marks.note(cell);
            }
        }
        marks.mark(header.delimiter)
    }

    /// Reads the rows, from the first after the header.
    pub(super) fn read(&self) -> Rows {
        match &self.header {
            None => Rows::Ndjson { file: self.file.clone(), at: self.file.start(), number: 0 },
            Some(header) => {
                let mut rows = CsvRows::new(&self.file, header.delimiter, self.sheets.clone());
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
                faults: Vec::new(),
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
    /// The sheets that the table was made from, and how many rows have been read.
    sheets: Option<Arc<Sheets>>,
    read: usize,
}

impl CsvRows {
    fn new(file: &File, delimiter: u8, sheets: Option<Arc<Sheets>>) -> Self {
        let base = file.start();
        let mut cursor = Cursor::new(file.clone());
        cursor.set_position(base as u64);
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(cursor);
        Self { file: file.clone(), reader, base, at: base, number: 1, sheets, read: 0 }
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
            let (number, faults) = match &self.sheets {
                None => (self.number, Vec::new()),
                Some(sheets) => (sheets.number(self.read), sheets.faults(self.read)),
            };
            self.read += 1;
            return Some(Row { number, span, cells, faults });
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
        CsvRows::new(&file, delimiter, None)
            .map(|row| {
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
