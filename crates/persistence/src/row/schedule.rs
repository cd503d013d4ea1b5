//! Rows of expected items.

use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::schedule::{
    Anchor, Answer, Closing, Excuse, Expected, ExpectedItem, ScheduleEntry, Submitted,
};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Origin;
use crate::error::StoreError;
use crate::schema::expected_item;
use crate::sql_type::{Day, Id};

/// An expected item; `expected` holds the JSON of what satisfies it.
#[derive(Debug, Deserialize, Insertable, Queryable, Selectable)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = expected_item, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ExpectedItemRow {
    subject_id: Id<Uuid>,
    ordinal: i32,
    patient_id: Id<PatientId>,
    course_id: Option<Id<CourseId>>,
    site: String,
    expected: String,
    form: Option<String>,
    time_point: Option<String>,
    anchor: String,
    counted_from: Day,
    optional: bool,
    first_day: Day,
    target_day: Day,
    last_day: Day,
    grace_until: Day,
    closed: Option<String>,
    excuse: Option<String>,
    stops_on: Option<Day>,
    standing: String,
    answered_by: Option<Id<Uuid>>,
    dated: Option<String>,
    answered_on: Option<Day>,
    infused: bool,
    complete_by: Option<Day>,
}

impl TryFrom<&ScheduleEntry> for ExpectedItemRow {
    type Error = StoreError;

    fn try_from(entry: &ScheduleEntry) -> Result<Self, StoreError> {
        let item = &entry.item;
        let expected = serde_json::to_string(&item.what)
            .map_err(|_| StoreError::inconsistent("expected_item", "expected", entry.subject()))?;
        let form = match &item.what {
            Expected::Form { form, .. } => Some(form.clone()),
            Expected::Sample { .. } => None,
        };
        let AnswerRow { subject_id, ordinal, standing, answered_by, dated, answered_on, complete_by } =
            AnswerRow::from(entry);
        Ok(Self {
            subject_id,
            ordinal,
            patient_id: Id(entry.patient),
            course_id: entry.course.map(Id),
            site: entry.site.to_string(),
            expected,
            form,
            time_point: item.time_point.map(|code| code.to_string()),
            anchor: item.anchor.name().to_owned(),
            counted_from: item.counted_from.into(),
            optional: item.optional,
            first_day: item.first.into(),
            target_day: item.target.into(),
            last_day: item.last.into(),
            grace_until: item.grace_until.into(),
            closed: item.closed.map(|closing| closing.name().to_owned()),
            excuse: item.excuse.map(|excuse| excuse.name().to_owned()),
            stops_on: item.stops_on.map(Day),
            standing,
            answered_by,
            dated,
            answered_on,
            infused: entry.infused,
            complete_by,
        })
    }
}

/// What answers an item, with the columns that follow from it.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerRow {
    pub(crate) subject_id: Id<Uuid>,
    pub(crate) ordinal: i32,
    pub(crate) standing: String,
    pub(crate) answered_by: Option<Id<Uuid>>,
    pub(crate) dated: Option<String>,
    pub(crate) answered_on: Option<Day>,
    pub(crate) complete_by: Option<Day>,
}

impl From<&ScheduleEntry> for AnswerRow {
    fn from(entry: &ScheduleEntry) -> Self {
        let submitted = entry.answer.map(|answer| answer.submitted);
        Self {
            subject_id: Id(entry.subject()),
            ordinal: entry.ordinal,
            standing: entry.standing().name().to_owned(),
            answered_by: entry.answer.map(|answer| Id(answer.by)),
            dated: submitted.and_then(|submitted| submitted.dated).map(|dated| dated.to_string()),
            answered_on: submitted.map(|submitted| Day(submitted.first_submitted)),
            complete_by: entry.complete_by().map(Day),
        }
    }
}

impl TryFrom<ExpectedItemRow> for ScheduleEntry {
    type Error = StoreError;

    fn try_from(row: ExpectedItemRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "expected_item", row: format!("{}/{}", row.subject_id.0, row.ordinal) };
        let dated = row.dated.as_deref().map(|text| origin.parse("dated", text)).transpose()?;
        let answer = row.answered_by.zip(row.answered_on).map(|(by, first_submitted)| Answer {
            by: by.0,
            submitted: Submitted { dated, first_submitted: first_submitted.0 },
        });
        let item = ExpectedItem {
            what: origin.known("expected", serde_json::from_str(&row.expected).ok())?,
            time_point: row.time_point.as_deref().map(|code| origin.parse("time_point", code)).transpose()?,
            optional: row.optional,
            first: row.first_day.0,
            target: row.target_day.0,
            last: row.last_day.0,
            grace_until: row.grace_until.0,
            closed: origin.known_if_any("closed", row.closed.as_deref(), Closing::from_name)?,
            excuse: origin.known_if_any("excuse", row.excuse.as_deref(), Excuse::from_name)?,
            stops_on: row.stops_on.map(|day| day.0),
            anchor: origin.known("anchor", Anchor::from_name(&row.anchor))?,
            counted_from: row.counted_from.0,
        };
        let entry = Self {
            patient: row.patient_id.0,
            course: row.course_id.map(|id| id.0),
            ordinal: row.ordinal,
            site: origin.parse("site", &row.site)?,
            infused: row.infused,
            item,
            answer,
        };
        if entry.standing().name() != row.standing {
            return Err(origin.unbelievable("standing"));
        }
        if entry.complete_by().map(Day) == row.complete_by {
            Ok(entry)
        } else {
            Err(origin.unbelievable("complete_by"))
        }
    }
}
