//! The beginning of a registry: the first administrator, before anybody can be asked for permission.

use cartotek_domain::access::{GrantScope, Role};
use cartotek_domain::actor::{Actor, ActorKind, RoleGrant};
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::id::{ActorId, RoleGrantId};
use cartotek_domain::problem::Problem;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::Page;

use crate::Service;
use crate::access::NewToken;
use crate::act::{Act, Done};
use crate::error::ServiceError;

impl Service {
    /// Creates the first person or system, an administrator, with a token; its text is shown this once.
    ///
    /// # Errors
    /// `wrong_state` when the registry has persons or systems already; `content_invalid` for a life of more than a
    /// year.
    pub async fn bootstrap(
        &self,
        act: &Act,
        kind: ActorKind,
        hsa_id: HsaId,
        label: String,
        expires_at: Timestamp,
    ) -> Result<Done<NewToken>, ServiceError> {
        let actor = Actor {
            id: ActorId::next(self.ids()),
            kind,
            hsa_id: hsa_id.to_string(),
            created_at: self.now(),
            salt: self.salt()?,
        };
        let grant = RoleGrant {
            id: RoleGrantId::next(self.ids()),
            actor: actor.id,
            role: Role::Admin,
            scope: GrantScope::Network,
            granted_at: self.now(),
            ended_at: None,
            salt: self.salt()?,
        };
        let (token, text) = self.draw_token(actor.id, label, expires_at)?;
        let done = self
            .change_as_system("actors.bootstrap", act, "create first administrator", move |journal| {
                if !journal.read().actors(&Page::first(1))?.items.is_empty() {
                    return Err(not_the_first());
                }
                journal.insert(&actor)?;
                journal.insert(&grant)?;
                journal.insert(&token)?;
                Ok(NewToken { token: token.clone(), text: None })
            })
            .await?;
        Ok(done.map(|new| NewToken { text: Some(text), ..new }))
    }

    /// The person or system with that HSA-id, for the command line.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn actor_of(&self, hsa_id: HsaId) -> Result<Option<ActorId>, ServiceError> {
        self.store()
            .read("find actor", move |session| {
                Ok(session.actor_by_hsa_id(hsa_id.as_str())?.map(|actor| actor.id))
            })
            .await
    }
}

fn not_the_first() -> ServiceError {
    ServiceError::explained(
        Problem::WrongState,
        "Registret har redan personer eller system; en administratör ger roller och åtkomstnycklar.",
        "The registry has persons or systems already; an administrator gives roles and tokens.",
    )
}
