-- The foundation: sites, actors, patients, records, samples and the log that vouches for them.
-- Classes of the tables (fact, projection, log, housekeeping) are listed in crates/domain/src/fact.rs.

-- Housekeeping ------------------------------------------------------------------------------------------------

CREATE TABLE generation (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    number bigint NOT NULL
);

CREATE TABLE lease (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    holder uuid NOT NULL,
    epoch bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

-- The network -------------------------------------------------------------------------------------------------

CREATE TABLE site (
    code text COLLATE "C" NOT NULL PRIMARY KEY,
    name text NOT NULL,
    region text NOT NULL,
    organisation_number text NOT NULL,
    hsa_prefix text NOT NULL,
    can_infuse boolean NOT NULL,
    salt bytea NOT NULL
);

CREATE TABLE biobank (
    code text COLLATE "C" NOT NULL PRIMARY KEY,
    name text NOT NULL,
    register_number text NOT NULL,
    salt bytea NOT NULL
);

CREATE TABLE biobank_site (
    biobank text COLLATE "C" NOT NULL REFERENCES biobank (code),
    site text COLLATE "C" NOT NULL REFERENCES site (code),
    salt bytea NOT NULL,
    PRIMARY KEY (biobank, site)
);
CREATE INDEX biobank_site_site ON biobank_site (site);

CREATE TABLE actor (
    id uuid NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    hsa_id text COLLATE "C" NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    salt bytea NOT NULL
);

CREATE TABLE role_grant (
    id uuid NOT NULL PRIMARY KEY,
    actor_id uuid NOT NULL REFERENCES actor (id),
    role text COLLATE "C" NOT NULL,
    scope_kind text COLLATE "C" NOT NULL,
    scope_code text COLLATE "C" NOT NULL,
    granted_at timestamptz NOT NULL,
    ended_at timestamptz,
    salt bytea NOT NULL
);
CREATE INDEX role_grant_actor ON role_grant (actor_id);

CREATE TABLE token (
    id uuid NOT NULL PRIMARY KEY,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    actor_id uuid NOT NULL REFERENCES actor (id),
    secret_hash text COLLATE "C" NOT NULL,
    label text NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    salt bytea NOT NULL,
    CHECK (expires_at > issued_at)
);
CREATE INDEX token_actor ON token (actor_id);

CREATE TABLE token_use (
    token_id uuid NOT NULL PRIMARY KEY REFERENCES token (id),
    last_used_at timestamptz NOT NULL
);

CREATE TABLE schema_document (
    path text COLLATE "C" NOT NULL PRIMARY KEY,
    sha256 text COLLATE "C" NOT NULL,
    content text NOT NULL,
    published_at timestamptz NOT NULL,
    salt bytea NOT NULL
);

-- Patients ----------------------------------------------------------------------------------------------------

CREATE TABLE patient (
    id uuid NOT NULL PRIMARY KEY,
    pseudonym text COLLATE "C" NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    salt bytea NOT NULL
);

CREATE TABLE patient_linkage (
    hash text COLLATE "C" NOT NULL PRIMARY KEY,
    key_id text COLLATE "C" NOT NULL,
    patient_id uuid NOT NULL REFERENCES patient (id),
    salt bytea NOT NULL
);
CREATE INDEX patient_linkage_patient ON patient_linkage (patient_id);

CREATE TABLE participation (
    id uuid NOT NULL PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES patient (id),
    site text COLLATE "C" NOT NULL REFERENCES site (code),
    role text COLLATE "C" NOT NULL,
    responsible boolean NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    version bigint NOT NULL,
    salt bytea NOT NULL,
    CHECK (valid_to IS NULL OR valid_to >= valid_from)
);
CREATE INDEX participation_patient ON participation (patient_id);
CREATE INDEX participation_site ON participation (site, patient_id);
CREATE UNIQUE INDEX participation_one_responsible ON participation (patient_id) WHERE responsible AND valid_to IS NULL;

CREATE TABLE consent (
    id uuid NOT NULL PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES patient (id),
    purpose text COLLATE "C" NOT NULL,
    decision text COLLATE "C" NOT NULL,
    decided_on date NOT NULL,
    valid_to date,
    form_version text,
    language text,
    signed_by text COLLATE "C" NOT NULL,
    ethics_ref text,
    document_ref text,
    site text COLLATE "C" NOT NULL REFERENCES site (code),
    recorded_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    CHECK (valid_to IS NULL OR valid_to >= decided_on)
);
CREATE INDEX consent_patient ON consent (patient_id);
CREATE INDEX consent_site ON consent (site);

CREATE TABLE course (
    id uuid NOT NULL PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES patient (id),
    number integer NOT NULL,
    indication text COLLATE "C" NOT NULL,
    opened_on date NOT NULL,
    status text COLLATE "C" NOT NULL,
    outcome text COLLATE "C",
    closed_on date,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL,
    salt bytea NOT NULL,
    UNIQUE (patient_id, number),
    CHECK (number >= 1)
);

-- Records -----------------------------------------------------------------------------------------------------

CREATE TABLE record (
    id uuid NOT NULL PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES patient (id),
    subject_id uuid NOT NULL,
    course_id uuid,
    form text COLLATE "C" NOT NULL,
    natural_key text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    site text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    submitted_at timestamptz,
    salt bytea NOT NULL,
    UNIQUE (subject_id, form, natural_key),
    CHECK (revision >= 1),
    CHECK (subject_id = coalesce(course_id, patient_id)),
    CHECK (status <> 'draft' OR submitted_at IS NULL)
);
CREATE INDEX record_patient ON record (patient_id, id, revision);
-- What was never submitted: few among the records of fifteen years.
CREATE INDEX record_draft ON record (patient_id, id) WHERE submitted_at IS NULL;

CREATE TABLE revision (
    id uuid NOT NULL PRIMARY KEY,
    record_id uuid NOT NULL REFERENCES record (id),
    patient_id uuid NOT NULL,
    number bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    form_version integer NOT NULL,
    form_sha256 text COLLATE "C" NOT NULL,
    content text NOT NULL,
    acknowledgements text NOT NULL,
    amendment_reason text COLLATE "C",
    amendment_text text,
    author_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    UNIQUE (record_id, number),
    CHECK ((amendment_reason IS NULL) = (amendment_text IS NULL))
);

CREATE TABLE milestone (
    patient_id uuid NOT NULL,
    record_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    ordinal integer NOT NULL,
    course_id uuid,
    clinical_date date,
    kind text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (patient_id, record_id, name, ordinal)
);

-- Samples and storage -----------------------------------------------------------------------------------------

CREATE TABLE storage_unit (
    id uuid NOT NULL PRIMARY KEY,
    biobank text COLLATE "C" NOT NULL REFERENCES biobank (code),
    name text COLLATE "C" NOT NULL,
    temperature text COLLATE "C" NOT NULL,
    salt bytea NOT NULL,
    UNIQUE (biobank, name)
);

CREATE TABLE storage_box (
    id uuid NOT NULL PRIMARY KEY,
    unit_id uuid NOT NULL REFERENCES storage_unit (id),
    barcode text COLLATE "C" NOT NULL UNIQUE,
    row_count smallint NOT NULL,
    column_count smallint NOT NULL,
    salt bytea NOT NULL,
    CHECK (row_count BETWEEN 1 AND 26 AND column_count BETWEEN 1 AND 99)
);
CREATE INDEX storage_box_unit ON storage_box (unit_id);

CREATE TABLE sample (
    id uuid NOT NULL PRIMARY KEY,
    barcode text COLLATE "C" NOT NULL UNIQUE,
    patient_id uuid NOT NULL REFERENCES patient (id),
    course_id uuid REFERENCES course (id),
    biobank text COLLATE "C" NOT NULL REFERENCES biobank (code),
    collection_site text COLLATE "C" NOT NULL REFERENCES site (code),
    material text COLLATE "C" NOT NULL,
    collected_at timestamptz NOT NULL,
    collected_offset integer NOT NULL,
    time_point text COLLATE "C" NOT NULL,
    taken_for text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    CHECK (quantity > 0)
);
CREATE INDEX sample_patient ON sample (patient_id);
CREATE INDEX sample_course ON sample (course_id);
CREATE INDEX sample_biobank ON sample (biobank);
CREATE INDEX sample_site ON sample (collection_site);

CREATE TABLE aliquot (
    id uuid NOT NULL PRIMARY KEY,
    sample_id uuid NOT NULL REFERENCES sample (id),
    parent_id uuid REFERENCES aliquot (id),
    patient_id uuid NOT NULL,
    biobank text COLLATE "C" NOT NULL REFERENCES biobank (code),
    barcode text COLLATE "C" NOT NULL UNIQUE,
    material text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    CHECK (quantity > 0)
);
CREATE INDEX aliquot_sample ON aliquot (sample_id);
CREATE INDEX aliquot_parent ON aliquot (parent_id);
CREATE INDEX aliquot_biobank ON aliquot (biobank);

-- Every barcode of the network, whatever it sticks on.
CREATE TABLE barcode (
    value text COLLATE "C" NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    owner_id uuid NOT NULL
);

CREATE TABLE ledger_entry (
    id uuid NOT NULL PRIMARY KEY,
    sample_id uuid NOT NULL REFERENCES sample (id),
    patient_id uuid NOT NULL,
    from_kind text COLLATE "C",
    from_id uuid,
    to_kind text COLLATE "C",
    to_id uuid,
    quantity bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    CHECK (quantity > 0 AND (from_id IS NULL) = (from_kind IS NULL) AND (to_id IS NULL) = (to_kind IS NULL))
);
CREATE INDEX ledger_entry_sample ON ledger_entry (sample_id);

CREATE TABLE amount_balance (
    tube_id uuid NOT NULL PRIMARY KEY,
    quantity bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    CHECK (quantity >= 0)
);

CREATE TABLE custody_event (
    id uuid NOT NULL PRIMARY KEY,
    tube_kind text COLLATE "C" NOT NULL,
    tube_id uuid NOT NULL,
    sample_id uuid NOT NULL REFERENCES sample (id),
    number bigint NOT NULL,
    patient_id uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor_id uuid NOT NULL,
    unit_id uuid,
    box_id uuid,
    position text COLLATE "C",
    salt bytea NOT NULL,
    UNIQUE (sample_id, number),
    CHECK (number > 0),
    CHECK ((box_id IS NULL) = (position IS NULL) AND (box_id IS NULL) = (unit_id IS NULL))
);
CREATE INDEX custody_event_tube ON custody_event (tube_id, number);

CREATE TABLE occupancy (
    box_id uuid NOT NULL REFERENCES storage_box (id),
    position text COLLATE "C" NOT NULL,
    tube_kind text COLLATE "C" NOT NULL,
    tube_id uuid NOT NULL UNIQUE,
    PRIMARY KEY (box_id, position)
);

-- Imports and stored answers ----------------------------------------------------------------------------------

CREATE TABLE idempotent_answer (
    actor_id uuid NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    answer text NOT NULL,
    created_at timestamptz NOT NULL,
    -- The patient of a change, or the import, so that an erasure finds it; NULL where the answer speaks of neither.
    about uuid,
    PRIMARY KEY (actor_id, idempotency_key)
);
CREATE INDEX idempotent_answer_age ON idempotent_answer (created_at);
CREATE INDEX idempotent_answer_about ON idempotent_answer (about);

CREATE TABLE import_job (
    id uuid NOT NULL PRIMARY KEY,
    actor_id uuid NOT NULL,
    site text COLLATE "C" NOT NULL REFERENCES site (code),
    form text COLLATE "C" NOT NULL,
    format text COLLATE "C" NOT NULL,
    atomicity text COLLATE "C" NOT NULL,
    dry_run boolean NOT NULL,
    state text COLLATE "C" NOT NULL,
    rows_total bigint NOT NULL,
    rows_accepted bigint NOT NULL,
    rows_refused bigint NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    expires_at timestamptz NOT NULL
);
CREATE INDEX import_job_site ON import_job (site);

CREATE TABLE import_chunk (
    job_id uuid NOT NULL REFERENCES import_job (id),
    kind text COLLATE "C" NOT NULL,
    ordinal bigint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (job_id, kind, ordinal)
);

-- Whom the file of an import names, so that an erasure finds it.
CREATE TABLE import_patient (
    job_id uuid NOT NULL REFERENCES import_job (id),
    patient_id uuid NOT NULL,
    PRIMARY KEY (job_id, patient_id)
);
CREATE INDEX import_patient_patient ON import_patient (patient_id);

-- The audit log -----------------------------------------------------------------------------------------------

CREATE TABLE audit_event (
    event_id uuid NOT NULL PRIMARY KEY,
    occurred_at timestamptz NOT NULL,
    actor_id uuid,
    canonical text NOT NULL,
    row_mac bytea NOT NULL
);
CREATE INDEX audit_event_time ON audit_event (occurred_at, event_id);

CREATE TABLE audit_subject (
    event_id uuid NOT NULL REFERENCES audit_event (event_id),
    ordinal integer NOT NULL,
    table_name text COLLATE "C" NOT NULL,
    row_id text COLLATE "C" NOT NULL,
    patient_id uuid,
    before_hash bytea,
    after_hash bytea,
    PRIMARY KEY (event_id, ordinal)
);
CREATE INDEX audit_subject_patient ON audit_subject (patient_id, event_id);

CREATE TABLE audit_pending (
    event_id uuid NOT NULL PRIMARY KEY REFERENCES audit_event (event_id),
    occurred_at timestamptz NOT NULL,
    leaf_hash bytea NOT NULL
);
CREATE INDEX audit_pending_order ON audit_pending (occurred_at, event_id);

CREATE TABLE audit_leaf (
    leaf_index bigint NOT NULL PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE REFERENCES audit_event (event_id),
    leaf_hash bytea NOT NULL,
    CHECK (leaf_index >= 0)
);

CREATE TABLE audit_tile (
    level smallint NOT NULL,
    tile_index bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, tile_index),
    CHECK (level >= 0 AND tile_index >= 0)
);

CREATE TABLE audit_checkpoint (
    tree_size bigint NOT NULL PRIMARY KEY,
    root bytea NOT NULL,
    epoch bigint NOT NULL,
    signed_at timestamptz NOT NULL,
    note text NOT NULL,
    CHECK (tree_size >= 0)
);
