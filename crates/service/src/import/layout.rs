//! What the columns of a table mean for one form.

use cartotek_domain::import_mapping::MappedCode;
use cartotek_forms::{CellFault, CsvColumn, Form, WorkbookCell};

/// The columns that say whose record a row is, of which form, and why its warnings are right all the same.
pub(super) const PATIENT: &str = "patient";
pub(super) const COURSE: &str = "course";
pub(super) const FORM: &str = "form";
pub(super) const ACKNOWLEDGEMENT: &str = "acknowledgement";

/// Every heading that is no answer.
pub(super) const OWN: [&str; 4] = [PATIENT, COURSE, FORM, ACKNOWLEDGEMENT];

/// An answer of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The form's own column.
    pub(super) column: CsvColumn,
    /// What the site writes for which code.
    pub(super) codes: Vec<MappedCode>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    Patient,
    Course,
    Form,
    Acknowledgement,
    Answer(Answer),
    /// An answer of another form of the file.
    Foreign,
}

impl Column {
    /// The column that one of our own headings means.
    pub(super) fn own(heading: &str) -> Option<Self> {
        match heading {
            PATIENT => Some(Self::Patient),
            COURSE => Some(Self::Course),
            FORM => Some(Self::Form),
            ACKNOWLEDGEMENT => Some(Self::Acknowledgement),
            _ => None,
        }
    }

    /// What a heading means for a form by its own names.
    pub(super) fn of(heading: &str, form: &Form) -> Option<Self> {
        let answer = || Some(Self::Answer(Answer { column: form.column(heading)?, codes: Vec::new() }));
        Self::own(heading).or_else(answer)
    }

    /// Whether two columns hold the same, so that one of them is too many.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Answer(one), Self::Answer(other)) => one.column.pointer == other.column.pointer,
            (Self::Foreign, _) => false,
            _ => self == other,
        }
    }
}

/// The columns of a table as one form sees them.
#[derive(Clone)]
pub(super) struct Layout(pub(super) Vec<Column>);

impl Layout {
    /// The first column that holds the same as one before it.
    pub(super) fn doubled(&self) -> Option<usize> {
        let before = |place: usize| self.0.iter().take(place);
        (0..self.0.len()).find(|place| {
            self.0.get(*place).is_some_and(|column| before(*place).any(|other| column.is_as(other)))
        })
    }

    fn answers(&self) -> impl Iterator<Item = (usize, &CsvColumn)> {
        self.0.iter().enumerate().filter_map(|(place, column)| match column {
            Column::Answer(answer) => Some((place, &answer.column)),
            _ => None,
        })
    }

    /// Why a cell of a workbook is not read for what it seems to say; what is no answer is read as text.
    pub(super) fn fault_of(&self, place: usize, cell: &WorkbookCell<'_>) -> Option<CellFault> {
        match self.0.get(place)? {
            Column::Answer(answer) => answer.column.kind.fault_of(cell),
            _ => None,
        }
    }

    /// The column that a finding about an answer belongs to: that of the answer, else the first one within the group, else
    /// that of the innermost list or group around it.
    pub(super) fn place_of(&self, pointer: &str) -> Option<usize> {
        // A reason in `missing` stands in the cell of the answer that is missing.
        let pointer = pointer.replace("/missing/", "/");
        let is_within =
            |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        let exact = self.answers().find(|(_, answer)| answer.pointer == pointer);
        let within = || {
            let mut answers = self.answers();
            answers.find(|(_, answer)| !pointer.is_empty() && is_within(&answer.pointer, &pointer))
        };
        // A cell with several codes has findings about its elements.
        let around = || {
            let answers = self.answers().filter(|(_, answer)| is_within(&pointer, &answer.pointer));
            answers.max_by_key(|(_, answer)| answer.pointer.len())
        };
        exact.or_else(within).or_else(around).map(|(place, _)| place)
    }
}
