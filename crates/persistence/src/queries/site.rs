//! Sites.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::site::Site;
use diesel::prelude::*;

use super::{Conn, dialect, insert_chunked};
use crate::error::StoreError;
use crate::row::believe;
use crate::row::site::SiteRow;
use crate::schema::site;
use crate::session::site::{SiteReads, SiteWrites};

impl SiteReads for Conn {
    fn site(&mut self, code: &SiteCode) -> Result<Option<Site>, StoreError> {
        let query = site::table.find(code.as_str()).select(SiteRow::as_select());
        query.first(self).optional()?.map(Site::try_from).transpose()
    }

    fn sites(&mut self) -> Result<Vec<Site>, StoreError> {
        believe(site::table.order(site::code).select(SiteRow::as_select()).load(self)?)
    }
}

impl SiteWrites for Conn {
    fn lock_site(&mut self, code: &SiteCode) -> Result<Option<Site>, StoreError> {
        let query = site::table.find(code.as_str()).select(SiteRow::as_select());
        dialect::for_update!(query).first(self).optional()?.map(Site::try_from).transpose()
    }

    fn insert_sites(&mut self, sites: &[Site]) -> Result<(), StoreError> {
        let rows: Vec<_> = sites.iter().map(SiteRow::from).collect();
        insert_chunked!(self, site::table, rows, 7);
        Ok(())
    }
}
