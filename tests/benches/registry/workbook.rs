//! The table of an import as a workbook of Excel: days and numbers as Excel keeps them, everything else as text.

use std::io::{Cursor, Write as _};

use chrono::NaiveDate;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The parts beside the sheet; the second format shows a number as a day.
const PARTS: [(&str, &str); 5] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Blad1" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId0" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
    ),
    (
        "xl/styles.xml",
        r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#,
    ),
];

/// The one sheet of a workbook with the rows of a table without quotes, of at most 26 columns.
pub(crate) fn workbook(table: &[u8]) -> Vec<u8> {
    let table = std::str::from_utf8(table).expect("the table is text");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, xml) in PARTS {
        begin(&mut zip, name);
        write(&mut zip, xml);
    }
    begin(&mut zip, "xl/worksheets/sheet1.xml");
    write(
        &mut zip,
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#,
    );
    for (number, line) in (1..).zip(table.lines()) {
        write(&mut zip, &row(number, line));
    }
    write(&mut zip, "</sheetData></worksheet>");
    zip.finish().expect("memory takes the archive").into_inner()
}

fn begin(zip: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str) {
    zip.start_file(name, SimpleFileOptions::default()).expect("memory takes the archive");
    write(zip, r#"<?xml version="1.0" encoding="UTF-8"?>"#);
}

fn write(zip: &mut ZipWriter<Cursor<Vec<u8>>>, xml: &str) {
    zip.write_all(xml.as_bytes()).expect("memory takes the archive");
}

fn row(number: usize, line: &str) -> String {
    let cells = (b'A'..=b'Z').zip(line.split(','));
    let cells: String =
        cells.map(|(column, text)| cell(&format!("{}{number}", char::from(column)), text)).collect();
    format!(r#"<row r="{number}">{cells}</row>"#)
}

fn cell(place: &str, text: &str) -> String {
    if let Ok(day) = text.parse::<NaiveDate>() {
        let first = NaiveDate::from_ymd_opt(1899, 12, 30).expect("a day");
        return format!(r#"<c r="{place}" s="1"><v>{}</v></c>"#, (day - first).num_days());
    }
    if text.parse::<f64>().is_ok() {
        return format!(r#"<c r="{place}"><v>{text}</v></c>"#);
    }
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}
