//! Milestones: what forms declare, what a record contributes, and what rules see as `m`.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::milestone::{Milestone, MilestoneValue};
use serde::Deserialize;
use serde_json::Value;

use crate::date::{Span, day_of_instant};
use crate::derived::Definition;
use crate::draft::schema_pointer;
use crate::expression::Datum;
use crate::mark::MilestoneMark;
use crate::node::{Kind, Node};

/// Which of several values rules see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MilestonePick {
    /// The earliest date; of other values the first in clinical order.
    First,
    /// The latest date; of other values the last in clinical order.
    Last,
    /// All, as a list in clinical order.
    All,
}

/// Whose records count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MilestoneScope {
    /// Every record of the patient, whatever the course.
    Patient,
    /// The records of the same course.
    Course,
}

/// A milestone that some form declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneDeclaration {
    /// Its name, unique over all forms.
    pub name: String,
    /// Which value rules see.
    pub pick: MilestonePick,
    /// Whose records count.
    pub scope: MilestoneScope,
    pub(crate) kind: MilestoneKind,
}

/// The kind of value of a milestone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MilestoneKind {
    Date,
    Code,
    Number,
}

/// The milestone values of a patient as one check sees them, each list in clinical order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MilestoneView {
    /// Of all records of the patient, by name.
    pub patient: BTreeMap<String, Vec<MilestoneValue>>,
    /// Of the records of the course at hand, by name; of all courses for a record that is about the patient.
    pub course: BTreeMap<String, Vec<MilestoneValue>>,
}

impl MilestoneView {
    /// The view for a record of `course`, from all milestones of the patient in clinical order; a record of no course
    /// is about the patient and sees those of all courses. `except` is the record that is checked: its new answers are
    /// seen as `f`, its former ones not at all.
    pub fn gather<'m>(
        milestones: impl IntoIterator<Item = &'m Milestone>,
        course: Option<CourseId>,
        except: Option<RecordId>,
    ) -> Self {
        let mut view = Self::default();
        for milestone in milestones.into_iter().filter(|milestone| Some(milestone.record) != except) {
            let value = || milestone.value.clone();
            view.patient.entry(milestone.name.clone()).or_default().push(value());
            if course.is_none() || milestone.course == course {
                view.course.entry(milestone.name.clone()).or_default().push(value());
            }
        }
        view
    }
}

/// All declared milestones.
#[derive(Debug, Default)]
pub(crate) struct Declarations(pub(crate) BTreeMap<String, MilestoneDeclaration>);

impl Declarations {
    /// Takes up the milestones that a form declares.
    ///
    /// # Errors
    /// Pointer and message of each that contradicts another form or stands on a value that cannot be one.
    pub(crate) fn take_up(
        &mut self,
        root: &Node,
        definitions: &[(usize, Definition)],
    ) -> Vec<(String, String)> {
        let mut mistakes = Vec::new();
        let mut seen = BTreeSet::new();
        let mut take = |pointer: String, mark: &MilestoneMark, kind: Option<MilestoneKind>| {
            if let Err(message) = self.declare(mark, kind) {
                mistakes.push((pointer.clone(), message));
            }
            if !seen.insert(mark.name.clone()) {
                mistakes.push((pointer, format!("this form has milestone `{}` twice", mark.name)));
            }
        };
        root.each_below("", &mut |pattern, node| {
            if let Some(mark) = &node.milestone {
                take(schema_pointer(pattern), mark, kind_of(&node.kind));
            }
        });
        for (index, definition) in definitions {
            if let Some(mark) = &definition.milestone {
                take(format!("/x-derived/{index}"), mark, Some(MilestoneKind::Code));
            }
        }
        mistakes
    }

    fn declare(&mut self, mark: &MilestoneMark, kind: Option<MilestoneKind>) -> Result<(), String> {
        let kind = kind.ok_or("a milestone is a date, a code or a number")?;
        let declaration =
            MilestoneDeclaration { name: mark.name.clone(), pick: mark.pick, scope: mark.scope, kind };
        let known = self.0.entry(mark.name.clone()).or_insert_with(|| declaration.clone());
        if *known == declaration {
            Ok(())
        } else {
            Err(format!("milestone `{}` has another kind, pick or scope in another form", mark.name))
        }
    }

    /// What rules see under `name`; `None` when nobody declares it.
    pub(crate) fn pick(&self, view: &MilestoneView, name: &str) -> Option<Datum> {
        let declaration = self.0.get(name)?;
        let values = match declaration.scope {
            MilestoneScope::Patient => view.patient.get(name),
            MilestoneScope::Course => view.course.get(name),
        };
        let values = values.map_or(&[][..], Vec::as_slice);
        let picked = match declaration.pick {
            MilestonePick::All => return Some(Datum::List(values.iter().map(datum).collect())),
            MilestonePick::First => values.iter().min_by_key(|value| first_day(value)),
            MilestonePick::Last => values.iter().max_by_key(|value| first_day(value)),
        };
        Some(picked.map_or(Datum::Null, datum))
    }

    /// Every value of the patient under `name`, whatever the course; `None` when nobody declares it.
    pub(crate) fn all(&self, view: &MilestoneView, name: &str) -> Option<Datum> {
        self.0.get(name)?;
        let values = view.patient.get(name).map_or(&[][..], Vec::as_slice);
        Some(Datum::List(values.iter().map(datum).collect()))
    }

