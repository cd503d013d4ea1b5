DROP TABLE clarification_state;
DROP TABLE clarification_event;
DROP TABLE clarification;
