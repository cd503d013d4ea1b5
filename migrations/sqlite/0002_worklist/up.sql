-- What is expected of each patient and what answers it: recomputed from the facts by `cartotek check`.

CREATE TABLE expected_item (
    subject_id BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    patient_id BLOB NOT NULL,
    course_id BLOB,
    site TEXT NOT NULL,
    expected TEXT NOT NULL,
    form TEXT,
    time_point TEXT,
    anchor TEXT NOT NULL,
    counted_from TEXT NOT NULL,
    optional INTEGER NOT NULL,
    first_day TEXT NOT NULL,
    target_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    grace_until TEXT NOT NULL,
    closed TEXT,
    excuse TEXT,
    stops_on TEXT,
    standing TEXT NOT NULL,
    answered_by BLOB,
    dated TEXT,
    answered_on TEXT,
    infused INTEGER NOT NULL,
    complete_by TEXT,
    PRIMARY KEY (subject_id, ordinal),
    CHECK (subject_id = coalesce(course_id, patient_id)),
    CHECK ((answered_by IS NULL) = (answered_on IS NULL)),
    CHECK (complete_by IS NULL OR (infused AND complete_by = grace_until))
) STRICT, WITHOUT ROWID;
CREATE INDEX expected_item_patient ON expected_item (patient_id);
-- Worklists, page by page in their order: what waits, or is closed; what has an excuse; what a yes that ends by itself ends.
CREATE INDEX expected_item_site ON expected_item (site, standing, grace_until, subject_id, ordinal);
CREATE INDEX expected_item_excused ON expected_item (site, excuse, grace_until, subject_id, ordinal)
    WHERE excuse IS NOT NULL;
CREATE INDEX expected_item_stops ON expected_item (site, grace_until, subject_id, ordinal) WHERE stops_on IS NOT NULL;
CREATE INDEX expected_item_complete ON expected_item (site, complete_by) WHERE complete_by IS NOT NULL;