    /// A JSON value as a milestone of that name.
    pub(crate) fn read(&self, name: &str, value: &Value) -> Option<MilestoneValue> {
        read_value(self.0.get(name)?.kind, value)
    }
}

/// What kind of milestone an answer is, if it can be one.
fn kind_of(kind: &Kind) -> Option<MilestoneKind> {
    match kind {
        Kind::Date | Kind::PartialDate | Kind::DateTime => Some(MilestoneKind::Date),
        Kind::Text | Kind::Uuid => Some(MilestoneKind::Code),
        Kind::Number | Kind::Integer => Some(MilestoneKind::Number),
        _ => None,
    }
}

/// Values without a date keep their order: all have the same key.
fn first_day(value: &MilestoneValue) -> Option<chrono::NaiveDate> {
    match value {
        MilestoneValue::Date(date) => Some(date.first()),
        _ => None,
    }
}

fn datum(value: &MilestoneValue) -> Datum {
    match value {
        MilestoneValue::Date(date) => Datum::Date(Span::from(*date)),
        MilestoneValue::Code(code) => Datum::Text(code.clone()),
        MilestoneValue::Number(number) => Datum::Number(*number),
    }
}

fn read_value(kind: MilestoneKind, value: &Value) -> Option<MilestoneValue> {
    match kind {
        MilestoneKind::Number => value.as_f64().map(MilestoneValue::Number),
        MilestoneKind::Code => value.as_str().map(|code| MilestoneValue::Code(code.to_owned())),
        MilestoneKind::Date => {
            let text = value.as_str()?;
            let date = match day_of_instant(text) {
                Some(day) => cartotek_domain::partial_date::PartialDate::day(day),
                None => text.parse().ok()?,
            };
            Some(MilestoneValue::Date(date))
        }
    }
}

/// The milestone that an answer is, if it is one.
pub(crate) fn contribution(node: &Node, value: &Value) -> Option<(String, MilestoneValue)> {
    let mark = node.milestone.as_ref()?;
    Some((mark.name.clone(), read_value(kind_of(&node.kind)?, value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declarations(pick: MilestonePick) -> Declarations {
        let declaration = MilestoneDeclaration {
            name: "x".to_owned(),
            pick,
            scope: MilestoneScope::Patient,
            kind: MilestoneKind::Date,
        };
        Declarations(BTreeMap::from([("x".to_owned(), declaration)]))
    }

    fn view(values: Vec<MilestoneValue>) -> MilestoneView {
        MilestoneView { patient: BTreeMap::from([("x".to_owned(), values)]), ..MilestoneView::default() }
    }

    #[test]
    fn a_view_has_the_other_records_of_patient_and_course() {
        let uuid = |number: u128| uuid::Uuid::from_u128(number);
        let milestone = |record: u128, course: Option<u128>, code: &str| Milestone {
            record: RecordId::from_uuid(uuid(record)),
            course: course.map(|course| CourseId::from_uuid(uuid(course))),
            clinical_date: None,
            name: "x".to_owned(),
            value: MilestoneValue::Code(code.to_owned()),
        };
        let all = [milestone(1, Some(7), "a"), milestone(2, Some(8), "b"), milestone(3, None, "c")];
        let codes = |values: Option<&Vec<MilestoneValue>>| values.map_or(0, Vec::len);
        let course = Some(CourseId::from_uuid(uuid(7)));
        let view = MilestoneView::gather(&all, course, None);
        assert_eq!((codes(view.patient.get("x")), codes(view.course.get("x"))), (3, 1));
        let view = MilestoneView::gather(&all, course, Some(all[0].record));
        assert_eq!((codes(view.patient.get("x")), codes(view.course.get("x"))), (2, 0));
        let view = MilestoneView::gather(&all, None, Some(all[2].record));
        assert_eq!((codes(view.patient.get("x")), codes(view.course.get("x"))), (2, 2));
    }

    #[test]
    fn dates_are_picked_by_day_and_codes_by_place() {
        let dates = view(
            ["2026-02-01", "2026-01", "2026-03-01"]
                .map(|text| MilestoneValue::Date(text.parse().unwrap()))
                .to_vec(),
        );
        let picked = |pick, view: &MilestoneView| declarations(pick).pick(view, "x").unwrap();
        let date = |text: &str| {
            Datum::Date(text.parse::<cartotek_domain::partial_date::PartialDate>().unwrap().into())
        };
        assert_eq!(picked(MilestonePick::First, &dates), date("2026-01"));
        assert_eq!(picked(MilestonePick::Last, &dates), date("2026-03-01"));
        let codes = view(["b", "c", "a"].map(|code| MilestoneValue::Code(code.to_owned())).to_vec());
        assert_eq!(picked(MilestonePick::First, &codes), Datum::Text("b".to_owned()));
        assert_eq!(picked(MilestonePick::Last, &codes), Datum::Text("a".to_owned()));
        assert_eq!(picked(MilestonePick::Last, &MilestoneView::default()), Datum::Null);
        assert_eq!(picked(MilestonePick::All, &MilestoneView::default()), Datum::List(vec![]));
        let all = declarations(MilestonePick::First).all(&codes, "x").unwrap();
        assert_eq!(all, Datum::List(["b", "c", "a"].map(|code| Datum::Text(code.to_owned())).to_vec()));
        assert_eq!(declarations(MilestonePick::First).all(&codes, "y"), None);
    }
}
