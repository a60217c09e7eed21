-- The password of an account, and those it had before. Times are microseconds UTC.

CREATE TABLE credential (
    account_id  TEXT    NOT NULL PRIMARY KEY REFERENCES account (id),
    phc         TEXT    NOT NULL,
    set_at      INTEGER NOT NULL,             -- also names this password: a change has another
    set_by      TEXT    NOT NULL DEFAULT 'registration' -- by what its owner was known: password, mail, a door
) STRICT;

CREATE TABLE credential_former (              -- as many as the rules do not let come back
    account_id  TEXT    NOT NULL REFERENCES account (id),
    set_at      INTEGER NOT NULL,
    phc         TEXT    NOT NULL,
    PRIMARY KEY (account_id, set_at)
) STRICT;

-- Who forgot the Codice Persona is found by the address for messages.
CREATE INDEX account_email ON account (lower(email));

CREATE TABLE stay (                           -- browsers in which a password need not be typed again
    hash        BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the secret in the cookie
    handle      TEXT    NOT NULL,             -- public name, for lists
    account_id  TEXT    NOT NULL REFERENCES account (id),
    password_at INTEGER NOT NULL,             -- set_at of the password that it stands for
    typed_at    INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    user_agent  TEXT    NOT NULL,
    address     TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX stay_handle ON stay (handle);
CREATE INDEX stay_account ON stay (account_id);
CREATE INDEX stay_expires ON stay (expires_at);
