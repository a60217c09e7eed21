-- The picture of a learner: one row while there is one.

CREATE TABLE portrait (
    learner_id   TEXT    NOT NULL PRIMARY KEY,
    picture      BYTEA   NOT NULL,            -- JPEG of portal/portrait
    at           BIGINT  NOT NULL
);
