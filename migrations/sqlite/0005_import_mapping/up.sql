-- Imports for real life: what the columns of a site's own tables mean, how far an import has come, and by which mapping.

CREATE TABLE import_mapping (
    id BLOB NOT NULL PRIMARY KEY,
    site TEXT NOT NULL REFERENCES site (code),
    form TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- What each column means, as JSON.
    mapped TEXT NOT NULL,
    author_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    salt BLOB NOT NULL,
    UNIQUE (site, form, name, version),
    CHECK (version >= 1)
) STRICT, WITHOUT ROWID;

ALTER TABLE import_job ADD COLUMN rows_done INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_job ADD COLUMN mapping TEXT;
