-- The ledger of federated logins, sealed. Times are microseconds UTC. The table
-- "exchange" of 0.1.0 stays: the program before this one writes it, and a job moves
-- its rows here. See docs/decisions/0018-ledger.md.

CREATE TABLE ledger_key (                     -- one data key for each month
    id          text    NOT NULL PRIMARY KEY, -- 2026-11
    wrapped     text    NOT NULL,             -- opens with the keys of the role alone
    created_at  bigint  NOT NULL
);

CREATE TABLE ledger_purge (                   -- one row: when the last purge was complete
    id          bigint  NOT NULL PRIMARY KEY,
    at          bigint  NOT NULL
);

CREATE TABLE ledger (                         -- an answer at a door and its request
    id           text    NOT NULL PRIMARY KEY,
    at           bigint  NOT NULL,
    correlation  text    NOT NULL,            -- names the login; '' in rows of 0.1.0
    reference    text    NOT NULL,            -- the number of the request that brought the answer
    door         text    NOT NULL,
    issuer       text    NOT NULL,
    account_id   text    NOT NULL,            -- '' while nobody was let in
    level        bigint  NOT NULL,
    refused      text    NOT NULL,            -- the reason; '' when accepted
    request_id   text    NOT NULL,
    response_id  text    NOT NULL,
    assertion_id text    NOT NULL,
    subject_mac  bytea   NOT NULL,            -- MAC of spidCode, to be found by
    fiscal_mac   bytea   NOT NULL,            -- MAC of the codice fiscale; empty when there is none
    key_id       text    NOT NULL,
    sealed       bytea   NOT NULL             -- subject, codice fiscale, NameID, request, response
);
CREATE INDEX ledger_at ON ledger (at, id);
CREATE INDEX ledger_correlation ON ledger (correlation);
CREATE INDEX ledger_request ON ledger (request_id);
CREATE INDEX ledger_response ON ledger (response_id);
CREATE INDEX ledger_assertion ON ledger (assertion_id);
CREATE INDEX ledger_account ON ledger (account_id, at);
CREATE INDEX ledger_subject ON ledger (subject_mac, at);
CREATE INDEX ledger_fiscal ON ledger (fiscal_mac, at);
-- Only pages of refusals show a number that people report.
CREATE INDEX ledger_reference ON ledger (reference) WHERE refused <> '';

CREATE TABLE token_issue (                    -- a service got a token from a login
    id          text    NOT NULL PRIMARY KEY, -- that of the grant
    at          bigint  NOT NULL,             -- calendar time
    correlation text    NOT NULL,
    account_id  text    NOT NULL,
    service     text    NOT NULL,
    subject     text    NOT NULL,             -- the pairwise name that the service got
    reference   text    NOT NULL
);
CREATE INDEX token_issue_at ON token_issue (at);
CREATE INDEX token_issue_correlation ON token_issue (correlation);
CREATE INDEX token_issue_account ON token_issue (account_id, at);

ALTER TABLE oidc_grant ADD COLUMN correlation text NOT NULL DEFAULT '';
