-- Accounts of the gateway. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE account (
    id          TEXT    NOT NULL PRIMARY KEY,
    code        TEXT    NOT NULL,             -- Codice Persona
    state       TEXT    NOT NULL,
    given_name  TEXT    NOT NULL,
    family_name TEXT    NOT NULL,
    email       TEXT    NOT NULL,             -- contact address
    language    TEXT    NOT NULL,
    fiscal_code TEXT,                         -- verified by a door; NULL when none did
    created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_code ON account (code);
CREATE UNIQUE INDEX account_fiscal_code ON account (fiscal_code);

CREATE TABLE person_code (                    -- every code ever given; rows are never deleted
    code        TEXT    NOT NULL PRIMARY KEY,
    account_id  TEXT    NOT NULL,
    assigned_at INTEGER NOT NULL
) STRICT;

CREATE TABLE identity (
    id           TEXT    NOT NULL PRIMARY KEY,
    account_id   TEXT    NOT NULL REFERENCES account (id),
    door         TEXT    NOT NULL,
    issuer       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    linked_at    INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX identity_subject ON identity (door, issuer, subject);
CREATE INDEX identity_account ON identity (account_id);

CREATE TABLE attribute (
    account_id  TEXT    NOT NULL REFERENCES account (id),
    name        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    issuer      TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (account_id, name, source)
) STRICT;

CREATE TABLE acknowledgement (
    account_id  TEXT    NOT NULL REFERENCES account (id),
    document    TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    language    TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (account_id, document, version)
) STRICT;

CREATE TABLE contact_code (                   -- an address being confirmed by a code
    journey     TEXT    NOT NULL PRIMARY KEY,
    address     BLOB    NOT NULL,             -- MAC
    code        BLOB    NOT NULL,             -- MAC
    tries       INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX contact_code_expires ON contact_code (expires_at);

CREATE TABLE exchange (                       -- request and answer at a door, kept 24 months
    id           TEXT    NOT NULL PRIMARY KEY,
    at           INTEGER NOT NULL,
    reference    TEXT    NOT NULL,            -- the reference number of the request that brought the answer
    door         TEXT    NOT NULL,
    issuer       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    request_id   TEXT    NOT NULL,
    response_id  TEXT    NOT NULL,
    assertion_id TEXT    NOT NULL,
    request      BLOB    NOT NULL,
    response     BLOB    NOT NULL
) STRICT;
CREATE INDEX exchange_at ON exchange (at);
CREATE INDEX exchange_response ON exchange (response_id);
