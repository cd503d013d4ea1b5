//! Verification: a second person stands for the content of a submitted record.

use cartotek_domain::access::{Granted, Permission, permission};
use cartotek_domain::id::{RecordId, VerificationId};
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::verification::Verification;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::{all_seen, seen};
use crate::person::person;
use crate::record::{check_status, check_version, own_record};

/// A verification and whether it still holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationFile {
    /// The verification.
    pub verification: Verification,
    /// Whether the revision that was verified is the latest one.
    pub valid: bool,
}

impl VerificationFile {
    /// A verification of a record whose latest revision has that number.
    pub(crate) fn new(verification: Verification, latest: i64) -> Self {
        let valid = verification.is_valid(latest);
        Self { verification, valid }
    }
}

impl Service {
    /// Every verification of a record, by revision, with whether it still holds.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn verifications(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        id: RecordId,
    ) -> Result<Done<Vec<VerificationFile>>, ServiceError> {
        let scope = granted.patients(self.today());
        self.show(granted, act, "list verifications", move |session| {
            let record = session.record(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let mut verifications = session.verifications(&[id])?;
            verifications.sort_by_key(|one| one.revision);
            let mut seen = all_seen(&verifications);
            seen.push(self::seen(&record));
            let file = |one| VerificationFile::new(one, record.revision);
            Ok((verifications.into_iter().map(file).collect(), seen))
        })
        .await
    }

    /// Verifies the latest revision of a submitted record.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `permission_missing` for a system, for who saved the revision or another one
    /// since the last that was verified, and unless the caller's site owns the record; `stale_version`; `wrong_state` for a
    /// draft; `already_exists` when the revision is verified.
    pub async fn verify_record(
        &self,
        granted: &Granted<permission::VerifyRecord>,
        act: &Act,
        id: RecordId,
        expected: i64,
    ) -> Result<Done<VerificationFile>, ServiceError> {
        let verifier = person(granted)?;
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        self.create(granted, act, "verify record", move |journal| {
            let (record, revision) = submitted(journal, &granted_again, id, expected, today)?;
            let known = journal.read().verifications(&[record.id])?;
            let last = known.iter().map(|one| one.revision).max().unwrap_or(0);
            if last == revision.number {
                return Err(verified_already());
            }
            // The latest revision holds what those before it said that nobody has verified.
            if journal.read().authors(record.id, last)?.contains(&verifier) {
                return Err(own_revision());
            }
            let verification = Verification {
                id: VerificationId::next(service.ids()),
                record: record.id,
                patient: record.patient,
                revision: revision.number,
                author: revision.author,
                verifier,
                verified_at: service.now(),
                salt: service.salt()?,
            };
            journal.insert(&verification)?;
            Ok(VerificationFile::new(verification, revision.number))
        })
        .await
    }
}

/// A submitted record of the caller's site at the version the caller has read, with its latest revision; nobody else
/// changes it meanwhile.
pub(super) fn submitted<P: Permission>(
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    id: RecordId,
    expected: i64,
    today: NaiveDate,
) -> Result<(Record, Revision), ServiceError> {
    let record = own_record(journal, granted, id, today)?;
    check_version(journal.read(), &record, expected)?;
    if record.status == RecordStatus::Draft {
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Posten är ett utkast: skicka in den först.",
            "The record is a draft: submit it first.",
        ));
    }
    check_status(&record, RecordStatus::Submitted)?;
    let revision = journal.read().revision(record.id, record.revision)?;
    let revision =
        revision.ok_or_else(|| ServiceError::Defect(format!("record {id} has no current revision")))?;
    Ok((record, revision))
}

fn own_revision() -> ServiceError {
    ServiceError::explained(
        Problem::PermissionMissing,
        "Den som har sparat uppgifter i posten sedan den senast verifierades får inte själv verifiera dem. Be en annan \
         person göra det.",
        "Who has saved content of the record since it was last verified may not verify it too. Ask another person to do it.",
    )
}

fn verified_already() -> ServiceError {
    ServiceError::explained(
        Problem::AlreadyExists,
        "Posten är redan verifierad med det innehåll den har nu.",
        "The record is verified already with the content it has now.",
    )
}
