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

/// The milestone that no form declares: the indication for which a course was opened.
pub(crate) const INDICATION: &str = "indication_group";

/// A milestone that some form declares, or that of the course itself.
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

impl MilestoneDeclaration {
    /// The values that count for a record, in clinical order.
    fn values<'v>(&self, view: &'v MilestoneView) -> &'v [MilestoneValue] {
        let of = match self.scope {
            MilestoneScope::Patient => &view.patient,
            MilestoneScope::Course => &view.course,
        };
        of.get(&self.name).map_or(&[], Vec::as_slice)
    }
}

/// The kind of value of a milestone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MilestoneKind {
    Date,
    Code,
    Number,
}

/// Milestone values by name, each list in clinical order.
pub type MilestoneValues = BTreeMap<String, Vec<MilestoneValue>>;

/// The milestone values of a patient as one check sees them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MilestoneView {
    /// Of all records of the patient.
    pub patient: MilestoneValues,
    /// Of the records of the course at hand; of all courses for a record that is about the patient.
    pub course: MilestoneValues,
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
            add(&mut view.patient, milestone);
            if course.is_none() || milestone.course == course {
                add(&mut view.course, milestone);
            }
        }
        view
    }

    /// Adds what the patient's courses tell by themselves: the indication for which each was opened, in their order.
    #[must_use]
    pub fn with_indications<'c>(
        mut self,
        courses: impl IntoIterator<Item = (CourseId, &'c str)>,
        course: Option<CourseId>,
    ) -> Self {
        for (id, indication) in courses {
            let value = || MilestoneValue::Code(indication.to_owned());
            self.patient.entry(INDICATION.to_owned()).or_default().push(value());
            if course.is_none_or(|course| course == id) {
                self.course.entry(INDICATION.to_owned()).or_default().push(value());
            }
        }
        self
    }
}

fn add(values: &mut MilestoneValues, milestone: &Milestone) {
    let value = milestone.value.clone();
    // Most names come again and again.
    match values.get_mut(&milestone.name) {
        Some(known) => known.push(value),
        None => drop(values.insert(milestone.name.clone(), vec![value])),
    }
}

/// All declared milestones.
#[derive(Debug)]
pub(crate) struct Declarations(pub(crate) BTreeMap<String, MilestoneDeclaration>);

impl Default for Declarations {
    fn default() -> Self {
        let indication = MilestoneDeclaration {
            name: INDICATION.to_owned(),
            pick: MilestonePick::Last,
            scope: MilestoneScope::Course,
            kind: MilestoneKind::Code,
        };
        Self(BTreeMap::from([(INDICATION.to_owned(), indication)]))
    }
}

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
        if mark.name == INDICATION {
            return Err(format!("milestone `{INDICATION}` is told by the course itself"));
        }
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
        let values = declaration.values(view);
        let picked = match declaration.pick {
            MilestonePick::All => return Some(Datum::List(values.iter().map(datum).collect())),
            MilestonePick::First => values.iter().min_by_key(|value| first_day(value)),
            MilestonePick::Last => values.iter().max_by_key(|value| first_day(value)),
        };
        Some(picked.map_or(Datum::Null, datum))
    }

    /// Whether any record tells something under `name` that counts.
    pub(crate) fn is_told(&self, view: &MilestoneView, name: &str) -> bool {
        self.0.get(name).is_some_and(|declaration| !declaration.values(view).is_empty())
    }

    /// Every value under `name`, of the patient or of the course; `None` when nobody declares it.
    pub(crate) fn all(&self, values: &MilestoneValues, name: &str) -> Option<Datum> {
        self.0.get(name)?;
        let values = values.get(name).map_or(&[][..], Vec::as_slice);
        Some(Datum::List(values.iter().map(datum).collect()))
    }

    /// Every value that counts under `name`, as JSON; `None` when nobody declares it.
    pub(crate) fn shown(&self, view: &MilestoneView, name: &str) -> Option<Value> {
        Some(self.0.get(name)?.values(view).iter().map(as_json).collect())
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

fn as_json(value: &MilestoneValue) -> Value {
    match value {
        MilestoneValue::Date(date) => Value::from(date.to_string()),
        MilestoneValue::Code(code) => Value::from(code.clone()),
        MilestoneValue::Number(number) => Value::from(*number),
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
mod tests;
