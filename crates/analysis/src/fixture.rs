//! Definitions and rows for the tests of this crate.

use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::text::Text;
use cartotek_domain::variable::{Level, Pick, ValueKind, VariableDefinition, VariableValue};
use chrono::NaiveDate;
use uuid::Uuid;

use crate::view::{CourseRow, View};

fn definition(id: &str, sv: &str, en: &str, kind: ValueKind, level: Level) -> VariableDefinition {
    VariableDefinition {
        id: id.to_owned(),
        title: Text::new(sv, en),
        description: Text::new(sv, en),
        kind,
        level,
        unit: None,
        codes: Vec::new(),
        form: "infusion".to_owned(),
        source: format!("/{id}"),
        derived: false,
        version: 1,
        pick: Pick::First,
        group: String::new(),
        partial: false,
    }
}

fn with_codes(mut definition: VariableDefinition, codes: &[&str]) -> VariableDefinition {
    definition.codes = codes
        .iter()
        .map(|code| ((*code).to_owned(), Text::new(format!("{code} sv"), format!("{code} en"))))
        .collect();
    definition
}

/// Age in years, two code lists, and the three dates of overall survival.
pub(crate) fn definitions() -> Vec<VariableDefinition> {
    let age = definition(
        "age_at_infusion",
        "Ålder vid infusion",
        "Age at infusion",
        ValueKind::Number,
        Level::Ratio,
    );
    vec![
        VariableDefinition { unit: Some("a".to_owned()), ..age },
        with_codes(
            definition("product", "Produkt", "Product", ValueKind::Code, Level::Nominal),
            &["axi_cel", "tisa_cel", "cilta_cel"],
        ),
        with_codes(
            definition(
                "crs_max_grade",
                "Högsta CRS-grad",
                "Highest CRS grade",
                ValueKind::Code,
                Level::Ordinal,
            ),
            &["0", "1", "2", "3", "4"],
        ),
        definition("infusion_date", "Infusionsdag", "Day of infusion", ValueKind::Date, Level::Interval),
        definition("death_date", "Dödsdag", "Day of death", ValueKind::Date, Level::Interval),
        definition("last_contact_date", "Senaste kontakt", "Last contact", ValueKind::Date, Level::Interval),
    ]
}

pub(crate) fn patient(number: u128) -> PatientId {
    PatientId::from_uuid(Uuid::from_u128(number))
}

pub(crate) fn course(number: u128) -> CourseId {
    CourseId::from_uuid(Uuid::from_u128(number))
}

/// A row of patient and course at one site.
pub(crate) fn row(patient_number: u128, course_number: u128, site: &str) -> CourseRow {
    CourseRow {
        patient: patient(patient_number),
        course: course(course_number),
        sites: vec![site.to_owned()],
        values: Vec::new(),
    }
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl CourseRow {
    pub(crate) fn number(mut self, variable: &str, value: f64) -> Self {
        self.values.push((variable.to_owned(), VariableValue::Number(value)));
        self
    }

    pub(crate) fn code(mut self, variable: &str, value: &str) -> Self {
        self.values.push((variable.to_owned(), VariableValue::Code(value.to_owned())));
        self
    }

    pub(crate) fn date(mut self, variable: &str, value: NaiveDate) -> Self {
        self.values.push((variable.to_owned(), VariableValue::Date(value)));
        self
    }

    /// Infused on 2024-01-01 and followed for `days`; dead at their end or alive.
    pub(crate) fn followed(self, days: i64, dead: bool) -> Self {
        let start = day("2024-01-01");
        let end = start + chrono::TimeDelta::days(days);
        self.date("infusion_date", start).date(if dead { "death_date" } else { "last_contact_date" }, end)
    }
}

/// A view that takes every value.
pub(crate) fn view(rows: Vec<CourseRow>) -> View {
    let refresh = View::build(&definitions(), rows, 7);
    assert_eq!(refresh.defects, []);
    refresh.view
}
