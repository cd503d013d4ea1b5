-- The foundation: sites, actors, patients, records, samples and the log that vouches for them.
-- Classes of the tables (fact, projection, log, housekeeping) are listed in crates/domain/src/fact.rs.

-- Housekeeping ------------------------------------------------------------------------------------------------

CREATE TABLE generation (
    name TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The network -------------------------------------------------------------------------------------------------

CREATE TABLE site (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    organisation_number TEXT NOT NULL,
    hsa_prefix TEXT NOT NULL,
    can_infuse INTEGER NOT NULL,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE biobank (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    register_number TEXT NOT NULL,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE biobank_site (
    biobank TEXT NOT NULL REFERENCES biobank (code),
    site TEXT NOT NULL REFERENCES site (code),
    salt BLOB NOT NULL,
    PRIMARY KEY (biobank, site)
) STRICT, WITHOUT ROWID;
CREATE INDEX biobank_site_site ON biobank_site (site);

CREATE TABLE actor (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    hsa_id TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE role_grant (
    id BLOB NOT NULL PRIMARY KEY,
    actor_id BLOB NOT NULL REFERENCES actor (id),
    role TEXT NOT NULL,
    scope_kind TEXT NOT NULL,
    scope_code TEXT NOT NULL,
    granted_at TEXT NOT NULL,
    ended_at TEXT,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX role_grant_actor ON role_grant (actor_id);

CREATE TABLE token (
    id BLOB NOT NULL PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    actor_id BLOB NOT NULL REFERENCES actor (id),
    secret_hash TEXT NOT NULL,
    label TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT,
    salt BLOB NOT NULL,
    CHECK (expires_at > issued_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_actor ON token (actor_id);

CREATE TABLE token_use (
    token_id BLOB NOT NULL PRIMARY KEY REFERENCES token (id),
    last_used_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE schema_document (
    path TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL,
    content TEXT NOT NULL,
    published_at TEXT NOT NULL,
    salt BLOB NOT NULL
) STRICT;

-- Patients ----------------------------------------------------------------------------------------------------

CREATE TABLE patient (
    id BLOB NOT NULL PRIMARY KEY,
    pseudonym TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE patient_linkage (
    hash TEXT NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL,
    patient_id BLOB NOT NULL REFERENCES patient (id),
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX patient_linkage_patient ON patient_linkage (patient_id);

CREATE TABLE participation (
    id BLOB NOT NULL PRIMARY KEY,
    patient_id BLOB NOT NULL REFERENCES patient (id),
    site TEXT NOT NULL REFERENCES site (code),
    role TEXT NOT NULL,
    responsible INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    version INTEGER NOT NULL,
    salt BLOB NOT NULL,
    CHECK (valid_to IS NULL OR valid_to >= valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX participation_patient ON participation (patient_id);
CREATE INDEX participation_site ON participation (site, patient_id);
CREATE UNIQUE INDEX participation_one_responsible ON participation (patient_id) WHERE responsible = 1 AND valid_to IS NULL;

CREATE TABLE consent (
    id BLOB NOT NULL PRIMARY KEY,
    patient_id BLOB NOT NULL REFERENCES patient (id),
    purpose TEXT NOT NULL,
    decision TEXT NOT NULL,
    decided_on TEXT NOT NULL,
    valid_to TEXT,
    form_version TEXT,
    language TEXT,
    signed_by TEXT NOT NULL,
    ethics_ref TEXT,
    document_ref TEXT,
    site TEXT NOT NULL REFERENCES site (code),
    recorded_at TEXT NOT NULL,
    salt BLOB NOT NULL,
    CHECK (valid_to IS NULL OR valid_to >= decided_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_patient ON consent (patient_id);
CREATE INDEX consent_site ON consent (site);

CREATE TABLE course (
    id BLOB NOT NULL PRIMARY KEY,
    patient_id BLOB NOT NULL REFERENCES patient (id),
    number INTEGER NOT NULL,
    indication TEXT NOT NULL,
    opened_on TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT,
    closed_on TEXT,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    salt BLOB NOT NULL,
    UNIQUE (patient_id, number),
    CHECK (number >= 1)
) STRICT, WITHOUT ROWID;

-- Records -----------------------------------------------------------------------------------------------------

CREATE TABLE record (
    id BLOB NOT NULL PRIMARY KEY,
    patient_id BLOB NOT NULL REFERENCES patient (id),
    subject_id BLOB NOT NULL,
    course_id BLOB,
    form TEXT NOT NULL,
    natural_key TEXT NOT NULL,
    status TEXT NOT NULL,
    revision INTEGER NOT NULL,
    site TEXT NOT NULL,
    created_at TEXT NOT NULL,
    submitted_at TEXT,
    salt BLOB NOT NULL,
    UNIQUE (subject_id, form, natural_key),
    CHECK (revision >= 1),
    CHECK (subject_id = coalesce(course_id, patient_id)),
    CHECK (status <> 'draft' OR submitted_at IS NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_patient ON record (patient_id, id, revision);
-- What was never submitted: few among the records of fifteen years.
CREATE INDEX record_draft ON record (patient_id, id) WHERE submitted_at IS NULL;

CREATE TABLE revision (
    id BLOB NOT NULL PRIMARY KEY,
    record_id BLOB NOT NULL REFERENCES record (id),
    patient_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    status TEXT NOT NULL,
    form_version INTEGER NOT NULL,
    form_sha256 TEXT NOT NULL,
    content TEXT NOT NULL,
    acknowledgements TEXT NOT NULL,
    amendment_reason TEXT,
    amendment_text TEXT,
    author_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    salt BLOB NOT NULL,
    UNIQUE (record_id, number),
    CHECK ((amendment_reason IS NULL) = (amendment_text IS NULL))
) STRICT;

CREATE TABLE milestone (
    patient_id BLOB NOT NULL,
    record_id BLOB NOT NULL,
    name TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    course_id BLOB,
    clinical_date TEXT,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (patient_id, record_id, name, ordinal)
) STRICT, WITHOUT ROWID;

-- Samples and storage -----------------------------------------------------------------------------------------

CREATE TABLE storage_unit (
    id BLOB NOT NULL PRIMARY KEY,
    biobank TEXT NOT NULL REFERENCES biobank (code),
    name TEXT NOT NULL,
    temperature TEXT NOT NULL,
    salt BLOB NOT NULL,
    UNIQUE (biobank, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE storage_box (
    id BLOB NOT NULL PRIMARY KEY,
    unit_id BLOB NOT NULL REFERENCES storage_unit (id),
    barcode TEXT NOT NULL UNIQUE,
    row_count INTEGER NOT NULL,
    column_count INTEGER NOT NULL,
    salt BLOB NOT NULL,
    CHECK (row_count BETWEEN 1 AND 26 AND column_count BETWEEN 1 AND 99)
) STRICT, WITHOUT ROWID;
CREATE INDEX storage_box_unit ON storage_box (unit_id);

CREATE TABLE sample (
    id BLOB NOT NULL PRIMARY KEY,
    barcode TEXT NOT NULL UNIQUE,
    patient_id BLOB NOT NULL REFERENCES patient (id),
    course_id BLOB REFERENCES course (id),
    biobank TEXT NOT NULL REFERENCES biobank (code),
    collection_site TEXT NOT NULL REFERENCES site (code),
    material TEXT NOT NULL,
    collected_at TEXT NOT NULL,
    collected_offset INTEGER NOT NULL,
    time_point TEXT NOT NULL,
    taken_for TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit TEXT NOT NULL,
    created_at TEXT NOT NULL,
    salt BLOB NOT NULL,
    CHECK (quantity > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX sample_patient ON sample (patient_id);
CREATE INDEX sample_course ON sample (course_id);
CREATE INDEX sample_biobank ON sample (biobank);
CREATE INDEX sample_site ON sample (collection_site);

CREATE TABLE aliquot (
    id BLOB NOT NULL PRIMARY KEY,
    sample_id BLOB NOT NULL REFERENCES sample (id),
    parent_id BLOB REFERENCES aliquot (id),
    patient_id BLOB NOT NULL,
    biobank TEXT NOT NULL REFERENCES biobank (code),
    barcode TEXT NOT NULL UNIQUE,
    material TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit TEXT NOT NULL,
    created_at TEXT NOT NULL,
    salt BLOB NOT NULL,
    CHECK (quantity > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliquot_sample ON aliquot (sample_id);
CREATE INDEX aliquot_parent ON aliquot (parent_id);
CREATE INDEX aliquot_biobank ON aliquot (biobank);

-- Every barcode of the network, whatever it sticks on.
CREATE TABLE barcode (
    value TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    owner_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_entry (
    id BLOB NOT NULL PRIMARY KEY,
    sample_id BLOB NOT NULL REFERENCES sample (id),
    patient_id BLOB NOT NULL,
    from_kind TEXT,
    from_id BLOB,
    to_kind TEXT,
    to_id BLOB,
    quantity INTEGER NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    salt BLOB NOT NULL,
    CHECK (quantity > 0 AND (from_id IS NULL) = (from_kind IS NULL) AND (to_id IS NULL) = (to_kind IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_entry_sample ON ledger_entry (sample_id);

CREATE TABLE amount_balance (
    tube_id BLOB NOT NULL PRIMARY KEY,
    quantity INTEGER NOT NULL,
    unit TEXT NOT NULL,
    CHECK (quantity >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE custody_event (
    id BLOB NOT NULL PRIMARY KEY,
    tube_kind TEXT NOT NULL,
    tube_id BLOB NOT NULL,
    sample_id BLOB NOT NULL REFERENCES sample (id),
    number INTEGER NOT NULL,
    patient_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    actor_id BLOB NOT NULL,
    unit_id BLOB,
    box_id BLOB,
    position TEXT,
    salt BLOB NOT NULL,
    UNIQUE (sample_id, number),
    CHECK (number > 0),
    CHECK ((box_id IS NULL) = (position IS NULL) AND (box_id IS NULL) = (unit_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX custody_event_tube ON custody_event (tube_id, number);

CREATE TABLE occupancy (
    box_id BLOB NOT NULL REFERENCES storage_box (id),
    position TEXT NOT NULL,
    tube_kind TEXT NOT NULL,
    tube_id BLOB NOT NULL UNIQUE,
    PRIMARY KEY (box_id, position)
) STRICT, WITHOUT ROWID;

-- Imports and stored answers ----------------------------------------------------------------------------------

CREATE TABLE idempotent_answer (
    actor_id BLOB NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answer TEXT NOT NULL,
    created_at TEXT NOT NULL,
    -- The patient of a change, or the import, so that an erasure finds it; NULL where the answer speaks of neither.
    about BLOB,
    PRIMARY KEY (actor_id, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_answer_age ON idempotent_answer (created_at);
CREATE INDEX idempotent_answer_about ON idempotent_answer (about);

CREATE TABLE import_job (
    id BLOB NOT NULL PRIMARY KEY,
    actor_id BLOB NOT NULL,
    site TEXT NOT NULL REFERENCES site (code),
    form TEXT NOT NULL,
    format TEXT NOT NULL,
    atomicity TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    state TEXT NOT NULL,
    rows_total INTEGER NOT NULL,
    rows_accepted INTEGER NOT NULL,
    rows_refused INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX import_job_site ON import_job (site);

CREATE TABLE import_chunk (
    job_id BLOB NOT NULL REFERENCES import_job (id),
    kind TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (job_id, kind, ordinal)
) STRICT;

-- Whom the file of an import names, so that an erasure finds it.
CREATE TABLE import_patient (
    job_id BLOB NOT NULL REFERENCES import_job (id),
    patient_id BLOB NOT NULL,
    PRIMARY KEY (job_id, patient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_patient_patient ON import_patient (patient_id);

-- The audit log -----------------------------------------------------------------------------------------------

CREATE TABLE audit_event (
    event_id BLOB NOT NULL PRIMARY KEY,
    occurred_at TEXT NOT NULL,
    actor_id BLOB,
    canonical TEXT NOT NULL,
    row_mac BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_event_time ON audit_event (occurred_at, event_id);

CREATE TABLE audit_subject (
    event_id BLOB NOT NULL REFERENCES audit_event (event_id),
    ordinal INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    row_id TEXT NOT NULL,
    patient_id BLOB,
    before_hash BLOB,
    after_hash BLOB,
    PRIMARY KEY (event_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_subject_patient ON audit_subject (patient_id, event_id);

CREATE TABLE audit_pending (
    event_id BLOB NOT NULL PRIMARY KEY REFERENCES audit_event (event_id),
    occurred_at TEXT NOT NULL,
    leaf_hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_pending_order ON audit_pending (occurred_at, event_id);

CREATE TABLE audit_leaf (
    leaf_index INTEGER NOT NULL PRIMARY KEY,
    event_id BLOB NOT NULL UNIQUE REFERENCES audit_event (event_id),
    leaf_hash BLOB NOT NULL,
    CHECK (leaf_index >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_tile (
    level INTEGER NOT NULL,
    tile_index INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, tile_index),
    CHECK (level >= 0 AND tile_index >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_checkpoint (
    tree_size INTEGER NOT NULL PRIMARY KEY,
    root BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    signed_at TEXT NOT NULL,
    note TEXT NOT NULL,
    CHECK (tree_size >= 0)
) STRICT, WITHOUT ROWID;
