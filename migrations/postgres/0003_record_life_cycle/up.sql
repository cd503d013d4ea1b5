-- The life of a submitted record: verified by a second person, signed, locked, unlocked by two persons.

CREATE TABLE verification (
    id uuid NOT NULL PRIMARY KEY,
    record_id uuid NOT NULL REFERENCES record (id),
    patient_id uuid NOT NULL,
    revision bigint NOT NULL,
    author_id uuid NOT NULL,
    verifier_id uuid NOT NULL,
    verified_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    UNIQUE (record_id, revision),
    CHECK (author_id <> verifier_id)
);

CREATE TABLE signature (
    id uuid NOT NULL PRIMARY KEY,
    record_id uuid NOT NULL REFERENCES record (id),
    patient_id uuid NOT NULL,
    revision bigint NOT NULL,
    content_sha256 text COLLATE "C" NOT NULL,
    meaning text COLLATE "C" NOT NULL,
    signer_id uuid NOT NULL,
    signed_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    UNIQUE (record_id, revision, signer_id, meaning)
);

-- A lock is put on a record and its patient, on a patient, or on a site up to a day.
CREATE TABLE record_lock (
    id uuid NOT NULL PRIMARY KEY,
    record_id uuid REFERENCES record (id),
    patient_id uuid REFERENCES patient (id),
    site text COLLATE "C" REFERENCES site (code),
    cut_off date,
    reason text NOT NULL,
    locked_by uuid NOT NULL,
    locked_at timestamptz NOT NULL,
    ended_at timestamptz,
    version bigint NOT NULL,
    salt bytea NOT NULL,
    CHECK ((patient_id IS NULL) = (site IS NOT NULL)),
    CHECK ((site IS NULL) = (cut_off IS NULL)),
    CHECK (record_id IS NULL OR patient_id IS NOT NULL)
);
CREATE INDEX record_lock_record ON record_lock (record_id);
CREATE INDEX record_lock_patient ON record_lock (patient_id);
CREATE INDEX record_lock_site ON record_lock (site);
-- Of the locks over the same thing one holds.
CREATE UNIQUE INDEX record_lock_one_of_record ON record_lock (record_id)
    WHERE ended_at IS NULL AND record_id IS NOT NULL;
CREATE UNIQUE INDEX record_lock_one_of_patient ON record_lock (patient_id)
    WHERE ended_at IS NULL AND record_id IS NULL AND patient_id IS NOT NULL;
CREATE UNIQUE INDEX record_lock_one_of_site ON record_lock (site, cut_off)
    WHERE ended_at IS NULL AND site IS NOT NULL;
-- The locks that hold, page by page.
CREATE INDEX record_lock_holding ON record_lock (id) WHERE ended_at IS NULL;

CREATE TABLE unlock_request (
    id uuid NOT NULL PRIMARY KEY,
    lock_id uuid NOT NULL REFERENCES record_lock (id),
    patient_id uuid,
    reason text NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    status text COLLATE "C" NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    refusal text,
    version bigint NOT NULL,
    salt bytea NOT NULL,
    CHECK (decided_by <> requested_by),
    CHECK ((status = 'pending') = (decided_at IS NULL)),
    CHECK ((status IN ('approved', 'refused')) = (decided_by IS NOT NULL)),
    CHECK ((status = 'refused') = (refusal IS NOT NULL))
);
CREATE INDEX unlock_request_lock ON unlock_request (lock_id);
-- The pending ones, page by page.
CREATE INDEX unlock_request_pending ON unlock_request (id) WHERE decided_at IS NULL;
