//! Persons, systems, their roles and tokens.

use cartotek_crypto::token;
use cartotek_domain::access::{GrantScope, Granted, Role, permission};
use cartotek_domain::actor::{Actor, ActorKind, RoleGrant, Token};
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ActorId, RoleGrantId, TokenId};
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::{Page, PageOf, ReadSession};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;

/// The longest life of a token.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(365);

/// An actor with its roles and tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActorFile {
    /// The person or system.
    pub actor: Actor,
    /// Every role it ever had.
    pub grants: Vec<RoleGrant>,
    /// Every token it ever had, with its last use.
    pub tokens: Vec<(Token, Option<Timestamp>)>,
}

/// A new token with its text, shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewToken {
    /// The token.
    pub token: Token,
    /// Its text; absent from a replayed answer, because it is stored nowhere.
    #[serde(skip)]
    pub text: Option<String>,
}

impl Service {
    /// Persons and systems.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn actors(
        &self,
        granted: &Granted<permission::ReadActors>,
        act: &Act,
        page: Page<ActorId>,
    ) -> Result<Done<PageOf<Actor, ActorId>>, ServiceError> {
        self.show(granted, act, "list actors", move |session| Ok((session.actors(&page)?, Vec::new()))).await
    }

    /// One person or system with roles and tokens.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn actor(
        &self,
        granted: &Granted<permission::ReadActors>,
        act: &Act,
        id: ActorId,
    ) -> Result<Done<ActorFile>, ServiceError> {
        self.show(granted, act, "read actor", move |session| Ok((actor_file(session, id)?, Vec::new()))).await
    }

    /// The caller's own roles and tokens.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn me(
        &self,
        granted: &Granted<permission::ReadNetwork>,
        act: &Act,
    ) -> Result<Done<ActorFile>, ServiceError> {
        let id = granted.caller().actor;
        self.show(granted, act, "read own access", move |session| Ok((actor_file(session, id)?, Vec::new())))
            .await
    }

    /// Creates a person or system.
    ///
    /// # Errors
    /// `already_exists` when the HSA-id is in use.
    pub async fn create_actor(
        &self,
        granted: &Granted<permission::ManageActors>,
        act: &Act,
        kind: ActorKind,
        hsa_id: HsaId,
    ) -> Result<Done<Actor>, ServiceError> {
        let service = self.clone();
        self.create(granted, act, "create actor", move |journal| {
            let actor = Actor {
                id: ActorId::next(service.ids()),
                kind,
                hsa_id: hsa_id.to_string(),
                created_at: service.now(),
                salt: service.salt()?,
            };
            journal.insert(&actor)?;
            Ok(actor)
        })
        .await
    }

    /// Gives an actor a role; `scope` is `None` when what was asked for is no scope at all.
    ///
    /// # Errors
    /// `not_found` for an unknown actor; `content_invalid` for a scope the role does not take or that is unknown.
    pub async fn grant_role(
        &self,
        granted: &Granted<permission::ManageActors>,
        act: &Act,
        actor: ActorId,
        role: Role,
        scope: Option<GrantScope>,
    ) -> Result<Done<RoleGrant>, ServiceError> {
        let scope = scope.filter(|scope| role.accepts(scope));
        let scope = scope.ok_or_else(|| ServiceError::invalid(vec![unfit_scope()]))?;
        let service = self.clone();
        let done = self
            .create(granted, act, "grant role", move |journal| {
                journal.read().actor(actor)?.ok_or_else(ServiceError::not_found)?;
                check_scope(journal.read(), &scope)?;
                let grant = RoleGrant {
                    id: RoleGrantId::next(service.ids()),
                    actor,
                    role,
                    scope: scope.clone(),
                    granted_at: service.now(),
                    ended_at: None,
                    salt: service.salt()?,
                };
                journal.insert(&grant)?;
                Ok(grant)
            })
            .await?;
        self.callers().forget();
        Ok(done)
    }

    /// Ends a role.
    ///
    /// # Errors
    /// `not_found`; `wrong_state` when it has ended already.
    pub async fn end_role(
        &self,
        granted: &Granted<permission::ManageActors>,
        act: &Act,
        actor: ActorId,
        id: RoleGrantId,
    ) -> Result<Done<RoleGrant>, ServiceError> {
        let service = self.clone();
        let done = self
            .change(granted, act, "end role", move |journal| {
                let before = journal.read().grant(id)?.filter(|grant| grant.actor == actor);
                let before = before.ok_or_else(ServiceError::not_found)?;
                let after = RoleGrant { ended_at: Some(service.now()), ..before.clone() };
                // Asked of the row itself too: another server may end it at the same moment.
                if before.ended_at.is_some() || !journal.replace(&before, &after)? {
                    return Err(ServiceError::explained(
                        Problem::WrongState,
                        "Rollen är redan avslutad.",
                        "The role has ended already.",
                    ));
                }
                Ok(after)
            })
            .await?;
        self.callers().forget();
        Ok(done)
    }

    /// Issues a token; its text is shown this once.
    ///
    /// # Errors
    /// `not_found` for an unknown actor; `content_invalid` for a life of more than a year.
    pub async fn issue_token(
        &self,
        granted: &Granted<permission::ManageActors>,
        act: &Act,
        actor: ActorId,
        label: String,
        expires_at: Timestamp,
    ) -> Result<Done<NewToken>, ServiceError> {
        let (token, text) = self.draw_token(actor, label, expires_at)?;
        let done = self
            .create(granted, act, "issue token", move |journal| {
                journal.read().actor(actor)?.ok_or_else(ServiceError::not_found)?;
                journal.insert(&token)?;
                Ok(NewToken { token: token.clone(), text: None })
            })
            .await?;
        let fresh = !done.replayed && done.receipt.is_some();
        Ok(done.map(|new| NewToken { text: fresh.then_some(text), ..new }))
    }

    /// Revokes a token: it opens no door from now on here, and within seconds on other servers.
    ///
    /// # Errors
    /// `not_found`; `wrong_state` when it is revoked already.
    pub async fn revoke_token(
        &self,
        granted: &Granted<permission::ManageActors>,
        act: &Act,
        actor: ActorId,
        id: TokenId,
    ) -> Result<Done<Token>, ServiceError> {
        let service = self.clone();
        let done = self
            .change(granted, act, "revoke token", move |journal| {
                let before = journal.read().token(id)?.filter(|token| token.actor == actor);
                let before = before.ok_or_else(ServiceError::not_found)?;
                let after = Token { revoked_at: Some(service.now()), ..before.clone() };
                if before.revoked_at.is_some() || !journal.replace(&before, &after)? {
                    return Err(ServiceError::explained(
                        Problem::WrongState,
                        "Åtkomstnyckeln är redan återkallad.",
                        "The token is revoked already.",
                    ));
                }
                Ok(after)
            })
            .await?;
        self.callers().forget();
        Ok(done)
    }

    /// A token that lasts until `expires_at`, with its text.
    pub(crate) fn draw_token(
        &self,
        actor: ActorId,
        label: String,
        expires_at: Timestamp,
    ) -> Result<(Token, String), ServiceError> {
        let now = self.now();
        if expires_at <= now || expires_at - now > LONGEST_LIFE {
            return Err(ServiceError::invalid(vec![unfit_life()]));
        }
        let issued = token::issue(self.random())?;
        let token = Token {
            id: TokenId::next(self.ids()),
            public_id: issued.id,
            actor,
            secret_hash: issued.secret_hash.to_string(),
            label,
            issued_at: now,
            expires_at,
            revoked_at: None,
            salt: self.salt()?,
        };
        Ok((token, issued.text.expose().to_owned()))
    }
}

