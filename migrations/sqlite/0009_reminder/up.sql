-- The change feed asks since when a site takes part in the care of a patient. Reminders to the sites, one per site and day, until
-- they are delivered or given up.

CREATE INDEX audit_subject_participation ON audit_subject (patient_id, row_id)
    WHERE table_name = 'participation' AND before_hash IS NULL AND after_hash IS NOT NULL;

CREATE TABLE reminder (
    id BLOB NOT NULL PRIMARY KEY,
    site TEXT NOT NULL REFERENCES site (code),
    day TEXT NOT NULL,
    -- What is delivered, as JSON: numbers, and nobody's name.
    body TEXT NOT NULL,
    -- What was listed, eight bytes of a hash per item; empty once there is a later one.
    marks BLOB NOT NULL,
    created_at TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TEXT,
    ended_at TEXT,
    failure TEXT,
    UNIQUE (site, day),
    CHECK ((next_attempt_at IS NULL) = (ended_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX reminder_state ON reminder (state);
