//! Acts that only persons do.

use cartotek_domain::access::{Granted, Permission};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::id::ActorId;
use cartotek_domain::problem::Problem;

use crate::error::ServiceError;

/// The caller, who must be a person.
///
/// # Errors
/// `permission_missing` for a system.
pub(crate) fn person<P: Permission>(granted: &Granted<P>) -> Result<ActorId, ServiceError> {
    let caller = granted.caller();
    match caller.kind {
        ActorKind::Person => Ok(caller.actor),
        ActorKind::System => Err(ServiceError::explained(
            Problem::PermissionMissing,
            "Ett system får varken verifiera, signera eller låsa upp. Använd en åtkomstnyckel som tillhör en person.",
            "A system may neither verify nor sign nor unlock. Use a token that belongs to a person.",
        )),
    }
}
