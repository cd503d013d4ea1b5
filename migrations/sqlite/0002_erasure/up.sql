-- Whom stored answers and imports speak of, so that an erasure finds them.

-- The patient of a change, or the import; NULL where the answer speaks of neither.
ALTER TABLE idempotent_answer ADD COLUMN about BLOB;
CREATE INDEX idempotent_answer_about ON idempotent_answer (about);

CREATE TABLE import_patient (
    job_id BLOB NOT NULL REFERENCES import_job (id),
    patient_id BLOB NOT NULL,
    PRIMARY KEY (job_id, patient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_patient_patient ON import_patient (patient_id);
