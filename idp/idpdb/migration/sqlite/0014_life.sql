-- The life of an identity after its activation. // REG 19-24, DPCM 24/10/2014 art. 7-9

ALTER TABLE identity ADD COLUMN cause TEXT NOT NULL DEFAULT '';      -- why it is suspended or revoked
ALTER TABLE identity ADD COLUMN version INTEGER NOT NULL DEFAULT 0;  -- grows with every event
ALTER TABLE identity ADD COLUMN language TEXT NOT NULL DEFAULT 'it'; -- that the holder is written to in
ALTER TABLE identity ADD COLUMN notices TEXT NOT NULL DEFAULT '';    -- of each use: '', 'mail', 'sms', 'mail sms'

-- When the jobs look at an identity next; 0: as soon as they can.
ALTER TABLE identity ADD COLUMN watch_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX identity_by_watch ON identity (watch_at) WHERE state <> 'revoked';

-- What was done to an identity; rows are never changed. Reason and evidence are sealed. REG 21
CREATE TABLE identity_event (
    identity   TEXT NOT NULL REFERENCES identity (id),
    n          INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    act        TEXT NOT NULL,
    cause      TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    was_for    TEXT NOT NULL,          -- why it was suspended before
    role       TEXT NOT NULL,
    author     TEXT NOT NULL,
    second     TEXT NOT NULL,          -- the operator who agreed
    fields     TEXT NOT NULL,          -- names of what was changed
    sealed     TEXT NOT NULL,
    PRIMARY KEY (identity, n)
) STRICT;
CREATE INDEX identity_event_by_author ON identity_event (at) WHERE role = 'desk';

-- Warnings that were sent, each once: for which end, how many days before. L01, L02
CREATE TABLE identity_warning (
    identity TEXT NOT NULL REFERENCES identity (id),
    kind     TEXT NOT NULL,
    ends_at  INTEGER NOT NULL,
    days     INTEGER NOT NULL,
    sent_at  INTEGER NOT NULL,
    PRIMARY KEY (identity, kind, ends_at, days)
) STRICT;

-- Codes by which holders prove a new address or number, or stop an identity without signing
-- in; the last one for each purpose. What it is about is sealed.
CREATE TABLE identity_code (
    identity   TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    digest     BLOB NOT NULL,
    tries      INTEGER NOT NULL,
    sent_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    sealed     TEXT NOT NULL,
    PRIMARY KEY (identity, purpose)
) STRICT;
CREATE INDEX identity_code_by_expiry ON identity_code (expires_at);

-- New documents that an operator has to check, and acts that a second operator has to agree to.
CREATE TABLE identity_task (
    id        TEXT PRIMARY KEY,
    identity  TEXT NOT NULL REFERENCES identity (id),
    kind      TEXT NOT NULL CHECK (kind IN ('document', 'agree')),
    author    TEXT NOT NULL,
    made_at   INTEGER NOT NULL,
    sealed    TEXT NOT NULL,
    closed_at INTEGER NOT NULL,        -- 0: waits
    closed_by TEXT NOT NULL,
    outcome   TEXT NOT NULL            -- '', 'done', 'refused', 'replaced'
) STRICT;
CREATE INDEX identity_task_waiting ON identity_task (made_at) WHERE closed_at = 0;
CREATE INDEX identity_task_of ON identity_task (identity, kind);

-- Links of notices by which whoever was told stops an identity: a MAC each. A29
CREATE TABLE identity_stop (
    link     TEXT PRIMARY KEY,
    identity TEXT NOT NULL,
    until    INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_stop_by_end ON identity_stop (until);

-- The telephone of a request that was withdrawn or lapsed, which counts for a while. A18
ALTER TABLE request ADD COLUMN past_phone_key TEXT NOT NULL DEFAULT '';
CREATE INDEX request_by_past_phone ON request (past_phone_key) WHERE past_phone_key <> '';
CREATE INDEX request_to_forget ON request (changed_at) WHERE state IN ('expired', 'withdrawn') AND (past_phone_key <> '' OR mailbox_key <> '');
