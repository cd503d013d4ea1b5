//! Rows of reminders.

use cartotek_domain::id::ReminderId;
use cartotek_domain::reminder::{Reminder, ReminderState};
use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::Origin;
use crate::error::StoreError;
use crate::schema::reminder;
use crate::sql_type::{Id, UtcTime};

/// A reminder.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = reminder, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ReminderRow {
    id: Id<ReminderId>,
    site: String,
    day: NaiveDate,
    body: String,
    marks: Vec<u8>,
    created_at: UtcTime,
    state: String,
    attempts: i64,
    next_attempt_at: Option<UtcTime>,
    ended_at: Option<UtcTime>,
    failure: Option<String>,
}

impl From<&Reminder> for ReminderRow {
    fn from(reminder: &Reminder) -> Self {
        Self {
            id: Id(reminder.id),
            site: reminder.site.to_string(),
            day: reminder.day,
            body: reminder.body.clone(),
            marks: reminder.marks.clone(),
            created_at: UtcTime(reminder.created_at),
            state: reminder.state.name().to_owned(),
            attempts: reminder.attempts,
            next_attempt_at: reminder.next_attempt_at.map(UtcTime),
            ended_at: reminder.ended_at.map(UtcTime),
            failure: reminder.failure.clone(),
        }
    }
}

impl TryFrom<ReminderRow> for Reminder {
    type Error = StoreError;

    fn try_from(row: ReminderRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "reminder", row: row.id.0 };
        Ok(Self {
            id: row.id.0,
            site: origin.parse("site", &row.site)?,
            state: origin.known("state", ReminderState::from_name(&row.state))?,
            day: row.day,
            body: row.body,
            marks: row.marks,
            created_at: row.created_at.0,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at.map(|at| at.0),
            ended_at: row.ended_at.map(|at| at.0),
            failure: row.failure,
        })
    }
}
