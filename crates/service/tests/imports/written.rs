//! Rows as a file of any format: the forms below each other in a table, each on a sheet of its own, or line by line; by the
//! forms' own names or by those of a site.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use cartotek_domain::import_mapping::MappedColumn;
use cartotek_forms::{ColumnType, Form, Forms};
use cartotek_service::import::{Atomicity, Format, NewImport};
use serde_json::{Number, json};

use crate::book::{Cell, Sheet, number, text, workbook};
use crate::drawn::Row;
use crate::mappings::{column, save};
use crate::sheet::cells_of;
use crate::world::{World, csv};

/// Why the warnings of a row are right all the same.
pub(crate) const REASON: &str = "As it stands in the chart.";

/// How rows are written.
pub(crate) struct Files<'f> {
    forms: &'f Forms,
    format: Format,
    /// A site's own columns, by form and by what they mean.
    own: BTreeMap<String, BTreeMap<String, MappedColumn>>,
}

/// A cell, the name of its column in the form, and where that leads.
struct Said {
    name: String,
    to: String,
    cell: Cell,
}

impl<'f> Files<'f> {
    pub(crate) fn new(forms: &'f Forms, format: Format) -> Self {
        Self { forms, format, own: BTreeMap::new() }
    }

    /// The same by headings and words of a site's own, which are saved for every form of these rows.
    pub(crate) async fn mapped(mut self, world: &World, rows: &[Row]) -> Self {
        for form in self.forms.latest() {
            let columns = self.own_columns(form, rows);
            if !columns.is_empty() {
                let listed = columns.values().cloned().collect();
                save(world, "KAR", form.code(), None, listed).await.unwrap();
                self.own.insert(form.code().to_owned(), columns);
            }
        }
        self
    }

    /// An import of rows, each of which names its form.
    pub(crate) fn import(&self, rows: &[Row], atomicity: Atomicity) -> NewImport {
        let file = match self.format {
            Format::Csv => self.table(rows),
            Format::Xlsx => workbook(&self.sheets(rows)),
            Format::Ndjson => lines(rows).into_bytes(),
        };
        let mapping = (!self.own.is_empty()).then(|| "lab".parse().unwrap());
        NewImport { form: None, format: self.format, mapping, file, ..csv("", atomicity) }
    }

    /// Own headings of every other column of a form that rows fill in, with own words for yes and no.
    fn own_columns(&self, form: &Form, rows: &[Row]) -> BTreeMap<String, MappedColumn> {
        let valid = form.examples().iter().filter(|example| example.valid);
        let answers: BTreeSet<_> = valid.flat_map(|example| cells_of(&example.content)).collect();
        let of_form = rows.iter().filter(|row| row.form == form.code());
        let mut columns = BTreeMap::new();
        for Said { name, to, .. } in of_form.flat_map(|row| self.said(row)) {
            let is_code = form.column(&name).is_some_and(|column| column.kind == ColumnType::Code);
            let takes = |code: &str| is_code && answers.contains(&(name.clone(), code.to_owned()));
            let mut words = vec![("ja", "yes"), ("nej", "no")];
            words.retain(|(_, code)| !name.contains(['.', '[']) && takes(code));
            if name.len().is_multiple_of(2) {
                columns.insert(to.clone(), column(&format!("Eget {name}"), &to, &words));
            }
        }
        columns
    }

    fn table(&self, rows: &[Row]) -> Vec<u8> {
        let mut table = csv::Writer::from_writer(Vec::new());
        for line in self.grid(rows) {
            let cells = line.iter().map(|cell| match cell {
                Cell::Text(text) | Cell::Number(text) => text.as_str(),
                _ => "",
            });
            table.write_record(cells).unwrap();
        }
        table.into_inner().unwrap()
    }

    /// A sheet for the rows of each form, which stand together.
    fn sheets(&self, rows: &[Row]) -> Vec<Sheet> {
        let of_forms = rows.chunk_by(|one, next| one.form == next.form);
        of_forms.map(|rows| Sheet::new(&rows[0].form, self.grid(rows))).collect()
    }

    /// The headings, and below them the cells of each row.
    fn grid(&self, rows: &[Row]) -> Vec<Vec<Cell>> {
        let cells: Vec<_> = rows.iter().map(|row| self.cells(row)).collect();
        let headings: BTreeSet<&String> = cells.iter().flat_map(BTreeMap::keys).collect();
        let line = |cells: &BTreeMap<String, Cell>| -> Vec<Cell> {
            headings.iter().map(|heading| cells.get(*heading).cloned().unwrap_or(Cell::Empty)).collect()
        };
        let first: Vec<Cell> = headings.iter().map(|heading| text(heading.as_str())).collect();
        iter::once(first).chain(cells.iter().map(line)).collect()
    }

    /// The cells of a row by their headings.
    fn cells(&self, row: &Row) -> BTreeMap<String, Cell> {
        let own = self.own.get(&row.form);
        let as_written = |said: Said| match own.and_then(|columns| columns.get(&said.to)) {
            Some(column) => (column.heading.clone(), in_own_words(column, said.cell)),
            None => (said.name, said.cell),
        };
        self.said(row).into_iter().map(as_written).collect()
    }

    /// What the cells of a row say, but for answers for which the form has no column.
    fn said(&self, row: &Row) -> Vec<Said> {
        let form = self.forms.form(&row.form, None).unwrap();
        let answer = |(name, cell): (String, String)| {
            let column = form.column(&name)?;
            let is_number = matches!(column.kind, ColumnType::Number | ColumnType::Integer)
                && cell.parse::<Number>().is_ok();
            let cell = if is_number { number(cell) } else { text(cell) };
            Some(Said { name, to: column.pointer, cell })
        };
        let course = row.course.map_or_else(String::new, |course| course.to_string());
        let reason = if row.explained { REASON } else { "" };
        let mut beside = vec![
            ("patient", row.patient.to_string()),
            ("course", course),
            ("acknowledgement", reason.to_owned()),
        ];
        // The name of a sheet says the form of its rows.
        if self.format != Format::Xlsx {
            beside.push(("form", row.form.clone()));
        }
        let beside = beside.into_iter().map(|(name, cell)| Said {
            name: name.to_owned(),
            to: name.to_owned(),
            cell: text(cell),
        });
        cells_of(&row.content).into_iter().filter_map(answer).chain(beside).collect()
    }
}

/// The site's word for what a cell says, if it has one.
fn in_own_words(column: &MappedColumn, cell: Cell) -> Cell {
    let known = column.codes.iter().find(|word| matches!(&cell, Cell::Text(code) if *code == word.code));
    known.map_or(cell, |word| text(word.cell.as_str()))
}

fn lines(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let Row { form, patient, course, content, reasons, .. } = row;
        let line = json!({
            "form": form, "patient": patient, "course": course, "content": content, "acknowledgements": reasons,
        });
        format!("{line}\n")
    };
    rows.iter().map(line).collect()
}
