//! Days and horizons that others than the site may ask about.
//!
//! Two questions a day apart would tell who was infused, seen or died on that day; quarters and months keep them apart.

use cartotek_domain::completeness::{Calendar, CalendarPeriod};
use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use chrono::NaiveDate;

use crate::error::ServiceError;

/// The last day of a quarter that has ended: the one asked about, or that of the last one.
///
/// # Errors
/// `content_invalid` for another day, saying which to give.
pub(super) fn end_of_quarter(asked: Option<NaiveDate>, today: NaiveDate) -> Result<NaiveDate, ServiceError> {
    let quarter = |day| CalendarPeriod::of(Calendar::Quarter, day);
    let last_ended = quarter(today).first().pred_opt().unwrap_or(today);
    match asked {
        None => Ok(last_ended),
        Some(day) if day <= last_ended && quarter(day).last() == day => Ok(day),
        Some(_) => Err(ServiceError::invalid(vec![Finding::error(
            "FOLLOW-UP-QUARTER",
            "/as_of",
            not_an_end(last_ended),
        )])),
    }
}

fn not_an_end(last_ended: NaiveDate) -> Text {
    Text::new(
        format!(
            "Andra sjukhus uppföljning visas bara per kvartalsslut; ange sista dagen i ett kvartal som har gått ut, t.ex. \
             {last_ended}, eller utelämna as_of."
        ),
        format!(
            "Follow-up of other sites is shown only as of ends of quarters; give the last day of a quarter that has ended, e.g. \
             {last_ended}, or leave as_of out."
        ),
    )
}

/// Refuses a horizon in days.
pub(super) fn horizon_in_days() -> ServiceError {
    let message = Text::new(
        "Andra sjukhus uppföljning visas bara till hela månader eller år efter dag 0; ange t.ex. M3, M12 eller Y2.",
        "Follow-up of other sites is shown only to whole months or years after day 0; give e.g. M3, M12 or Y2.",
    );
    ServiceError::invalid(vec![Finding::error("FOLLOW-UP-HORIZON", "/horizon", message)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn only_ends_of_quarters_that_are_over_are_answered() {
        for (today, last) in
            [("2026-03-31", "2025-12-31"), ("2026-04-01", "2026-03-31"), ("2026-06-30", "2026-03-31")]
        {
            assert_eq!(end_of_quarter(None, day(today)).unwrap(), day(last), "{today}");
            assert_eq!(end_of_quarter(Some(day("2025-09-30")), day(today)).unwrap(), day("2025-09-30"));
            for other in [today, "2025-09-29", "2025-10-01", "2025-10-31", "2026-09-30"] {
                let other = Some(day(other)).filter(|other| *other != day(last));
                assert!(
                    other.is_none_or(|other| end_of_quarter(Some(other), day(today)).is_err()),
                    "{other:?}"
                );
            }
        }
    }
}
