-- Tables that every product has. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE session (
    hash        BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the secret in the cookie
    handle      TEXT    NOT NULL,             -- public name, for lists
    subject     TEXT    NOT NULL,             -- account id
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    method      TEXT    NOT NULL,
    acr         TEXT    NOT NULL,
    amr         TEXT    NOT NULL,             -- JSON array
    auth_time   INTEGER NOT NULL,
    user_agent  TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    data        TEXT    NOT NULL              -- JSON object
) STRICT;
CREATE UNIQUE INDEX session_handle ON session (handle);
CREATE INDEX session_subject ON session (subject);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE audit (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    role        TEXT    NOT NULL,
    actor       TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    reference   TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    detail      TEXT    NOT NULL,             -- JSON object
    seq         INTEGER,                      -- place in the chain; NULL while unchained
    hash        BLOB                          -- with seq
) STRICT;
CREATE UNIQUE INDEX audit_seq ON audit (seq);
CREATE INDEX audit_unchained ON audit (id) WHERE seq IS NULL;
CREATE INDEX audit_subject ON audit (subject, id);

CREATE TABLE audit_checkpoint (
    seq         INTEGER NOT NULL PRIMARY KEY,
    hash        BLOB    NOT NULL,
    at          INTEGER NOT NULL,
    signature   BLOB    NOT NULL
) STRICT;

CREATE TABLE rate (
    key         TEXT    NOT NULL PRIMARY KEY, -- a MAC: no address in clear
    tat         INTEGER NOT NULL              -- theoretical arrival time of the next event
) STRICT;

CREATE TABLE job_lease (
    name        TEXT    NOT NULL PRIMARY KEY,
    next_at     INTEGER NOT NULL,
    holder      TEXT    NOT NULL,             -- '' when nobody runs it
    lease_until INTEGER NOT NULL
) STRICT;

CREATE TABLE consumed (
    kind        TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    expires_at  INTEGER NOT NULL,             -- from then on the row may be purged
    PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX consumed_expires ON consumed (expires_at);

CREATE TABLE outbox (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    channel     TEXT    NOT NULL,
    recipient   TEXT    NOT NULL,             -- '' once done
    subject     TEXT    NOT NULL,             -- '' once done
    body        TEXT    NOT NULL,             -- '' once done
    html        TEXT    NOT NULL,             -- '' once done
    lang        TEXT    NOT NULL,
    reference   TEXT    NOT NULL,
    queued_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,             -- 0: never too late
    next_at     INTEGER NOT NULL,             -- when to try, or when the lease of a try ends
    attempts    INTEGER NOT NULL,
    done_at     INTEGER NOT NULL,             -- 0 while waiting
    sent        INTEGER NOT NULL,             -- 1 when handed over, 0 when waiting or given up
    reason      TEXT    NOT NULL              -- of the last failure
) STRICT;
CREATE INDEX outbox_due ON outbox (channel, next_at, id) WHERE done_at = 0;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at > 0;
