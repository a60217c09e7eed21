-- The register of accesses, sealed. The table "ledger" of 0.1.0 stays: the program
-- before this one writes it, and a job moves its rows here. Times are microseconds
-- UTC. See docs/decisions/0018-ledger.md.

CREATE TABLE ledger_key (                     -- one data key for each month
    id           TEXT    NOT NULL PRIMARY KEY, -- 2026-11
    wrapped      TEXT    NOT NULL,            -- opens with the keys of the role alone
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger_purge (                   -- one row: when the last purge was complete
    id           INTEGER NOT NULL PRIMARY KEY,
    at           INTEGER NOT NULL
) STRICT;

CREATE TABLE access (                         -- an answer to a service and its request
    id           TEXT    NOT NULL PRIMARY KEY, -- the handle of the login
    at           INTEGER NOT NULL,
    identity     TEXT    NOT NULL,            -- '' when nobody was recognised
    service      TEXT    NOT NULL,
    service_name TEXT    NOT NULL,
    request_id   TEXT    NOT NULL,
    response_id  TEXT    NOT NULL,
    assertion_id TEXT    NOT NULL,            -- '' when refused, and in rows of 0.1.0
    level        INTEGER NOT NULL,
    method       TEXT    NOT NULL,
    anomaly      INTEGER NOT NULL,            -- number of the official table; 1 is success
    spid_mac     BLOB    NOT NULL,            -- MAC of spidCode, to be found by
    key_id       TEXT    NOT NULL,
    sealed       BLOB    NOT NULL             -- spidCode, NameID, request, response
) STRICT;
CREATE INDEX access_at ON access (at, id);
CREATE INDEX access_identity ON access (identity, at);
CREATE INDEX access_request ON access (request_id);
CREATE INDEX access_response ON access (response_id);
CREATE INDEX access_assertion ON access (assertion_id);
CREATE INDEX access_spid ON access (spid_mac, at);
