DROP TABLE import_patient;
DROP INDEX idempotent_answer_about;
ALTER TABLE idempotent_answer DROP COLUMN about;
