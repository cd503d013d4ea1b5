//! Electronic signatures, bound to the hash of the canonical content.

use cartotek_crypto::hash::sha256;
use cartotek_domain::access::{Granted, permission};
use cartotek_domain::id::{ActorId, RecordId, SignatureId};
use cartotek_domain::problem::Problem;
use cartotek_domain::record::Revision;
use cartotek_domain::signature::{Signature, SignatureMeaning};
use cartotek_persistence::ReadSession;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::patient::{all_seen, seen};
use crate::person::person;
use crate::record::verify::submitted;

/// A signature and whether it still holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureFile {
    /// The signature.
    pub signature: Signature,
    /// Whether the record still says what was signed.
    pub valid: bool,
    /// The revision that came after the one that was signed.
    pub voided_by: Option<i64>,
}

impl SignatureFile {
    /// A signature under a record whose latest revision is given.
    pub(crate) fn new(signature: Signature, latest: &Revision) -> Self {
        let valid = signature.is_valid(latest.number, &content_sha256(latest));
        let voided_by = signature.voided_by(latest.number);
        Self { signature, valid, voided_by }
    }
}

impl Service {
    /// Signs the latest revision of a submitted record.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `permission_missing` for a system, unless the caller's site owns the
    /// record, and for `entered` unless the caller has written a revision of it; `stale_version`; `wrong_state` for a
    /// draft; `already_exists` for the same signature of the same person.
    pub async fn sign_record(
        &self,
        granted: &Granted<permission::SignRecord>,
        act: &Act,
        id: RecordId,
        expected: i64,
        meaning: SignatureMeaning,
    ) -> Result<Done<SignatureFile>, ServiceError> {
        let signer = person(granted)?;
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        self.create(granted, act, "sign record", move |journal| {
            let (record, revision) = submitted(journal, &granted_again, id, expected, today)?;
            check_entered(journal.read(), record.id, signer, meaning)?;
            let same = |one: &Signature| {
                (one.revision, one.signer, one.meaning) == (revision.number, signer, meaning)
            };
            if journal.read().signatures(record.id)?.iter().any(same) {
                return Err(signed_already());
            }
            let signature = Signature {
                id: SignatureId::next(service.ids()),
                record: record.id,
                patient: record.patient,
                revision: revision.number,
                content_sha256: content_sha256(&revision),
                meaning,
                signer,
                signed_at: service.now(),
                salt: service.salt()?,
            };
            journal.because(meaning.name());
            journal.insert(&signature)?;
            Ok(SignatureFile::new(signature, &revision))
        })
        .await
    }

    /// Every signature under a record, in the order made, with whether it still holds.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn signatures(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        id: RecordId,
    ) -> Result<Done<Vec<SignatureFile>>, ServiceError> {
        let scope = granted.patients(self.today());
        self.show(granted, act, "list signatures", move |session| {
            let record = session.record(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let latest = session.revision(id, record.revision)?.ok_or_else(ServiceError::not_found)?;
            let signatures = session.signatures(id)?;
            let mut seen = all_seen(&signatures);
            seen.push(self::seen(&record));
            let files = signatures.into_iter().map(|one| SignatureFile::new(one, &latest)).collect();
            Ok((files, seen))
        })
        .await
    }
}

/// Refuses who says to have entered what others have.
fn check_entered(
    session: &mut dyn ReadSession,
    record: RecordId,
    signer: ActorId,
    meaning: SignatureMeaning,
) -> Result<(), ServiceError> {
    if meaning != SignatureMeaning::Entered || session.authors(record, 0)?.contains(&signer) {
        return Ok(());
    }
    Err(ServiceError::explained(
        Problem::PermissionMissing,
        "Bara den som har sparat uppgifter i posten signerar med innebörden entered. Signera med reviewed eller approved.",
        "Only who has saved content of the record signs with the meaning entered. Sign with reviewed or approved.",
    ))
}

/// The hash of the content as it is stored.
fn content_sha256(revision: &Revision) -> String {
    sha256(&[revision.content.as_bytes()]).to_string()
}

fn signed_already() -> ServiceError {
    ServiceError::explained(
        Problem::AlreadyExists,
        "Du har redan signerat detta innehåll med samma innebörd.",
        "You have signed this content already, with the same meaning.",
    )
}
