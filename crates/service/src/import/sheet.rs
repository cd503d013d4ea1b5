//! The rows of one sheet of a workbook, read as a stream: however far apart its cells lie, only one row is in memory.

use std::borrow::Cow;
use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Xlsx, XlsxCellReader};
use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use cartotek_forms::WorkbookCell;
use chrono::NaiveDate;

use crate::import::remark::protected;

/// A workbook in memory.
pub(super) type Workbook<'b> = Xlsx<Cursor<&'b [u8]>>;

/// Columns that a sheet may have: many times those of any form.
const MOST_COLUMNS: usize = 4_000;

/// A row with its number in the sheet and its cells from the first column on.
pub(super) type SheetRow<'w> = (usize, Vec<WorkbookCell<'w>>);

/// Reads a sheet row by row.
pub(super) struct SheetReader<'w, 'b> {
    cells: XlsxCellReader<'w, Cursor<&'b [u8]>>,
    /// The first cell of the row that comes next.
    ahead: Option<(u32, usize, WorkbookCell<'w>)>,
    /// Whether the last cell has been read: to read on from there is an error of the library.
    ended: bool,
}

impl<'w, 'b> SheetReader<'w, 'b> {
    /// Begins a sheet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(workbook: &'w mut Workbook<'b>, sheet: &str) -> Result<Self, Finding> {
        let cells = workbook.worksheet_cells_reader(sheet).map_err(|_| unreadable())?;
        Ok(Self { cells, ahead: None, ended: false })
    }

    /// The next row that is not blank.
    ///
    /// # Errors
    /// When the sheet cannot be read, or is too wide.
    pub(super) fn next_row(&mut self) -> Result<Option<SheetRow<'w>>, Finding> {
        while let Some((row, place, cell)) = self.next_cell()? {
            let mut cells = Vec::new();
            put(&mut cells, place, cell);
            loop {
                match self.next_cell()? {
                    Some((same, place, cell)) if same == row => put(&mut cells, place, cell),
                    ahead => {
                        self.ahead = ahead;
                        break;
                    }
                }
            }
            if !cells.iter().all(WorkbookCell::is_blank) {
                return Ok(Some((usize::try_from(row).unwrap_or(usize::MAX).saturating_add(1), cells)));
            }
        }
        Ok(None)
    }

    fn next_cell(&mut self) -> Result<Option<(u32, usize, WorkbookCell<'w>)>, Finding> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        if self.ended {
            return Ok(None);
        }
        while let Some(found) = self.cells.next_cell_with_formula_metadata().map_err(|_| unreadable())? {
            let (row, column) = found.pos;
            let Some(cell) = cell_of(found.value, found.formula.is_some()) else { continue };
            return match usize::try_from(column) {
                Ok(place) if place < MOST_COLUMNS => Ok(Some((row, place, cell))),
                _ => Err(too_wide()),
            };
        }
        self.ended = true;
        Ok(None)
    }
}

/// A cell as the table made from a workbook has it, which comes back as CSV: a text is no formula there either.
pub(super) fn in_table<'c>(cell: &'c WorkbookCell<'_>) -> Cow<'c, str> {
    match cell {
        WorkbookCell::Text(text) => Cow::from(protected(text.to_string())),
        cell => cell.text(),
    }
}

fn put<'w>(cells: &mut Vec<WorkbookCell<'w>>, place: usize, cell: WorkbookCell<'w>) {
    if cells.len() <= place {
        cells.resize(place + 1, WorkbookCell::Text(Cow::Borrowed("")));
    }
    if let Some(known) = cells.get_mut(place) {
        *known = cell;
    }
}

fn cell_of(value: DataRef<'_>, is_formula: bool) -> Option<WorkbookCell<'_>> {
    Some(match value {
        // Programs that write formulas without computing them leave no value.
        DataRef::Empty if is_formula => WorkbookCell::Error,
        DataRef::Empty => return None,
        DataRef::SharedString(text) => WorkbookCell::Text(Cow::Borrowed(text)),
        DataRef::String(text) | DataRef::DurationIso(text) => WorkbookCell::Text(Cow::Owned(text)),
        DataRef::Float(number) => WorkbookCell::Number(number),
        DataRef::Int(number) => WorkbookCell::Text(Cow::Owned(number.to_string())),
        DataRef::Bool(truth) => WorkbookCell::Truth(truth),
        DataRef::DateTime(at) => date_of(at),
        DataRef::DateTimeIso(text) => iso_date_of(text),
        DataRef::Error(_) => WorkbookCell::Error,
    })
}

/// A day, or a time; a number when it means neither.
fn date_of(at: ExcelDateTime) -> WorkbookCell<'static> {
    if at.is_duration() {
        return WorkbookCell::Share(at.as_f64());
    }
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
    let Some(date) = date.filter(|_| at.as_f64() >= 0.0) else { return WorkbookCell::Number(at.as_f64()) };
    let clock = [u32::from(hour), u32::from(minute), u32::from(second), u32::from(milli)];
    if at.as_f64() >= 1.0 && clock == [0; 4] {
        return WorkbookCell::Day(date);
    }
    let [hour, minute, second, milli] = clock;
    let time = date.and_hms_milli_opt(hour, minute, second, milli);
    time.map_or(WorkbookCell::Number(at.as_f64()), WorkbookCell::Time)
}

fn iso_date_of(text: String) -> WorkbookCell<'static> {
    match (text.parse(), text.parse()) {
        (Ok(day), _) => WorkbookCell::Day(day),
        (_, Ok(time)) => WorkbookCell::Time(time),
        _ => WorkbookCell::Text(Cow::Owned(text)),
    }
}

/// What the library says of a broken workbook may repeat what stands in it.
pub(super) fn unreadable() -> Finding {
    let text = Text::new(
        "Filen kan inte läsas som en arbetsbok från Excel. Spara den i Excel som .xlsx, utan lösenord, och skicka igen.",
        "The file cannot be read as a workbook of Excel. Save it in Excel as .xlsx, without a password, and send it again.",
    );
    Finding::error("IMPORT-WORKBOOK", "", text)
}

fn too_wide() -> Finding {
    let text = Text::new(
        format!("Ett blad har celler bortom kolumn {MOST_COLUMNS}; ta bort dem."),
        format!("A sheet has cells beyond column {MOST_COLUMNS}; remove them."),
    );
    Finding::error("IMPORT-WORKBOOK", "", text)
}
