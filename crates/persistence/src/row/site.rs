//! Rows of `site`.

use cartotek_domain::site::Site;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::Origin;
use crate::error::StoreError;
use crate::schema::site;

/// A hospital of the network.
#[derive(AsChangeset, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = site, primary_key(code), treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct SiteRow {
    code: String,
    name: String,
    region: String,
    organisation_number: String,
    hsa_prefix: String,
    can_infuse: bool,
    salt: Vec<u8>,
}

impl From<&Site> for SiteRow {
    fn from(site: &Site) -> Self {
        Self {
            code: site.code.to_string(),
            name: site.name.clone(),
            region: site.region.clone(),
            organisation_number: site.organisation_number.to_string(),
            hsa_prefix: site.hsa_prefix.clone(),
            can_infuse: site.can_infuse,
            salt: site.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<SiteRow> for Site {
    type Error = StoreError;

    fn try_from(row: SiteRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "site", row: &row.code };
        Ok(Self {
            code: origin.parse("code", &row.code)?,
            salt: origin.salt(&row.salt)?,
            name: row.name,
            region: row.region,
            organisation_number: origin.parse("organisation_number", &row.organisation_number)?,
            hsa_prefix: row.hsa_prefix,
            can_infuse: row.can_infuse,
        })
    }
}
