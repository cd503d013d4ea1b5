-- Imports for real life: what the columns of a site's own tables mean, how far an import has come, and by which mapping.

CREATE TABLE import_mapping (
    id uuid NOT NULL PRIMARY KEY,
    site text COLLATE "C" NOT NULL REFERENCES site (code),
    form text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    -- What each column means, as JSON.
    mapped text NOT NULL,
    author_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    UNIQUE (site, form, name, version),
    CHECK (version >= 1)
);

ALTER TABLE import_job ADD COLUMN rows_done bigint NOT NULL DEFAULT 0;
ALTER TABLE import_job ADD COLUMN mapping text COLLATE "C";
