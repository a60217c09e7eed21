-- How long requests and their evidence are kept, and what was destroyed. I14, ADR 0043

-- When a request ended for good (for an identity: when the identity did), which rule keeps it
-- since, and when its rows go; 0 and '' while it has not ended.
ALTER TABLE request ADD COLUMN ended_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN kept_by TEXT NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN forget_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN reduced_at BIGINT NOT NULL DEFAULT 0; -- when it was cut down to the least
CREATE INDEX request_by_forgetting ON request (forget_at) WHERE forget_at > 0;
CREATE INDEX request_to_reduce ON request (kept_by, ended_at) WHERE ended_at > 0 AND reduced_at = 0;
ALTER TABLE evidence_request ADD COLUMN rule TEXT NOT NULL DEFAULT '';

-- What was destroyed, by rule: for operators to see. The audit log has it too.
CREATE TABLE destruction (
    id   TEXT PRIMARY KEY,
    at   BIGINT NOT NULL,
    rule TEXT NOT NULL,
    what TEXT NOT NULL,               -- a table, or 'evidence'
    n    INTEGER NOT NULL
);
CREATE INDEX destruction_by_time ON destruction (at);

-- Codes of identities that were forgotten: nobody else gets them. REG 14
CREATE TABLE retired_code (
    spid_key   TEXT PRIMARY KEY,      -- MAC
    retired_at BIGINT NOT NULL
);

-- How the holder was identified, as table T2 of AgID numbers it; 0: not known. LG statistiche SPID
ALTER TABLE identity ADD COLUMN proofing INTEGER NOT NULL DEFAULT 0;
