-- Clarifications: questions about an answer of a submitted form, with what happened to them.

CREATE TABLE clarification (
    id BLOB NOT NULL PRIMARY KEY,
    patient_id BLOB NOT NULL,
    record_id BLOB NOT NULL REFERENCES record (id),
    revision INTEGER NOT NULL,
    form TEXT NOT NULL,
    form_version INTEGER NOT NULL,
    pointer TEXT NOT NULL,
    rule TEXT,
    site TEXT NOT NULL,
    opened_by BLOB NOT NULL,
    opened_for TEXT,
    opened_at TEXT NOT NULL,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX clarification_patient ON clarification (patient_id, id);
CREATE INDEX clarification_record ON clarification (record_id, id);
CREATE INDEX clarification_site ON clarification (site, id);

CREATE TABLE clarification_event (
    id BLOB NOT NULL PRIMARY KEY,
    clarification_id BLOB NOT NULL REFERENCES clarification (id),
    patient_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT,
    assignee_id BLOB,
    actor_id BLOB,
    occurred_at TEXT NOT NULL,
    salt BLOB NOT NULL,
    UNIQUE (clarification_id, number),
    CHECK (number >= 1)
) STRICT, WITHOUT ROWID;

-- Where each clarification stands. A rule has one at a time that is not closed at one place of a record; `rule` is empty
-- where a person asks, who may ask as often as there is reason to.
CREATE TABLE clarification_state (
    clarification_id BLOB NOT NULL PRIMARY KEY REFERENCES clarification (id),
    record_id BLOB NOT NULL,
    pointer TEXT NOT NULL,
    rule TEXT NOT NULL,
    status TEXT NOT NULL,
    assignee_id BLOB,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX clarification_state_one_live ON clarification_state (record_id, pointer, rule)
    WHERE rule <> '' AND status <> 'closed';
