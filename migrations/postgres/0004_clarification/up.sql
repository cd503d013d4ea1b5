-- Clarifications: questions about an answer of a submitted form, with what happened to them.

CREATE TABLE clarification (
    id uuid NOT NULL PRIMARY KEY,
    patient_id uuid NOT NULL,
    record_id uuid NOT NULL REFERENCES record (id),
    revision bigint NOT NULL,
    form text COLLATE "C" NOT NULL,
    form_version integer NOT NULL,
    pointer text COLLATE "C" NOT NULL,
    rule text COLLATE "C",
    site text COLLATE "C" NOT NULL,
    opened_by uuid NOT NULL,
    opened_for text COLLATE "C",
    opened_at timestamptz NOT NULL,
    salt bytea NOT NULL
);
CREATE INDEX clarification_patient ON clarification (patient_id, id);
CREATE INDEX clarification_record ON clarification (record_id, id);
CREATE INDEX clarification_site ON clarification (site, id);

CREATE TABLE clarification_event (
    id uuid NOT NULL PRIMARY KEY,
    clarification_id uuid NOT NULL REFERENCES clarification (id),
    patient_id uuid NOT NULL,
    number bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    text text,
    assignee_id uuid,
    actor_id uuid,
    occurred_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    UNIQUE (clarification_id, number),
    CHECK (number >= 1)
);

-- Where each clarification stands. A rule has one at a time that is not closed at one place of a record; `rule` is empty
-- where a person asks, who may ask as often as there is reason to.
CREATE TABLE clarification_state (
    clarification_id uuid NOT NULL PRIMARY KEY REFERENCES clarification (id),
    record_id uuid NOT NULL,
    pointer text COLLATE "C" NOT NULL,
    rule text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    assignee_id uuid,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX clarification_state_one_live ON clarification_state (record_id, pointer, rule)
    WHERE rule <> '' AND status <> 'closed';
