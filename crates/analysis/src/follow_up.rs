//! How long each infused course was followed: the days that completeness of follow-up asks for.
//!
//! They are those of overall survival, so that the two cannot tell of different lives.

use cartotek_domain::completeness::Followed;
use cartotek_domain::id::{CourseId, PatientId};
use chrono::NaiveDate;

use crate::view::{Column, Scope, View};

/// A course with its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowedCourse {
    /// The patient.
    pub patient: PatientId,
    /// The course.
    pub course: CourseId,
    /// Day 0, last contact and death.
    pub followed: Followed,
}

/// The infused courses within a scope, by patient and course; none when a variable of survival is not in the codebook.
pub fn followed_courses(view: &View, scope: &Scope) -> Vec<FollowedCourse> {
    let column = |variable| view.catalogue().find(variable).map(|(column, _)| column);
    let columns = (column("infusion_date"), column("death_date"), column("last_contact_date"));
    let (Some(infusion), Some(death), Some(contact)) = columns else { return Vec::new() };
    let mut courses = Vec::new();
    for chunk in view.chunks() {
        let columns = [infusion, death, contact].map(|column| chunk.column(column));
        let day = |column: Option<&Column>, row| column?.day(row).and_then(NaiveDate::from_epoch_days);
        for row in chunk.within(scope).set_indices() {
            let [infusion, death, contact] = columns.map(|column| day(column, row));
            let Some(day0) = infusion else { continue };
            let (patient, course) = chunk.key(row);
            // An infusion, too, shows that the patient was alive.
            let last_contact = contact.map_or(day0, |contact| contact.max(day0));
            courses.push(FollowedCourse {
                patient,
                course,
                followed: Followed { day0, last_contact, death },
            });
        }
    }
    courses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{course, day, patient, row, view};

    #[test]
    fn infused_courses_of_a_scope_are_given_with_their_days() {
        let view = view(vec![
            row(1, 1, "KAR").followed(100, false),
            row(2, 2, "KAR").followed(30, true),
            row(3, 3, "UPP").followed(50, false),
            row(4, 4, "KAR"),
        ]);
        let day0 = day("2024-01-01");
        let followed = |number, last_contact: &str, death: Option<&str>| FollowedCourse {
            patient: patient(number),
            course: course(number),
            followed: Followed { day0, last_contact: day(last_contact), death: death.map(day) },
        };
        let karolinska = followed_courses(&view, &Scope::Sites(vec!["KAR".to_owned()]));
        assert_eq!(
            karolinska,
            [followed(1, "2024-04-10", None), followed(2, "2024-01-01", Some("2024-01-31"))]
        );
        assert_eq!(followed_courses(&view, &Scope::Network).len(), 3);
        assert_eq!(followed_courses(&view, &Scope::Sites(Vec::new())), []);
    }
}
