//! Reading imports: state, findings, and the file given back.

use std::collections::BTreeSet;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::audit::{AuditEvent, Outcome as Ending};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ImportId, PatientId};
use cartotek_domain::problem::Problem;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::session::job::ImportJob;
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::import::job::{is_running, shown};
use crate::import::report::{FILE, FINDINGS, FINDINGS_IN_PART, PATIENTS, SUMMARY};
use crate::import::{Format, Import, ImportState, RowFinding};
use crate::participation::check_takes_part;
use crate::patient::patient_subject;

/// Patients that one event of a returned file names.
const PATIENTS_IN_EVENT: usize = 500;

/// The file of an import. Whoever holds one was allowed to read it, and that is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportFile {
    id: ImportId,
    /// How the file is written.
    pub format: Format,
    parts: i64,
}

impl Service {
    /// An import of one of the caller's sites, with its first findings once it has ended.
    ///
    /// # Errors
    /// `not_found` for an import of another site, and after its report has expired.
    pub async fn import_status(
        &self,
        granted: &Granted<permission::ImportRecords>,
        act: &Act,
        id: ImportId,
    ) -> Result<Done<Import>, ServiceError> {
        let (sites, now, today) = (granted.own_sites(), self.now(), self.today());
        self.show(granted, act, "read import", move |session| {
            let job = session.import_job(id)?.filter(|job| sites.contains(&job.site));
            let job = job.ok_or_else(ServiceError::not_found)?;
            let Some(summary) = session.import_chunks(id, SUMMARY, 0, 1)?.pop() else {
                return Ok((as_it_stands(&job, now)?, Seen::new()));
            };
            if job.expires_at <= now {
                return Err(ServiceError::not_found());
            }
            let import: Import = serde_json::from_slice(&summary)?;
            let seen =
                reached(session, &job.site, import.findings.iter().filter_map(|one| one.patient), today)?;
            Ok((import, seen))
        })
        .await
    }

