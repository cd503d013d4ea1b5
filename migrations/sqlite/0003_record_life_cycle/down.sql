DROP TABLE unlock_request;
DROP TABLE record_lock;
DROP TABLE signature;
DROP TABLE verification;
