//! Biobanks, actors, roles, tokens and published schemas.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::Role;
use cartotek_domain::actor::{Actor, RoleGrant, Token};
use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::id::{ActorId, RoleGrantId, TokenId};
use cartotek_domain::record::SchemaDocument;
use cartotek_domain::site::{Biobank, BiobankSite};
use cartotek_domain::time::Timestamp;
use diesel::prelude::*;

use super::Conn;
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::network::{ActorRow, BiobankRow, BiobankSiteRow, RoleGrantRow, SchemaDocumentRow, TokenRow};
use crate::schema::{
    actor, biobank, biobank_site, generation, role_grant, schema_document, token, token_use,
};
use crate::session::network::{NetworkReads, NetworkWrites};
use crate::sql_type::{Id, UtcTime};

impl NetworkReads for Conn {
    fn biobanks(&mut self) -> Result<Vec<Biobank>, StoreError> {
        believe(biobank::table.order(biobank::code).select(BiobankRow::as_select()).load(self)?)
    }

    fn biobank(&mut self, code: &BiobankCode) -> Result<Option<Biobank>, StoreError> {
        let query = biobank::table.find(code.as_str()).select(BiobankRow::as_select());
        query.first(self).optional()?.map(Biobank::try_from).transpose()
    }

    fn biobank_sites(
        &mut self,
        biobanks: &BTreeSet<BiobankCode>,
    ) -> Result<BTreeMap<BiobankCode, BTreeSet<SiteCode>>, StoreError> {
        let codes: Vec<_> = biobanks.iter().map(BiobankCode::as_str).collect();
        let query = biobank_site::table.filter(biobank_site::biobank.eq_any(codes));
        let links: Vec<BiobankSite> = believe(query.select(BiobankSiteRow::as_select()).load(self)?)?;
        let mut sites: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for link in links {
            sites.entry(link.biobank).or_default().insert(link.site);
        }
        Ok(sites)
    }

    fn actors(&mut self, page: &Page<ActorId>) -> Result<PageOf<Actor, ActorId>, StoreError> {
        let mut query = actor::table.select(ActorRow::as_select()).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(actor::id.gt(Id(after)));
        }
        let actors = believe(query.order(actor::id).limit(page.rows()).load(self)?)?;
        Ok(page.cut(actors, |actor: &Actor| actor.id))
    }

    fn actor(&mut self, id: ActorId) -> Result<Option<Actor>, StoreError> {
        let query = actor::table.find(Id(id)).select(ActorRow::as_select());
        query.first(self).optional()?.map(Actor::try_from).transpose()
    }

    fn actor_by_hsa_id(&mut self, hsa_id: &str) -> Result<Option<Actor>, StoreError> {
        let query = actor::table.filter(actor::hsa_id.eq(hsa_id)).select(ActorRow::as_select());
        query.first(self).optional()?.map(Actor::try_from).transpose()
    }

    fn data_managers(&mut self, site: &SiteCode) -> Result<Vec<Actor>, StoreError> {
        let holding = role_grant::table
            .filter(role_grant::role.eq(Role::DataManager.name()))
            .filter(role_grant::scope_kind.eq("site"))
            .filter(role_grant::scope_code.eq(site.as_str()))
            .filter(role_grant::ended_at.is_null())
            .select(role_grant::actor_id);
        let query = actor::table.filter(actor::id.eq_any(holding)).order(actor::id);
        believe(query.select(ActorRow::as_select()).load(self)?)
    }

    fn grants_of(&mut self, actor: ActorId) -> Result<Vec<RoleGrant>, StoreError> {
        let query = role_grant::table.filter(role_grant::actor_id.eq(Id(actor))).order(role_grant::id);
        believe(query.select(RoleGrantRow::as_select()).load(self)?)
    }

    fn grant(&mut self, id: RoleGrantId) -> Result<Option<RoleGrant>, StoreError> {
        let query = role_grant::table.find(Id(id)).select(RoleGrantRow::as_select());
        query.first(self).optional()?.map(RoleGrant::try_from).transpose()
    }

    fn tokens_of(&mut self, actor: ActorId) -> Result<Vec<(Token, Option<Timestamp>)>, StoreError> {
        let rows: Vec<(TokenRow, Option<UtcTime>)> = token::table
            .left_join(token_use::table)
            .filter(token::actor_id.eq(Id(actor)))
            .order(token::id)
            .select((TokenRow::as_select(), token_use::last_used_at.nullable()))
            .load(self)?;
        rows.into_iter().map(|(row, used)| Ok((Token::try_from(row)?, used.map(|at| at.0)))).collect()
    }

    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        let query = token::table.find(Id(id)).select(TokenRow::as_select());
        query.first(self).optional()?.map(Token::try_from).transpose()
    }

    fn token_by_public_id(&mut self, public_id: &str) -> Result<Option<Token>, StoreError> {
        let query = token::table.filter(token::public_id.eq(public_id)).select(TokenRow::as_select());
        query.first(self).optional()?.map(Token::try_from).transpose()
    }

    fn schema_documents(&mut self) -> Result<Vec<SchemaDocument>, StoreError> {
        let query = schema_document::table.order(schema_document::path);
        believe(query.select(SchemaDocumentRow::as_select()).load(self)?)
    }

    fn generation(&mut self, name: &str) -> Result<i64, StoreError> {
        let number = generation::table.find(name).select(generation::number).first(self).optional()?;
        Ok(number.unwrap_or(0))
    }
}

