//! Workbooks of Excel, written part by part.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What a cell of a sheet holds, as Excel writes it.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Text(String),
    Number(String),
    /// A number that is shown as a date.
    Date(&'static str),
    /// A number that is shown as per cent.
    PerCent(&'static str),
    Truth(bool),
    Error,
    /// A formula that was never computed.
    Formula,
    Empty,
}

pub(crate) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

pub(crate) fn number(number: impl Into<String>) -> Cell {
    Cell::Number(number.into())
}

impl Cell {
    fn xml(&self, place: &str) -> String {
        match self {
            Self::Text(text) => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
            }
            Self::Number(number) => format!("<c r=\"{place}\"><v>{number}</v></c>"),
            Self::Date(serial) => format!("<c r=\"{place}\" s=\"1\"><v>{serial}</v></c>"),
            Self::PerCent(number) => format!("<c r=\"{place}\" s=\"2\"><v>{number}</v></c>"),
            Self::Truth(truth) => format!("<c r=\"{place}\" t=\"b\"><v>{}</v></c>", u8::from(*truth)),
            Self::Error => format!("<c r=\"{place}\" t=\"e\"><v>#N/A</v></c>"),
            Self::Formula => format!("<c r=\"{place}\"><f>A1</f></c>"),
            Self::Empty => String::new(),
        }
    }
}

/// A sheet: its name, whether it is hidden, its rows with their numbers.
#[derive(Clone)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) hidden: bool,
    pub(crate) rows: Vec<(usize, Vec<Cell>)>,
}

impl Sheet {
    /// Rows one below the other.
    pub(crate) fn new(name: &str, rows: Vec<Vec<Cell>>) -> Self {
        Self { name: name.to_owned(), hidden: false, rows: (1..).zip(rows).collect() }
    }

    fn xml(&self) -> String {
        let row = |(number, cells): &(usize, Vec<Cell>)| {
            let place = |column: usize| format!("{}{number}", letters(column));
            let cells: Vec<_> =
                cells.iter().enumerate().map(|(column, cell)| cell.xml(&place(column))).collect();
            format!("<row r=\"{number}\">{}</row>", cells.concat())
        };
        let rows = self.rows.iter().map(row).collect::<Vec<_>>().concat();
        format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>")
    }
}

/// By which a column is called: A … Z, AA …
fn letters(column: usize) -> String {
    let last = char::from(b'A' + u8::try_from(column % 26).unwrap());
    if column < 26 { last.to_string() } else { format!("{}{last}", letters(column / 26 - 1)) }
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// The bytes of a workbook.
pub(crate) fn workbook(sheets: &[Sheet]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, xml: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}").as_bytes()).unwrap();
    };
    part(
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
    );
    part("_rels/.rels", &relations([("rId1".to_owned(), "officeDocument", "xl/workbook.xml".to_owned())]));
    let entry = |(number, sheet): (usize, &Sheet)| {
        let state = if sheet.hidden { " state=\"hidden\"" } else { "" };
        format!("<sheet name=\"{}\" sheetId=\"{number}\" r:id=\"rId{number}\"{state}/>", sheet.name)
    };
    let entries: String = (1..).zip(sheets).map(entry).collect();
    part(
        "xl/workbook.xml",
        &format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{entries}</sheets></workbook>"),
    );
    let of_sheets = (1..=sheets.len())
        .map(|number| (format!("rId{number}"), "worksheet", format!("worksheets/sheet{number}.xml")));
    let of_styles = ("rId0".to_owned(), "styles", "styles.xml".to_owned());
    part("xl/_rels/workbook.xml.rels", &relations(of_sheets.chain([of_styles])));
    part(
        "xl/styles.xml",
        &format!(
            "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"9\"/></cellXfs></styleSheet>"
        ),
    );
    for (number, sheet) in (1..).zip(sheets) {
        part(&format!("xl/worksheets/sheet{number}.xml"), &sheet.xml());
    }
    zip.finish().unwrap().into_inner()
}

fn relations(all: impl IntoIterator<Item = (String, &'static str, String)>) -> String {
    let entry = |(id, kind, target): (String, &str, String)| {
        format!("<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
    };
    let entries: String = all.into_iter().map(entry).collect();
    format!("<Relationships xmlns=\"{RELATIONS}\">{entries}</Relationships>")
}
