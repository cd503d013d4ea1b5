//! Patients, participations, consents and courses.

use std::collections::BTreeSet;

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, ConsentDecision, Signatory};
use cartotek_domain::course::{Course, CourseOutcome};
use cartotek_domain::id::{CourseId, ParticipationId, PatientId};
use cartotek_domain::patient::{Linkage, Participation, Patient};
use cartotek_domain::pseudonym::Pseudonym;
use chrono::NaiveDate;
use diesel::prelude::*;

use super::care::{care, cared_for, within_care};
use super::{Conn, IN_LIST, among, dialect, insert_chunked, load_among};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::patient::{ConsentRow, CourseRow, LinkageRow, ParticipationRow, PatientRow};
use crate::schema::{consent, course, participation, patient, patient_linkage};
use crate::session::patient::{PatientReads, PatientWrites};
use crate::sql_type::Id;

/// The patient with a pseudonym in whose care the one site takes part: asked with every record that a site sends.
macro_rules! of_one_site {
    ($pseudonym:expr, $codes:expr, $day:expr) => {
        patient::table
            .filter(patient::pseudonym.eq($pseudonym.to_string()))
            .filter(cared_for!(patient::id, participation::site.eq($codes.concat()), $day))
            .select(PatientRow::as_select())
    };
}

impl PatientReads for Conn {
    fn patient(
        &mut self,
        pseudonym: &Pseudonym,
        scope: &PatientScope,
    ) -> Result<Option<Patient>, StoreError> {
        let found: QueryResult<PatientRow> = match care(scope) {
            Some((codes, day)) if codes.len() == 1 => of_one_site!(pseudonym, codes, day).first(self),
            _ => {
                let named = patient::table.filter(patient::pseudonym.eq(pseudonym.to_string()));
                let query = named.select(PatientRow::as_select()).into_boxed();
                within_care!(query, patient::id, scope).first(self)
            }
        };
        found.optional()?.map(Patient::try_from).transpose()
    }

    fn patients_by_pseudonym(
        &mut self,
        pseudonyms: &[Pseudonym],
        scope: &PatientScope,
    ) -> Result<Vec<Patient>, StoreError> {
        let mut patients = Vec::with_capacity(pseudonyms.len());
        for chunk in pseudonyms.chunks(IN_LIST) {
            let wanted: Vec<_> = chunk.iter().map(ToString::to_string).collect();
            let mut query = patient::table.select(PatientRow::as_select()).into_boxed();
            query = query.filter(patient::pseudonym.eq_any(wanted));
            query = within_care!(query, patient::id, scope);
            patients.extend(believe(query.load(self)?)?);
        }
        Ok(patients)
    }

    fn patients_by_id(&mut self, ids: &[PatientId]) -> Result<Vec<Patient>, StoreError> {
        let mut patients = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(IN_LIST) {
            let query = patient::table.select(PatientRow::as_select()).into_boxed();
            patients.extend(believe(among!(query, patient::id, chunk).load(self)?)?);
        }
        Ok(patients)
    }

    fn patients(
        &mut self,
        scope: &PatientScope,
        page: &Page<Pseudonym>,
    ) -> Result<PageOf<Patient, Pseudonym>, StoreError> {
        let mut query = patient::table.select(PatientRow::as_select()).into_boxed();
        query = within_care!(query, patient::id, scope);
        if let Some(after) = &page.after {
            query = query.filter(patient::pseudonym.gt(after.to_string()));
        }
        let patients = believe(query.order(patient::pseudonym).limit(page.rows()).load(self)?)?;
        Ok(page.cut(patients, |patient: &Patient| patient.pseudonym))
    }

    fn patient_by_linkage(&mut self, hash: &str) -> Result<Option<Patient>, StoreError> {
        let linked =
            patient_linkage::table.filter(patient_linkage::hash.eq(hash)).select(patient_linkage::patient_id);
        let query = patient::table.filter(patient::id.eq_any(linked)).select(PatientRow::as_select());
        query.first(self).optional()?.map(Patient::try_from).transpose()
    }

