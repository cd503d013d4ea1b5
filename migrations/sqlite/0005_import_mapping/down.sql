ALTER TABLE import_job DROP COLUMN mapping;
ALTER TABLE import_job DROP COLUMN rows_done;
DROP TABLE import_mapping;