    /// The imports of the caller's sites, the newest first: how far each has come and how it ended, without its report.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn imports(
        &self,
        granted: &Granted<permission::ImportRecords>,
        act: &Act,
        page: Page<ImportId>,
    ) -> Result<Done<PageOf<Import, ImportId>>, ServiceError> {
        let (sites, now) = (granted.own_sites(), self.now());
        self.show(granted, act, "list imports", move |session| {
            let jobs = session.import_jobs(&sites, now, &page)?;
            let imports = jobs.items.iter().map(|job| as_it_stands(job, now)).collect::<Result<_, _>>()?;
            Ok((PageOf { items: imports, next: jobs.next }, Seen::new()))
        })
        .await
    }

    /// The findings of an import that has ended, in the order of the file; at most 100 000 are listed.
    ///
    /// # Errors
    /// `not_found` as for [`Service::import_status`]; `wrong_state` while it runs.
    pub async fn import_findings(
        &self,
        granted: &Granted<permission::ImportRecords>,
        act: &Act,
        id: ImportId,
        page: Page<usize>,
    ) -> Result<Done<PageOf<RowFinding, usize>>, ServiceError> {
        let (granted_again, now, today) = (granted.clone(), self.now(), self.today());
        self.show(granted, act, "list import findings", move |session| {
            let job = ended(session, &granted_again, id, now)?;
            let from = page.after.unwrap_or(0);
            let part = i64::try_from(from / FINDINGS_IN_PART).unwrap_or(i64::MAX);
            let limit = usize::from(page.limit);
            let parts = i64::try_from(limit / FINDINGS_IN_PART + 2).unwrap_or(i64::MAX);
            let mut listed: Vec<RowFinding> = Vec::new();
            for part in session.import_chunks(id, FINDINGS, part, parts)? {
                listed.extend(serde_json::from_slice::<Vec<RowFinding>>(&part)?);
            }
            let skipped = from % FINDINGS_IN_PART;
            let more = listed.len() > skipped + limit;
            let items: Vec<_> = listed.into_iter().skip(skipped).take(limit).collect();
            let next = more.then(|| from + items.len());
            let seen = reached(session, &job.site, items.iter().filter_map(|one| one.patient), today)?;
            Ok((PageOf { items, next }, seen))
        })
        .await
    }

    /// The caller's own file of an import that has ended, with the columns `_status` and `_errors`; to be read part by
    /// part. That it is read is on disk when this returns.
    ///
    /// # Errors
    /// `not_found` as for [`Service::import_status`]; `wrong_state` while it runs.
    pub async fn import_file(
        &self,
        granted: &Granted<permission::ImportRecords>,
        act: &Act,
        id: ImportId,
    ) -> Result<Done<ImportFile>, ServiceError> {
        let (granted_again, now, today) = (granted.clone(), self.now(), self.today());
        let read = move |session: &mut dyn ReadSession| {
            let job = ended(session, &granted_again, id, now)?;
            let mut patients: Vec<PatientId> = Vec::new();
            for part in session.import_chunks(id, PATIENTS, 0, i64::MAX)? {
                patients.extend(serde_json::from_slice::<Vec<PatientId>>(&part)?);
            }
            let seen = reached(session, &job.site, patients, today)?;
            let parts = session.count_import_chunks(id, FILE)?;
            Ok::<_, ServiceError>((ImportFile { id, format: shown(&job)?.format, parts }, seen))
        };
        let (file, seen) = self.store().read("find import file", read).await?;
        let mut receipt = None;
        for some in seen.chunks(PATIENTS_IN_EVENT) {
            let event =
                AuditEvent { outcome: Ending::Read, subjects: some.to_vec(), ..self.event(granted, act) };
            receipt = Some(self.append(event).await?);
        }
        Ok(Done::new(file, receipt))
    }

    /// The next part of a file: `None` behind the last one.
    ///
    /// # Errors
    /// A defect when the file was deleted while it was read: what has left already is not the whole.
    pub async fn import_file_part(
        &self,
        file: ImportFile,
        part: i64,
    ) -> Result<Option<Vec<u8>>, ServiceError> {
        if part == file.parts {
            return Ok(None);
        }
        let read = move |session: &mut dyn ReadSession| session.import_chunks(file.id, FILE, part, 1);
        let found = self.store().read::<_, StoreError>("read import file", read).await?.pop();
        let gone = || ServiceError::Defect(format!("import {} was deleted while its file was read", file.id));
        found.map(Some).ok_or_else(gone)
    }
}

/// An import as far as it has come; one that has been silent for too long has died with its server.
fn as_it_stands(job: &ImportJob, now: Timestamp) -> Result<Import, StoreError> {
    let import = shown(job)?;
    let died = job.finished_at.is_none() && !is_running(job, now);
    Ok(if died { Import { state: ImportState::Interrupted, ..import } } else { import })
}

/// The job of an import that has ended and is kept.
fn ended(
    session: &mut dyn ReadSession,
    granted: &Granted<permission::ImportRecords>,
    id: ImportId,
    now: Timestamp,
) -> Result<ImportJob, ServiceError> {
    let sites = granted.own_sites();
    let job = session.import_job(id)?.filter(|job| sites.contains(&job.site) && now < job.expires_at);
    let job = job.ok_or_else(ServiceError::not_found)?;
    if job.finished_at.is_some() {
        return Ok(job);
    }
    Err(ServiceError::explained(
        Problem::WrongState,
        "Importen pågår; rapporten finns när den är klar.",
        "The import is running; its report is there when it has ended.",
    ))
}

/// The patients of whom a report tells, for its event.
///
/// # Errors
/// `not_found` when the site of the import no longer takes part in the care of one of them.
pub(super) fn reached(
    session: &mut dyn ReadSession,
    site: &SiteCode,
    patients: impl IntoIterator<Item = PatientId>,
    today: NaiveDate,
) -> Result<Seen, ServiceError> {
    let patients: BTreeSet<_> = patients.into_iter().collect();
    check_takes_part(session, site, &patients, today)?;
    Ok(patients.into_iter().map(patient_subject).collect())
}