    fn patient_ids(&mut self, page: &Page<PatientId>) -> Result<PageOf<PatientId, PatientId>, StoreError> {
        let mut query = patient::table.select(patient::id).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(patient::id.gt(Id(after)));
        }
        let ids: Vec<Id<PatientId>> = query.order(patient::id).limit(page.rows()).load(self)?;
        Ok(page.cut(ids.into_iter().map(|id| id.0).collect(), |id| *id))
    }

    fn participations(&mut self, patients: &[PatientId]) -> Result<Vec<Participation>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = participation::table.select(ParticipationRow::as_select());
            let rows = load_among!(self, query, participation::patient_id, chunk, participation::id);
            found.extend(believe(rows)?);
        }
        Ok(found)
    }

    fn participation(&mut self, id: ParticipationId) -> Result<Option<Participation>, StoreError> {
        let query = participation::table.find(Id(id)).select(ParticipationRow::as_select());
        query.first(self).optional()?.map(Participation::try_from).transpose()
    }

    fn consents(&mut self, patient: PatientId) -> Result<Vec<Consent>, StoreError> {
        let query = consent::table.filter(consent::patient_id.eq(Id(patient))).order(consent::id);
        believe(query.select(ConsentRow::as_select()).load(self)?)
    }

    fn consents_of(&mut self, patients: &[PatientId]) -> Result<Vec<Consent>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = consent::table.select(ConsentRow::as_select());
            found.extend(believe(load_among!(self, query, consent::patient_id, chunk, consent::id))?);
        }
        Ok(found)
    }

    fn patients_of_guardians(
        &mut self,
        sites: &BTreeSet<SiteCode>,
        on: NaiveDate,
    ) -> Result<Vec<(PatientId, SiteCode)>, StoreError> {
        let guardians_yes = consent::table
            .filter(consent::patient_id.eq(participation::patient_id))
            .filter(consent::signed_by.eq(Signatory::Guardian.name()))
            .filter(consent::decision.eq(ConsentDecision::Given.name()));
        let query = participation::table
            .filter(participation::site.eq_any(sites.iter().map(ToString::to_string).collect::<Vec<_>>()))
            .filter(participation::responsible.eq(true))
            .filter(participation::valid_from.le(on))
            .filter(participation::valid_to.is_null().or(participation::valid_to.ge(on)))
            .filter(diesel::dsl::exists(guardians_yes))
            .order(participation::patient_id)
            .select((participation::patient_id, participation::site));
        let rows: Vec<(Id<PatientId>, String)> = query.load(self)?;
        let row = |(patient, site): (Id<PatientId>, String)| {
            let bad = |_| StoreError::inconsistent("participation", "site", patient.0);
            site.parse::<SiteCode>().map(|site| (patient.0, site)).map_err(bad)
        };
        rows.into_iter().map(row).collect()
    }

    fn courses(&mut self, patients: &[PatientId]) -> Result<Vec<Course>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let (query, order) =
                (course::table.select(CourseRow::as_select()), (course::patient_id, course::number));
            found.extend(believe(load_among!(self, query, course::patient_id, chunk, order))?);
        }
        Ok(found)
    }

    fn course(&mut self, id: CourseId, scope: &PatientScope) -> Result<Option<Course>, StoreError> {
        let mut query = course::table.select(CourseRow::as_select()).into_boxed();
        query = query.filter(course::id.eq(Id(id)));
        query = within_care!(query, course::patient_id, scope);
        query.first(self).optional()?.map(Course::try_from).transpose()
    }
}

