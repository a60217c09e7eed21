-- To do without second factors for a day, and to have them removed after three. Times are
-- microseconds UTC; 0 means "not yet".

CREATE TABLE factor_suspension (              -- second factors that are not asked for, for a day at most
    account_id  text    NOT NULL PRIMARY KEY REFERENCES account (id),
    until       bigint  NOT NULL
);

CREATE TABLE factor_reset (                   -- a reset of all second factors that waits
    account_id  text    NOT NULL PRIMARY KEY REFERENCES account (id),
    id          text    NOT NULL,
    asked_at    bigint  NOT NULL,
    ripe_at     bigint  NOT NULL,             -- from then on it may be finished
    ends_at     bigint  NOT NULL,             -- from then on it is over
    told_at     bigint  NOT NULL              -- when the link that finishes it was sent
);
CREATE UNIQUE INDEX factor_reset_id ON factor_reset (id);
CREATE INDEX factor_reset_ripe ON factor_reset (ripe_at);
