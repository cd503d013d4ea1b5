-- What rules that look beyond their own form find in submitted records: recomputed from the facts by `cartotek check`.

CREATE TABLE record_finding (
    record_id BLOB NOT NULL REFERENCES record (id),
    rule TEXT NOT NULL,
    pointer TEXT NOT NULL,
    patient_id BLOB NOT NULL,
    site TEXT NOT NULL,
    form TEXT NOT NULL,
    form_version INTEGER NOT NULL,
    severity TEXT NOT NULL,
    explained INTEGER NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (record_id, rule, pointer)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_finding_patient ON record_finding (patient_id);
CREATE INDEX record_finding_site ON record_finding (site, record_id, rule, pointer);

-- Changes after which records of a patient wait to be judged anew: one row per record that tells something anew, with
-- the names of the milestones that it tells or told; without a record when a course or consent has changed.
CREATE TABLE finding_due (
    id BLOB NOT NULL PRIMARY KEY,
    patient_id BLOB NOT NULL,
    record_id BLOB,
    milestones TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_due_patient ON finding_due (patient_id);

-- Whatever is there already has never been judged.
INSERT INTO finding_due (id, patient_id, milestones, changed_at)
    SELECT id, id, '', created_at FROM patient;
