-- The picture of a learner: one row while there is one.

CREATE TABLE portrait (
    learner_id   TEXT    NOT NULL PRIMARY KEY,
    picture      BLOB    NOT NULL,            -- JPEG of portal/portrait
    at           INTEGER NOT NULL
) STRICT;
