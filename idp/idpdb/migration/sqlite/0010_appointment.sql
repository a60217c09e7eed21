-- Appointments at Points: one place of a time is one row, so that nobody gets it twice.
CREATE TABLE appointment (
    point       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    place       INTEGER NOT NULL,
    request     TEXT NOT NULL UNIQUE REFERENCES request (id),
    reminded_at INTEGER NOT NULL,
    PRIMARY KEY (point, at, place)
) STRICT;
CREATE INDEX appointment_by_time ON appointment (at);
