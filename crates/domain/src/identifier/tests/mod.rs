//! Vectors and disguises. All numbers are published test numbers or made from a formula; nobody bears them.

mod disguised;
mod passed;
mod refused;
mod screened;

use chrono::NaiveDate;
use serde_json::Value;

use super::*;

const FIELDS: [FieldKind; 3] = [FieldKind::Structured, FieldKind::FreeText, FieldKind::Label];

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 15).unwrap()
}

fn structured(text: &str) -> Verdict {
    detect(text, today(), FieldKind::Structured)
}

fn screened(value: &Value) -> Vec<Hit> {
    screen(value, today(), &|_| FieldKind::Structured)
}
