-- What is expected of each patient and what answers it: recomputed from the facts by `cartotek check`.

CREATE TABLE expected_item (
    subject_id uuid NOT NULL,
    ordinal integer NOT NULL,
    patient_id uuid NOT NULL,
    course_id uuid,
    site text COLLATE "C" NOT NULL,
    expected text COLLATE "C" NOT NULL,
    form text COLLATE "C",
    time_point text COLLATE "C",
    anchor text COLLATE "C" NOT NULL,
    counted_from date NOT NULL,
    optional boolean NOT NULL,
    first_day date NOT NULL,
    target_day date NOT NULL,
    last_day date NOT NULL,
    grace_until date NOT NULL,
    closed text COLLATE "C",
    excuse text COLLATE "C",
    stops_on date,
    standing text COLLATE "C" NOT NULL,
    answered_by uuid,
    dated text COLLATE "C",
    answered_on date,
    infused boolean NOT NULL,
    complete_by date,
    PRIMARY KEY (subject_id, ordinal),
    CHECK (subject_id = coalesce(course_id, patient_id)),
    CHECK ((answered_by IS NULL) = (answered_on IS NULL)),
    CHECK (complete_by IS NULL OR (infused AND complete_by = grace_until))
);
CREATE INDEX expected_item_patient ON expected_item (patient_id);
-- Worklists, page by page in their order: what waits, or is closed; what has an excuse; what a yes that ends by itself ends.
CREATE INDEX expected_item_site ON expected_item (site, standing, grace_until, subject_id, ordinal);
CREATE INDEX expected_item_excused ON expected_item (site, excuse, grace_until, subject_id, ordinal)
    WHERE excuse IS NOT NULL;
CREATE INDEX expected_item_stops ON expected_item (site, grace_until, subject_id, ordinal) WHERE stops_on IS NOT NULL;
CREATE INDEX expected_item_complete ON expected_item (site, complete_by) WHERE complete_by IS NOT NULL;
