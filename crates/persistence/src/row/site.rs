//! Rows of `site` and `import_mapping`.

use cartotek_domain::id::{ActorId, ImportMappingId};
use cartotek_domain::import_mapping::ImportMapping;
use cartotek_domain::site::Site;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{import_mapping, site};
use crate::sql_type::{Id, UtcTime};

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

/// A version of an import mapping; `mapped` holds the JSON of its columns.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = import_mapping, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ImportMappingRow {
    id: Id<ImportMappingId>,
    site: String,
    form: String,
    name: String,
    version: i64,
    mapped: String,
    author_id: Id<ActorId>,
    created_at: UtcTime,
    salt: Vec<u8>,
}

impl TryFrom<&ImportMapping> for ImportMappingRow {
    type Error = StoreError;

    fn try_from(mapping: &ImportMapping) -> Result<Self, StoreError> {
        let mapped = serde_json::to_string(&mapping.columns)
            .map_err(|_| StoreError::inconsistent("import_mapping", "mapped", mapping.id))?;
        Ok(Self {
            id: Id(mapping.id),
            site: mapping.site.to_string(),
            form: mapping.form.clone(),
            name: mapping.name.to_string(),
            version: mapping.version,
            mapped,
            author_id: Id(mapping.author),
            created_at: UtcTime(mapping.created_at),
            salt: mapping.salt.bytes().to_vec(),
        })
    }
}

impl TryFrom<ImportMappingRow> for ImportMapping {
    type Error = StoreError;

    fn try_from(row: ImportMappingRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "import_mapping", row: row.id.0 };
        Ok(Self {
            id: row.id.0,
            site: origin.parse("site", &row.site)?,
            name: origin.parse("name", &row.name)?,
            version: row.version,
            columns: origin.known("mapped", serde_json::from_str(&row.mapped).ok())?,
            author: row.author_id.0,
            created_at: row.created_at.0,
            salt: origin.salt(&row.salt)?,
            form: row.form,
        })
    }
}
