-- "Non posso usare SPID o CIE": what people declare, and the operator's openings while a
-- door is down. Times are microseconds UTC; 0 means "not".

CREATE TABLE declaration (
    id           TEXT    NOT NULL PRIMARY KEY,
    account_id   TEXT    NOT NULL REFERENCES account (id),
    number       INTEGER NOT NULL,             -- 1, 2, …: every renewal is a row
    reason       TEXT    NOT NULL,
    words        TEXT    NOT NULL,             -- sealed; '' when there are none, or no longer
    made_by      TEXT    NOT NULL,             -- self or desk
    made_at      INTEGER NOT NULL,
    until_at     INTEGER NOT NULL,
    withdrawn_at INTEGER NOT NULL,             -- ended by a review
    reminded     INTEGER NOT NULL              -- how many reminders were sent
) STRICT;
CREATE UNIQUE INDEX declaration_number ON declaration (account_id, number);
CREATE INDEX declaration_until ON declaration (until_at);

CREATE TABLE access_opening (
    id         TEXT    NOT NULL PRIMARY KEY,
    from_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,
    reason     TEXT    NOT NULL
) STRICT;
CREATE INDEX access_opening_until ON access_opening (until_at);
