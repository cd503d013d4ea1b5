//! Parameters of questions about completeness.

use actix_web::HttpRequest;
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::schedule::{Moment, TimePoint};
use cartotek_domain::text::Text;
use cartotek_service::completeness::{Calendar, CalendarPeriod};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde::de::Deserializer;

use crate::http::expected::other_than;
use crate::http::problem::ApiError;

/// A month of the calendar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Month(CalendarPeriod);

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_month = |period: &CalendarPeriod| {
            period.length() == Calendar::Month && (1800..=2199).contains(&period.first().year())
        };
        text.parse().ok().filter(is_month).map(Self).ok_or_else(|| {
            other_than(
                "en månad mellan 1800-01 och 2199-12, t.ex. 2026-03",
                "a month between 1800-01 and 2199-12, e.g. 2026-03",
            )
        })
    }
}

/// The first and last day of the months asked for.
pub(super) fn days(
    request: &HttpRequest,
    from: Option<Month>,
    to: Option<Month>,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), ApiError> {
    let (from, to) = (from.map(|month| month.0.first()), to.map(|month| month.0.last()));
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        let text = Text::new(
            "to ligger före from; byt plats på månaderna.",
            "to lies before from; change the places of the months.",
        );
        let finding = Finding::error("API-PARAMETER", "", text);
        return Err(ApiError::found(request, Problem::InvalidParameter, vec![finding]));
    }
    Ok((from, to))
}

/// A time point, or `baseline`.
#[derive(Debug, Clone, Copy)]
pub(super) struct AtMoment(pub(super) Moment);

impl<'de> Deserialize<'de> for AtMoment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            other_than(
                "en tidpunkt, t.ex. D28, M6 eller Y2, eller baseline",
                "a time point, e.g. D28, M6 or Y2, or baseline",
            )
        })
    }
}

/// How long after day 0: a time point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Horizon(pub(super) TimePoint);

impl<'de> Deserialize<'de> for Horizon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            other_than("en tidpunkt, t.ex. D28, M6 eller Y2", "a time point, e.g. D28, M6 or Y2")
        })
    }
}

/// By what figures are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct By {
    pub(super) site: bool,
    pub(super) form: bool,
    pub(super) time_point: bool,
    pub(super) period: Option<Calendar>,
}

impl Default for By {
    fn default() -> Self {
        Self { site: true, form: true, time_point: false, period: None }
    }
}

impl<'de> Deserialize<'de> for By {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        read(&text).ok_or_else(|| {
            other_than(
                "total, eller flera av site, form, time_point och en av month, quarter, year, åtskilda med komma",
                "total, or several of site, form, time_point and one of month, quarter, year, separated by commas",
            )
        })
    }
}

/// By what figures of records are told apart, which have no time point.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ByRecord(pub(super) By);

impl<'de> Deserialize<'de> for ByRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        read(&text).filter(|by| !by.time_point).map(Self).ok_or_else(|| {
            other_than(
                "total, eller flera av site, form och en av month, quarter, year, åtskilda med komma",
                "total, or several of site, form and one of month, quarter, year, separated by commas",
            )
        })
    }
}

fn read(text: &str) -> Option<By> {
    let mut by = By { site: false, form: false, time_point: false, period: None };
    if text == "total" {
        return Some(by);
    }
    for name in text.split(',') {
        let is_new = match name {
            "site" => !std::mem::replace(&mut by.site, true),
            "form" => !std::mem::replace(&mut by.form, true),
            "time_point" => !std::mem::replace(&mut by.time_point, true),
            other => by.period.replace(Calendar::from_name(other)?).is_none(),
        };
        if !is_new {
            return None;
        }
    }
    Some(by)
}

/// A path with those parameters that have a value.
pub(super) fn link(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("/api/v1/completeness/{path}?{}", query.finish())
}

/// The month of a day, as parameters write it.
pub(super) fn month_of(day: NaiveDate) -> String {
    CalendarPeriod::of(Calendar::Month, day).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_apart_by_names_that_are_known_once() {
        let by = |text: &str| read(text).map(|by| (by.site, by.form, by.time_point, by.period));
        assert_eq!(by("total"), Some((false, false, false, None)));
        assert_eq!(by("site,form"), Some((true, true, false, None)));
        assert_eq!(by("quarter,time_point"), Some((false, false, true, Some(Calendar::Quarter))));
        for other in
            ["", "sites", "site,site", "month,year", "month,month", "site,", "site,total", "site form"]
        {
            assert_eq!(by(other), None, "{other}");
        }
    }

    #[test]
    fn a_link_names_what_there_is() {
        let parameters =
            [("site", Some("KAR".to_owned())), ("form", None), ("field", Some("/a/*/b".to_owned()))];
        assert_eq!(
            link("fields/records", &parameters),
            "/api/v1/completeness/fields/records?site=KAR&field=%2Fa%2F*%2Fb"
        );
        assert_eq!(month_of("2026-03-31".parse().unwrap()), "2026-03");
    }
}
