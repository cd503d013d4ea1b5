//! Biobanks, actors, roles, tokens and published schemas.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::actor::{Actor, RoleGrant, Token};
use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::id::{ActorId, RoleGrantId, TokenId};
use cartotek_domain::record::SchemaDocument;
use cartotek_domain::site::{Biobank, BiobankSite};
use cartotek_domain::time::Timestamp;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// Reads biobanks, actors and published schemas.
///
/// Every method fails only as the database does; absence is `None` or an empty list.
pub trait NetworkReads {
    /// Every biobank, by code.
    fn biobanks(&mut self) -> Result<Vec<Biobank>, StoreError>;

    /// The biobank of that code.
    fn biobank(&mut self, code: &BiobankCode) -> Result<Option<Biobank>, StoreError>;

    /// For each of the biobanks, the sites whose patients it may register.
    fn biobank_sites(
        &mut self,
        biobanks: &BTreeSet<BiobankCode>,
    ) -> Result<BTreeMap<BiobankCode, BTreeSet<SiteCode>>, StoreError>;

    /// Persons and systems, by id.
    fn actors(&mut self, page: &Page<ActorId>) -> Result<PageOf<Actor, ActorId>, StoreError>;

    /// The actor of that id.
    fn actor(&mut self, id: ActorId) -> Result<Option<Actor>, StoreError>;

    /// The actor with that HSA-id.
    fn actor_by_hsa_id(&mut self, hsa_id: &str) -> Result<Option<Actor>, StoreError>;

    /// Who is data manager of a site now, by id.
    fn data_managers(&mut self, site: &SiteCode) -> Result<Vec<Actor>, StoreError>;

    /// All grants an actor ever had, by id.
    fn grants_of(&mut self, actor: ActorId) -> Result<Vec<RoleGrant>, StoreError>;

    /// The grant of that id.
    fn grant(&mut self, id: RoleGrantId) -> Result<Option<RoleGrant>, StoreError>;

    /// All tokens an actor ever had with their last use, by id.
    fn tokens_of(&mut self, actor: ActorId) -> Result<Vec<(Token, Option<Timestamp>)>, StoreError>;

    /// The token of that id.
    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError>;

    /// The token with that short id in its text.
    fn token_by_public_id(&mut self, public_id: &str) -> Result<Option<Token>, StoreError>;

    /// Every published schema document, by path.
    fn schema_documents(&mut self) -> Result<Vec<SchemaDocument>, StoreError>;

    /// Number of the generation of `name` (e.g. `schemas`); 0 before the first.
    fn generation(&mut self, name: &str) -> Result<i64, StoreError>;
}

/// Writes biobanks, actors and published schemas.
pub trait NetworkWrites: NetworkReads {
    /// Adds a biobank.
    fn insert_biobank(&mut self, biobank: &Biobank) -> Result<(), StoreError>;

    /// Lets a biobank register samples of a site's patients.
    fn insert_biobank_site(&mut self, link: &BiobankSite) -> Result<(), StoreError>;

    /// Adds a person or system.
    fn insert_actor(&mut self, actor: &Actor) -> Result<(), StoreError>;

    /// Adds a role.
    fn insert_grant(&mut self, grant: &RoleGrant) -> Result<(), StoreError>;

    /// Stores the end of a role; `false` when it has ended already.
    fn update_grant(&mut self, grant: &RoleGrant) -> Result<bool, StoreError>;

    /// Adds a token.
    fn insert_token(&mut self, token: &Token) -> Result<(), StoreError>;

    /// Stores the revocation of a token; `false` when it is revoked already.
    fn update_token(&mut self, token: &Token) -> Result<bool, StoreError>;

    /// Remembers when tokens were last used.
    fn touch_tokens(&mut self, uses: &[(TokenId, Timestamp)]) -> Result<(), StoreError>;

    /// Publishes a schema document under a new path.
    fn insert_schema_document(&mut self, document: &SchemaDocument) -> Result<(), StoreError>;

    /// Publishes a schema document in the place of the one at its path; `false` when that has another hash than
    /// `previous`.
    fn update_schema_document(
        &mut self,
        document: &SchemaDocument,
        previous: &str,
    ) -> Result<bool, StoreError>;

    /// Moves the generation of `name` on by one, so that every server notices.
    fn bump_generation(&mut self, name: &str) -> Result<(), StoreError>;

    /// Moves the generation of `name` to `number`.
    fn put_generation(&mut self, name: &str, number: i64) -> Result<(), StoreError>;
}
