-- The second factors of accounts. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE factor (
    id          text    NOT NULL PRIMARY KEY,
    account_id  text    NOT NULL REFERENCES account (id),
    kind        text    NOT NULL,             -- totp, sms, passkey, federated
    label       text    NOT NULL,             -- as its owner calls it
    secret      bytea   NOT NULL,             -- sealed: the key of an app, a number, a public key
    step        bigint  NOT NULL,             -- of an app: the last time step that was taken
    created_at  bigint  NOT NULL,
    used_at     bigint  NOT NULL
);
CREATE INDEX factor_account ON factor (account_id);

CREATE TABLE factor_code (                    -- a code sent for a login or for setting a number up
    flow        text    NOT NULL PRIMARY KEY,
    account_id  text    NOT NULL,
    digest      bytea   NOT NULL,             -- MAC
    sent_at     bigint  NOT NULL,
    expires_at  bigint  NOT NULL,
    used_at     bigint  NOT NULL
);
CREATE INDEX factor_code_expires ON factor_code (expires_at);

CREATE TABLE recovery_code (
    account_id  text    NOT NULL REFERENCES account (id),
    digest      bytea   NOT NULL,             -- MAC
    created_at  bigint  NOT NULL,
    used_at     bigint  NOT NULL,
    PRIMARY KEY (account_id, digest)
);
