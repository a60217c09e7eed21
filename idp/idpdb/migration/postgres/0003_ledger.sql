-- The register of accesses, sealed. The table "ledger" of 0.1.0 stays: the program
-- before this one writes it, and a job moves its rows here. Times are microseconds
-- UTC. See docs/decisions/0018-ledger.md.

CREATE TABLE ledger_key (                     -- one data key for each month
    id           text    NOT NULL PRIMARY KEY, -- 2026-11
    wrapped      text    NOT NULL,            -- opens with the keys of the role alone
    created_at   bigint  NOT NULL
);

CREATE TABLE ledger_purge (                   -- one row: when the last purge was complete
    id           bigint  NOT NULL PRIMARY KEY,
    at           bigint  NOT NULL
);

CREATE TABLE access (                         -- an answer to a service and its request
    id           text    NOT NULL PRIMARY KEY, -- the handle of the login
    at           bigint  NOT NULL,
    identity     text    NOT NULL,            -- '' when nobody was recognised
    service      text    NOT NULL,
    service_name text    NOT NULL,
    request_id   text    NOT NULL,
    response_id  text    NOT NULL,
    assertion_id text    NOT NULL,            -- '' when refused, and in rows of 0.1.0
    level        bigint  NOT NULL,
    method       text    NOT NULL,
    anomaly      bigint  NOT NULL,            -- number of the official table; 1 is success
    spid_mac     bytea   NOT NULL,            -- MAC of spidCode, to be found by
    key_id       text    NOT NULL,
    sealed       bytea   NOT NULL             -- spidCode, NameID, request, response
);
CREATE INDEX access_at ON access (at, id);
CREATE INDEX access_identity ON access (identity, at);
CREATE INDEX access_request ON access (request_id);
CREATE INDEX access_response ON access (response_id);
CREATE INDEX access_assertion ON access (assertion_id);
CREATE INDEX access_spid ON access (spid_mac, at);