impl PatientWrites for Conn {
    fn lock_patient(
        &mut self,
        pseudonym: &Pseudonym,
        scope: &PatientScope,
    ) -> Result<Option<Patient>, StoreError> {
        match care(scope) {
            Some((codes, day)) if codes.len() == 1 => {
                let query = of_one_site!(pseudonym, codes, day);
                let found: Option<PatientRow> = dialect::for_update!(query).first(self).optional()?;
                found.map(Patient::try_from).transpose()
            }
            _ => {
                let found = self.patient(pseudonym, scope)?;
                self.lock_patients(found.as_ref().map(|one| one.id).as_slice())?;
                Ok(found)
            }
        }
    }

    fn lock_patients(&mut self, ids: &[PatientId]) -> Result<(), StoreError> {
        if let [only] = ids {
            let query = patient::table.find(Id(*only)).select(patient::id);
            let _locked: Option<Id<PatientId>> = dialect::for_update!(query).first(self).optional()?;
            return Ok(());
        }
        let mut ordered: Vec<_> = ids.iter().copied().map(Id).collect();
        ordered.sort_unstable();
        for chunk in ordered.chunks(IN_LIST) {
            let query = patient::table
                .filter(patient::id.eq_any(chunk.to_vec()))
                .order(patient::id)
                .select(patient::id);
            let _locked: Vec<Id<PatientId>> = dialect::for_update!(query).load(self)?;
        }
        Ok(())
    }

    fn lock_patients_of(&mut self, site: &SiteCode) -> Result<(), StoreError> {
        let cared_for = participation::table
            .filter(participation::site.eq(site.as_str()))
            .select(participation::patient_id);
        let query =
            patient::table.filter(patient::id.eq_any(cared_for)).order(patient::id).select(patient::id);
        let _locked: Vec<Id<PatientId>> = dialect::for_update!(query).load(self)?;
        Ok(())
    }

    fn insert_patients(&mut self, patients: &[Patient]) -> Result<(), StoreError> {
        let rows: Vec<_> = patients.iter().map(PatientRow::from).collect();
        insert_chunked!(self, patient::table, rows, 4);
        Ok(())
    }

    fn insert_linkage(&mut self, linkage: &Linkage) -> Result<(), StoreError> {
        diesel::insert_into(patient_linkage::table).values(LinkageRow::from(linkage)).execute(self)?;
        Ok(())
    }

    fn insert_participations(&mut self, participations: &[Participation]) -> Result<(), StoreError> {
        let rows: Vec<_> = participations.iter().map(ParticipationRow::from).collect();
        insert_chunked!(self, participation::table, rows, 9);
        Ok(())
    }

    fn update_participation(&mut self, participation: &Participation) -> Result<bool, StoreError> {
        let target = participation::table
            .find(Id(participation.id))
            .filter(participation::version.eq(participation.version - 1));
        let changed = diesel::update(target)
            .set((
                participation::responsible.eq(participation.responsible),
                participation::valid_to.eq(participation.valid_to),
                participation::version.eq(participation.version),
            ))
            .execute(self)?;
        Ok(changed == 1)
    }

    fn insert_consents(&mut self, consents: &[Consent]) -> Result<(), StoreError> {
        let rows: Vec<_> = consents.iter().map(ConsentRow::from).collect();
        insert_chunked!(self, consent::table, rows, 14);
        Ok(())
    }

    fn insert_courses(&mut self, courses: &[Course]) -> Result<(), StoreError> {
        let rows: Vec<_> = courses.iter().map(CourseRow::from).collect();
        insert_chunked!(self, course::table, rows, 11);
        Ok(())
    }

    fn update_course(&mut self, course: &Course) -> Result<bool, StoreError> {
        let target = course::table.find(Id(course.id)).filter(course::version.eq(course.version - 1));
        let changed = diesel::update(target)
            .set((
                course::indication.eq(&course.indication),
                course::opened_on.eq(course.opened_on),
                course::status.eq(course.status.name()),
                course::outcome.eq(course.outcome.map(CourseOutcome::name)),
                course::closed_on.eq(course.closed_on),
                course::version.eq(course.version),
            ))
            .execute(self)?;
        Ok(changed == 1)
    }
}
