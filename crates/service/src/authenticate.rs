//! From a token's text to a caller, with a short memory so that a request does not read the database twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cartotek_crypto::hash::Hash;
use cartotek_crypto::token;
use cartotek_domain::access::{AuthMethod, Caller, Grant, GrantScope};
use cartotek_domain::id::{ActorId, TokenId};
use cartotek_domain::problem::Problem;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::TimeDelta;

use crate::Service;
use crate::error::ServiceError;

/// How long a caller is remembered: a revocation on another server holds after at most this long.
const MEMORY: TimeDelta = TimeDelta::seconds(3);

/// Callers seen in the last seconds, and when their tokens were used.
#[derive(Default)]
pub(crate) struct Callers {
    seen: Mutex<Seen>,
    uses: Mutex<HashMap<TokenId, Timestamp>>,
}

#[derive(Default)]
struct Seen {
    callers: HashMap<String, Remembered>,
    /// How often everybody was forgotten: what was read before is not remembered afterwards.
    forgotten: u64,
}

#[derive(Clone)]
struct Remembered {
    secret_hash: Hash,
    token: TokenId,
    expires_at: Timestamp,
    read_at: Timestamp,
    caller: Arc<Caller>,
}

impl Callers {
    /// Forgets everybody, after roles or tokens have changed on this server.
    pub(crate) fn forget(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.callers.clear();
        seen.forgotten += 1;
    }

    fn forgotten(&self) -> u64 {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).forgotten
    }

    fn recall(&self, id: &str, secret_hash: &Hash, now: Timestamp) -> Option<Arc<Caller>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let one = seen.callers.get(id)?;
        let fresh = now - one.read_at < MEMORY && now >= one.read_at && now < one.expires_at;
        if !fresh || one.secret_hash != *secret_hash {
            return None;
        }
        self.uses.lock().unwrap_or_else(PoisonError::into_inner).insert(one.token, now);
        Some(Arc::clone(&one.caller))
    }

    /// Remembers a caller that was read when everybody had been forgotten so often.
    fn remember(&self, id: String, one: Remembered, forgotten: u64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = one.read_at;
        self.uses.lock().unwrap_or_else(PoisonError::into_inner).insert(one.token, now);
        if seen.forgotten != forgotten {
            return;
        }
        if seen.callers.len() > 10_000 {
            seen.callers.retain(|_, other| now - other.read_at < MEMORY);
        }
        seen.callers.insert(id, one);
    }

    /// The uses noted since the last call, by token.
    fn take_uses(&self) -> Vec<(TokenId, Timestamp)> {
        let uses = std::mem::take(&mut *self.uses.lock().unwrap_or_else(PoisonError::into_inner));
        let mut uses: Vec<_> = uses.into_iter().collect();
        uses.sort_unstable();
        uses
    }

    /// Notes uses that could not be stored; a later one stands.
    fn put_back(&self, uses: Vec<(TokenId, Timestamp)>) {
        let mut noted = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        for (token, at) in uses {
            noted.entry(token).or_insert(at);
        }
    }
}

impl Service {
    /// The caller whose token this is.
    ///
    /// # Errors
    /// `unauthenticated` for a malformed, unknown, expired or revoked token: the four are told apart nowhere.
    pub async fn authenticate(&self, text: &str) -> Result<Arc<Caller>, ServiceError> {
        let now = self.now();
        let parsed = token::parse(text).map_err(|_| ServiceError::refused(Problem::Unauthenticated))?;
        if let Some(caller) = self.callers().recall(&parsed.id, &parsed.secret_hash, now) {
            return Ok(caller);
        }
        let (id, forgotten) = (parsed.id.clone(), self.callers().forgotten());
        let found = self
            .store()
            .read("authenticate", move |session| {
                let Some(token) = session.token_by_public_id(&parsed.id)? else {
                    return Ok(None);
                };
                let caller = caller_of(session, token.actor, AuthMethod::Token, now)?;
                Ok::<_, StoreError>(caller.map(|caller| (token, caller, parsed.secret_hash)))
            })
            .await?;
        let (token, caller, secret_hash) =
            found.ok_or_else(|| ServiceError::refused(Problem::Unauthenticated))?;
        let matches = token.secret_hash.parse::<Hash>().is_ok_and(|stored| stored == secret_hash);
        if !matches || !token.is_valid(now) {
            return Err(ServiceError::refused(Problem::Unauthenticated));
        }
        let caller = Arc::new(caller);
        let remembered = Remembered {
            secret_hash,
            token: token.id,
            expires_at: token.expires_at,
            read_at: now,
            caller: Arc::clone(&caller),
        };
        self.callers().remember(id, remembered, forgotten);
        Ok(caller)
    }

    /// The caller that the command line acts as: an actor with its roles, without a token.
    ///
    /// # Errors
    /// `not_found` when there is no such actor.
    pub async fn command_line_caller(&self, actor: ActorId) -> Result<Caller, ServiceError> {
        let now = self.now();
        let work =
            move |session: &mut dyn ReadSession| caller_of(session, actor, AuthMethod::CommandLine, now);
        self.store().read("find caller", work).await?.ok_or_else(ServiceError::not_found)
    }

    /// Stores when tokens were last used; called every minute.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn store_token_uses(&self) -> Result<(), ServiceError> {
        let uses = self.callers().take_uses();
        if uses.is_empty() {
            return Ok(());
        }
        let noted = uses.clone();
        let stored = self.store().write("touch tokens", move |tx| tx.touch_tokens(&uses)).await;
        stored.map_err(|error: StoreError| {
            self.callers().put_back(noted);
            error.into()
        })
    }
}

/// An actor with the roles that it holds at an instant; `None` when there is no such actor.
pub(crate) fn caller_of(
    session: &mut dyn ReadSession,
    id: ActorId,
    method: AuthMethod,
    now: Timestamp,
) -> Result<Option<Caller>, StoreError> {
    let Some(actor) = session.actor(id)? else {
        return Ok(None);
    };
    let grants: Vec<Grant> = session
        .grants_of(id)?
        .into_iter()
        .filter(|grant| grant.granted_at <= now && grant.ended_at.is_none_or(|end| now < end))
        .map(|grant| Grant { id: grant.id, role: grant.role, scope: grant.scope })
        .collect();
    let biobanks = grants
        .iter()
        .filter_map(|grant| match &grant.scope {
            GrantScope::Biobank(code) => Some(code.clone()),
            _ => None,
        })
        .collect();
    let biobank_sites = session.biobank_sites(&biobanks)?;
    Ok(Some(Caller { actor: actor.id, kind: actor.kind, method, grants, biobank_sites }))
}
