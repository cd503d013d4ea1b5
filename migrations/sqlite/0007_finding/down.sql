DROP TABLE finding_due;
DROP TABLE record_finding;
