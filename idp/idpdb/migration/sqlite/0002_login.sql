-- What limits an attacker, and what was answered.

-- One theoretical arrival time per key; keys are MACs. Rows whose time is past
-- count as absent and are purged.
CREATE TABLE throttle (
    bucket TEXT PRIMARY KEY,
    tat    INTEGER NOT NULL
) STRICT;
CREATE INDEX throttle_by_tat ON throttle (tat);

-- The last code sent for a login; only its MAC.
CREATE TABLE sms_code (
    flow       TEXT PRIMARY KEY,
    identity   TEXT NOT NULL,
    digest     BLOB NOT NULL,
    sent_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX sms_code_by_expiry ON sms_code (expires_at);

-- The register of accesses that an identity provider keeps for 24 months: who,
-- the request, the answer. Request is deflated XML, response is XML.
CREATE TABLE ledger (
    flow         TEXT PRIMARY KEY,
    identity     TEXT NOT NULL,
    spid_code    TEXT NOT NULL,
    service      TEXT NOT NULL,
    service_name TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    response_id  TEXT NOT NULL,
    level        INTEGER NOT NULL,
    method       TEXT NOT NULL,
    anomaly      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    delete_at    INTEGER NOT NULL,
    request      BLOB NOT NULL,
    response     BLOB NOT NULL
) STRICT;
CREATE INDEX ledger_by_identity ON ledger (identity, at);
CREATE INDEX ledger_by_deletion ON ledger (delete_at);
