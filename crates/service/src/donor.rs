//! Donors: what biobank staff see of the patients whose samples they register.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::consent::{ConsentPurpose, allows};
use cartotek_domain::patient::Patient;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::{Page, PageOf};

use crate::Service;
use crate::act::{Act, Done};
use crate::course::day0;
use crate::error::ServiceError;
use crate::patient::seen;
use crate::sample::SampleCourse;

/// A patient as the biobank sees it: no clinical fact but day 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DonorFile {
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// The courses, by number.
    pub courses: Vec<SampleCourse>,
    /// What the patient's yes covers today.
    pub purposes: Vec<ConsentPurpose>,
}

impl Service {
    /// The patients whose samples the caller's biobanks register, by pseudonym.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn donors(
        &self,
        granted: &Granted<permission::ReadDonor>,
        act: &Act,
        page: Page<Pseudonym>,
    ) -> Result<Done<PageOf<Patient, Pseudonym>>, ServiceError> {
        let scope = granted.patients(self.today());
        self.show(granted, act, "list donors", move |session| {
            let patients = session.patients(&scope, &page)?;
            let seen = patients.items.iter().map(seen).collect();
            Ok((patients, seen))
        })
        .await
    }

    /// One of them.
    ///
    /// # Errors
    /// `not_found` outside the caller's biobanks.
    pub async fn donor(
        &self,
        granted: &Granted<permission::ReadDonor>,
        act: &Act,
        pseudonym: Pseudonym,
    ) -> Result<Done<DonorFile>, ServiceError> {
        let (scope, today) = (granted.patients(self.today()), self.today());
        self.show(granted, act, "read donor", move |session| {
            let patient = session.patient(&pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?;
            let mut courses = Vec::new();
            for course in session.courses(&[patient.id])? {
                let day0 = day0(session, patient.id, course.id)?;
                courses.push(SampleCourse { id: course.id, number: course.number, day0 });
            }
            let consents = session.consents(patient.id)?;
            let purposes = ConsentPurpose::ALL.iter().copied();
            let purposes = purposes.filter(|purpose| allows(&consents, *purpose, today)).collect();
            Ok((DonorFile { pseudonym, courses, purposes }, vec![seen(&patient)]))
        })
        .await
    }
}
