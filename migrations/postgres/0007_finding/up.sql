-- What rules that look beyond their own form find in submitted records: recomputed from the facts by `cartotek check`.

CREATE TABLE record_finding (
    record_id uuid NOT NULL REFERENCES record (id),
    rule text COLLATE "C" NOT NULL,
    pointer text COLLATE "C" NOT NULL,
    patient_id uuid NOT NULL,
    site text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    form_version integer NOT NULL,
    severity text COLLATE "C" NOT NULL,
    explained boolean NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (record_id, rule, pointer)
);
CREATE INDEX record_finding_patient ON record_finding (patient_id);
CREATE INDEX record_finding_site ON record_finding (site, record_id, rule, pointer);

-- Changes after which records of a patient wait to be judged anew: one row per record that tells something anew, with
-- the names of the milestones that it tells or told; without a record when a course or consent has changed.
CREATE TABLE finding_due (
    id uuid NOT NULL PRIMARY KEY,
    patient_id uuid NOT NULL,
    record_id uuid,
    milestones text COLLATE "C" NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX finding_due_patient ON finding_due (patient_id);

-- Whatever is there already has never been judged.
INSERT INTO finding_due (id, patient_id, milestones, changed_at)
    SELECT id, id, '', created_at FROM patient;
