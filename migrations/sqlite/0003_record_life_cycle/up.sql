-- The life of a submitted record: verified by a second person, signed, locked, unlocked by two persons.

CREATE TABLE verification (
    id BLOB NOT NULL PRIMARY KEY,
    record_id BLOB NOT NULL REFERENCES record (id),
    patient_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    author_id BLOB NOT NULL,
    verifier_id BLOB NOT NULL,
    verified_at TEXT NOT NULL,
    salt BLOB NOT NULL,
    UNIQUE (record_id, revision),
    CHECK (author_id <> verifier_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE signature (
    id BLOB NOT NULL PRIMARY KEY,
    record_id BLOB NOT NULL REFERENCES record (id),
    patient_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    content_sha256 TEXT NOT NULL,
    meaning TEXT NOT NULL,
    signer_id BLOB NOT NULL,
    signed_at TEXT NOT NULL,
    salt BLOB NOT NULL,
    UNIQUE (record_id, revision, signer_id, meaning)
) STRICT, WITHOUT ROWID;

-- A lock is put on a record and its patient, on a patient, or on a site up to a day.
CREATE TABLE record_lock (
    id BLOB NOT NULL PRIMARY KEY,
    record_id BLOB REFERENCES record (id),
    patient_id BLOB REFERENCES patient (id),
    site TEXT REFERENCES site (code),
    cut_off TEXT,
    reason TEXT NOT NULL,
    locked_by BLOB NOT NULL,
    locked_at TEXT NOT NULL,
    ended_at TEXT,
    version INTEGER NOT NULL,
    salt BLOB NOT NULL,
    CHECK ((patient_id IS NULL) = (site IS NOT NULL)),
    CHECK ((site IS NULL) = (cut_off IS NULL)),
    CHECK (record_id IS NULL OR patient_id IS NOT NULL)
) STRICT, WITHOUT ROWID;
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
    id BLOB NOT NULL PRIMARY KEY,
    lock_id BLOB NOT NULL REFERENCES record_lock (id),
    patient_id BLOB,
    reason TEXT NOT NULL,
    requested_by BLOB NOT NULL,
    requested_at TEXT NOT NULL,
    status TEXT NOT NULL,
    decided_by BLOB,
    decided_at TEXT,
    refusal TEXT,
    version INTEGER NOT NULL,
    salt BLOB NOT NULL,
    CHECK (decided_by <> requested_by),
    CHECK ((status = 'pending') = (decided_at IS NULL)),
    CHECK ((status IN ('approved', 'refused')) = (decided_by IS NOT NULL)),
    CHECK ((status = 'refused') = (refusal IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX unlock_request_lock ON unlock_request (lock_id);
-- The pending ones, page by page.
CREATE INDEX unlock_request_pending ON unlock_request (id) WHERE decided_at IS NULL;
