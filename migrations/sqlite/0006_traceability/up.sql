-- What an erasure keeps of a record for the traceability of advanced therapies.

CREATE TABLE traceability (
    id BLOB NOT NULL PRIMARY KEY,
    patient_id BLOB NOT NULL REFERENCES patient (id),
    site TEXT NOT NULL REFERENCES site (code),
    form TEXT NOT NULL,
    answers TEXT NOT NULL,
    removable_from TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX traceability_patient ON traceability (patient_id);
CREATE INDEX traceability_site ON traceability (site);
