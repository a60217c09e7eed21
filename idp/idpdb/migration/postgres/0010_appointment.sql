-- Appointments at Points: one place of a time is one row, so that nobody gets it twice.
CREATE TABLE appointment (
    point       TEXT NOT NULL,
    at          BIGINT NOT NULL,
    place       BIGINT NOT NULL,
    request     TEXT NOT NULL UNIQUE REFERENCES request (id),
    reminded_at BIGINT NOT NULL,
    PRIMARY KEY (point, at, place)
);
CREATE INDEX appointment_by_time ON appointment (at);
