-- Accounts of the gateway. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE account (
    id          text    NOT NULL PRIMARY KEY,
    code        text    NOT NULL,             -- Codice Persona
    state       text    NOT NULL,
    given_name  text    NOT NULL,
    family_name text    NOT NULL,
    email       text    NOT NULL,             -- contact address
    language    text    NOT NULL,
    fiscal_code text,                         -- verified by a door; NULL when none did
    created_at  bigint  NOT NULL
);
CREATE UNIQUE INDEX account_code ON account (code);
CREATE UNIQUE INDEX account_fiscal_code ON account (fiscal_code);

CREATE TABLE person_code (                    -- every code ever given; rows are never deleted
    code        text    NOT NULL PRIMARY KEY,
    account_id  text    NOT NULL,
    assigned_at bigint  NOT NULL
);

CREATE TABLE identity (
    id           text    NOT NULL PRIMARY KEY,
    account_id   text    NOT NULL REFERENCES account (id),
    door         text    NOT NULL,
    issuer       text    NOT NULL,
    subject      text    NOT NULL,
    linked_at    bigint  NOT NULL,
    last_used_at bigint  NOT NULL
);
CREATE UNIQUE INDEX identity_subject ON identity (door, issuer, subject);
CREATE INDEX identity_account ON identity (account_id);

CREATE TABLE attribute (
    account_id  text    NOT NULL REFERENCES account (id),
    name        text    NOT NULL,
    source      text    NOT NULL,
    issuer      text    NOT NULL,
    value       text    NOT NULL,
    at          bigint  NOT NULL,
    PRIMARY KEY (account_id, name, source)
);

CREATE TABLE acknowledgement (
    account_id  text    NOT NULL REFERENCES account (id),
    document    text    NOT NULL,
    version     text    NOT NULL,
    language    text    NOT NULL,
    at          bigint  NOT NULL,
    PRIMARY KEY (account_id, document, version)
);

CREATE TABLE contact_code (                   -- an address being confirmed by a code
    journey     text    NOT NULL PRIMARY KEY,
    address     bytea   NOT NULL,             -- MAC
    code        bytea   NOT NULL,             -- MAC
    tries       bigint  NOT NULL,
    expires_at  bigint  NOT NULL
);
CREATE INDEX contact_code_expires ON contact_code (expires_at);

CREATE TABLE exchange (                       -- request and answer at a door, kept 24 months
    id           text    NOT NULL PRIMARY KEY,
    at           bigint  NOT NULL,
    reference    text    NOT NULL,            -- the reference number of the request that brought the answer
    door         text    NOT NULL,
    issuer       text    NOT NULL,
    subject      text    NOT NULL,
    request_id   text    NOT NULL,
    response_id  text    NOT NULL,
    assertion_id text    NOT NULL,
    request      bytea   NOT NULL,
    response     bytea   NOT NULL
);
CREATE INDEX exchange_at ON exchange (at);
CREATE INDEX exchange_response ON exchange (response_id);
