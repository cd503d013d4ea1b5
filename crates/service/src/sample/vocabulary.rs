//! What the code lists say of materials and time points.

use std::sync::Arc;

use cartotek_domain::finding::Finding;
use cartotek_domain::sample::amount::AmountUnit;
use cartotek_domain::schedule::{Target, TimePoint, Window, WindowRule};
use cartotek_domain::text::Text;
use cartotek_forms::{Code, CodeList};
use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Service;
use crate::error::ServiceError;
use crate::publish::PublishedForms;

/// The published code lists of materials and time points.
pub(crate) struct Vocabulary(Arc<PublishedForms>);

/// What is known of a material.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Material {
    /// The sample type of MIABIS.
    pub(crate) miabis: String,
    /// The units in which it is measured.
    pub(crate) units: Vec<AmountUnit>,
}

/// A time point of a sample.
#[derive(Debug, PartialEq)]
pub(crate) struct SamplingTime {
    /// Its code as it is stored: `M24` is `Y2`.
    pub(crate) code: String,
    /// When it is due, for a time point counted from day 0.
    pub(crate) scheduled: Option<Scheduled>,
}

/// When a sample is due.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct Scheduled {
    target: Target,
    sample_window: WindowRule,
}

impl Scheduled {
    /// The tolerated days of a course with this day 0.
    pub(crate) fn window(self, day0: NaiveDate) -> Window {
        Window::new(day0, self.target, self.sample_window)
    }
}

impl Vocabulary {
    /// What is published now.
    pub(crate) fn of(service: &Service) -> Result<Self, ServiceError> {
        service.forms().map(Self)
    }

    /// The material of that code on a day.
    ///
    /// # Errors
    /// A finding that names the codes there are, or a defect of the list.
    pub(crate) fn material(
        &self,
        code: &str,
        day: NaiveDate,
    ) -> Result<Result<Material, Finding>, ServiceError> {
        let list = self.list("material")?;
        match entry(list, code, day) {
            Some(entry) => attributes(entry).map(Ok),
            None => Ok(Err(unknown(list, "/material", day))),
        }
    }

    /// The time point of that code on a day; whole years in months are read as years.
    ///
    /// # Errors
    /// A finding that names the codes there are, or a defect of the list.
    pub(crate) fn time_point(
        &self,
        code: &str,
        day: NaiveDate,
    ) -> Result<Result<SamplingTime, Finding>, ServiceError> {
        let list = self.list("sample_time_point")?;
        let canonical = code.parse::<TimePoint>().map_or_else(|_| code.to_owned(), |point| point.to_string());
        let found = entry(list, code, day).or_else(|| entry(list, &canonical, day));
        let Some(entry) = found else {
            return Ok(Err(unknown(list, "/time_point", day)));
        };
        let scheduled = if entry.attributes.is_empty() { None } else { Some(attributes(entry)?) };
        Ok(Ok(SamplingTime { code: entry.code.clone(), scheduled }))
    }

    /// The sample type of MIABIS that a stored material had on a day.
    pub(crate) fn miabis_type(&self, material: &str, day: NaiveDate) -> Result<Option<String>, ServiceError> {
        Ok(self.material(material, day)?.ok().map(|material| material.miabis))
    }

    fn list(&self, id: &str) -> Result<&CodeList, ServiceError> {
        let list = self.0.forms.code_list(id);
        list.ok_or_else(|| ServiceError::Defect(format!("the code list {id} is not published")))
    }
}

fn entry<'a>(list: &'a CodeList, code: &str, day: NaiveDate) -> Option<&'a Code> {
    list.on(day).find(|entry| entry.code == code)
}

fn attributes<T: DeserializeOwned>(entry: &Code) -> Result<T, ServiceError> {
    serde_json::from_value(Value::Object(entry.attributes.clone()))
        .map_err(|error| ServiceError::Defect(format!("attributes of the code {}: {error}", entry.code)))
}

fn unknown(list: &CodeList, pointer: &str, day: NaiveDate) -> Finding {
    let codes: Vec<_> = list.on(day).map(|entry| entry.code.as_str()).collect();
    let codes = codes.join(", ");
    let text = Text::new(
        format!("Koden finns inte, eller gällde inte på provtagningsdagen. Koder då: {codes}."),
        format!("There is no such code, or it was not in use on the day of collection. Codes then: {codes}."),
    );
    Finding::error("CODE-UNKNOWN", pointer, text)
}

#[cfg(test)]
mod tests {
    use cartotek_domain::schedule::Schedule;

    use super::*;

    #[test]
    fn samples_and_the_follow_up_schedule_agree() {
        let list: CodeList =
            serde_json::from_str(include_str!("../../../../schemas/codelists/sample_time_point.json"))
                .unwrap();
        let schedule: Schedule =
            serde_json::from_str(include_str!("../../../../schemas/schedule/follow_up/1.json")).unwrap();
        let day0 = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        let mut compared = 0;
        for definition in schedule.time_points {
            if let Some(entry) = entry(&list, &definition.code.to_string(), day0) {
                let scheduled: Scheduled = attributes(entry).unwrap();
                assert_eq!(scheduled.window(day0), definition.sample_window(day0), "{}", entry.code);
                compared += 1;
            }
        }
        assert!(compared > 10, "hardly any time point was compared");
    }

    #[test]
    fn every_material_says_how_it_is_measured() {
        let list: CodeList =
            serde_json::from_str(include_str!("../../../../schemas/codelists/material.json")).unwrap();
        for entry in &list.codes {
            let material: Material = attributes(entry).unwrap();
            assert!(!material.units.is_empty() && !material.miabis.is_empty(), "{}", entry.code);
        }
    }
}
