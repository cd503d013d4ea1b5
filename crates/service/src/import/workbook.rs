//! A workbook as one table: its rows one below the other, and beside the table what only a workbook says of a cell.

use std::borrow::Cow;
use std::io::{self, Cursor, Read as _};

use calamine::{Reader as _, Xlsx};
use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use cartotek_forms::{CellFault, WorkbookCell};
use chrono::NaiveDate;
use zip::ZipArchive;

use crate::import::LARGEST_FILE;
use crate::import::file::{BYTE_ORDER_MARK, empty};
use crate::import::header::Header;
use crate::import::layout::{Column, FORM, Layout};
use crate::import::mapping::Mappings;
use crate::import::percent::as_durations;
use crate::import::read::Row;
use crate::import::selection::Selection;
use crate::import::sheet::{SheetReader, SheetRow, Workbook, in_table, unreadable};
use crate::import::sheet_choice::{chosen, filled, unread};

/// What separates the cells of the table, as in Swedish spreadsheets.
pub(super) const DELIMITER: u8 = b';';
/// What a workbook may unpack to, in bytes: a small file can be made to unpack to a very large one.
const LARGEST_UNPACKED: u64 = 1 << 29;

/// What the table does not say of the rows that were made from sheets, its first line among them.
#[derive(Default)]
pub(super) struct Sheets {
    /// The number of each row in its sheet.
    numbers: Vec<usize>,
    /// Cells that are not what they seem: row of the table, place, why; by row.
    faults: Vec<(usize, usize, CellFault)>,
    /// How many other sheets with rows the workbook has.
    unread: usize,
}

impl Sheets {
    /// The number of a row of the table in its sheet.
    pub(super) fn number(&self, row: usize) -> usize {
        self.numbers.get(row).copied().unwrap_or(row + 1)
    }

    /// That the workbook has other sheets with rows, so that none is left out in silence.
    pub(super) fn notice(&self) -> Option<Finding> {
        (self.unread > 0).then(|| unread(self.unread))
    }

    /// The cells of a row of the table that are not what they seem.
    pub(super) fn faults(&self, row: usize) -> Vec<(usize, CellFault)> {
        let from = self.faults.partition_point(|(at, ..)| *at < row);
        let rest = self.faults.get(from..).unwrap_or_default();
        rest.iter().take_while(|(at, ..)| *at == row).map(|(_, place, fault)| (*place, *fault)).collect()
    }
}

/// A sheet that is read.
struct Sheet {
    name: String,
    /// The form that its rows fill in, when it is named after one of several.
    form: Option<String>,
    header: Header,
}

/// Reads a workbook as a table.
///
/// # Errors
/// Why it cannot be read as rows of these forms.
pub(super) fn read(
    bytes: &[u8],
    (selection, mappings): (&Selection, &Mappings),
    today: NaiveDate,
) -> Result<(Vec<u8>, Sheets), Vec<Finding>> {
    check_size(bytes).map_err(alone)?;
    let bytes = as_durations(bytes).map_err(alone)?;
    let mut workbook = Xlsx::new(Cursor::new(&*bytes)).map_err(|_| alone(unreadable()))?;
    let filled = filled(&mut workbook).map_err(alone)?;
    let all = filled.seen.len() + filled.hidden;
    let sheets = sheets(&mut workbook, filled.seen, (selection, mappings), today)?;
    let mut table = Table::new(selection, &sheets).map_err(alone)?;
    table.sheets.unread = all - sheets.len();
    for sheet in &sheets {
        let places = table.places(sheet);
        let mut rows = SheetReader::open(&mut workbook, &sheet.name).map_err(alone)?;
        let _header = rows.next_row().map_err(alone)?;
        while let Some(row) = rows.next_row().map_err(alone)? {
            table.add(sheet, &places, &row).map_err(alone)?;
        }
    }
    table.finish().map_err(alone)
}

fn check_size(bytes: &[u8]) -> Result<(), Finding> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let mut left = LARGEST_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| unreadable())?;
        let read = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|_| unreadable())?;
        left = left.checked_sub(read).ok_or_else(too_large)?;
    }
    Ok(())
}

/// The sheets to be read, with their headers.
fn sheets(
    workbook: &mut Workbook<'_>,
    filled: Vec<String>,
    (selection, mappings): (&Selection, &Mappings),
    today: NaiveDate,
) -> Result<Vec<Sheet>, Vec<Finding>> {
    let (mut sheets, mut findings) = (Vec::new(), Vec::new());
    for (name, form) in chosen(filled, selection).map_err(alone)? {
        let mut rows = SheetReader::open(workbook, &name).map_err(alone)?;
        let first = rows.next_row().map_err(alone)?.ok_or_else(|| alone(empty()))?;
        let own = form.as_deref().map_or_else(|| selection.clone(), |code| selection.narrowed(code));
        match Header::read(&heading(first), DELIMITER, (&own, mappings), today) {
            Ok(header) => sheets.push(Sheet { name, form, header }),
            Err(found) => findings.extend(found.into_iter().map(|one| in_sheet(one, form.as_deref()))),
        }
    }
    if findings.is_empty() { Ok(sheets) } else { Err(findings) }
}

