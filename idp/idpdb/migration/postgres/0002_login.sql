-- What limits an attacker, and what was answered.

-- One theoretical arrival time per key; keys are MACs. Rows whose time is past
-- count as absent and are purged.
CREATE TABLE throttle (
    bucket TEXT PRIMARY KEY,
    tat    BIGINT NOT NULL
);
CREATE INDEX throttle_by_tat ON throttle (tat);

-- The last code sent for a login; only its MAC.
CREATE TABLE sms_code (
    flow       TEXT PRIMARY KEY,
    identity   TEXT NOT NULL,
    digest     BYTEA NOT NULL,
    sent_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
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
    level        BIGINT NOT NULL,
    method       TEXT NOT NULL,
    anomaly      BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    delete_at    BIGINT NOT NULL,
    request      BYTEA NOT NULL,
    response     BYTEA NOT NULL
);
CREATE INDEX ledger_by_identity ON ledger (identity, at);
CREATE INDEX ledger_by_deletion ON ledger (delete_at);
