-- The change feed asks since when a site takes part in the care of a patient. Reminders to the sites, one per site and day, until
-- they are delivered or given up.

CREATE INDEX audit_subject_participation ON audit_subject (patient_id, row_id)
    WHERE table_name = 'participation' AND before_hash IS NULL AND after_hash IS NOT NULL;

CREATE TABLE reminder (
    id uuid NOT NULL PRIMARY KEY,
    site text COLLATE "C" NOT NULL REFERENCES site (code),
    day date NOT NULL,
    -- What is delivered, as JSON: numbers, and nobody's name.
    body text NOT NULL,
    -- What was listed, eight bytes of a hash per item; empty once there is a later one.
    marks bytea NOT NULL,
    created_at timestamptz NOT NULL,
    state text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL,
    next_attempt_at timestamptz,
    ended_at timestamptz,
    failure text,
    UNIQUE (site, day),
    CHECK ((next_attempt_at IS NULL) = (ended_at IS NOT NULL))
);
CREATE INDEX reminder_state ON reminder (state);