fn heading((number, cells): SheetRow<'_>) -> Row {
    let last = cells.iter().rposition(|cell| !cell.is_blank()).map_or(0, |place| place + 1);
    let cells = cells.iter().take(last).map(WorkbookCell::text).collect::<Vec<_>>();
    Row { number, span: 0..0, cells: cells.into(), faults: Vec::new() }
}

/// The table while it is made.
struct Table<'s> {
    selection: &'s Selection,
    headings: Vec<String>,
    csv: csv::Writer<Vec<u8>>,
    sheets: Sheets,
}

impl<'s> Table<'s> {
    fn new(selection: &'s Selection, sheets: &[Sheet]) -> Result<Self, Finding> {
        let mut headings: Vec<String> = Vec::new();
        if sheets.iter().any(|sheet| sheet.form.is_some()) {
            headings.push(FORM.to_owned());
        }
        for heading in sheets.iter().flat_map(|sheet| &sheet.header.headings) {
            if !headings.contains(heading) {
                headings.push(heading.clone());
            }
        }
        let csv = csv::WriterBuilder::new()
            .delimiter(DELIMITER)
            .flexible(true)
            .terminator(csv::Terminator::CRLF)
            .from_writer(BYTE_ORDER_MARK.to_vec());
        let mut table = Self { selection, headings, csv, sheets: Sheets::default() };
        let headings = table.headings.clone();
        table.write(1, headings.iter().map(String::as_bytes))?;
        Ok(table)
    }

    /// Where the columns of a sheet stand in the table.
    fn places(&self, sheet: &Sheet) -> Vec<usize> {
        let place = |heading: &String| self.headings.iter().position(|one| one == heading);
        sheet.header.headings.iter().filter_map(place).collect()
    }

    fn add(
        &mut self,
        sheet: &Sheet,
        places: &[usize],
        (number, cells): &SheetRow<'_>,
    ) -> Result<(), Finding> {
        // What an earlier returned file says of a row is not looked at: a row of it alone is none.
        let returned = places.len()..sheet.header.width();
        if cells.iter().enumerate().all(|(place, cell)| cell.is_blank() || returned.contains(&place)) {
            return Ok(());
        }
        let layout = self.layout(sheet, cells);
        let mut record = vec![Cow::from(""); self.headings.len()];
        if let (Some(first), Some(form)) = (record.first_mut(), &sheet.form) {
            *first = Cow::from(form);
        }
        for (place, cell) in cells.iter().enumerate() {
            match places.get(place).copied() {
                Some(target) => {
                    let fault = layout.and_then(|layout| layout.fault_of(place, cell));
                    let row = self.sheets.numbers.len();
                    self.sheets.faults.extend(fault.map(|fault| (row, target, fault)));
                    record[target] = if fault.is_some() { cell.doubtful_text() } else { in_table(cell) };
                }
                None if cell.is_blank() || returned.contains(&place) => {}
                None => record.push(in_table(cell)),
            }
        }
        self.write(*number, record.iter().map(|cell| cell.as_bytes()))
    }

    /// What the columns of a sheet mean for the form of a row.
    fn layout<'h>(&self, sheet: &'h Sheet, cells: &[WorkbookCell<'_>]) -> Option<&'h Layout> {
        let header = &sheet.header;
        let form = sheet.form.as_deref().or_else(|| Some(self.selection.only()?.code()));
        if let Some(form) = form {
            return header.layout(form);
        }
        header.layout(cells.get(header.place_of(&Column::Form)?)?.text().trim())
    }

    fn write<'c>(&mut self, number: usize, cells: impl Iterator<Item = &'c [u8]>) -> Result<(), Finding> {
        self.csv.write_record(cells).map_err(|_| unreadable())?;
        self.sheets.numbers.push(number);
        if self.csv.get_ref().len() > LARGEST_FILE { Err(too_large()) } else { Ok(()) }
    }

    fn finish(self) -> Result<(Vec<u8>, Sheets), Finding> {
        Ok((self.csv.into_inner().map_err(|_| unreadable())?, self.sheets))
    }
}

fn alone(finding: Finding) -> Vec<Finding> {
    vec![finding]
}

fn in_sheet(found: Finding, form: Option<&str>) -> Finding {
    let Some(form) = form else { return found };
    let (sv, en) = (&found.message.sv, &found.message.en);
    let message = Text::new(format!("Blad {form}: {sv}"), format!("Sheet {form}: {en}"));
    Finding { message, ..found }
}

fn too_large() -> Finding {
    let text = Text::new(
        "Arbetsboken blir för stor när den packas upp; dela upp den.",
        "The workbook becomes too large when it is unpacked; split it.",
    );
    Finding::error("IMPORT-WORKBOOK", "", text)
}
