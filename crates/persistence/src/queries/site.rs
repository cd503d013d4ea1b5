//! Sites and the mappings by which their tables are read.

use cartotek_domain::code::mapping_name::MappingName;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::import_mapping::ImportMapping;
use cartotek_domain::site::Site;
use diesel::prelude::*;

use super::{Conn, dialect, insert_chunked};
use crate::error::StoreError;
use crate::row::believe;
use crate::row::site::{ImportMappingRow, SiteRow};
use crate::schema::{import_mapping, site};
use crate::session::site::{SiteReads, SiteWrites};

impl SiteReads for Conn {
    fn site(&mut self, code: &SiteCode) -> Result<Option<Site>, StoreError> {
        let query = site::table.find(code.as_str()).select(SiteRow::as_select());
        query.first(self).optional()?.map(Site::try_from).transpose()
    }

    fn sites(&mut self) -> Result<Vec<Site>, StoreError> {
        believe(site::table.order(site::code).select(SiteRow::as_select()).load(self)?)
    }

    fn import_mappings(
        &mut self,
        site: &SiteCode,
        name: Option<&MappingName>,
    ) -> Result<Vec<ImportMapping>, StoreError> {
        let mut query = import_mapping::table.select(ImportMappingRow::as_select()).into_boxed();
        query = query.filter(import_mapping::site.eq(site.as_str()));
        if let Some(name) = name {
            query = query.filter(import_mapping::name.eq(name.as_str()));
        }
        let order = (import_mapping::form, import_mapping::name, import_mapping::version.desc());
        let mut versions: Vec<ImportMapping> = believe(query.order(order).load(self)?)?;
        // A site has a handful, each with few versions.
        versions.dedup_by(|older, latest| older.form == latest.form && older.name == latest.name);
        Ok(versions)
    }

    fn import_mapping(
        &mut self,
        site: &SiteCode,
        form: &str,
        name: &MappingName,
        version: Option<i64>,
    ) -> Result<Option<ImportMapping>, StoreError> {
        let mut query = import_mapping::table
            .filter(import_mapping::site.eq(site.as_str()))
            .filter(import_mapping::form.eq(form))
            .filter(import_mapping::name.eq(name.as_str()))
            .select(ImportMappingRow::as_select())
            .into_boxed();
        if let Some(version) = version {
            query = query.filter(import_mapping::version.eq(version));
        }
        let found = query.order(import_mapping::version.desc()).first(self).optional()?;
        found.map(ImportMapping::try_from).transpose()
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

    fn insert_import_mapping(&mut self, mapping: &ImportMapping) -> Result<(), StoreError> {
        let row = ImportMappingRow::try_from(mapping)?;
        diesel::insert_into(import_mapping::table).values(row).execute(self)?;
        Ok(())
    }
}
