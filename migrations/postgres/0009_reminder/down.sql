DROP TABLE reminder;
DROP INDEX audit_subject_participation;