fn actor_file(session: &mut dyn ReadSession, id: ActorId) -> Result<ActorFile, ServiceError> {
    let actor = session.actor(id)?.ok_or_else(ServiceError::not_found)?;
    Ok(ActorFile { actor, grants: session.grants_of(id)?, tokens: session.tokens_of(id)? })
}

fn check_scope(session: &mut dyn ReadSession, scope: &GrantScope) -> Result<(), ServiceError> {
    let known = match scope {
        GrantScope::Site(code) => session.site(code)?.is_some(),
        GrantScope::Biobank(code) => session.biobank(code)?.is_some(),
        GrantScope::Project(_) | GrantScope::Network => true,
    };
    if known { Ok(()) } else { Err(ServiceError::invalid(vec![unfit_scope()])) }
}

fn unfit_scope() -> Finding {
    let message = Text::new(
        "Rollen kan inte ges i den omfattningen: data_manager ges för ett sjukhus, biobank_staff för en biobank, \
         övriga för nätverket, researcher även för ett projekt.",
        "The role cannot be given for that scope: data_manager is given for a site, biobank_staff for a biobank, \
         the others for the network, researcher also for a project.",
    );
    Finding::error("ACCESS-SCOPE", "/scope", message)
}

fn unfit_life() -> Finding {
    let message = Text::new(
        "En åtkomstnyckel gäller högst ett år, från nu.",
        "A token lasts at most one year, from now.",
    );
    Finding::error("ACCESS-EXPIRY", "/expires_at", message)
}
