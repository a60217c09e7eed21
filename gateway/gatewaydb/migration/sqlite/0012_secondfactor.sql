-- The second factors of accounts. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE factor (
    id          TEXT    NOT NULL PRIMARY KEY,
    account_id  TEXT    NOT NULL REFERENCES account (id),
    kind        TEXT    NOT NULL,             -- totp, sms, passkey, federated
    label       TEXT    NOT NULL,             -- as its owner calls it
    secret      BLOB    NOT NULL,             -- sealed: the key of an app, a number, a public key
    step        INTEGER NOT NULL,             -- of an app: the last time step that was taken
    created_at  INTEGER NOT NULL,
    used_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX factor_account ON factor (account_id);

CREATE TABLE factor_code (                    -- a code sent for a login or for setting a number up
    flow        TEXT    NOT NULL PRIMARY KEY,
    account_id  TEXT    NOT NULL,
    digest      BLOB    NOT NULL,             -- MAC
    sent_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX factor_code_expires ON factor_code (expires_at);

CREATE TABLE recovery_code (
    account_id  TEXT    NOT NULL REFERENCES account (id),
    digest      BLOB    NOT NULL,             -- MAC
    created_at  INTEGER NOT NULL,
    used_at     INTEGER NOT NULL,
    PRIMARY KEY (account_id, digest)
) STRICT;