impl NetworkWrites for Conn {
    fn insert_biobank(&mut self, biobank: &Biobank) -> Result<(), StoreError> {
        diesel::insert_into(biobank::table).values(BiobankRow::from(biobank)).execute(self)?;
        Ok(())
    }

    fn insert_biobank_site(&mut self, link: &BiobankSite) -> Result<(), StoreError> {
        diesel::insert_into(biobank_site::table).values(BiobankSiteRow::from(link)).execute(self)?;
        Ok(())
    }

    fn insert_actor(&mut self, actor: &Actor) -> Result<(), StoreError> {
        diesel::insert_into(actor::table).values(ActorRow::from(actor)).execute(self)?;
        Ok(())
    }

    fn insert_grant(&mut self, grant: &RoleGrant) -> Result<(), StoreError> {
        diesel::insert_into(role_grant::table).values(RoleGrantRow::from(grant)).execute(self)?;
        Ok(())
    }

    fn update_grant(&mut self, grant: &RoleGrant) -> Result<bool, StoreError> {
        let target = role_grant::table.find(Id(grant.id)).filter(role_grant::ended_at.is_null());
        let ended = diesel::update(target).set(role_grant::ended_at.eq(grant.ended_at.map(UtcTime)));
        Ok(ended.execute(self)? == 1)
    }

    fn insert_token(&mut self, token: &Token) -> Result<(), StoreError> {
        diesel::insert_into(token::table).values(TokenRow::from(token)).execute(self)?;
        Ok(())
    }

    fn update_token(&mut self, token: &Token) -> Result<bool, StoreError> {
        let target = token::table.find(Id(token.id)).filter(token::revoked_at.is_null());
        let revoked = diesel::update(target).set(token::revoked_at.eq(token.revoked_at.map(UtcTime)));
        Ok(revoked.execute(self)? == 1)
    }

    fn touch_tokens(&mut self, uses: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        for (id, at) in uses {
            let last_used_at = token_use::last_used_at.eq(UtcTime(*at));
            diesel::insert_into(token_use::table)
                .values((token_use::token_id.eq(Id(*id)), last_used_at))
                .on_conflict_do_nothing()
                .execute(self)?;
            // Another server may have stored a later one.
            let earlier = token_use::table.find(Id(*id)).filter(token_use::last_used_at.lt(UtcTime(*at)));
            diesel::update(earlier).set(last_used_at).execute(self)?;
        }
        Ok(())
    }

    fn insert_schema_document(&mut self, document: &SchemaDocument) -> Result<(), StoreError> {
        diesel::insert_into(schema_document::table)
            .values(SchemaDocumentRow::from(document))
            .execute(self)?;
        Ok(())
    }

    fn update_schema_document(
        &mut self,
        document: &SchemaDocument,
        previous: &str,
    ) -> Result<bool, StoreError> {
        let target = schema_document::table.find(&document.path).filter(schema_document::sha256.eq(previous));
        Ok(diesel::update(target).set(SchemaDocumentRow::from(document)).execute(self)? == 1)
    }

    fn bump_generation(&mut self, name: &str) -> Result<(), StoreError> {
        diesel::insert_into(generation::table)
            .values((generation::name.eq(name), generation::number.eq(1)))
            .on_conflict(generation::name)
            .do_update()
            .set(generation::number.eq(generation::number + 1))
            .execute(self)?;
        Ok(())
    }

    fn put_generation(&mut self, name: &str, number: i64) -> Result<(), StoreError> {
        diesel::insert_into(generation::table)
            .values((generation::name.eq(name), generation::number.eq(number)))
            .on_conflict(generation::name)
            .do_update()
            .set(generation::number.eq(number))
            .execute(self)?;
        Ok(())
    }
}
