-- To do without second factors for a day, and to have them removed after three. Times are
-- microseconds UTC; 0 means "not yet".

CREATE TABLE factor_suspension (              -- second factors that are not asked for, for a day at most
    account_id  TEXT    NOT NULL PRIMARY KEY REFERENCES account (id),
    until       INTEGER NOT NULL
) STRICT;

CREATE TABLE factor_reset (                   -- a reset of all second factors that waits
    account_id  TEXT    NOT NULL PRIMARY KEY REFERENCES account (id),
    id          TEXT    NOT NULL,
    asked_at    INTEGER NOT NULL,
    ripe_at     INTEGER NOT NULL,             -- from then on it may be finished
    ends_at     INTEGER NOT NULL,             -- from then on it is over
    told_at     INTEGER NOT NULL              -- when the link that finishes it was sent
) STRICT;
CREATE UNIQUE INDEX factor_reset_id ON factor_reset (id);
CREATE INDEX factor_reset_ripe ON factor_reset (ripe_at);
