-- What an erasure keeps of a record for the traceability of advanced therapies.

CREATE TABLE traceability (
    id uuid NOT NULL PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES patient (id),
    site text COLLATE "C" NOT NULL REFERENCES site (code),
    form text COLLATE "C" NOT NULL,
    answers text NOT NULL,
    removable_from date NOT NULL,
    recorded_at timestamptz NOT NULL,
    salt bytea NOT NULL
);
CREATE INDEX traceability_patient ON traceability (patient_id);
CREATE INDEX traceability_site ON traceability (site);
