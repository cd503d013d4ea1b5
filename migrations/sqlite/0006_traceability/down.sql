DROP TABLE traceability;
