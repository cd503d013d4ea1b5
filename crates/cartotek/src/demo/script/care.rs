//! Enrolment, the sites that take part, consents, courses.

use cartotek_domain::access::permission::{EnrolPatient, ManagePatient};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::patient::ParticipationRole;
use cartotek_service::enrol::{Decision, Enrolment};
use cartotek_service::transfer::Transfer;
use chrono::NaiveDate;

use super::super::network::code;
use super::Script;
use crate::failure::Failure;

/// From this age on patients sign for themselves.
const OF_AGE_MONTHS: i64 = 18 * 12;

impl Script {
    pub(super) async fn enrol(&mut self, day: NaiveDate) -> Result<(), Failure> {
        let person = &self.life.person;
        let role =
            if person.is_referred() { ParticipationRole::Referring } else { ParticipationRole::Treating };
        let consents =
            person.consents.iter().map(|(purpose, decision)| self.decision(*purpose, *decision, day));
        let (site, consents) = (code(person.home)?, consents.collect());
        let enrolment = Enrolment { site, role, from: day, consents, linkage: None };
        let granted = self.manager::<EnrolPatient>()?;
        let file = self.service.enrol(&granted, &self.act(), enrolment).await?.value;
        self.pseudonym = Some(file.patient.pseudonym);
        Ok(())
    }

    pub(super) async fn refer(&mut self, day: NaiveDate) -> Result<(), Failure> {
        let (referring, treating) = (ParticipationRole::Referring, ParticipationRole::Treating);
        self.transfer(self.life.person.treating, treating, referring, day).await
    }

    /// The site near home stops to refer and begins to follow.
    pub(super) async fn hand_over(&mut self, day: NaiveDate) -> Result<(), Failure> {
        let (following, treating) = (ParticipationRole::Following, ParticipationRole::Treating);
        self.transfer(self.life.person.home, following, treating, day).await
    }

    /// Another site becomes the responsible one; the one that was it keeps a part.
    async fn transfer(
        &mut self,
        site: &'static str,
        role: ParticipationRole,
        kept: ParticipationRole,
        day: NaiveDate,
    ) -> Result<(), Failure> {
        let transfer = Transfer { to_site: code(site)?, role, on: day, keep_role: Some(kept) };
        let granted = self.manager::<ManagePatient>()?;
        self.service.transfer(&granted, &self.act(), self.pseudonym()?, transfer).await?;
        self.responsible = site;
        Ok(())
    }

    pub(super) async fn withdraw(&mut self, day: NaiveDate) -> Result<(), Failure> {
        let Some((purpose, _)) = self.life.withdrawal else { return Ok(()) };
        let decision = self.decision(purpose, ConsentDecision::Withdrawn, day);
        let granted = self.manager::<ManagePatient>()?;
        self.service.record_consent(&granted, &self.act(), self.pseudonym()?, decision).await?;
        Ok(())
    }

    /// The patient says yes to what a guardian said yes to, and was not withdrawn since.
    pub(super) async fn come_of_age(&mut self, day: NaiveDate) -> Result<(), Failure> {
        let withdrawn = self.life.withdrawal.filter(|(_, on)| *on <= day).map(|(purpose, _)| purpose);
        let given =
            self.life.person.consents.iter().filter(|(_, decided)| *decided == ConsentDecision::Given);
        for (purpose, decided) in given.filter(|(purpose, _)| Some(*purpose) != withdrawn) {
            let decision = self.decision(*purpose, *decided, day);
            let granted = self.manager::<ManagePatient>()?;
            self.service.record_consent(&granted, &self.act(), self.pseudonym()?, decision).await?;
        }
        Ok(())
    }

    fn decision(&self, purpose: ConsentPurpose, decision: ConsentDecision, day: NaiveDate) -> Decision {
        let of_age = self.life.person.months_on(day) >= OF_AGE_MONTHS;
        Decision {
            purpose,
            decision,
            decided_on: day,
            valid_to: None,
            form_version: Some("1".to_owned()),
            language: Some("sv".to_owned()),
            signed_by: if of_age { Signatory::Patient } else { Signatory::Guardian },
            ethics_ref: None,
            document_ref: None,
        }
    }

    pub(super) async fn open(&mut self, at: usize) -> Result<(), Failure> {
        let course = &self.life.courses[at];
        let granted = self.manager::<ManagePatient>()?;
        let (indication, opened) = (course.product.indication.to_owned(), course.opened);
        let opened = self
            .service
            .open_course(&granted, &self.act(), self.pseudonym()?, indication, opened)
            .await?
            .value;
        let known = &mut self.known[at];
        (known.id, known.version) = (Some(opened.id), opened.version);
        self.counted.courses += 1;
        Ok(())
    }

    pub(super) async fn close(&mut self, at: usize) -> Result<(), Failure> {
        let Some((outcome, day)) = self.life.courses[at].closing else { return Ok(()) };
        let (id, version) = (self.course_id(at)?, self.known[at].version);
        let granted = self.manager::<ManagePatient>()?;
        self.service.close_course(&granted, &self.act(), id, version, outcome, day).await?;
        Ok(())
    }
}
