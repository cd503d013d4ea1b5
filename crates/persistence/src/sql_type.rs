//! SQL types that mean the same on both engines, and the Rust values they hold.
//!
//! | fact | in a row struct | SQLite | PostgreSQL |
//! | --- | --- | --- | --- |
//! | identifier | [`Id<PatientId>`](Id) as [`UuidSql`] | 16-byte blob | `uuid` |
//! | instant | [`UtcTime`] as [`TimestampSql`] | RFC 3339 text, UTC, six decimals | `timestamptz` |
//! | day | `chrono::NaiveDate`, or [`Day`] where many are read, as diesel's `Date` | text | `date` |
//! | canonical content, JSON | `String` as `Text` | text | text |
//! | hash, MAC | `Vec<u8>` or `[u8; 32]` as `Binary` | blob | `bytea` |
//! | yes or no | `bool` as `Bool` | 0 or 1 | `boolean` |
//!
//! The identifiers of the domain are foreign types here, and diesel's traits are foreign too: Rust lets nobody
//! implement `AsExpression` for them. One generic wrapper, `Id<T>`, serves all: rows hold `Id<PatientId>`,
//! queries write `Id(patient)`, ports speak of `PatientId`. A new identifier needs one word in `domain_ids!`.

use std::io::Write;

use cartotek_domain::time::{Timestamp, to_text};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Date, SqlOrd, SqlType, Timestamptz};
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// An identifier: `uuid` on PostgreSQL, 16 bytes on SQLite, in the same order.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct UuidSql;

/// An instant with microseconds: `timestamptz` on PostgreSQL, sortable text on SQLite.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Text"))]
pub struct TimestampSql;

impl SqlOrd for TimestampSql {}

/// An identifier that is a UUID underneath.
pub trait DomainId: Copy {
    /// Wraps a UUID read from a column of this kind.
    fn of_uuid(uuid: Uuid) -> Self;

    /// The bare UUID.
    fn as_uuid(self) -> Uuid;
}

impl DomainId for Uuid {
    fn of_uuid(uuid: Uuid) -> Self {
        uuid
    }

    fn as_uuid(self) -> Uuid {
        self
    }
}

macro_rules! domain_ids {
    ($($name:ident),+ $(,)?) => {$(
        impl DomainId for cartotek_domain::id::$name {
            fn of_uuid(uuid: Uuid) -> Self {
                Self::from_uuid(uuid)
            }

            fn as_uuid(self) -> Uuid {
                self.uuid()
            }
        }

        impl From<Id<Self>> for cartotek_domain::id::$name {
            fn from(id: Id<Self>) -> Self {
                id.0
            }
        }
    )+};
}

domain_ids![
    ActorId,
    AliquotId,
    AuditEventId,
    BoxId,
    ClarificationEventId,
    ClarificationId,
    ConsentId,
    CourseId,
    CustodyEventId,
    ImportId,
    ImportMappingId,
    LedgerEntryId,
    LockId,
    ParticipationId,
    PatientId,
    ProjectId,
    RecordId,
    ReminderId,
    RequestId,
    RevisionId,
    RoleGrantId,
    SampleId,
    SignatureId,
    StorageUnitId,
    TokenId,
    TraceabilityId,
    UnlockRequestId,
    VerificationId,
];

/// A column that holds the identifier `T`.
#[derive(AsExpression, Clone, Copy, Debug, Eq, FromSqlRow, Hash, Ord, PartialEq, PartialOrd)]
#[diesel(sql_type = UuidSql)]
pub struct Id<T>(pub T);

impl<T> From<T> for Id<T> {
    fn from(id: T) -> Self {
        Self(id)
    }
}

impl<T: DomainId + std::fmt::Debug> ToSql<UuidSql, Pg> for Id<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_uuid().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl<T: DomainId + std::fmt::Debug> ToSql<UuidSql, Sqlite> for Id<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_uuid().as_bytes().to_vec());
        Ok(IsNull::No)
    }
}

impl<T: DomainId> FromSql<UuidSql, Pg> for Id<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(T::of_uuid(Uuid::from_slice(value.as_bytes())?)))
    }
}

impl<T: DomainId> FromSql<UuidSql, Sqlite> for Id<T> {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(T::of_uuid(Uuid::from_slice(value.read_blob())?)))
    }
}

/// A column that holds an instant.
#[derive(AsExpression, Clone, Copy, Debug, Eq, FromSqlRow, Hash, Ord, PartialEq, PartialOrd)]
#[diesel(sql_type = TimestampSql)]
pub struct UtcTime(pub Timestamp);

impl From<Timestamp> for UtcTime {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl From<UtcTime> for Timestamp {
    fn from(at: UtcTime) -> Self {
        at.0
    }
}

impl ToSql<TimestampSql, Pg> for UtcTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamptz, Pg>::to_sql(&self.0, &mut out.reborrow())
    }
}

impl ToSql<TimestampSql, Sqlite> for UtcTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(to_text(self.0));
        Ok(IsNull::No)
    }
}

impl FromSql<TimestampSql, Pg> for UtcTime {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <DateTime<Utc> as FromSql<Timestamptz, Pg>>::from_sql(value).map(Self)
    }
}

impl FromSql<TimestampSql, Sqlite> for UtcTime {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(DateTime::parse_from_rfc3339(value.read_text())?.with_timezone(&Utc)))
    }
}

/// A column that holds a day, where many are read at once: on SQLite it is text, which diesel reads by a pattern, and that
/// takes several times as long.
#[derive(AsExpression, Clone, Copy, Debug, Deserialize, FromSqlRow, PartialEq, Serialize)]
#[diesel(sql_type = Date)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

impl From<NaiveDate> for Day {
    fn from(day: NaiveDate) -> Self {
        Self(day)
    }
}

impl<DB: Backend> ToSql<Date, DB> for Day
where
    NaiveDate: ToSql<Date, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl FromSql<Date, Pg> for Day {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <NaiveDate as FromSql<Date, Pg>>::from_sql(value).map(Self)
    }
}

impl FromSql<Date, Sqlite> for Day {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        day_of(value.read_text()).map(Self).ok_or_else(|| "not a day as YYYY-MM-DD".into())
    }
}

fn day_of(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return None };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)
}

// Rows as PostgreSQL takes and gives them in JSON.

impl<T: DomainId> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_uuid().serialize(serializer)
    }
}

impl<'de, T: DomainId> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(|uuid| Self(T::of_uuid(uuid)))
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_text(self.0))
    }
}

impl<'de> Deserialize<'de> for UtcTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DateTime::<Utc>::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_written() {
        for day in ["0001-01-01", "1996-02-29", "2026-12-31"] {
            assert_eq!(day_of(day), day.parse().ok(), "{day}");
        }
        for text in [
            "",
            "2026",
            "2026-1-01",
            "2026-01-1",
            "26-01-001",
            "2026-02-30",
            "2026-01-01 ",
            "2026-01-01-",
            "-026-01-01",
        ] {
            assert_eq!(day_of(text), None, "{text}");
        }
    }
}
